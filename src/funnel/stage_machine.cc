#include "funnel/stage_machine.h"

#include <algorithm>
#include <tuple>

#include "funnel/stage_moves.h"

namespace weir::funnel {

using timeline::Row;
using timeline::TimelineStore;

namespace {

struct Touch {
  std::int64_t at{0};
  std::int64_t quiet_from{0};
};

// A visible event of a subject, in time order.
struct Visible {
  Row row{0};
  bool via{false};
};

// An event of some lead or opportunity is that one's own; it does not spread over its contact, nor a
// contact's over its account.
bool spreads(std::uint32_t flags, bool via_contact) noexcept {
  if ((flags & timeline::kRowNamesSubject) != 0) return false;
  return via_contact || (flags & timeline::kRowNamesContact) == 0;
}

class Machine {
 public:
  Machine(const TimelineStore& store, const FunnelShape& funnel, const AsOf& as_of, const Zone& zone,
          FunnelRun& out)
      : store_(store),
        as_of_(as_of),
        rules_(store, funnel, zone),
        out_(out),
        walk_(rules_, out.table.stays) {}

  void run(const SubjectHandles& handles, SubjectIndex index);

 private:
  void run_events();
  [[nodiscard]] bool visible(Row row, const Run& run) const noexcept {
    const auto& c = store_.columns();
    return as_of_.sees(c.occurred_at[row], c.known_at[row], c.retracted_at[row]) &&
           as_of_.sees_link(run.known_from, run.known_until);
  }
  void collect(const std::vector<Run>& runs, bool via, bool via_contact);
  void settle(Stay& stay);

  const TimelineStore& store_;
  const AsOf& as_of_;
  const MoveRules rules_;
  FunnelRun& out_;
  StageWalk walk_;

  std::vector<Visible> events_;
  std::vector<Move> moves_;
  std::vector<Touch> touches_;
};

void Machine::collect(const std::vector<Run>& runs, bool via, bool via_contact) {
  const auto& c = store_.columns();
  for (const Run& run : runs) {
    for (const Row row : store_.run(run.handle)) {
      if (!visible(row, run)) continue;
      if (via && !spreads(c.flags[row], via_contact)) continue;
      events_.push_back(Visible{row, via});
    }
  }
}

void Machine::run(const SubjectHandles& handles, SubjectIndex index) {
  walk_.begin(handles.handle, index);
  events_.clear();
  moves_.clear();
  touches_.clear();
  collect(handles.own, false, false);
  if (events_.empty()) {
    out_.subjects.push_back(walk_.subject());
    return;
  }
  collect(handles.via_contact, true, true);
  collect(handles.via_account, true, false);
  // Rows are numbered in time order. Of one row, the own way in comes first.
  std::sort(events_.begin(), events_.end(), [](const Visible& a, const Visible& b) {
    return a.row != b.row ? a.row < b.row : a.via < b.via;
  });
  events_.erase(std::unique(events_.begin(), events_.end(),
                            [](const Visible& a, const Visible& b) { return a.row == b.row; }),
                events_.end());
  run_events();
}

// What is seen, in time order, becomes moves, and these become stays.
void Machine::run_events() {
  Membership membership;
  const std::size_t first_stay = out_.table.stays.size();
  const auto& c = store_.columns();
  Subject& subject = walk_.subject();
  for (const Visible& event : events_) {
    const std::uint32_t signal = c.signal[event.row];
    if (!membership.admits(rules_, signal, event.via)) continue;
    rules_.collect(event.row, signal, c.occurred_at[event.row], event.via, moves_);
    if (rules_.is_touch(signal)) touches_.push_back({c.occurred_at[event.row], rules_.quiet_from(event.row)});
    if (event.via) continue;
    subject.last_row = event.row;
    subject.first_event = std::min(subject.first_event, event_time(c.occurred_at[event.row]));
    if (c.amount_minor[event.row] != timeline::kNoAmount) subject.amount_row = event.row;
  }
  rules_.order(moves_);
  for (const Move& move : moves_) walk_.apply(move);
  for (std::size_t i = first_stay; i < out_.table.stays.size(); ++i) settle(out_.table.stays[i]);
  out_.subjects.push_back(subject);
}

// Silences of a stay: from the later of entry and last touch, + silent_for, until a touch, the end or the
// as-of.
void Machine::settle(Stay& stay) {
  const auto& silent_for = rules_.funnel().silent_for;
  const std::int64_t entered = micros_of(stay.entered);
  const std::int64_t end = std::min(micros_of(stay.ended), micros_of(as_of_.as_of));
  stay.first_spell = static_cast<std::uint32_t>(out_.table.spells.size());
  std::int64_t silent_since = rules_.quiet_from(static_cast<Row>(stay.entry_event));
  auto touch = std::upper_bound(touches_.begin(), touches_.end(), entered,
                                [](std::int64_t at, const Touch& other) { return at < other.at; });
  for (;; ++touch) {
    const bool is_last = touch == touches_.end() || touch->at >= end;
    const std::int64_t until = is_last ? end : touch->at;
    if (silent_for) {
      const std::int64_t dormant_from = silent_since + silent_for->count();
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
  if (stay.ending == Ending::open && stay.spell_count > 0 && out_.table.spells.back().until == kEndOfTime)
    stay.ending = Ending::dormant;
}

}  // namespace

FunnelRun run_funnel(const TimelineStore& store, const std::vector<SubjectHandles>& subjects,
                     const FunnelShape& funnel, const AsOf& as_of, const Zone& zone) {
  FunnelRun out;
  out.subjects.reserve(subjects.size());
  Machine machine(store, funnel, as_of, zone, out);
  for (std::size_t i = 0; i < subjects.size(); ++i) machine.run(subjects[i], static_cast<SubjectIndex>(i));
  return out;
}

void gather_history(const TimelineStore& store, const SubjectHandles& handles, SubjectHistory& history) {
  const auto& c = store.columns();
  const timeline::Runs& runs = store.runs();
  history.handle = handles.handle;
  history.events.clear();
  const auto add = [&](const Run& run, bool via, bool via_contact) {
    for (std::size_t place = runs.offsets[run.handle]; place < runs.offsets[run.handle + 1]; ++place) {
      const Row row = runs.rows[place];
      const std::uint32_t signal = runs.has_signals() ? runs.signals[place] : c.signal[row];
      const std::uint32_t flags = store.signals().flags(signal);
      if (via && !spreads(flags, via_contact)) continue;
      const std::int64_t at = runs.occurred_at(place);
      const std::int64_t known_at = (flags & timeline::kRowKnownApart) != 0 ? c.known_at[row] : at;
      const std::int64_t retracted_at =
          (flags & timeline::kRowRetracted) != 0 ? c.retracted_at[row] : INT64_MAX;
      history.events.push_back({row, signal, via, via_contact, at, std::max(known_at, run.known_from),
                                std::min(retracted_at, run.known_until)});
    }
  };
  for (const Run& run : handles.own) add(run, false, false);
  for (const Run& run : handles.via_contact) add(run, true, true);
  for (const Run& run : handles.via_account) add(run, true, false);
  const auto is_earlier = [](const HistoryEvent& a, const HistoryEvent& b) {
    return std::tie(a.row, a.via, b.via_contact, a.known_from, a.known_until) <
           std::tie(b.row, b.via, a.via_contact, b.known_from, b.known_until);
  };
  if (!std::is_sorted(history.events.begin(), history.events.end(), is_earlier))
    std::sort(history.events.begin(), history.events.end(), is_earlier);
}

}  // namespace weir::funnel
