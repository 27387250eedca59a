#include "engine/feature_table.h"

namespace weir::engine {

using features::ColumnType;

std::string feature_columns_sql(const features::FeatureMatrix& matrix, std::string_view prefix) {
  std::string columns;
  for (const auto& column : matrix.columns) {
    columns += ", " + store::sql_name(std::string(prefix) + column.name) +
               (column.type == ColumnType::number ? " DOUBLE" : " VARCHAR");
  }
  return columns;
}

void write_feature_values(store::TableWriter& writer, const features::FeatureMatrix& matrix,
                          std::size_t row) {
  for (const auto& column : matrix.columns) {
    if (column.is_null(row)) {
      writer.null();
    } else if (column.type == ColumnType::number) {
      writer.number(column.numbers[row]);
    } else {
      writer.text(column.levels[column.codes[row]]);
    }
  }
}

}  // namespace weir::engine
