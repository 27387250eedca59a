// What a model's features looked like when it was trained, small enough to be kept with it, and whether they
// still do. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "features/feature_matrix.h"
#include "risk/drift.h"
#include "risk/ensemble.h"

namespace weir::risk {

// One feature's values on the newest landmarks: counts per value; of many different numbers, counts around 64
// quantiles; of many levels, the 30 most frequent and "" for the rest.
struct ReferenceColumn {
  std::string name;
  features::ColumnType type{features::ColumnType::number};
  double weight{0};  // share of the model's mean absolute contributions; all add up to 1
  std::size_t nulls{0};
  std::vector<std::pair<double, std::size_t>> numbers;      // rising
  std::vector<std::pair<std::string, std::size_t>> levels;  // sorted
};
struct FeatureReference {
  std::size_t rows{0};
  std::vector<ReferenceColumn> columns;  // sorted by name
  [[nodiscard]] bool empty() const noexcept { return columns.empty(); }
};

// Of the features that the ensemble reads, on these rows. Fails as `contributions` does.
[[nodiscard]] Result<FeatureReference> feature_reference(const Ensemble& ensemble,
                                                         const features::FeatureMatrix& rows);

[[nodiscard]] std::string to_json(const FeatureReference& reference);
[[nodiscard]] Result<FeatureReference> feature_reference_from_json(std::string_view text);

struct DriftReport {
  std::vector<FeatureDrift> drifted;  // the largest PSI first
  std::vector<double> weights;        // of `drifted`
  double weight{0};                   // of all drifted features together, in the model
  double major_weight{0};             // of those whose PSI is at least kMajorShift
  std::size_t rows{0};                // looked at; 0: too few to say anything
  // The model is asked about something it has not learned: the declared fallback answers.
  [[nodiscard]] bool fails() const noexcept;
};
inline constexpr double kMajorShift = 0.25;  // of the PSI
inline constexpr double kMajorWeight = 0.5;  // from this share of the model on it fails
inline constexpr std::size_t kLeastRowsForDrift = 50;

// PSI and KS (chi-square for categories and nulls), Benjamini-Hochberg over the features.
[[nodiscard]] DriftReport drift_since(const FeatureReference& reference,
                                      const features::FeatureMatrix& current);

}  // namespace weir::risk
