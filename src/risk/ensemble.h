// The learned part of a risk model: encoder, logistic regression and shallow trees, joined by the mean of
// their log-odds. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "features/feature_matrix.h"
#include "risk/encoder.h"
#include "risk/forest.h"
#include "risk/logistic.h"

namespace weir::risk {

// At least one part is present. All outputs are log-odds before calibration.
struct Ensemble {
  Encoder encoder;
  std::optional<Logistic> logistic;
  std::optional<Forest> forest;
};

// Why each margin is what it is: margins[i] = bias + sum of row(i), up to 1e-9 of rounding.
struct Contributions {
  double bias{0};                     // the margin when nothing is known about a subject
  std::vector<std::string> features;  // sorted by name; in group_contributions(): the groups, sorted
  std::size_t row_count{0};
  std::vector<double> values;  // row-major, [row_count x features.size()]
  [[nodiscard]] std::span<const double> row(std::size_t index) const noexcept {
    return {values.data() + index * features.size(), features.size()};
  }
};

// One log-odds per row of the matrix. Fails when the matrix lacks a feature, or has it in another type or
// version. A row's margin does not depend on the other rows: batch and live are bit-equal.
[[nodiscard]] Result<std::vector<double>> margins(const Ensemble& ensemble,
                                                  const features::FeatureMatrix& matrix);

// Logistic: weight x (value - training mean). Trees: Shapley values. Then the mean over the parts, added up
// over the columns of each feature.
[[nodiscard]] Result<Contributions> contributions(const Ensemble& ensemble,
                                                  const features::FeatureMatrix& matrix);
// Added up over the features of each group.
[[nodiscard]] Contributions group_contributions(const Ensemble& ensemble, const Contributions& by_feature);

// Equal ensembles give equal bytes, and reading gives an ensemble with equal margins, bit for bit.
[[nodiscard]] std::string to_json(const Ensemble& ensemble);
[[nodiscard]] Result<Ensemble> ensemble_from_json(std::string_view text);

}  // namespace weir::risk
