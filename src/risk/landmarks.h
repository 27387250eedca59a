// Which rows a model learns from: subjects at times at which they were open in a stage, and what came of
// them. Pure. Landmarking: van Houwelingen 2007.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/zone.h"
#include "funnel/stage_machine.h"
#include "timeline/timeline_store.h"

namespace weir::risk {

enum class Outcome : std::uint8_t { lost, advance, won, dormant };

struct LandmarkRule {
  Outcome outcome{Outcome::lost};
  std::optional<Micros> horizon;    // empty: eventual
  bool at_events{false};            // just after each own event, as soon as it was known; else
  Micros every{7 * kMicrosPerDay};  // whole days, counted from a Monday, at 00:00
  std::size_t stage_count{0};       // of the funnel
};

// `at` in microseconds. The label is about [at, at + horizon).
struct Landmark {
  funnel::SubjectIndex subject{0};
  std::int64_t at{0};
  std::size_t stay{0};  // in the table: where it was, as known today
  bool event{false};
  std::int64_t settled_at{0};  // when the label is known: the horizon's end, also where the outcome came
                               // early; eventual: when the outcome, or what made it impossible, came
};

struct Landmarks {
  std::vector<Landmark> rows;  // sorted by (at, subject)
  std::size_t immature{0};     // the horizon is not over (eventual: nothing has come of it yet)
  std::size_t treated{0};      // weir acted before or within the horizon: what would have come is not known
};

// `run` as everything is known today, evaluated at `as_of`. `treated_at[subject]`: when weir first acted on
// it, empty for none (the whole span may be empty). Only landmarks whose label is known are rows. A subject
// that is dormant is open. `store` may be nullptr where the rule is periodic: only landmarks at events read
// it. Eventual: lost and won are known; a subject that is dormant at the as-of counts as one without the
// outcome.
[[nodiscard]] Landmarks make_landmarks(const timeline::TimelineStore* store,
                                       std::span<const funnel::SubjectHandles> subjects,
                                       const funnel::FunnelRun& run, const LandmarkRule& rule,
                                       EventTime as_of, const Zone& zone,
                                       std::span<const std::optional<std::int64_t>> treated_at = {});

// The first landmark time of a periodic rule at or after `from`.
[[nodiscard]] std::int64_t next_landmark(const Zone& zone, Micros every, std::int64_t from);

}  // namespace weir::risk
