// Shallow monotone gradient-boosted trees, fitted by XGBoost. Nothing of XGBoost is left in the Forest that
// comes out.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "features/feature_matrix.h"
#include "risk/encoder.h"
#include "risk/forest.h"

namespace weir::risk {

struct BoostingOptions {
  int depth{3};
  int rounds{150};
  double learning_rate{0.1};
  double min_child_weight{5};  // sum of hessians
  double ridge{1};             // on leaf values
  double row_share{1};         // of rows per tree; below 1 draws by `seed`
  double column_share{1};      // of columns per tree
  std::uint64_t seed{1};
  int threads{1};
};

// Log-loss with gradients of our own, in double, rounded to a grid on which sums of all rows are exact in
// double: so histograms do not depend on the order of addition, and the forest has the same bytes for any
// number of threads. `weight` may be empty; `monotone` has one entry per column. Fails when all rows have one
// outcome, or when XGBoost says so.
[[nodiscard]] Result<Forest> fit_forest(const TreeRows& rows, std::span<const std::uint8_t> outcome,
                                        std::span<const double> weight,
                                        std::span<const features::Monotone> monotone,
                                        const BoostingOptions& options);

// The number of rounds (1 .. options.rounds) with the smallest log-loss on the rows with inner_validation 1
// after fitting on those with 0. Stops early after `patience` rounds without a better one.
[[nodiscard]] Result<int> choose_rounds(const TreeRows& rows, std::span<const std::uint8_t> outcome,
                                        std::span<const double> weight,
                                        std::span<const features::Monotone> monotone,
                                        std::span<const std::uint8_t> inner_validation,
                                        const BoostingOptions& options, int patience);

}  // namespace weir::risk
