#include "risk/encoder_fit.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.h"
#include "risk/linear_scale.h"

namespace weir::risk {
namespace {

using features::ColumnType;
using features::FeatureColumn;
using features::FeatureMatrix;
using features::kNoLevel;

// Of the values that are not null; sums in row order.
struct Moments {
  std::size_t count{0};
  double mean{0};
  double variance{0};
  double skewness{0};  // 0 without variance
};

template <typename Transform>
Moments moments_of(std::span<const double> numbers, const Transform& transform) {
  Moments moments;
  double sum = 0;
  for (const double number : numbers) {
    if (!std::isnan(number)) {
      sum += transform(number);
      ++moments.count;
    }
  }
  if (moments.count == 0) {
    return moments;
  }
  const auto count = static_cast<double>(moments.count);
  moments.mean = sum / count;
  double squares = 0;
  double cubes = 0;
  for (const double number : numbers) {
    if (!std::isnan(number)) {
      const double moved = transform(number) - moments.mean;
      squares += moved * moved;
      cubes += moved * moved * moved;
    }
  }
  moments.variance = squares / count;
  if (moments.variance > 0) {
    moments.skewness = cubes / count / (moments.variance * std::sqrt(moments.variance));
  }
  return moments;
}

double as_is(double x) noexcept {
  return x;
}

bool varies(std::span<const double> numbers) {
  double first = std::nan("");
  for (const double number : numbers) {
    if (std::isnan(first)) {
      first = number;
    } else if (!std::isnan(number) && number != first) {
      return true;
    }
  }
  return false;
}

EncodedColumn linear_number_column(std::uint32_t feature, std::span<const double> numbers) {
  EncodedColumn column{.feature = feature, .kind = EncodedKind::number};
  Moments moments = moments_of(numbers, as_is);
  const bool negative = std::any_of(numbers.begin(), numbers.end(), [](double x) { return x < 0; });
  const Moments logs = moments_of(numbers, signed_log1p);
  if (!negative && moments.skewness > 1 && std::abs(logs.skewness) < moments.skewness) {
    moments = logs;
    column.log_scale = true;
  } else if (!std::isfinite(moments.variance) || !std::isfinite(moments.skewness)) {
    moments = logs;
    column.log_scale = true;
  }
  column.mean = moments.mean;
  column.scale = std::sqrt(moments.variance);
  return column;
}

void add_number(Encoder& encoder, std::uint32_t feature, const FeatureColumn& column) {
  const auto nulls = static_cast<std::size_t>(
      std::count_if(column.numbers.begin(), column.numbers.end(), [](double x) { return std::isnan(x); }));
  const bool has_nulls = nulls > 0 && nulls < column.numbers.size();
  const bool value_varies = varies(column.numbers);
  if (value_varies || has_nulls) {
    encoder.tree_columns.push_back({.feature = feature, .kind = EncodedKind::number});
  }
  if (value_varies) {
    const EncodedColumn linear = linear_number_column(feature, column.numbers);
    if (linear.scale > 0 && std::isfinite(linear.scale)) {
      encoder.linear_columns.push_back(linear);
    }
  }
  if (has_nulls) {
    encoder.linear_columns.push_back({.feature = feature, .kind = EncodedKind::missing});
  }
}

struct LevelCounts {
  std::vector<std::size_t> of_code;
  std::size_t nulls{0};
};

LevelCounts count_levels(const FeatureColumn& column) {
  LevelCounts counts{std::vector<std::size_t>(column.levels.size(), 0), 0};
  for (const std::uint32_t code : column.codes) {
    if (code == kNoLevel) {
      ++counts.nulls;
    } else {
      WEIR_CHECK(code < counts.of_code.size(), "a category's code must be the index of a level");
      ++counts.of_code[code];
    }
  }
  return counts;
}

void add_category(Encoder& encoder, std::uint32_t feature, const FeatureColumn& column) {
  const std::size_t rows = column.codes.size();
  const auto share = static_cast<std::size_t>(std::ceil(kMinLevelShare * static_cast<double>(rows)));
  const std::size_t smallest = std::max(kMinLevelRows, share);
  const LevelCounts counts = count_levels(column);
  std::vector<EncodedColumn> columns;
  std::size_t pooled = rows;
  for (std::size_t code = 0; code < column.levels.size(); ++code) {
    if (counts.of_code[code] < smallest || counts.of_code[code] == rows) {
      continue;
    }
    auto& levels = encoder.features[feature].levels;
    columns.push_back(
        {.feature = feature, .kind = EncodedKind::level, .level = static_cast<std::uint32_t>(levels.size())});
    levels.push_back(column.levels[code]);
    pooled -= counts.of_code[code];
  }
  if (counts.nulls >= smallest && counts.nulls < rows) {
    columns.push_back({.feature = feature, .kind = EncodedKind::missing});
    pooled -= counts.nulls;
  }
  if (pooled > 0 && pooled < rows) {
    columns.push_back({.feature = feature, .kind = EncodedKind::other});
  }
  encoder.tree_columns.insert(encoder.tree_columns.end(), columns.begin(), columns.end());
  encoder.linear_columns.insert(encoder.linear_columns.end(), columns.begin(), columns.end());
}

Status check_excluded(const FeatureMatrix& matrix, std::span<const std::string> excluded) {
  for (const std::string& name : excluded) {
    if (matrix.find(name) != nullptr) {
      continue;
    }
    return fail(Errc::invalid_argument,
                "the excluded feature '" + name + "' is not among the features of the training rows");
  }
  return {};
}

// The columns to learn from, sorted by name.
Result<std::vector<const FeatureColumn*>> chosen_columns(const FeatureMatrix& matrix,
                                                         std::span<const std::string> excluded) {
  std::vector<const FeatureColumn*> chosen;
  for (const FeatureColumn& column : matrix.columns) {
    WEIR_CHECK(column.size() == matrix.row_count, "a feature column must have a value for each row");
    if (std::find(excluded.begin(), excluded.end(), column.name) == excluded.end()) {
      chosen.push_back(&column);
    }
  }
  std::sort(chosen.begin(), chosen.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  const auto twice = std::adjacent_find(chosen.begin(), chosen.end(),
                                        [](const auto* a, const auto* b) { return a->name == b->name; });
  if (twice != chosen.end()) {
    return fail(Errc::invalid_argument,
                "two features have the name '" + (*twice)->name + "': names must differ");
  }
  return chosen;
}

}  // namespace

Result<Encoder> fit_encoder(const FeatureMatrix& matrix, std::span<const std::string> excluded) {
  if (matrix.row_count == 0) {
    return fail(Errc::state, "there are no training rows");
  }
  WEIR_TRY_STATUS(check_excluded(matrix, excluded));
  WEIR_TRY(const auto chosen, chosen_columns(matrix, excluded));
  Encoder encoder;
  for (const FeatureColumn* column : chosen) {
    const auto feature = static_cast<std::uint32_t>(encoder.features.size());
    const std::size_t before = encoder.tree_columns.size();
    encoder.features.push_back(
        {column->name, column->group, column->version, column->type, column->monotone, {}});
    if (column->type == ColumnType::number) {
      add_number(encoder, feature, *column);
    } else {
      add_category(encoder, feature, *column);
    }
    if (encoder.tree_columns.size() == before) {
      encoder.features.pop_back();
    }
  }
  return encoder;
}

}  // namespace weir::risk
