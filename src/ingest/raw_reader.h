// What every kind of file gives: a header and untyped rows, front to back. Room-internal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "contract/batch.h"
#include "contract/raw_batch.h"

namespace weir::ingest {

// A record longer than this ends the file with an error: memory stays bounded.
inline constexpr std::size_t kMaxRecordBytes = std::size_t{64} << 20;
// A record with a longer cell is rejected.
inline constexpr std::size_t kMaxCellBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxColumns = 10'000;
inline constexpr std::size_t kDefaultBlockBytes = std::size_t{2} << 20;

class RawReader {
 public:
  RawReader() = default;
  RawReader(const RawReader&) = delete;
  RawReader& operator=(const RawReader&) = delete;
  virtual ~RawReader() = default;

  // Column names as they stand in the file, in the order of the cells.
  [[nodiscard]] virtual const std::vector<std::string>& columns() const noexcept = 0;
  // Up to `max_rows` further records into `out` (replaced); its text lives until the next call. Records that
  // cannot be read at all are appended to `rejected`. False at the end of the file, when nothing was read.
  [[nodiscard]] virtual Result<bool> next(contract::RawBatch& out, std::vector<contract::Rejected>& rejected,
                                          std::size_t max_rows) = 0;
  [[nodiscard]] virtual std::uint64_t bytes_read() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t bytes_total() const noexcept = 0;
  // Further names that were met in records and are none of columns(); in the order of appearance.
  [[nodiscard]] virtual std::vector<std::string> undeclared() const { return {}; }
  // Remarks for the user: an encoding or delimiter that was guessed.
  [[nodiscard]] virtual std::vector<std::string> notes() const { return {}; }
};

}  // namespace weir::ingest
