// What should have happened: hazards by time in stage and segment, fitted on the time before the period.
#pragma once

#include <cstdint>
#include <vector>

#include "leaks/exposure.h"

namespace weir::leaks {

struct Baseline {
  std::vector<double> hazard;  // per bucket, per day; 0 where the baseline has seen too little
  std::vector<bool> usable;    // per bucket; elsewhere neither expected nor observed events count
  std::vector<std::vector<double>> effects;  // [dimension][local code]: multiplies the hazard
  std::vector<double> cell_effect;           // per cell: product of its effects
  std::vector<double> average_hazard;        // per bucket, the edge without segments
};

// What one cell (or, added up, one cuboid) shows. `base_*` are weighted sums over the baseline.
struct Counts {
  double observed{0};
  double expected{0};
  double average{0};  // expected at the edge's average hazard
  double base_observed{0};
  double base_expected{0};
  double base_average{0};
  double base_squares{0};  // sum of squared weights of base_observed
  void operator+=(const Counts& other) noexcept;
};

// One kind on one edge over one of the period lengths.
struct EdgeWindow {
  bool enough_evidence{false};
  Baseline baseline;
  std::vector<Counts> cells;
  double dispersion{1};  // variance of weekly counts against Poisson, >= 1
};

// `length`: 0 half, 1 one, 2 two periods. `history_days`: from the first visit to the period's end.
[[nodiscard]] EdgeWindow fit_window(const LeakInput& input, const CellMap& cells, const EdgeTables& tables,
                                    std::size_t length, Days history_days);

// One week before the period: what happened, and what its person-time by time in stage makes one expect.
struct Week {
  double observed{0};
  double expected{0};
};

// The last 26 weeks before the period, newest first. Weeks of an outage expect nothing.
[[nodiscard]] std::vector<Week> weeks_of(const LeakInput& input, std::span<const Visit> visits,
                                         std::span<const TimedEvent> events, std::span<const Days> buckets,
                                         const DayScale& scale, LeakKind kind, Days before);

// The sums over all stages but one.
[[nodiscard]] std::vector<Week> others_of(std::span<const std::vector<Week>> stages, std::size_t without);

// How much more weekly counts vary around what is expected of them than a Poisson count would, from second
// differences, which a trend does not touch; 1 unless the excess is beyond chance (2.33 standard errors).
// `others`: what the same weeks did elsewhere; a week that was slow there is expected to be slow here.
[[nodiscard]] double weekly_dispersion(std::span<const Week> weeks, std::span<const Week> others = {});

}  // namespace weir::leaks
