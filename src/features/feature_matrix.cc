#include "features/feature_matrix.h"

#include <algorithm>
#include <cmath>

namespace weir::features {

bool FeatureColumn::is_null(std::size_t row) const noexcept {
  return type == ColumnType::number ? std::isnan(numbers[row]) : codes[row] == kNoLevel;
}

const FeatureColumn* FeatureMatrix::find(std::string_view name) const noexcept {
  const auto at = std::find_if(columns.begin(), columns.end(),
                               [&](const FeatureColumn& column) { return column.name == name; });
  return at == columns.end() ? nullptr : &*at;
}

FeatureMatrix select_rows(const FeatureMatrix& matrix, std::span<const std::uint32_t> rows) {
  FeatureMatrix selected;
  selected.row_count = rows.size();
  for (const FeatureColumn& column : matrix.columns) {
    FeatureColumn part = column;
    part.numbers.clear();
    part.codes.clear();
    for (const std::uint32_t row : rows) {
      if (column.type == ColumnType::number) {
        part.numbers.push_back(column.numbers[row]);
      } else {
        part.codes.push_back(column.codes[row]);
      }
    }
    selected.columns.push_back(std::move(part));
  }
  return selected;
}

}  // namespace weir::features
