// Parquet files, read through the query engine as text, so that one set of rules makes types of all formats.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "ingest/raw_reader.h"
#include "store/query_engine.h"

namespace weir::ingest {

// Rows come in file order, up to kWindowRows at a time, fewer when they are long. Nested values are JSON
// text, instants without a zone are read in the reader's zone, as in text files. Damage is an error that
// names the file: on opening when the footer is broken, else after the rows before it.
class ParquetReader final : public RawReader {
 public:
  static constexpr std::int64_t kWindowRows = 122'880;    // the usual row group
  static constexpr std::int64_t kWindowBytes = 16 << 20;  // of the compressed file, about
  [[nodiscard]] static Result<std::unique_ptr<ParquetReader>> open(FileSystem& files,
                                                                   store::QueryEngine& engine,
                                                                   const std::string& path);
  [[nodiscard]] const std::vector<std::string>& columns() const noexcept override { return names_; }
  [[nodiscard]] Result<bool> next(contract::RawBatch& out, std::vector<contract::Rejected>& rejected,
                                  std::size_t max_rows) override;
  [[nodiscard]] std::uint64_t bytes_read() const noexcept override;
  [[nodiscard]] std::uint64_t bytes_total() const noexcept override { return bytes_total_; }

 private:
  ParquetReader(store::QueryEngine& engine, std::string path) noexcept
      : engine_(engine), path_(std::move(path)) {}
  [[nodiscard]] Status load_window();
  [[nodiscard]] Failure damaged(const Error& cause) const;

  struct CellSpan {
    std::size_t begin{0};
    std::uint32_t size{0};
    contract::CellKind kind{contract::CellKind::absent};
  };
  store::QueryEngine& engine_;
  std::string path_;
  std::vector<std::string> names_;
  std::string selection_;  // SQL of the columns as text
  std::vector<contract::CellKind> kinds_;
  std::int64_t row_count_{0};
  std::int64_t window_size_{kWindowRows};  // rows
  std::uint64_t bytes_total_{0};
  std::int64_t loaded_{0};  // rows up to here were loaded
  std::size_t given_{0};    // rows of the window that were given
  std::size_t window_rows_{0};
  std::vector<CellSpan> cells_;  // of the window, row-major
  std::string bytes_;
};

}  // namespace weir::ingest
