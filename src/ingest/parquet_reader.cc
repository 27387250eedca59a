#include "ingest/parquet_reader.h"

#include <algorithm>
#include <utility>

namespace weir::ingest {
namespace {

using contract::Cell;
using contract::CellKind;
using contract::RawBatch;
using contract::Rejected;
using store::ValueType;

std::string source_of(const std::string& path) {
  return "read_parquet([" + store::sql_quote(path) + "], file_row_number = true)";
}

}  // namespace

Result<std::unique_ptr<ParquetReader>> ParquetReader::open(FileSystem& files, store::QueryEngine& engine,
                                                           const std::string& path) {
  auto reader = std::unique_ptr<ParquetReader>(new ParquetReader(engine, path));
  WEIR_TRY(reader->bytes_total_, files.size_of(path));
  const auto columns = engine.describe("SELECT * EXCLUDE (file_row_number) FROM " + source_of(path));
  if (!columns) return reader->damaged(columns.error());
  for (const store::ResultColumn& column : *columns) {
    const std::string name = store::sql_name(column.name);
    const bool is_nested = column.type == ValueType::other;
    reader->names_.push_back(column.name);
    reader->kinds_.push_back(column.type == ValueType::text ? CellKind::exact : CellKind::plain);
    reader->selection_ +=
        (reader->selection_.empty() ? "" : ", ") + (is_nested ? "to_json(" + name + ")" : name) + "::VARCHAR";
  }
  const Status counted =
      engine.query("SELECT count(*) FROM " + source_of(path), [&](const store::QueryChunk& chunk) -> Status {
        if (chunk.row_count() > 0) reader->row_count_ = chunk.integer(0, 0);
        return {};
      });
  if (!counted) return reader->damaged(counted.error());
  const auto row_bytes =
      static_cast<std::int64_t>(reader->bytes_total_) / std::max<std::int64_t>(reader->row_count_, 1) + 1;
  reader->window_size_ = std::clamp<std::int64_t>(kWindowBytes / row_bytes, 2048, kWindowRows);
  return reader;
}

Failure ParquetReader::damaged(const Error& cause) const {
  std::string why = cause.message.substr(0, std::min(cause.message.find('\n'), std::size_t{200}));
  return fail(Errc::invalid_data, path_ + " cannot be read as Parquet: " + why, Place{path_, 0, 0});
}

std::uint64_t ParquetReader::bytes_read() const noexcept {
  if (row_count_ == 0) return bytes_total_;
  const double share = static_cast<double>(loaded_) / static_cast<double>(row_count_);
  return static_cast<std::uint64_t>(static_cast<double>(bytes_total_) * share);
}

Status ParquetReader::load_window() {
  cells_.clear();
  bytes_.clear();
  window_rows_ = 0;
  given_ = 0;
  const std::int64_t end = std::min(loaded_ + window_size_, row_count_);
  const std::string sql = "SELECT " + selection_ + " FROM " + source_of(path_) +
                          " WHERE file_row_number >= " + std::to_string(loaded_) + " AND file_row_number < " +
                          std::to_string(end) + " ORDER BY file_row_number";
  const Status loaded = engine_.query(sql, [&](const store::QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      for (std::size_t column = 0; column < names_.size(); ++column) {
        if (chunk.is_null(column, row)) {
          cells_.push_back({});
          continue;
        }
        const std::string_view text = chunk.text(column, row);
        cells_.push_back({bytes_.size(), static_cast<std::uint32_t>(text.size()), kinds_[column]});
        bytes_ += text;
      }
    }
    window_rows_ += chunk.row_count();
    return {};
  });
  if (!loaded) return damaged(loaded.error());
  loaded_ = end;
  return {};
}

Result<bool> ParquetReader::next(RawBatch& out, std::vector<Rejected>&, std::size_t max_rows) {
  out.clear();
  out.column_count = names_.size();
  if (given_ == window_rows_ && loaded_ < row_count_) WEIR_TRY_STATUS(load_window());
  const std::int64_t window_begin = loaded_ - static_cast<std::int64_t>(window_rows_);
  const std::size_t end = std::min(given_ + max_rows, window_rows_);
  for (; given_ < end; ++given_) {
    for (std::size_t column = 0; column < names_.size(); ++column) {
      const CellSpan& span = cells_[given_ * names_.size() + column];
      out.cells.push_back({bytes_.data() + span.begin, span.size, span.kind});
    }
    out.rows.push_back(window_begin + static_cast<std::int64_t>(given_) + 1);
    out.lines.push_back(0);
  }
  return out.row_count() > 0;
}

}  // namespace weir::ingest
