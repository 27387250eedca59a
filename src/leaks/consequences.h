// When a leak began, how many subjects it costs and what they are worth.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "leaks/cuboid_scan.h"

namespace weir::leaks {

// One stage with all that was fitted on it.
struct StageFit {
  funnel::StageIndex stage{0};
  std::vector<Visit> visits;
  std::array<std::vector<TimedEvent>, kKindCount> events;
  std::array<std::vector<Days>, kKindCount> buckets;  // stall and loss share theirs
  std::vector<DayScale> scales;                       // per kind
  std::array<EdgeWindows, kKindCount> windows;
  Days history_days{0};
};

// The most likely day of a single change of the rate (Poisson maximum likelihood over all splits, both rates
// free) to the worse; an index into the days. Ends at the first day when nothing speaks for a change.
[[nodiscard]] std::size_t change_point(std::span<const double> observed, std::span<const double> expected,
                                       LeakKind kind);

// The first day of the leak, in days before the period's end.
[[nodiscard]] Days find_onset(const LeakInput& input, const CellMap& cells, const StageFit& fit,
                              LeakKind kind, const Found& found);

// What the funnel says about a subject's worth.
struct Worth {
  std::vector<double> win_after_advance;  // per stage: P(won | went on), product of later stages' conversions
  std::vector<std::optional<double>>
      mean_won_minor;  // per stage: mean amount of the subjects that passed it and won
};
[[nodiscard]] Worth measure_worth(const LeakInput& input);

struct Missing {
  double subjects{0};
  double value_minor{0};
  bool value_known{false};
  bool value_estimated{false};
};
// Subjects exposed since the onset that miss the next stage at the stage's window when the observed hazards
// replace the expected ones, each from its own time in stage on.
[[nodiscard]] Missing count_missing(const LeakInput& input, const CellMap& cells, const StageFit& fit,
                                    LeakKind kind, const Found& found, Days onset, const Worth& worth);

}  // namespace weir::leaks
