#include "funnel/stage_moves.h"

#include <algorithm>

namespace weir::funnel {

using timeline::Row;

MoveRules::MoveRules(const timeline::TimelineStore& store, const FunnelShape& funnel, const Zone& zone)
    : store_(store), funnel_(funnel), zone_(zone), roles_(store.signals().size(), 0) {
  for (std::uint32_t signal = 0; signal < roles_.size(); ++signal) {
    std::uint8_t& roles = roles_[signal];
    const auto note = [&](const ConditionBit& condition, std::uint8_t role) {
      if (holds(condition, signal, false)) roles |= role | kMovesOwn;
      if (holds(condition, signal, true)) roles |= kMovesVia;
    };
    for (const StageShape& stage : funnel.stages) {
      note(stage.enter, kEnters);
      note(stage.exit, 0);
    }
    note(funnel.won, kEnds);
    note(funnel.lost, kEnds);
  }
}

std::int64_t MoveRules::quiet_from(Row row) const {
  const auto& c = store_.columns();
  const bool by_day = (c.flags[row] & timeline::kRowDay) != 0;
  return by_day ? zone_.end_of_day(zone_.day_of(c.occurred_at[row])) : c.occurred_at[row];
}

void MoveRules::add_moves(Row row, std::uint32_t signal, std::int64_t at, bool via,
                          std::vector<Move>& moves) const {
  const bool by_day = (store_.signals().flags(signal) & timeline::kRowDay) != 0;
  for (int stage = 0; stage < stage_count(); ++stage) {
    const StageShape& shape = funnel_.stages[static_cast<std::size_t>(stage)];
    if (holds(shape.enter, signal, via) && is_valid(static_cast<StageIndex>(stage), at))
      moves.push_back({row, at, stage, false, by_day});
    if (holds(shape.exit, signal, via)) moves.push_back({row, at, stage, true, by_day});
  }
  if (holds(funnel_.won, signal, via)) moves.push_back({row, at, kWonPlace, false, by_day});
  if (holds(funnel_.lost, signal, via)) moves.push_back({row, at, kLostPlace, false, by_day});
}

void MoveRules::order(std::vector<Move>& moves) const {
  const auto is_earlier = [](const Move& a, const Move& b) {
    return a.at != b.at ? a.at < b.at : a.place < b.place;
  };
  if (!std::is_sorted(moves.begin(), moves.end(), is_earlier))
    std::stable_sort(moves.begin(), moves.end(), is_earlier);
  if (std::none_of(moves.begin(), moves.end(), [](const Move& move) { return move.by_day; })) return;
  std::vector<Move> ordered;
  for (auto begin = moves.begin(); begin != moves.end();) {
    const Date day = zone_.day_of(begin->at);
    const auto end =
        std::find_if(begin, moves.end(), [&](const Move& move) { return zone_.day_of(move.at) != day; });
    std::vector<Move> of_day;
    for (auto move = begin; move != end; ++move) {
      if (!move->by_day) of_day.push_back(*move);
    }
    std::vector<Move> by_day;
    for (auto move = begin; move != end; ++move) {
      if (move->by_day) by_day.push_back(*move);
    }
    std::stable_sort(by_day.begin(), by_day.end(),
                     [](const Move& a, const Move& b) { return a.place < b.place; });
    for (const Move& move : by_day) {
      const auto later = std::find_if(of_day.begin(), of_day.end(),
                                      [&](const Move& other) { return other.place > move.place; });
      of_day.insert(later, move);
    }
    ordered.insert(ordered.end(), of_day.begin(), of_day.end());
    begin = end;
  }
  moves.swap(ordered);
}

void StageWalk::begin(timeline::Handle handle, SubjectIndex index) {
  at_.subject = Subject{};
  at_.subject.handle = handle;
  at_.open = SIZE_MAX;
  at_.last_stage = 0;
  at_.visits.assign(rules_.funnel().stages.size(), 0);
  index_ = index;
}

void StageWalk::mark(Mark& out) const {
  out = at_;
  out.stay_count = stays_.size();
  if (at_.open != SIZE_MAX) out.open_stay = stays_[at_.open];
}

void StageWalk::go_back(const Mark& mark) {
  at_ = mark;
  stays_.resize(mark.stay_count);
  if (mark.open != SIZE_MAX) stays_[mark.open] = mark.open_stay;
}

void StageWalk::apply(const Move& move) {
  if (move.is_exit) return leave(move);
  if (move.place == kWonPlace) return win(move);
  if (move.place == kLostPlace) return lose(move);
  enter(static_cast<StageIndex>(move.place), move);
}

void StageWalk::open_stay(StageIndex stage, std::int64_t at, Row row, std::uint8_t flags) {
  Stay stay;
  stay.subject = index_;
  stay.stage = stage;
  stay.visit = at_.visits[stage]++;
  stay.entered = event_time(at);
  stay.last_touch = stay.entered;
  stay.flags = flags;
  stay.entry_event = row;
  stay.exit_event = kNoEvent;
  if ((rules_.store().columns().flags[row] & timeline::kRowLeftTruncated) != 0) stay.flags |= kLeftTruncated;
  at_.open = stays_.size();
  stays_.push_back(stay);
}

void StageWalk::close_stay(Ending ending, StageIndex next, const Move& move) {
  if (at_.open == SIZE_MAX) return;
  Stay& stay = stays_[at_.open];
  // A day and an instant of the same day are the same time; an end before the entry counts as none.
  const bool by_day =
      move.by_day || (rules_.store().columns().flags[stay.entry_event] & timeline::kRowDay) != 0;
  const bool before = by_day ? rules_.zone().day_of(move.at) < rules_.zone().day_of(micros_of(stay.entered))
                             : move.at < micros_of(stay.entered);
  if (before) stay.flags |= kBackdated;
  stay.ended = std::max(stay.entered, event_time(move.at));
  stay.ending = ending;
  stay.next_stage = next;
  stay.exit_event = move.row;
  at_.last_stage = stay.stage;
  at_.open = SIZE_MAX;
}

// Stages [from, to) that were passed over: entered and advanced with zero time.
void StageWalk::skip_to(StageIndex from, StageIndex to, StageIndex next, const Move& move) {
  for (StageIndex stage = from; stage < to; ++stage) {
    if (!rules_.is_valid(stage, move.at)) continue;
    open_stay(stage, move.at, move.row, kSkipped);
    close_stay(Ending::advanced, next, move);
  }
}

void StageWalk::enter(StageIndex stage, const Move& move) {
  if (at_.subject.state == SubjectState::won) {
    at_.subject.flags |= kEnteredAfterWon;
    return;
  }
  if (at_.open != SIZE_MAX) {
    const StageIndex current = stays_[at_.open].stage;
    if (current == stage) return;
    close_stay(stage > current ? Ending::advanced : Ending::back, stage, move);
    if (stage > current) skip_to(static_cast<StageIndex>(current + 1), stage, stage, move);
  } else if (at_.subject.state == SubjectState::none) {
    skip_to(0, stage, stage, move);
  } else {  // back after a loss or an exit: what lies between is passed over
    if (at_.subject.state == SubjectState::lost) at_.subject.flags |= kRecycled;
    skip_to(static_cast<StageIndex>(at_.last_stage + 1), stage, stage, move);
  }
  at_.subject.state = SubjectState::in_stage;
  open_stay(stage, move.at, move.row, 0);
}

void StageWalk::win(const Move& move) {
  if (at_.subject.state == SubjectState::won) return;
  const auto won = static_cast<StageIndex>(rules_.stage_count());
  if (at_.open != SIZE_MAX) {
    const StageIndex current = stays_[at_.open].stage;
    close_stay(Ending::advanced, won, move);
    skip_to(static_cast<StageIndex>(current + 1), won, won, move);
  } else if (at_.subject.state == SubjectState::lost) {
    // Won after all: the stages that were left, at least a new stay in the last one, without time.
    at_.subject.flags |= kRecycled;
    skip_to(static_cast<StageIndex>(std::min(at_.last_stage + 1, won - 1)), won, won, move);
  } else if (at_.subject.state == SubjectState::in_stage) {
    skip_to(static_cast<StageIndex>(std::min(at_.last_stage + 1, won - 1)), won, won, move);
  } else {
    at_.subject.flags |= kWonFirst;
    skip_to(0, won, won, move);
  }
  at_.subject.state = SubjectState::won;
  at_.subject.won_row = move.row;
}

void StageWalk::lose(const Move& move) {
  if (at_.subject.state == SubjectState::won) {
    at_.subject.flags |= kLostAfterWon;
    return;
  }
  if (at_.subject.state == SubjectState::lost) return;
  if (at_.open == SIZE_MAX && at_.subject.state == SubjectState::none) {
    // Lost without a stage: it was in the first one for no time.
    at_.subject.flags |= kLostFirst;
    for (StageIndex stage = 0; stage < rules_.stage_count(); ++stage) {
      if (!rules_.is_valid(stage, move.at)) continue;
      open_stay(stage, move.at, move.row, kSkipped);
      break;
    }
  }
  close_stay(Ending::lost, kNoStage, move);
  at_.subject.state = SubjectState::lost;
  at_.subject.lost_row = move.row;
}

void StageWalk::leave(const Move& move) {
  if (at_.open == SIZE_MAX || stays_[at_.open].stage != static_cast<StageIndex>(move.place)) return;
  close_stay(Ending::back, kNoStage, move);
}

}  // namespace weir::funnel
