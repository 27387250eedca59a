#include "risk/drift.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string_view>

#include "base/fixed_math.h"
#include "risk/kolmogorov.h"

namespace weir::risk {
namespace {

std::vector<double> sorted_values(std::span<const double> sample) {
  std::vector<double> values;
  values.reserve(sample.size());
  std::copy_if(sample.begin(), sample.end(), std::back_inserter(values),
               [](double value) { return !std::isnan(value); });
  std::sort(values.begin(), values.end());
  return values;
}

// Linear between order statistics, as NumPy's default.
double quantile_of(const std::vector<double>& sorted, double share) noexcept {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double part = place - static_cast<double>(below);
  return sorted[below] + (sorted[below + 1] - sorted[below]) * part;
}

// Values per bin; the last one holds the nulls.
std::vector<double> bin_counts(std::span<const double> sample, const std::vector<double>& edges) {
  std::vector<double> counts(edges.size() + 2, 0.0);
  for (const double value : sample) {
    if (std::isnan(value)) {
      counts.back() += 1;
      continue;
    }
    counts[static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), value) - edges.begin())] +=
        1;
  }
  return counts;
}

double sum_of(std::span<const double> values) noexcept {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Counts of both sides by level name; the last one holds the nulls.
struct LevelCounts {
  std::vector<double> reference;
  std::vector<double> current;
};

LevelCounts level_counts(const features::FeatureColumn& reference, const features::FeatureColumn& current) {
  std::map<std::string_view, std::pair<double, double>> counts;
  std::pair<double, double> nulls;
  for (const std::uint32_t code : reference.codes) {
    (code == features::kNoLevel ? nulls : counts[reference.levels[code]]).first += 1;
  }
  for (const std::uint32_t code : current.codes) {
    (code == features::kNoLevel ? nulls : counts[current.levels[code]]).second += 1;
  }
  LevelCounts both;
  for (const auto& [level, pair] : counts) {
    both.reference.push_back(pair.first);
    both.current.push_back(pair.second);
  }
  both.reference.push_back(nulls.first);
  both.current.push_back(nulls.second);
  return both;
}

std::vector<double> null_counts(std::span<const double> sample) {
  const auto nulls = static_cast<double>(
      std::count_if(sample.begin(), sample.end(), [](double value) { return std::isnan(value); }));
  return {nulls, static_cast<double>(sample.size()) - nulls};
}

void judge_numbers(const features::FeatureColumn& reference, const features::FeatureColumn& current,
                   FeatureDrift& drift) {
  drift.psi = population_stability_index(reference.numbers, current.numbers);
  const auto values = kolmogorov_smirnov(reference.numbers, current.numbers);
  const auto nulls = chi_square(null_counts(reference.numbers), null_counts(current.numbers));
  if (values) drift.statistic = values->statistic;
  const double p_values = values ? values->p_value : 1.0;
  drift.p_value = nulls ? std::min(1.0, 2 * std::min(p_values, nulls->p_value)) : p_values;
}

void judge_categories(const features::FeatureColumn& reference, const features::FeatureColumn& current,
                      FeatureDrift& drift) {
  const LevelCounts counts = level_counts(reference, current);
  drift.psi = population_stability_index_of_counts(counts.reference, counts.current);
  const auto test = chi_square(counts.reference, counts.current);
  if (!test) return;
  drift.statistic = test->statistic;
  drift.p_value = test->p_value;
}

}  // namespace

std::optional<double> population_stability_index_of_counts(std::span<const double> reference,
                                                           std::span<const double> current, double clip) {
  const double reference_total = sum_of(reference);
  const double current_total = sum_of(current);
  if (reference.size() != current.size() || reference_total <= 0 || current_total <= 0) return std::nullopt;
  double index = 0;
  for (std::size_t bin = 0; bin < reference.size(); ++bin) {
    const double before = std::max(reference[bin] / reference_total, clip);
    const double now = std::max(current[bin] / current_total, clip);
    index += (now - before) * fixed_math::log(now / before);
  }
  return index;
}

