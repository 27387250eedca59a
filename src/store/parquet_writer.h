// Writes a Parquet file of flat columns group by group, so that memory holds one group at a time. Plain and dictionary pages,
// not compressed: what takes time is the disk, and counts are small in a dictionary. The same values give the same bytes.
// Format: parquet.apache.org/docs/file-format.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"

namespace weir::store {

enum class ParquetType : std::uint8_t { text, timestamp, number };   // UTF-8; UTC microseconds; double

struct ParquetColumn {
  std::string name;
  ParquetType type{ParquetType::number};
};

// Per group: begin_group, then each column once in order, then end_group. Not thread-safe.
class ParquetWriter {
 public:
  static constexpr std::size_t kGroupRows = 122'880;   // a good size of a group; up to INT32_MAX / 16 may be given
  static constexpr std::uint32_t kNoCode = 0xFFFFFFFF;

  // Under `path`.tmp until finish().
  [[nodiscard]] static Result<std::unique_ptr<ParquetWriter>> create(FileSystem& files, const std::string& path, std::vector<ParquetColumn> columns);
  ~ParquetWriter();
  ParquetWriter(const ParquetWriter&) = delete;
  ParquetWriter& operator=(const ParquetWriter&) = delete;

  void begin_group(std::size_t rows);
  [[nodiscard]] Status numbers(std::span<const double> values);           // NaN is null
  [[nodiscard]] Status timestamps(std::span<const std::int64_t> values);
  [[nodiscard]] Status texts(std::span<const std::string_view> values);
  // Texts by their place in `levels`; kNoCode is null.
  [[nodiscard]] Status codes(std::span<const std::uint32_t> codes, std::span<const std::string> levels);
  void end_group();
  // Writes the footer, makes the file durable and gives it its name.
  [[nodiscard]] Status finish();

 private:
  struct State;
  explicit ParquetWriter(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace weir::store
