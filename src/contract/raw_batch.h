// Untyped rows as a reader finds them, before a contract is applied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::contract {

enum class CellKind : std::uint8_t {
  absent,  // the record has no such value, or an explicit null
  plain,   // as written without quotes: null tokens count
  quoted,  // quoted in a CSV: empty is null, but `"NULL"` is the word (declared null tokens still count)
  exact,   // a JSON string: also "" is a value; in a json column: valid JSON
};

struct Cell {
  const char* bytes{nullptr};
  std::uint32_t size{0};
  CellKind kind{CellKind::absent};
  [[nodiscard]] std::string_view text() const noexcept { return {bytes, size}; }
};

// Row-major cells. All text belongs to the reader and lives until its next call.
struct RawBatch {
  std::size_t column_count{0};
  std::vector<Cell> cells;          // row_count() x column_count
  std::vector<std::int64_t> rows;   // row number within the file, the first data row is 1
  std::vector<std::int64_t> lines;  // physical line where the record starts, 0 if the format has none
  std::vector<std::string_view>
      payloads;           // the record as sent; empty vector: made from the cells when needed
  std::string_view text;  // where most cells stand: all of it may be read; may be empty
  [[nodiscard]] std::size_t row_count() const noexcept { return rows.size(); }
  [[nodiscard]] const Cell& cell(std::size_t row, std::size_t column) const noexcept {
    return cells[row * column_count + column];
  }
  void clear() {
    cells.clear();
    rows.clear();
    lines.clear();
    payloads.clear();
    text = {};
  }
};

}  // namespace weir::contract
