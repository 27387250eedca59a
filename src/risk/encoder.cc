#include "risk/encoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/fixed_math.h"
#include "risk/linear_scale.h"

namespace weir::risk {
namespace {

using features::ColumnType;
using features::FeatureColumn;
using features::kNoLevel;

const char* type_name(ColumnType type) {
  return type == ColumnType::number ? "a number" : "a category";
}

// A float of the number: XGBoost takes no infinity.
float to_float(double number) noexcept {
  constexpr double kLargest = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(number, -kLargest, kLargest));  // NaN stays NaN
}

double linear_number(const EncodedColumn& column, double number) noexcept {
  if (std::isnan(number)) {
    return 0;
  }
  const double moved = (column.log_scale ? signed_log1p(number) : number) - column.mean;
  return std::clamp(moved / column.scale, -kMaxDeviation, kMaxDeviation);
}

bool category_hit(const EncodedColumn& column, const std::vector<std::uint32_t>& level_of_code,
                  bool null_is_level, std::uint32_t code) noexcept {
  if (code == kNoLevel) {
    return column.kind == (null_is_level ? EncodedKind::missing : EncodedKind::other);
  }
  const std::uint32_t level = level_of_code[code];
  return level == kNoLevel ? column.kind == EncodedKind::other
                           : column.kind == EncodedKind::level && column.level == level;
}

Status check_column(const EncodedFeature& feature, const FeatureColumn* column) {
  if (column == nullptr) {
    return fail(Errc::invalid_argument,
                "the model needs the feature '" + feature.name +
                    "', which these rows lack: declare it again, or train a new model");
  }
  if (column->type != feature.type) {
    return fail(Errc::invalid_argument, "the feature '" + feature.name + "' is " + type_name(column->type) +
                                            ", but the model was trained on " + type_name(feature.type) +
                                            ": train a new model");
  }
  if (column->version != feature.version) {
    return fail(Errc::invalid_argument, "the feature '" + feature.name + "' has version '" + column->version +
                                            "', but the model was trained on '" + feature.version +
                                            "': train a new model");
  }
  return {};
}

std::vector<std::uint32_t> match_levels(const EncodedFeature& feature, const FeatureColumn& column) {
  std::vector<std::uint32_t> matched(column.levels.size(), kNoLevel);
  for (std::size_t code = 0; code < matched.size(); ++code) {
    const auto found = std::lower_bound(feature.levels.begin(), feature.levels.end(), column.levels[code]);
    if (found != feature.levels.end() && *found == column.levels[code]) {
      matched[code] = static_cast<std::uint32_t>(found - feature.levels.begin());
    }
  }
  return matched;
}

template <typename Number>
EncodedRows<Number> empty_rows(std::size_t row_count, std::size_t column_count) {
  return {row_count, column_count, std::vector<Number>(row_count * column_count)};
}

// out(row, place) for every row: walks one feature column at a time.
template <typename Number, typename Encode>
void fill(EncodedRows<Number>& out, std::size_t place, std::size_t begin, const Encode& encode) {
  for (std::size_t i = 0; i < out.row_count; ++i) {
    out.values[i * out.column_count + place] = encode(begin + i);
  }
}

Status check_encoded_column(const Encoder& encoder, const EncodedColumn& column) {
  if (column.feature >= encoder.features.size()) {
    return fail(Errc::invalid_data, "the encoder has a column of a feature that it does not list");
  }
  const EncodedFeature& feature = encoder.features[column.feature];
  const bool category = feature.type == ColumnType::category;
  if ((column.kind == EncodedKind::number && category) ||
      ((column.kind == EncodedKind::level || column.kind == EncodedKind::other) && !category)) {
    return fail(Errc::invalid_data, "the encoder's column of '" + feature.name + "' does not suit its type");
  }
  if (column.kind == EncodedKind::level && column.level >= feature.levels.size()) {
    return fail(Errc::invalid_data,
                "the encoder's column of '" + feature.name + "' has a level that the feature does not list");
  }
  if (!std::isfinite(column.mean) || !std::isfinite(column.scale) || column.scale <= 0) {
    return fail(Errc::invalid_data, "the encoder's scale of '" + feature.name + "' is not a positive number");
  }
  return {};
}

}  // namespace

