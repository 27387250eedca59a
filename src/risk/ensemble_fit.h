// Fits an ensemble on landmark rows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "features/feature_matrix.h"
#include "risk/boosting.h"
#include "risk/ensemble.h"

namespace weir::risk {

// Views: what they show must outlive the call. All spans have rows.row_count entries, or none where it says
// so.
struct TrainingRows {
  const features::FeatureMatrix& rows;
  std::span<const std::uint8_t> outcome;  // 0 or 1
  std::span<const double> weight;         // >= 0, finite; empty: all 1
  std::span<const std::uint8_t>
      inner_validation;  // 1: of the newest inner period, which only chooses penalty and rounds; may be empty
  std::span<const double> time{};  // finite, any unit; a column of its own while learning (row_time.h);
                                   // may be empty
};

struct EnsembleOptions {
  bool logistic{true};
  bool forest{true};
  std::uint64_t seed{1};
  int threads{1};
  std::optional<double> penalty{};  // given: not chosen
  std::optional<int> rounds{};      // given: not chosen
  std::vector<double> penalty_grid{1, 3, 10, 30, 100, 300, 1000};
  // rounds: the most that may be chosen; seed and threads come from above
  BoostingOptions boosting{.rounds = 250};
  int patience{20};
  std::vector<std::string> excluded{};  // features by name
  bool opposite_hints{false};  // hints say how the risk of being lost moves; the outcome is a good one
};

inline constexpr double kDefaultPenalty = 30;
inline constexpr int kDefaultRounds = 150;

// What was chosen, and whether the inner period chose it.
struct FittedEnsemble {
  Ensemble ensemble;
  double penalty{0};  // 0 without a logistic part
  int rounds{0};      // 0 without trees
  bool chosen_inside{
      false};  // false: given, or the inner period had one outcome only (then the defaults hold)
};

// Penalty and rounds are chosen on the inner period, then both parts are fitted on all rows. The encoder sees
// all rows too: it reads no outcome. Fails when all rows have one outcome, when no feature varies, and on
// options that cannot be.
[[nodiscard]] Result<FittedEnsemble> fit_ensemble(const TrainingRows& training,
                                                  const EnsembleOptions& options);

}  // namespace weir::risk
