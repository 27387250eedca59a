// Have the inputs moved? Two samples of each feature, then all features at once. Pure; nulls are part of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "features/feature_matrix.h"

namespace weir::risk {

// Population stability index: sum over bins of (current - reference) log(current / reference), bins cut at
// the reference's deciles (linear between order statistics), shares clipped from below at `clip`. NaN values
// form a bin of their own when either side has any. Empty when a side is empty.
[[nodiscard]] std::optional<double> population_stability_index(std::span<const double> reference,
                                                               std::span<const double> current,
                                                               std::size_t bin_count = 10,
                                                               double clip = 1e-4);
// The same over categories given as counts, one per category on both sides.
[[nodiscard]] std::optional<double> population_stability_index_of_counts(std::span<const double> reference,
                                                                         std::span<const double> current,
                                                                         double clip = 1e-4);

struct KolmogorovSmirnov {
  double statistic{0};
  double p_value{1};  // two-sided, asymptotic as in SciPy: Kolmogorov's distribution of n1 n2 / (n1 + n2)
};
// NaN values are left out. Empty when a side has no value.
[[nodiscard]] std::optional<KolmogorovSmirnov> kolmogorov_smirnov(std::span<const double> reference,
                                                                  std::span<const double> current);

struct ChiSquare {
  double statistic{0};
  std::size_t degrees_of_freedom{0};
  double p_value{1};
};
// Two rows of counts over the same categories; empty categories are left out. Empty with fewer than two.
[[nodiscard]] std::optional<ChiSquare> chi_square(std::span<const double> reference,
                                                  std::span<const double> current);

// Benjamini & Hochberg (1995): adjusted p-values, in the order given.
[[nodiscard]] std::vector<double> benjamini_hochberg(std::span<const double> p_values);

struct FeatureDrift {
  std::string name;
  std::optional<double> psi;
  std::optional<double> statistic;  // KS for numbers, chi-square for categories
  double p_value{1};                // numbers: the smaller of KS and the nulls' chi-square, doubled
  double adjusted_p_value{1};       // over all features
  bool drifted{false};              // adjusted p <= level and PSI >= psi_least
};
struct DriftLimits {
  double level{0.05};
  double psi_least{0.1};  // small moves are significant in large samples and change no score
};
// The same columns in both (by name; others are left out), in the reference's order.
[[nodiscard]] std::vector<FeatureDrift> feature_drift(const features::FeatureMatrix& reference,
                                                      const features::FeatureMatrix& current,
                                                      const DriftLimits& limits = {});

}  // namespace weir::risk
