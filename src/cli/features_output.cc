#include "cli/features_output.h"

#include "engine/feature_table.h"
#include "store/query_engine.h"

namespace weir::cli {

using features::ColumnType;
using features::FeatureColumn;
using features::FeatureMatrix;
using features::Monotone;

namespace {

std::string monotone_text(Monotone monotone) {
  if (monotone == Monotone::rising) return "rising";
  return monotone == Monotone::falling ? "falling" : "free";
}

}  // namespace

Table catalogue_table(const engine::FeaturePlan& plan) {
  Table table({{"feature"}, {"group"}, {"type"}, {"risk"}, {"version"}, {"description"}});
  for (const auto& definition : plan.definitions) {
    table.add_row({Cell::text(definition.name), Cell::text(definition.group), Cell::text(definition.type == ColumnType::number ? "number" : "category"),
                   Cell::text(monotone_text(definition.monotone)), Cell::text(definition.version), Cell::text(definition.description)});
  }
  return table;
}

Table features_table(std::span<const FeatureRowName> names, const FeatureMatrix& matrix) {
  std::vector<TableColumn> columns{{"subject"}, {"as_of", ColumnKind::time}};
  for (const FeatureColumn& column : matrix.columns) {
    columns.push_back({column.name, column.type == ColumnType::number ? ColumnKind::number : ColumnKind::text});
  }
  Table table(std::move(columns));
  for (std::size_t row = 0; row < names.size(); ++row) {
    std::vector<Cell> cells{Cell::text(names[row].subject), Cell::time(names[row].as_of)};
    for (const FeatureColumn& column : matrix.columns) {
      if (column.is_null(row)) {
        cells.push_back(Cell::null());
      } else if (column.type == ColumnType::number) {
        cells.push_back(Cell::number(column.numbers[row]));
      } else {
        cells.push_back(Cell::text(column.levels[column.codes[row]]));
      }
    }
    table.add_row(std::move(cells));
  }
  return table;
}

Status write_features_parquet(const Context& context, std::span<const FeatureRowName> names, const FeatureMatrix& matrix) {
  WEIR_TRY(const auto engine, store::QueryEngine::open({}));
  WEIR_TRY_STATUS(engine->execute("CREATE TABLE features (subject VARCHAR, as_of TIMESTAMP" + engine::feature_columns_sql(matrix) + ")"));
  WEIR_TRY(const auto writer, engine->writer("features"));
  for (std::size_t row = 0; row < names.size(); ++row) {
    writer->text(names[row].subject);
    writer->timestamp(names[row].as_of);
    engine::write_feature_values(*writer, matrix, row);
    writer->end_row();
  }
  WEIR_TRY_STATUS(writer->flush());
  return engine->execute("COPY features TO " + store::sql_quote(context.out) + " (FORMAT parquet)");
}

}  // namespace weir::cli
