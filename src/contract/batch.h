// A block of typed rows of one source, column by column: what a reader gives after the contract was applied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace weir::contract {

enum class ColumnType : std::uint8_t {
  text,
  integer,  // int64
  number,   // double
  boolean,
  date,       // int32 days since 1970-01-01
  timestamp,  // int64 UTC microseconds
  json,       // text that is JSON
};
[[nodiscard]] const char* to_text(ColumnType type) noexcept;

// How a field touches people. Classed fields never enter shared columns: their values go to the vault.
enum class PersonalClass : std::uint8_t { none, email, phone, name, free_text, other };
[[nodiscard]] const char* to_text(PersonalClass personal) noexcept;
[[nodiscard]] std::optional<PersonalClass> personal_class(std::string_view name) noexcept;

// One of the value vectors is in use, by type; `valid[i] == 0` is a null. Text is offset-coded: value i is
// bytes[offsets[i] .. offsets[i + 1]).
struct Column {
  ColumnType type{ColumnType::text};
  std::vector<std::uint8_t> valid;
  std::vector<std::int64_t> integers;  // integer, boolean (0/1), date, timestamp
  std::vector<double> numbers;
  std::vector<std::uint32_t> offsets{0};
  std::string bytes;

  [[nodiscard]] std::size_t size() const noexcept { return valid.size(); }
  [[nodiscard]] bool is_null(std::size_t row) const noexcept { return valid[row] == 0; }
  [[nodiscard]] std::string_view text(std::size_t row) const noexcept {
    return std::string_view(bytes).substr(offsets[row], offsets[row + 1] - offsets[row]);
  }
  void append_null() {
    switch (type) {
      case ColumnType::number:
        numbers.push_back(0);
        break;
      case ColumnType::text:
      case ColumnType::json:
        offsets.push_back(static_cast<std::uint32_t>(bytes.size()));
        break;
      default:
        integers.push_back(0);
    }
    valid.push_back(0);
  }
  void append_integer(std::int64_t value) {
    integers.push_back(value);
    valid.push_back(1);
  }
  void append_number(double value) {
    numbers.push_back(value);
    valid.push_back(1);
  }
  void append_text(std::string_view value) {
    bytes.append(value);
    offsets.push_back(static_cast<std::uint32_t>(bytes.size()));
    valid.push_back(1);
  }
  void clear();
};

struct RecordBatch {
  std::vector<std::string> names;  // normalised column names, unique
  std::vector<Column> columns;     // same order, all of row_count rows
  std::vector<std::int64_t> rows;  // row number within the file, the first data row is 1
  [[nodiscard]] std::size_t row_count() const noexcept { return rows.size(); }
  // -1 when there is none.
  [[nodiscard]] int find(std::string_view name) const noexcept;
};

// One record that broke its contract, kept whole.
struct Rejected {
  std::int64_t row{0};   // within the file
  std::int64_t line{0};  // physical line where the record starts, 0 if the format has none
  std::string field;     // normalised column, or ""
  std::string reason;    // "amount is no number", without personal data (values only of unclassed fields, cut
                         // at 40 bytes)
  std::string clause;    // "type", "required", "unique", "enum", "pattern", "range", "parse", "mapping"
  std::string payload;   // the record as sent: raw CSV line(s) or JSON text
};

}  // namespace weir::contract
