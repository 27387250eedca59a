#include "funnel/stage_machine.h"

#include <algorithm>
#include <tuple>

namespace weir::funnel {

using timeline::Row;
using timeline::TimelineStore;

namespace {

constexpr std::uint64_t kNoRow = ~std::uint64_t{0};
// Places in funnel order of what is no stage: within one instant won comes after all stages, lost last.
constexpr int kWonPlace = 1 << 20;
constexpr int kLostPlace = kWonPlace + 1;

// One thing that may move a subject.
struct Move {
  Row row{0};
  std::int64_t at{0};
  int place{0};        // stage index, kWonPlace or kLostPlace; exits: the stage they leave
  bool is_exit{false};
  bool by_day{false};  // the event names a day, not an instant
};

struct Touch {
  std::int64_t at{0};
  std::int64_t quiet_from{0};
};

// A visible event of a subject, in time order.
struct Visible {
  Row row{0};
  bool via{false};
  bool via_contact{false};
  std::uint32_t place{0};  // in the history
};

// An event of some lead or opportunity is that one's own; it does not spread over its contact, nor a contact's over its
// account.
bool spreads(const timeline::Columns& c, Row row, bool via_contact) noexcept {
  if (c.keys[timeline::kLead][row] != timeline::kNoHandle || c.keys[timeline::kOpportunity][row] != timeline::kNoHandle) return false;
  return via_contact || c.keys[timeline::kContact][row] == timeline::kNoHandle;
}

class Machine {
 public:
  Machine(const TimelineStore& store, const FunnelShape& funnel, const AsOf& as_of, const Zone& zone, FunnelRun& out)
      : store_(store), funnel_(funnel), as_of_(as_of), zone_(zone), out_(out) {}

  void run(const SubjectHandles& handles, SubjectIndex index);
  // The same of a history; `places`: what is seen of it.
  void run(const SubjectHistory& history, std::vector<std::uint32_t>& places);

 private:
  void begin(timeline::Handle handle, SubjectIndex index);
  void run_events();
  [[nodiscard]] bool visible(Row row, const Run& run) const noexcept {
    const auto& c = store_.columns();
    return as_of_.sees(c.occurred_at[row], c.known_at[row], c.retracted_at[row]) && as_of_.sees_link(run.known_from, run.known_until);
  }
  [[nodiscard]] bool holds(const ConditionBit& condition, Row row, bool via) const noexcept {
    return condition.bit != kNoCondition && (!via || condition.contact_scope) && store_.condition(row, condition.bit);
  }
  void collect(const std::vector<Run>& runs, bool via, bool via_contact);
  void keep_members_only();
  void collect_moves(const Visible& event);
  void order_moves();
  void apply(const Move& move);
  void enter(StageIndex stage, const Move& move);
  void win(const Move& move);
  void lose(const Move& move);
  void leave(const Move& move);
  void open_stay(StageIndex stage, std::int64_t at, Row row, std::uint8_t flags);
  void close_stay(Ending ending, StageIndex next, const Move& move);
  void skip_to(StageIndex from, StageIndex to, StageIndex next, const Move& move);
  [[nodiscard]] bool is_valid(StageIndex stage, std::int64_t at) const noexcept {
    return !funnel_.stages[stage].valid_from || micros_of(*funnel_.stages[stage].valid_from) <= at;
  }
  // From when on it is silent after the event: of one that names a day, the end of that day.
  [[nodiscard]] std::int64_t quiet_from(Row row) const {
    const auto& c = store_.columns();
    const bool by_day = (c.flags[row] & timeline::kRowDay) != 0;
    return by_day ? zone_.end_of_day(zone_.day_of(c.occurred_at[row])) : c.occurred_at[row];
  }
  void settle_stays(std::size_t first);
  void settle(Stay& stay);
  [[nodiscard]] int stage_count() const noexcept { return static_cast<int>(funnel_.stages.size()); }

  const TimelineStore& store_;
  const FunnelShape& funnel_;
  const AsOf& as_of_;
  const Zone& zone_;
  FunnelRun& out_;

