#include "funnel/stage_sweep.h"

#include <algorithm>

#include "funnel/stage_moves.h"

namespace weir::funnel {

using timeline::Row;

// Moves of one day may come in another order than their events, so the newest ones wait: they are applied
// when somebody looks, and taken back when another one comes. Days that are over are applied for good.
struct StageSweep::State {
  State(const timeline::TimelineStore& store, const FunnelShape& funnel, const Zone& zone)
      : rules(store, funnel, zone), walk(rules, stays) {}

  void add_moves(const HistoryEvent& event);
  void settle();
  void finish_days();

  static constexpr std::size_t kFewMoves = 24;  // that may wait; beyond, days that are over are looked for

  MoveRules rules;
  Membership membership;
  std::vector<Stay> stays;
  StageWalk walk;
  std::vector<Move> waiting, ordered;
  StageWalk::Mark mark;   // before the waiting moves
  bool is_applied{true};  // the waiting ones are
  bool is_marked{false};
  std::size_t most_waiting{kFewMoves};
  Row last_touch{0};
  std::int64_t last_touch_at{INT64_MIN};  // INT64_MIN: none
};

void StageSweep::State::add_moves(const HistoryEvent& event) {
  const std::size_t before = waiting.size();
  rules.collect(event.row, event.signal, event.at, event.via, waiting);
  if (waiting.size() == before) return;
  if (is_applied && before > 0) walk.go_back(mark);
  is_applied = false;
  if (waiting.size() > most_waiting) finish_days();
}

void StageSweep::State::finish_days() {
  const Date last = rules.zone().day_of(waiting.back().at);
  const std::int64_t begin = rules.zone().start_of_day(last);
  const auto end =
      std::find_if(waiting.begin(), waiting.end(), [&](const Move& move) { return move.at >= begin; });
  ordered.assign(waiting.begin(), end);
  rules.order(ordered);
  for (const Move& move : ordered) walk.apply(move);
  waiting.erase(waiting.begin(), end);
  is_marked = false;
  most_waiting =
      std::max(kFewMoves, 2 * waiting.size());  // a day full of moves is not looked through at each of them
}

void StageSweep::State::settle() {
  if (is_applied) return;
  if (!is_marked) walk.mark(mark);
  is_marked = true;
  ordered = waiting;
  rules.order(ordered);
  for (const Move& move : ordered) walk.apply(move);
  is_applied = true;
}

StageSweep::StageSweep(const timeline::TimelineStore& store, const FunnelShape& funnel, const Zone& zone)
    : state_(std::make_unique<State>(store, funnel, zone)) {}
StageSweep::~StageSweep() = default;

void StageSweep::begin(timeline::Handle handle) {
  State& state = *state_;
  state.membership = Membership{};
  state.stays.clear();
  state.walk.begin(handle, 0);
  state.waiting.clear();
  state.is_applied = true;
  state.is_marked = false;
  state.most_waiting = State::kFewMoves;
  state.last_touch_at = INT64_MIN;
}

bool StageSweep::append(const HistoryEvent& event) {
  State& state = *state_;
  if (!state.membership.admits(state.rules, event.signal, event.via)) return false;
  state.add_moves(event);
  if (state.rules.is_touch(event.signal)) {
    state.last_touch = event.row;
    state.last_touch_at = event.at;
  }
  return true;
}

SubjectState StageSweep::state() {
  state_->settle();
  return state_->walk.subject().state;
}

std::span<const Stay> StageSweep::stays() {
  state_->settle();
  return state_->stays;
}

const Stay* StageSweep::open_stay() {
  if (state() != SubjectState::in_stage || state_->stays.empty()) return nullptr;
  const Stay& last = state_->stays.back();
  return last.ending == Ending::open ? &last : nullptr;
}

// Silence runs from the later of entry and last touch (docs/semantics.md, "Dormant").
bool StageSweep::is_dormant(std::int64_t at) {
  const Stay* stay = open_stay();
  const auto& silent_for = state_->rules.funnel().silent_for;
  if (stay == nullptr || !silent_for) return false;
  Row last = static_cast<Row>(stay->entry_event);
  if (state_->last_touch_at > micros_of(stay->entered)) last = state_->last_touch;
  return state_->rules.quiet_from(last) + silent_for->count() <= at;
}

}  // namespace weir::funnel
