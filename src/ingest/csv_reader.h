// CSV files, streamed in blocks.
#pragma once

#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "ingest/csv_scanner.h"
#include "ingest/raw_reader.h"
#include "ingest/text_source.h"
#include "workspace/definitions.h"

namespace weir::ingest {

// The first record that is no empty line is the header. A record with too few or too many cells, text after a
// closing quote or a zero byte is rejected with its line; empty lines are skipped; a quote that is never
// closed ends the file with an error after the records before it. Memory: about two blocks, or the longest
// record.
class CsvReader final : public RawReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<CsvReader>> open(FileSystem& files, const std::string& path,
                                                               const workspace::CsvOptions& options,
                                                               std::size_t block_bytes = kDefaultBlockBytes);
  [[nodiscard]] const std::vector<std::string>& columns() const noexcept override { return header_; }
  [[nodiscard]] Result<bool> next(contract::RawBatch& out, std::vector<contract::Rejected>& rejected,
                                  std::size_t max_rows) override;
  [[nodiscard]] std::uint64_t bytes_read() const noexcept override { return source_->bytes_read(); }
  [[nodiscard]] std::uint64_t bytes_total() const noexcept override { return source_->bytes_total(); }
  [[nodiscard]] std::vector<std::string> notes() const override;
  [[nodiscard]] const CsvDialect& dialect() const noexcept { return dialect_; }

 private:
  CsvReader(std::string path, std::unique_ptr<TextSource> source) noexcept
      : path_(std::move(path)), source_(std::move(source)) {}
  [[nodiscard]] Status read_header();
  // More text behind what is left from `at_` on, at least doubling it; nothing happens at the end.
  [[nodiscard]] Status refill();
  void take(const CsvRecord& record, contract::RawBatch& out, std::vector<contract::Rejected>& rejected,
            std::size_t first_cell);
  [[nodiscard]] std::string fault_of(const CsvRecord& record, std::string_view raw,
                                     std::span<const contract::Cell> cells) const;
  [[nodiscard]] Failure open_quote(const CsvRecord& record) const;
  [[nodiscard]] Failure too_long() const;

  std::string path_;
  std::unique_ptr<TextSource> source_;
  CsvDialect dialect_;
  CsvScanner scanner_{CsvDialect{}};
  std::vector<std::string> header_;
  std::string text_;
  std::size_t at_{0};
  bool ended_{false};
  bool has_zero_{false};          // somewhere in text_
  std::int64_t line_{1};          // of text_[at_]
  std::int64_t row_{0};           // of the last data record
  std::optional<Error> failure_;  // told after the records before it
  std::pmr::monotonic_buffer_resource arena_;
};

}  // namespace weir::ingest