  std::vector<Visible> events_;
  std::vector<Move> moves_;
  std::vector<Touch> touches_;
  std::vector<std::uint16_t> visits_;
  Subject subject_;
  SubjectIndex index_{0};
  std::size_t open_{SIZE_MAX};  // the open stay in the table
  StageIndex last_stage_{0};    // of the stay that ended last
};

void Machine::collect(const std::vector<Run>& runs, bool via, bool via_contact) {
  const auto& c = store_.columns();
  for (const Run& run : runs) {
    for (const Row row : store_.run(run.handle)) {
      if (!visible(row, run)) continue;
      if (via && !spreads(c, row, via_contact)) continue;
      events_.push_back(Visible{row, via, via_contact});
    }
  }
}

// `via` events count while the subject is open: from its first own event to the first that wins or loses it, and again
// from the next own entry on.
void Machine::keep_members_only() {
  bool open = false;
  bool seen_own = false;
  const auto is_gone = [&](const Visible& event) {
    if (event.via) return !open;
    const bool enters = std::any_of(funnel_.stages.begin(), funnel_.stages.end(),
                                    [&](const StageShape& stage) { return holds(stage.enter, event.row, false); });
    if (!seen_own || enters) open = true;
    seen_own = true;
    if (holds(funnel_.won, event.row, false) || holds(funnel_.lost, event.row, false)) open = false;
    return false;
  };
  // In time order; remove_if keeps the order and visits each element once, front to back.
  events_.erase(std::remove_if(events_.begin(), events_.end(), is_gone), events_.end());
}

void Machine::collect_moves(const Visible& event) {
  const std::int64_t at = store_.columns().occurred_at[event.row];
  const bool by_day = (store_.columns().flags[event.row] & timeline::kRowDay) != 0;
  for (int stage = 0; stage < stage_count(); ++stage) {
    const StageShape& shape = funnel_.stages[static_cast<std::size_t>(stage)];
    if (holds(shape.enter, event.row, event.via) && is_valid(static_cast<StageIndex>(stage), at)) {
      moves_.push_back({event.row, at, stage, false, by_day});
    }
    if (holds(shape.exit, event.row, event.via)) moves_.push_back({event.row, at, stage, true, by_day});
  }
  if (holds(funnel_.won, event.row, event.via)) moves_.push_back({event.row, at, kWonPlace, false, by_day});
  if (holds(funnel_.lost, event.row, event.via)) moves_.push_back({event.row, at, kLostPlace, false, by_day});
}

// Moves come in time order. Those of one instant apply in funnel order, won and lost last. A move that names only a day
// is compared with the others of that day by day: it stands before the first of them that is later in the funnel.
void Machine::order_moves() {
  std::stable_sort(moves_.begin(), moves_.end(), [](const Move& a, const Move& b) { return a.at != b.at ? a.at < b.at : a.place < b.place; });
  if (std::none_of(moves_.begin(), moves_.end(), [](const Move& move) { return move.by_day; })) return;
  std::vector<Move> ordered;
  for (auto begin = moves_.begin(); begin != moves_.end();) {
    const Date day = zone_.day_of(begin->at);
    const auto end = std::find_if(begin, moves_.end(), [&](const Move& move) { return zone_.day_of(move.at) != day; });
    std::vector<Move> of_day;
    for (auto move = begin; move != end; ++move) {
      if (!move->by_day) of_day.push_back(*move);
    }
    std::vector<Move> by_day;
    for (auto move = begin; move != end; ++move) {
      if (move->by_day) by_day.push_back(*move);
    }
    std::stable_sort(by_day.begin(), by_day.end(), [](const Move& a, const Move& b) { return a.place < b.place; });
    for (const Move& move : by_day) {
      const auto later = std::find_if(of_day.begin(), of_day.end(), [&](const Move& other) { return other.place > move.place; });
      of_day.insert(later, move);
    }
    ordered.insert(ordered.end(), of_day.begin(), of_day.end());
    begin = end;
  }
  moves_.swap(ordered);
}

void Machine::begin(timeline::Handle handle, SubjectIndex index) {
  subject_ = Subject{};
  subject_.handle = handle;
  index_ = index;
  open_ = SIZE_MAX;
  events_.clear();
  moves_.clear();
  touches_.clear();
  visits_.assign(funnel_.stages.size(), 0);
}

void Machine::run(const SubjectHandles& handles, SubjectIndex index) {
  begin(handles.handle, index);
  collect(handles.own, false, false);
  if (events_.empty()) {
    out_.subjects.push_back(subject_);
    return;
  }
  collect(handles.via_contact, true, true);
  collect(handles.via_account, true, false);
  // Rows are numbered in time order. Of one row, the own way in comes first.
  std::sort(events_.begin(), events_.end(), [](const Visible& a, const Visible& b) { return a.row != b.row ? a.row < b.row : a.via < b.via; });
  events_.erase(std::unique(events_.begin(), events_.end(), [](const Visible& a, const Visible& b) { return a.row == b.row; }), events_.end());
  run_events();
}

void Machine::run(const SubjectHistory& history, std::vector<std::uint32_t>& places) {
  begin(history.handle, 0);
  bool seen_own = false;
  for (std::uint32_t place = 0; place < history.events.size(); ++place) {
    const HistoryEvent& event = history.events[place];
    if (store_.columns().occurred_at[event.row] >= micros_of(as_of_.as_of)) break;
    if (!events_.empty() && events_.back().row == event.row) continue;
    if (!visible(event.row, event.run)) continue;
    events_.push_back(Visible{event.row, event.via, event.via_contact, place});
    seen_own = seen_own || !event.via;
  }
  if (seen_own) {
    run_events();
  } else {
    events_.clear();
    out_.subjects.push_back(subject_);
  }
  for (const Visible& event : events_) places.push_back(event.place);
}

// What is seen, in time order, becomes moves, and these become stays.
void Machine::run_events() {
  keep_members_only();
  const std::size_t first_stay = out_.table.stays.size();
  const auto& c = store_.columns();
  for (const Visible& event : events_) {
    collect_moves(event);
    if ((c.flags[event.row] & timeline::kRowTouch) != 0) touches_.push_back({c.occurred_at[event.row], quiet_from(event.row)});
    if (event.via) continue;
    subject_.last_row = event.row;
    subject_.first_event = std::min(subject_.first_event, event_time(c.occurred_at[event.row]));
    if (c.amount_minor[event.row] != timeline::kNoAmount) subject_.amount_row = event.row;
  }
  order_moves();
  for (const Move& move : moves_) apply(move);
  settle_stays(first_stay);
  out_.subjects.push_back(subject_);
}

void Machine::apply(const Move& move) {
  if (move.is_exit) return leave(move);
  if (move.place == kWonPlace) return win(move);
  if (move.place == kLostPlace) return lose(move);
  enter(static_cast<StageIndex>(move.place), move);
}

void Machine::open_stay(StageIndex stage, std::int64_t at, Row row, std::uint8_t flags) {
  Stay stay;
  stay.subject = index_;
  stay.stage = stage;
  stay.visit = visits_[stage]++;
  stay.entered = event_time(at);
  stay.last_touch = stay.entered;
  stay.flags = flags;
  stay.entry_event = row;
  stay.exit_event = kNoRow;
  if ((store_.columns().flags[row] & timeline::kRowLeftTruncated) != 0) stay.flags |= kLeftTruncated;
  open_ = out_.table.stays.size();
  out_.table.stays.push_back(stay);
}

void Machine::close_stay(Ending ending, StageIndex next, const Move& move) {
  if (open_ == SIZE_MAX) return;
  Stay& stay = out_.table.stays[open_];
  // A day and an instant of the same day are the same time; an end before the entry counts as none.
  const bool by_day = move.by_day || (store_.columns().flags[stay.entry_event] & timeline::kRowDay) != 0;
  const bool before = by_day ? zone_.day_of(move.at) < zone_.day_of(micros_of(stay.entered)) : move.at < micros_of(stay.entered);
  if (before) stay.flags |= kBackdated;
  stay.ended = std::max(stay.entered, event_time(move.at));
  stay.ending = ending;
  stay.next_stage = next;
  stay.exit_event = move.row;
  last_stage_ = stay.stage;
  open_ = SIZE_MAX;
}

// Stages [from, to) that were passed over: entered and advanced with zero time.
void Machine::skip_to(StageIndex from, StageIndex to, StageIndex next, const Move& move) {
  for (StageIndex stage = from; stage < to; ++stage) {
    if (!is_valid(stage, move.at)) continue;
    open_stay(stage, move.at, move.row, kSkipped);
    close_stay(Ending::advanced, next, move);
  }
}

void Machine::enter(StageIndex stage, const Move& move) {
  if (subject_.state == SubjectState::won) {
    subject_.flags |= kEnteredAfterWon;
    return;
  }
  if (open_ != SIZE_MAX) {
    const StageIndex current = out_.table.stays[open_].stage;
    if (current == stage) return;
    close_stay(stage > current ? Ending::advanced : Ending::back, stage, move);
    if (stage > current) skip_to(static_cast<StageIndex>(current + 1), stage, stage, move);
  } else if (subject_.state == SubjectState::none) {
    skip_to(0, stage, stage, move);
  } else {  // back after a loss or an exit: what lies between is passed over
    if (subject_.state == SubjectState::lost) subject_.flags |= kRecycled;
    skip_to(static_cast<StageIndex>(last_stage_ + 1), stage, stage, move);
  }
  subject_.state = SubjectState::in_stage;
  open_stay(stage, move.at, move.row, 0);
}

void Machine::win(const Move& move) {
  if (subject_.state == SubjectState::won) return;
  const auto won = static_cast<StageIndex>(stage_count());
  if (open_ != SIZE_MAX) {
    const StageIndex current = out_.table.stays[open_].stage;
    close_stay(Ending::advanced, won, move);
    skip_to(static_cast<StageIndex>(current + 1), won, won, move);
  } else if (subject_.state == SubjectState::lost) {
    // Won after all: the stages that were left, at least a new stay in the last one, without time.
    subject_.flags |= kRecycled;
    skip_to(static_cast<StageIndex>(std::min(last_stage_ + 1, won - 1)), won, won, move);
  } else if (subject_.state == SubjectState::in_stage) {
    skip_to(static_cast<StageIndex>(std::min(last_stage_ + 1, won - 1)), won, won, move);
  } else {
    subject_.flags |= kWonFirst;
    skip_to(0, won, won, move);
  }
  subject_.state = SubjectState::won;
  subject_.won_row = move.row;
}

void Machine::lose(const Move& move) {
  if (subject_.state == SubjectState::won) {
    subject_.flags |= kLostAfterWon;
    return;
  }
  if (subject_.state == SubjectState::lost) return;
  if (open_ == SIZE_MAX && subject_.state == SubjectState::none) {
    // Lost without a stage: it was in the first one for no time.
    subject_.flags |= kLostFirst;
    for (StageIndex stage = 0; stage < stage_count(); ++stage) {
      if (!is_valid(stage, move.at)) continue;
      open_stay(stage, move.at, move.row, kSkipped);
      break;
    }
  }
  close_stay(Ending::lost, kNoStage, move);
  subject_.state = SubjectState::lost;
  subject_.lost_row = move.row;
}

void Machine::leave(const Move& move) {
  if (open_ == SIZE_MAX || out_.table.stays[open_].stage != static_cast<StageIndex>(move.place)) return;
  close_stay(Ending::back, kNoStage, move);
}

void Machine::settle_stays(std::size_t first) {
  for (std::size_t i = first; i < out_.table.stays.size(); ++i) settle(out_.table.stays[i]);
}

// Silences of a stay: from the later of entry and last touch, + silent_for, until a touch, the end or the as-of.
void Machine::settle(Stay& stay) {
  const std::int64_t entered = micros_of(stay.entered);
  const std::int64_t end = std::min(micros_of(stay.ended), micros_of(as_of_.as_of));
  stay.first_spell = static_cast<std::uint32_t>(out_.table.spells.size());
  std::int64_t silent_since = quiet_from(static_cast<Row>(stay.entry_event));
  auto touch = std::upper_bound(touches_.begin(), touches_.end(), entered, [](std::int64_t at, const Touch& other) { return at < other.at; });
  for (;; ++touch) {
    const bool is_last = touch == touches_.end() || touch->at >= end;
    const std::int64_t until = is_last ? end : touch->at;
    if (funnel_.silent_for) {
      const std::int64_t dormant_from = silent_since + funnel_.silent_for->count();
      const bool still = is_last && stay.ending == Ending::open;
      if (dormant_from < until || (still && dormant_from == until)) {
        out_.table.spells.push_back({event_time(dormant_from), still ? kEndOfTime : event_time(until)});
      }
    }
    if (is_last) break;
    silent_since = touch->quiet_from;
    stay.last_touch = event_time(touch->at);
  }
  stay.spell_count = static_cast<std::uint32_t>(out_.table.spells.size()) - stay.first_spell;
  if (stay.ending == Ending::open && stay.spell_count > 0 && out_.table.spells.back().until == kEndOfTime) stay.ending = Ending::dormant;
}

}  // namespace

FunnelRun run_funnel(const TimelineStore& store, const std::vector<SubjectHandles>& subjects, const FunnelShape& funnel, const AsOf& as_of,
                     const Zone& zone) {
  FunnelRun out;
  out.subjects.reserve(subjects.size());
  Machine machine(store, funnel, as_of, zone, out);
  for (std::size_t i = 0; i < subjects.size(); ++i) machine.run(subjects[i], static_cast<SubjectIndex>(i));
  return out;
}

void gather_history(const TimelineStore& store, const SubjectHandles& handles, SubjectHistory& history) {
  history.handle = handles.handle;
  history.events.clear();
  const auto add = [&](const std::vector<Run>& runs, bool via, bool via_contact) {
    for (const Run& run : runs) {
      for (const Row row : store.run(run.handle)) {
        if (!via || spreads(store.columns(), row, via_contact)) history.events.push_back({row, via, via_contact, run});
      }
    }
  };
  add(handles.own, false, false);
  add(handles.via_contact, true, true);
  add(handles.via_account, true, false);
  std::sort(history.events.begin(), history.events.end(), [](const HistoryEvent& a, const HistoryEvent& b) {
    return std::tie(a.row, a.via, b.via_contact, a.run.handle, a.run.known_from) < std::tie(b.row, b.via, a.via_contact, b.run.handle, b.run.known_from);
  });
}

struct SubjectReader::State {
  State(const TimelineStore& store, const FunnelShape& funnel, const Zone& zone) : machine(store, funnel, as_of, zone, run) {}
  AsOf as_of;
  FunnelRun run;
  Machine machine;
  SubjectAt result;
};

SubjectReader::SubjectReader(const TimelineStore& store, const FunnelShape& funnel, const Zone& zone)
    : state_(std::make_unique<State>(store, funnel, zone)) {}
SubjectReader::~SubjectReader() = default;

const SubjectAt& SubjectReader::at(const SubjectHistory& history, const AsOf& as_of) {
  State& state = *state_;
  state.as_of = as_of;
  state.run.subjects.clear();
  state.run.table.stays.swap(state.result.table.stays);
  state.run.table.spells.swap(state.result.table.spells);
  state.run.table.stays.clear();
  state.run.table.spells.clear();
  state.result.events.clear();
  state.machine.run(history, state.result.events);
  state.result.subject = state.run.subjects.back();
  state.result.table.stays.swap(state.run.table.stays);
  state.result.table.spells.swap(state.run.table.spells);
  return state.result;
}

}  // namespace weir::funnel
