#include "engine/training_export.h"

#include <cmath>

#include "engine/feature_table.h"
#include "store/query_engine.h"

namespace weir::engine {

namespace {

constexpr const char* kOwnColumns =
    "subject VARCHAR, as_of TIMESTAMP, settled_at TIMESTAMP, outcome BIGINT, period VARCHAR, stage VARCHAR, "
    "days_in_stage DOUBLE, "
    "days_since_touch DOUBLE, margin DOUBLE";

void write_number(store::TableWriter& writer, double value) {
  if (std::isnan(value)) {
    writer.null();
  } else {
    writer.number(value);
  }
}

}  // namespace

Status write_training_rows(const std::string& path, const timeline::TimelineStore& store,
                           const EvaluatedFunnel& evaluated, const LandmarkRows& rows,
                           std::span<const risk::Period> periods, const risk::Model& model) {
  std::vector<double> margins;
  if (model.ensemble) {
    WEIR_TRY(margins, risk::margins(*model.ensemble, rows.matrix));
  }
  WEIR_TRY(const auto engine, store::QueryEngine::open({}));
  WEIR_TRY_STATUS(engine->execute("CREATE TABLE landmarks (" + std::string(kOwnColumns) +
                                  feature_columns_sql(rows.matrix, "f_") + ")"));
  WEIR_TRY(const auto writer, engine->writer("landmarks"));
  for (std::size_t row = 0; row < rows.at.size(); ++row) {
    writer->text(store.handle_text(evaluated.handles[rows.subject[row]].handle));
    writer->timestamp(rows.at[row]);
    writer->timestamp(rows.settled_at[row]);
    writer->integer(rows.outcome[row]);
    writer->text(to_text(periods[row]));
    writer->text(rows.stage[row]);
    writer->number(rows.days_in_stage[row]);
    write_number(*writer, rows.days_since_touch[row]);
    write_number(*writer,
                 margins.empty() || periods[row] != risk::Period::holdout ? std::nan("") : margins[row]);
    write_feature_values(*writer, rows.matrix, row);
    writer->end_row();
  }
  WEIR_TRY_STATUS(writer->flush());
  return engine->execute("COPY landmarks TO " + store::sql_quote(path) +
                         (path.ends_with(".csv") ? " (FORMAT csv, HEADER)" : " (FORMAT parquet)"));
}

}  // namespace weir::engine
