#include "engine/training_export.h"

#include <cmath>

#include "store/parquet_writer.h"
#include "store/query_engine.h"

namespace weir::engine {

namespace {

using store::ColumnBuffer;
using store::StoredType;

constexpr std::size_t kGroupCells = 8'000'000;  // 64 MB of numbers

std::vector<store::StoredColumn> stored_columns(const features::FeatureMatrix& matrix) {
  std::vector<store::StoredColumn> columns{
      {"subject", StoredType::text},         {"as_of", StoredType::timestamp},
      {"settled_at", StoredType::timestamp}, {"outcome", StoredType::integer},
      {"period", StoredType::text},          {"stage", StoredType::text},
      {"days_in_stage", StoredType::number}, {"days_since_touch", StoredType::number},
      {"margin", StoredType::number}};
  for (const auto& column : matrix.columns) {
    const bool is_number = column.type == features::ColumnType::number;
    columns.push_back({"f_" + column.name, is_number ? StoredType::number : StoredType::text});
  }
  return columns;
}

void add_number(ColumnBuffer& to, double value) {
  if (std::isnan(value)) {
    to.null();
  } else {
    to.number(value);
  }
}

void add_feature(ColumnBuffer& to, const features::FeatureColumn& column, std::size_t row) {
  if (column.type == features::ColumnType::number) {
    add_number(to, column.numbers[row]);
  } else if (column.is_null(row)) {
    to.null();
  } else {
    to.text(column.levels[column.codes[row]]);
  }
}

// All rows, in groups, so that memory holds one group beside the rows themselves.
class Export {
 public:
  Export(const timeline::TimelineStore& store, const EvaluatedFunnel& evaluated, const LandmarkRows& rows,
         std::span<const risk::Period> periods, std::vector<double> margins)
      : store_(store), evaluated_(evaluated), rows_(rows), periods_(periods), margins_(std::move(margins)) {}

  Status write(FileSystem& files, const std::string& path) const {
    auto columns = stored_columns(rows_.matrix);
    const std::size_t group = std::max<std::size_t>(1, kGroupCells / columns.size());
    const std::size_t own = columns.size() - rows_.matrix.columns.size();
    store::ParquetWriter writer(files, path, std::move(columns), store::PageCodec::zstd);
    for (std::size_t begin = 0; begin < rows_.at.size(); begin += group) {
      const std::size_t end = std::min(rows_.at.size(), begin + group);
      for (std::size_t row = begin; row < end; ++row) add_own(writer, row);
      for (std::size_t c = 0; c < rows_.matrix.columns.size(); ++c) {
        for (std::size_t row = begin; row < end; ++row)
          add_feature(writer.column(own + c), rows_.matrix.columns[c], row);
      }
      WEIR_TRY_STATUS(writer.write_group());
    }
    return writer.finish();
  }

 private:
  void add_own(store::ParquetWriter& writer, std::size_t row) const {
    std::size_t place = 0;
    const auto next = [&]() -> ColumnBuffer& { return writer.column(place++); };
    next().text(store_.handle_text(evaluated_.handles[rows_.subject[row]].handle));
    next().integer(rows_.at[row]);
    next().integer(rows_.settled_at[row]);
    next().integer(rows_.outcome[row]);
    next().text(to_text(periods_[row]));
    next().text(rows_.stage[row]);
    next().number(rows_.days_in_stage[row]);
    add_number(next(), rows_.days_since_touch[row]);
    const bool is_judged = !margins_.empty() && periods_[row] == risk::Period::holdout;
    add_number(next(), is_judged ? margins_[row] : std::nan(""));
  }

  const timeline::TimelineStore& store_;
  const EvaluatedFunnel& evaluated_;
  const LandmarkRows& rows_;
  std::span<const risk::Period> periods_;
  std::vector<double> margins_;
};

Status to_csv(const std::string& rows, const std::string& path) {
  WEIR_TRY(const auto engine, store::QueryEngine::open({}));
  return engine->execute("COPY (SELECT * FROM read_parquet(" + store::sql_quote(rows) + ")) TO " +
                         store::sql_quote(path) + " (FORMAT csv, HEADER)");
}

}  // namespace

Status write_training_rows(FileSystem& files, const std::string& path, const timeline::TimelineStore& store,
                           const EvaluatedFunnel& evaluated, const LandmarkRows& rows,
                           std::span<const risk::Period> periods, const risk::Model& model) {
  std::vector<double> margins;
  if (model.ensemble) {
    WEIR_TRY(margins, risk::margins(*model.ensemble, rows.matrix));
  }
  const std::string temporary = path + ".tmp";
  WEIR_TRY_STATUS(Export(store, evaluated, rows, periods, std::move(margins)).write(files, temporary));
  if (!path.ends_with(".csv")) return files.rename(temporary, path);
  Status written = to_csv(temporary, path);
  WEIR_TRY_STATUS(files.remove(temporary));
  return written;
}

}  // namespace weir::engine