Result<BoundEncoder> BoundEncoder::bind(const Encoder& encoder, const features::FeatureMatrix& matrix) {
  std::map<std::string_view, const FeatureColumn*> by_name;
  for (const FeatureColumn& column : matrix.columns) {
    WEIR_CHECK(column.size() == matrix.row_count, "a feature column must have a value for each row");
    by_name.emplace(column.name, &column);
  }
  BoundEncoder bound(encoder, matrix);
  for (const EncodedFeature& feature : encoder.features) {
    const auto found = by_name.find(feature.name);
    const FeatureColumn* column = found == by_name.end() ? nullptr : found->second;
    WEIR_TRY_STATUS(check_column(feature, column));
    bound.sources_.push_back({column, match_levels(feature, *column), false});
  }
  for (const EncodedColumn& column : encoder.tree_columns) {
    bound.sources_[column.feature].null_is_level |= column.kind == EncodedKind::missing;
  }
  return bound;
}

TreeRows BoundEncoder::tree_rows(std::size_t begin, std::size_t end) const {
  TreeRows out = empty_rows<float>(end - begin, encoder_->tree_columns.size());
  for (std::size_t place = 0; place < out.column_count; ++place) {
    const EncodedColumn& column = encoder_->tree_columns[place];
    const Source& source = sources_[column.feature];
    if (column.kind == EncodedKind::number) {
      fill(out, place, begin, [&](std::size_t row) { return to_float(source.column->numbers[row]); });
    } else if (source.column->type == ColumnType::number) {
      fill(out, place, begin,
           [&](std::size_t row) { return std::isnan(source.column->numbers[row]) ? 1.0F : 0.0F; });
    } else {
      fill(out, place, begin, [&](std::size_t row) {
        return category_hit(column, source.level_of_code, source.null_is_level, source.column->codes[row])
                   ? 1.0F
                   : 0.0F;
      });
    }
  }
  return out;
}

LinearRows BoundEncoder::linear_rows(std::size_t begin, std::size_t end) const {
  LinearRows out = empty_rows<double>(end - begin, encoder_->linear_columns.size());
  for (std::size_t place = 0; place < out.column_count; ++place) {
    const EncodedColumn& column = encoder_->linear_columns[place];
    const Source& source = sources_[column.feature];
    if (column.kind == EncodedKind::number) {
      fill(out, place, begin,
           [&](std::size_t row) { return linear_number(column, source.column->numbers[row]); });
    } else if (source.column->type == ColumnType::number) {
      fill(out, place, begin,
           [&](std::size_t row) { return std::isnan(source.column->numbers[row]) ? 1.0 : 0.0; });
    } else {
      fill(out, place, begin, [&](std::size_t row) {
        return category_hit(column, source.level_of_code, source.null_is_level, source.column->codes[row])
                   ? 1.0
                   : 0.0;
      });
    }
  }
  return out;
}

Status check_encoder(const Encoder& encoder) {
  for (std::size_t f = 0; f < encoder.features.size(); ++f) {
    const EncodedFeature& feature = encoder.features[f];
    if (f > 0 && !(encoder.features[f - 1].name < feature.name)) {
      return fail(Errc::invalid_data, "the encoder's features must be sorted by name, each once");
    }
    if (std::adjacent_find(feature.levels.begin(), feature.levels.end(), std::greater_equal<>()) !=
        feature.levels.end()) {
      return fail(Errc::invalid_data, "the levels of '" + feature.name + "' must be sorted, each once");
    }
  }
  for (const auto* columns : {&encoder.tree_columns, &encoder.linear_columns}) {
    for (const EncodedColumn& column : *columns) {
      WEIR_TRY_STATUS(check_encoded_column(encoder, column));
    }
  }
  return {};
}

}  // namespace weir::risk
