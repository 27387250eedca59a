#include "risk/landmarks.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"

namespace weir::risk {

using funnel::Ending;
using funnel::Stay;

namespace {

// 1970-01-05 was a Monday.
constexpr std::int32_t kFirstMonday = 4;

struct Label {
  bool known{false};
  bool event{false};
  std::int64_t watched_until{0};
  std::int64_t settled_at{0};
};

// The stays of one subject, in order, and how to tell what came of it.
class SubjectHistory {
 public:
  SubjectHistory(const funnel::StayTable& table, std::size_t first, std::size_t last,
                 const LandmarkRule& rule, EventTime as_of)
      : table_(table), first_(first), last_(last), rule_(rule), as_of_(micros_of(as_of)) {}

  // The stay it was in, last_ for none. One that was passed over is none.
  [[nodiscard]] std::size_t stay_at(std::int64_t at) const {
    for (std::size_t i = first_; i < last_; ++i) {
      const Stay& stay = table_.stays[i];
      if (micros_of(stay.entered) <= at && at < end_of(stay)) return i;
    }
    return last_;
  }

  [[nodiscard]] Label label(std::size_t stay, std::int64_t at) const {
    const auto [happened, at_time] = first_end(stay, at);
    if (!rule_.horizon) return eventual(at, happened, at_time);
    const std::int64_t end = at + rule_.horizon->count();
    // A label counts from when its horizon is over, also when the outcome came early: else early outcomes
    // would be over-represented.
    if (end > as_of_) return {};
    return {true, happened && at_time < end, std::min(at_time, end), end};
  }

  [[nodiscard]] std::size_t first() const noexcept { return first_; }
  [[nodiscard]] std::size_t last() const noexcept { return last_; }
  [[nodiscard]] std::int64_t end_of(const Stay& stay) const {
    return std::min(micros_of(stay.ended), as_of_);
  }
  [[nodiscard]] const Stay& stay(std::size_t i) const noexcept { return table_.stays[i]; }

 private:
  [[nodiscard]] std::optional<std::int64_t> dormant_from(const Stay& stay, std::int64_t at) const {
    for (std::uint32_t i = 0; i < stay.spell_count; ++i) {
      const auto& spell = table_.spells[stay.first_spell + i];
      if (micros_of(spell.until) <= at) continue;
      return std::max(at, micros_of(spell.from));
    }
    return std::nullopt;
  }

  // What ends the question first after `at`: the outcome itself or something that makes it impossible.
  // INT64_MAX: nothing.
  [[nodiscard]] std::pair<bool, std::int64_t> first_end(std::size_t from, std::int64_t at) const {
    const Stay& current = table_.stays[from];
    if (rule_.outcome == Outcome::dormant) {
      const auto silent = dormant_from(current, at);
      const std::int64_t ended = current.ended == kEndOfTime ? INT64_MAX : micros_of(current.ended);
      if (silent && *silent < std::min(ended, as_of_)) return {true, *silent};
      return {false, ended};
    }
    for (std::size_t i = from; i < last_; ++i) {
      const Stay& stay = table_.stays[i];
      if (stay.ended == kEndOfTime) continue;
      const bool is_won = stay.ending == Ending::advanced && stay.next_stage == rule_.stage_count;
      if (rule_.outcome == Outcome::advance) return {stay.ending == Ending::advanced, micros_of(stay.ended)};
      if (stay.ending == Ending::lost) return {rule_.outcome == Outcome::lost, micros_of(stay.ended)};
      if (is_won) return {rule_.outcome == Outcome::won, micros_of(stay.ended)};
    }
    return {false, INT64_MAX};
  }
  [[nodiscard]] Label eventual(std::int64_t at, bool happened, std::int64_t at_time) const {
    if (at_time <= as_of_) return {true, happened, at_time, at_time};
    // Nothing came of it: known only where it has gone silent.
    const Stay& last = table_.stays[last_ - 1];
    if (last.ended != kEndOfTime || last.spell_count == 0) return {};
    const auto& spell = table_.spells[last.first_spell + last.spell_count - 1];
    if (spell.until != kEndOfTime) return {};
    const std::int64_t silent_from = std::max(at, micros_of(spell.from));
    return {true, false, silent_from, silent_from};
  }

