#include "risk/feature_reference.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "risk/json_reading.h"

namespace weir::risk {
namespace {

constexpr std::size_t kMostValues = 64;
constexpr std::size_t kMostLevels = 30;
constexpr std::size_t kMostRows = 1'000'000;  // that a file may claim

std::vector<std::pair<double, std::size_t>> counted_numbers(const features::FeatureColumn& column) {
  std::vector<double> values;
  std::copy_if(column.numbers.begin(), column.numbers.end(), std::back_inserter(values),
               [](double value) { return !std::isnan(value); });
  std::sort(values.begin(), values.end());
  std::vector<std::pair<double, std::size_t>> counts;
  const auto add = [&](double value, std::size_t count) {
    if (counts.empty() || counts.back().first != value) counts.emplace_back(value, 0);
    counts.back().second += count;
  };
  for (const double value : values) add(value, 1);
  if (counts.size() <= kMostValues) return counts;
  counts.clear();
  for (std::size_t i = 0; i < kMostValues; ++i) {
    const std::size_t begin = i * values.size() / kMostValues;
    const std::size_t end = (i + 1) * values.size() / kMostValues;
    if (end > begin) add(values[(begin + end) / 2], end - begin);
  }
  return counts;
}

std::vector<std::pair<std::string, std::size_t>> counted_levels(const features::FeatureColumn& column) {
  std::map<std::string, std::size_t> counts;
  for (const std::uint32_t code : column.codes) {
    if (code != features::kNoLevel) ++counts[column.levels[code]];
  }
  std::vector<std::pair<std::string, std::size_t>> by_size(counts.begin(), counts.end());
  std::stable_sort(by_size.begin(), by_size.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::map<std::string, std::size_t> kept;
  for (std::size_t i = 0; i < by_size.size(); ++i)
    kept[i < kMostLevels ? by_size[i].first : std::string()] += by_size[i].second;
  return {kept.begin(), kept.end()};
}

// The reference as rows again: those that were counted together have one value.
features::FeatureColumn expanded(const ReferenceColumn& column) {
  features::FeatureColumn rows;
  rows.name = column.name;
  rows.type = column.type;
  if (column.type == features::ColumnType::number) {
    rows.numbers.assign(column.nulls, std::nan(""));
    for (const auto& [value, count] : column.numbers) rows.numbers.insert(rows.numbers.end(), count, value);
    return rows;
  }
  rows.codes.assign(column.nulls, features::kNoLevel);
  for (const auto& [level, count] : column.levels) {
    rows.codes.insert(rows.codes.end(), count, static_cast<std::uint32_t>(rows.levels.size()));
    rows.levels.push_back(level);
  }
  return rows;
}

// Levels that the reference pooled are pooled here, too.
features::FeatureColumn pooled(const features::FeatureColumn& column, const ReferenceColumn& reference) {
  features::FeatureColumn rows = column;
  const auto is_named = [&](const std::string& level) {
    return std::any_of(reference.levels.begin(), reference.levels.end(),
                       [&](const auto& known) { return known.first == level; });
  };
  for (std::string& level : rows.levels) {
    if (!is_named(level)) level.clear();
  }
  return rows;
}

ReferenceColumn read_column(const nlohmann::json& node, bool& is_valid) {
  JsonFields fields(node);
  ReferenceColumn column;
  column.name = fields.text("name");
  column.weight = fields.number("weight");
  column.nulls = fields.count("nulls");
  column.type =
      fields.text("type") == "category" ? features::ColumnType::category : features::ColumnType::number;
  std::size_t rows = column.nulls;
  if (const auto* values = fields.array("values")) {
    for (const auto& value : *values) {
      const bool is_pair = value.is_array() && value.size() == 2 && value[1].is_number_unsigned();
      const bool fits = is_pair && (column.type == features::ColumnType::number ? value[0].is_number()
                                                                                : value[0].is_string());
      if (!fits || value[1].get<std::size_t>() > kMostRows) {
        is_valid = false;
        break;
      }
      rows += value[1].get<std::size_t>();
      if (column.type == features::ColumnType::number) {
        column.numbers.emplace_back(value[0].get<double>(), value[1].get<std::size_t>());
      } else {
        column.levels.emplace_back(value[0].get<std::string>(), value[1].get<std::size_t>());
      }
    }
  }
  is_valid = is_valid && !fields.missing() && rows <= kMostRows;
  return column;
}

}  // namespace

Result<FeatureReference> feature_reference(const Ensemble& ensemble, const features::FeatureMatrix& rows) {
  FeatureReference reference;
  reference.rows = rows.row_count;
  WEIR_TRY(const Contributions effects, contributions(ensemble, rows));
  std::map<std::string, double> weight;
  double all = 0;
  for (std::size_t row = 0; row < effects.row_count; ++row) {
    for (std::size_t f = 0; f < effects.features.size(); ++f) {
      weight[effects.features[f]] += std::abs(effects.row(row)[f]);
      all += std::abs(effects.row(row)[f]);
    }
  }
  for (const EncodedFeature& feature : ensemble.encoder.features) {
    const features::FeatureColumn* column = rows.find(feature.name);
    ReferenceColumn kept;
    kept.name = feature.name;
    kept.type = feature.type;
    kept.weight = all > 0 ? weight[feature.name] / all : 0;
    for (std::size_t row = 0; row < rows.row_count; ++row) kept.nulls += column->is_null(row) ? 1U : 0U;
    if (feature.type == features::ColumnType::number) {
      kept.numbers = counted_numbers(*column);
    } else {
      kept.levels = counted_levels(*column);
    }
    reference.columns.push_back(std::move(kept));
  }
  return reference;
}

std::string to_json(const FeatureReference& reference) {
  JsonWriter out(0);
  out.begin_object().field("rows", static_cast<std::int64_t>(reference.rows)).key("columns").begin_array();
  for (const ReferenceColumn& column : reference.columns) {
    const bool is_number = column.type == features::ColumnType::number;
    out.begin_object()
        .field("name", column.name)
        .field("type", is_number ? "number" : "category")
        .field("weight", column.weight);
    out.field("nulls", static_cast<std::int64_t>(column.nulls)).key("values").begin_array();
    for (const auto& [value, count] : column.numbers)
      out.begin_array().value(value).value(static_cast<std::int64_t>(count)).end_array();
    for (const auto& [level, count] : column.levels)
      out.begin_array().value(level).value(static_cast<std::int64_t>(count)).end_array();
    out.end_array().end_object();
  }
  return out.end_array().end_object().text();
}

Result<FeatureReference> feature_reference_from_json(std::string_view text) {
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  JsonFields fields(document);
  FeatureReference reference;
  reference.rows = fields.count("rows");
  const auto* columns = fields.array("columns");
  if (fields.missing()) return fail(Errc::invalid_data, "a reference of features lacks " + *fields.missing());
  bool is_valid = true;
  for (const auto& column : *columns) reference.columns.push_back(read_column(column, is_valid));
  if (!is_valid)
    return fail(Errc::invalid_data, "a reference of features has a column that weir does not write");
  return reference;
}

bool DriftReport::fails() const noexcept {
  return major_weight >= kMajorWeight;
}

DriftReport drift_since(const FeatureReference& reference, const features::FeatureMatrix& current) {
  DriftReport report;
  if (reference.rows < kLeastRowsForDrift || current.row_count < kLeastRowsForDrift) return report;
  report.rows = current.row_count;
  features::FeatureMatrix before, now;
  before.row_count = reference.rows;
  now.row_count = current.row_count;
  std::map<std::string, double> weights;
  for (const ReferenceColumn& column : reference.columns) {
    const features::FeatureColumn* found = current.find(column.name);
    if (found == nullptr || found->type != column.type) continue;
    before.columns.push_back(expanded(column));
    now.columns.push_back(column.type == features::ColumnType::category ? pooled(*found, column) : *found);
    weights[column.name] = column.weight;
  }
  for (FeatureDrift& drift : feature_drift(before, now)) {
    if (drift.drifted) report.drifted.push_back(std::move(drift));
  }
  std::stable_sort(report.drifted.begin(), report.drifted.end(),
                   [](const auto& a, const auto& b) { return a.psi.value_or(0) > b.psi.value_or(0); });
  for (const FeatureDrift& drift : report.drifted) {
    const double weight = weights.at(drift.name);
    report.weights.push_back(weight);
    report.weight += weight;
    if (drift.psi.value_or(0) >= kMajorShift) report.major_weight += weight;
  }
  return report;
}

}  // namespace weir::risk
