// Writes a Parquet file of flat columns group by group, so that memory holds one group at a time. The same
// values give the same bytes. Format: github.com/apache/parquet-format.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "store/parquet_column.h"

namespace weir::store {

namespace parquet {
struct RowGroup;
}

// Values go into column(0), column(1), ... in any order; all have the same number of them at write_group().
// The file comes into being with the first group, or at finish(). Not thread-safe.
class ParquetWriter {
 public:
  static constexpr std::size_t kGroupRows = 122'880;  // a good size of a group
  // `see` is shown all bytes in their order, for a hash; may be empty. Those of a group stay until the next
  // one.
  using See = std::function<void(std::string_view)>;
  enum class Reader : std::uint8_t { soon, later };  // when somebody reads the file
  ParquetWriter(FileSystem& files, std::string path, std::vector<StoredColumn> columns, PageCodec codec,
                See see = {}, Reader reader = Reader::soon);
  ~ParquetWriter();
  ParquetWriter(const ParquetWriter&) = delete;
  ParquetWriter& operator=(const ParquetWriter&) = delete;

  [[nodiscard]] ColumnBuffer& column(std::size_t place) { return buffers_[place]; }
  [[nodiscard]] const std::vector<ColumnBuffer>& columns() const noexcept { return buffers_; }
  [[nodiscard]] Status write_group();
  [[nodiscard]] std::int64_t rows_written() const noexcept { return rows_; }
  [[nodiscard]] std::uint64_t bytes_written() const noexcept { return bytes_; }
  // Writes the footer and makes the bytes durable. The name is the caller's to give.
  [[nodiscard]] Status finish();
  // Takes the memory of a writer of the same columns that has finished.
  void take_memory(ParquetWriter& finished) noexcept {
    buffers_.swap(finished.buffers_);
    pages_.swap(finished.pages_);
  }

 private:
  [[nodiscard]] Status open();  // unless it is
  [[nodiscard]] Status put(std::string_view bytes);
  FileSystem& files_;
  std::string path_;
  std::unique_ptr<OutputFile> file_;
  std::vector<StoredColumn> columns_;
  std::vector<ColumnBuffer> buffers_;
  See see_;
  Reader reader_;
  std::uint64_t bytes_{0};
  std::int64_t rows_{0};
  std::vector<parquet::RowGroup> groups_;
  std::string pages_;  // of one group
};

}  // namespace weir::store