  const funnel::StayTable& table_;
  std::size_t first_;
  std::size_t last_;
  const LandmarkRule& rule_;
  std::int64_t as_of_;
};

// Just after each own event, as soon as it was known.
std::vector<std::int64_t> event_times(const timeline::TimelineStore& store,
                                      const funnel::SubjectHandles& subject, std::int64_t as_of) {
  const auto& c = store.columns();
  std::vector<std::int64_t> times;
  for (const auto& own : subject.own) {
    for (const timeline::Row row : store.run(own.handle)) {
      if (c.retracted_at[row] != INT64_MAX || c.occurred_at[row] >= as_of) continue;
      times.push_back(std::max({c.occurred_at[row], c.known_at[row], own.known_from}) + 1);
    }
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

std::vector<std::int64_t> periodic_times(const SubjectHistory& history, const LandmarkRule& rule,
                                         const Zone& zone) {
  std::vector<std::int64_t> times;
  for (std::size_t i = history.first(); i < history.last(); ++i) {
    const Stay& stay = history.stay(i);
    if ((stay.flags & funnel::kSkipped) != 0) continue;
    const std::int64_t end = history.end_of(stay);
    // The entry itself must lie before: a row at the instant of the entry knows nothing of it.
    for (std::int64_t at = next_landmark(zone, rule.every, micros_of(stay.entered) + 1); at < end;
         at = next_landmark(zone, rule.every, at + 1))
      times.push_back(at);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

}  // namespace

std::int64_t next_landmark(const Zone& zone, Micros every, std::int64_t from) {
  const auto days = static_cast<std::int32_t>(every.count() / kMicrosPerDay);
  const Date day = zone.day_of(from);
  const std::int32_t since = day.days - kFirstMonday;
  const std::int32_t begun = since >= 0 ? since / days : -((-since + days - 1) / days);
  Date candidate{kFirstMonday + begun * days};
  if (zone.start_of_day(candidate) < from) candidate.days += days;
  return zone.start_of_day(candidate);
}

Landmarks make_landmarks(const timeline::TimelineStore* store,
                         std::span<const funnel::SubjectHandles> subjects, const funnel::FunnelRun& run,
                         const LandmarkRule& rule, EventTime as_of, const Zone& zone,
                         std::span<const std::optional<std::int64_t>> treated_at) {
  WEIR_CHECK(store != nullptr || !rule.at_events, "landmarks at events need the timelines");
  Landmarks landmarks;
  const auto& stays = run.table.stays;
  for (std::size_t first = 0; first < stays.size();) {
    std::size_t last = first;
    while (last < stays.size() && stays[last].subject == stays[first].subject) ++last;
    const funnel::SubjectIndex subject = stays[first].subject;
    const SubjectHistory history(run.table, first, last, rule, as_of);
    const std::vector<std::int64_t> times = rule.at_events
                                                ? event_times(*store, subjects[subject], micros_of(as_of))
                                                : periodic_times(history, rule, zone);
    for (const std::int64_t at : times) {
      const std::size_t stay = history.stay_at(at);
      if (stay == last) continue;
      const Label label = history.label(stay, at);
      if (!label.known) {
        ++landmarks.immature;
        continue;
      }
      if (subject < treated_at.size() && treated_at[subject] && *treated_at[subject] < label.watched_until) {
        ++landmarks.treated;
        continue;
      }
      landmarks.rows.push_back({subject, at, stay, label.event, label.settled_at});
    }
    first = last;
  }
  std::sort(landmarks.rows.begin(), landmarks.rows.end(), [](const Landmark& a, const Landmark& b) {
    return std::tie(a.at, a.subject) < std::tie(b.at, b.subject);
  });
  return landmarks;
}

}  // namespace weir::risk
