#include "risk/ensemble.h"

#include <algorithm>
#include <map>

#include "base/check.h"

namespace weir::risk {
namespace {

// Rows are encoded and scored so many at a time: they stay in the cache.
constexpr std::size_t kChunkRows = 1024;
// And so many are explained: they share the forest's tables.
constexpr std::size_t kExplainRows = 16'384;

std::size_t part_count(const Ensemble& ensemble) {
  const std::size_t parts = (ensemble.logistic ? 1U : 0U) + (ensemble.forest ? 1U : 0U);
  WEIR_CHECK(parts > 0, "an ensemble has at least one part");
  return parts;
}

void add_by_feature(std::span<const EncodedColumn> columns, std::span<double> of_columns,
                    std::span<double> out) {
  for (std::size_t j = 0; j < columns.size(); ++j) {
    out[columns[j].feature] += of_columns[j];
    of_columns[j] = 0;
  }
}

void score_chunk(const Ensemble& ensemble, const BoundEncoder& bound, std::size_t begin,
                 std::span<double> out) {
  if (ensemble.logistic) {
    const LinearRows rows = bound.linear_rows(begin, begin + out.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] += logistic_margin(*ensemble.logistic, rows.row(i));
    }
  }
  if (ensemble.forest) {
    const TreeRows rows = bound.tree_rows(begin, begin + out.size());
    std::vector<double> of_trees(out.size(), 0);
    ensemble.forest->add_margins(rows.values, of_trees);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] += of_trees[i];
    }
  }
}

// out: [count x feature_count], zeros.
void explain_chunk(const Ensemble& ensemble, const BoundEncoder& bound, std::size_t begin, std::size_t count,
                   double share, std::span<double> out) {
  const std::size_t width = ensemble.encoder.features.size();
  if (ensemble.logistic) {
    const LinearRows rows = bound.linear_rows(begin, begin + count);
    std::vector<double> of_columns(rows.column_count, 0);
    for (std::size_t i = 0; i < count; ++i) {
      add_logistic_contributions(*ensemble.logistic, rows.row(i), share, of_columns);
      add_by_feature(ensemble.encoder.linear_columns, of_columns, out.subspan(i * width, width));
    }
  }
  if (ensemble.forest) {
    const TreeRows rows = bound.tree_rows(begin, begin + count);
    std::vector<double> of_columns(count * rows.column_count, 0);
    ensemble.forest->add_contributions(rows.values, share, of_columns);
    for (std::size_t i = 0; i < count; ++i) {
      add_by_feature(ensemble.encoder.tree_columns,
                     std::span(of_columns).subspan(i * rows.column_count, rows.column_count),
                     out.subspan(i * width, width));
    }
  }
}

}  // namespace

Result<std::vector<double>> margins(const Ensemble& ensemble, const features::FeatureMatrix& matrix) {
  const auto parts = static_cast<double>(part_count(ensemble));
  WEIR_TRY(const BoundEncoder bound, BoundEncoder::bind(ensemble.encoder, matrix));
  std::vector<double> out(matrix.row_count, 0);
  for (std::size_t begin = 0; begin < out.size(); begin += kChunkRows) {
    const std::size_t count = std::min(kChunkRows, out.size() - begin);
    score_chunk(ensemble, bound, begin, std::span(out).subspan(begin, count));
  }
  for (double& margin : out) {
    margin /= parts;
  }
  return out;
}

Result<Contributions> contributions(const Ensemble& ensemble, const features::FeatureMatrix& matrix) {
  const double share = 1 / static_cast<double>(part_count(ensemble));
  WEIR_TRY(const BoundEncoder bound, BoundEncoder::bind(ensemble.encoder, matrix));
  Contributions result;
  result.bias = (ensemble.logistic ? share * logistic_expected(*ensemble.logistic) : 0) +
                (ensemble.forest ? share * ensemble.forest->expected() : 0);
  for (const EncodedFeature& feature : ensemble.encoder.features) {
    result.features.push_back(feature.name);
  }
  const std::size_t width = result.features.size();
  result.row_count = matrix.row_count;
  result.values.assign(matrix.row_count * width, 0);
  for (std::size_t begin = 0; begin < matrix.row_count; begin += kExplainRows) {
    const std::size_t count = std::min(kExplainRows, matrix.row_count - begin);
    explain_chunk(ensemble, bound, begin, count, share,
                  std::span(result.values).subspan(begin * width, count * width));
  }
  return result;
}

Contributions group_contributions(const Ensemble& ensemble, const Contributions& by_feature) {
  const auto& features = ensemble.encoder.features;
  WEIR_CHECK(by_feature.features.size() == features.size(), "contributions by feature of this ensemble");
  std::map<std::string, std::size_t> place_of_group;
  for (const EncodedFeature& feature : features) {
    place_of_group.emplace(feature.group, 0);
  }
  Contributions grouped{
      .bias = by_feature.bias, .features = {}, .row_count = by_feature.row_count, .values = {}};
  for (auto& [group, place] : place_of_group) {
    place = grouped.features.size();
    grouped.features.push_back(group);
  }
  const std::size_t width = grouped.features.size();
  grouped.values.assign(grouped.row_count * width, 0);
  for (std::size_t f = 0; f < features.size(); ++f) {
    const std::size_t place = place_of_group.at(features[f].group);
    for (std::size_t i = 0; i < grouped.row_count; ++i) {
      grouped.values[i * width + place] += by_feature.values[i * features.size() + f];
    }
  }
  return grouped;
}

}  // namespace weir::risk