std::optional<double> population_stability_index(std::span<const double> reference,
                                                 std::span<const double> current, std::size_t bin_count,
                                                 double clip) {
  const std::vector<double> sorted = sorted_values(reference);
  std::vector<double> edges;
  for (std::size_t i = 1; i < bin_count && !sorted.empty(); ++i) {
    edges.push_back(quantile_of(sorted, static_cast<double>(i) / static_cast<double>(bin_count)));
  }
  return population_stability_index_of_counts(bin_counts(reference, edges), bin_counts(current, edges), clip);
}

std::optional<KolmogorovSmirnov> kolmogorov_smirnov(std::span<const double> reference,
                                                    std::span<const double> current) {
  const std::vector<double> left = sorted_values(reference);
  const std::vector<double> right = sorted_values(current);
  if (left.empty() || right.empty()) return std::nullopt;
  const double left_size = static_cast<double>(left.size());
  const double right_size = static_cast<double>(right.size());
  double distance = 0;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() && j < right.size()) {
    const double at = std::min(left[i], right[j]);
    while (i < left.size() && left[i] == at) ++i;
    while (j < right.size() && right[j] == at) ++j;
    distance = std::max(distance,
                        std::abs(static_cast<double>(i) / left_size - static_cast<double>(j) / right_size));
  }
  const auto size =
      static_cast<std::int64_t>(std::nearbyint(left_size * right_size / (left_size + right_size)));
  return KolmogorovSmirnov{distance, kolmogorov_tail(std::max<std::int64_t>(size, 1), distance)};
}

std::optional<ChiSquare> chi_square(std::span<const double> reference, std::span<const double> current) {
  const double reference_total = sum_of(reference);
  const double current_total = sum_of(current);
  if (reference.size() != current.size() || reference_total <= 0 || current_total <= 0) return std::nullopt;
  const double total = reference_total + current_total;
  ChiSquare test;
  std::size_t categories = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double both = reference[i] + current[i];
    if (both <= 0) continue;
    ++categories;
    const double expected_reference = both * reference_total / total;
    const double expected_current = both * current_total / total;
    test.statistic +=
        (reference[i] - expected_reference) * (reference[i] - expected_reference) / expected_reference +
        (current[i] - expected_current) * (current[i] - expected_current) / expected_current;
  }
  if (categories < 2) return std::nullopt;
  test.degrees_of_freedom = categories - 1;
  test.p_value = fixed_math::gamma_q(static_cast<double>(test.degrees_of_freedom) / 2, test.statistic / 2);
  return test;
}

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double smallest = 1;
  const double count = static_cast<double>(p_values.size());
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    smallest = std::min(smallest, p_values[order[rank - 1]] * count / static_cast<double>(rank));
    adjusted[order[rank - 1]] = smallest;
  }
  return adjusted;
}

std::vector<FeatureDrift> feature_drift(const features::FeatureMatrix& reference,
                                        const features::FeatureMatrix& current, const DriftLimits& limits) {
  std::vector<FeatureDrift> drifts;
  std::vector<double> p_values;
  for (const features::FeatureColumn& column : reference.columns) {
    const features::FeatureColumn* now = current.find(column.name);
    if (now == nullptr || now->type != column.type) continue;
    FeatureDrift drift;
    drift.name = column.name;
    column.type == features::ColumnType::number ? judge_numbers(column, *now, drift)
                                                : judge_categories(column, *now, drift);
    p_values.push_back(drift.p_value);
    drifts.push_back(std::move(drift));
  }
  const std::vector<double> adjusted = benjamini_hochberg(p_values);
  for (std::size_t i = 0; i < drifts.size(); ++i) {
    drifts[i].adjusted_p_value = adjusted[i];
    drifts[i].drifted = adjusted[i] <= limits.level && drifts[i].psi.value_or(0) >= limits.psi_least;
  }
  return drifts;
}

}  // namespace weir::risk
