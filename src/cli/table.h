// One answer, three shapes: an aligned table for people, CSV for spreadsheets, JSON for programs.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/money.h"
#include "base/time.h"

namespace weir::cli {

// A typed value. What is missing is null, never 0 or "".
class Cell {
 public:
  [[nodiscard]] static Cell null() { return {}; }
  [[nodiscard]] static Cell text(std::string value) { return Cell(std::move(value)); }
  [[nodiscard]] static Cell integer(std::int64_t value) { return Cell(value); }
  // `decimals` are for people; CSV and JSON get the whole number. Null unless finite.
  [[nodiscard]] static Cell number(double value, int decimals = 2);
  [[nodiscard]] static Cell boolean(bool value) { return Cell(value); }
  [[nodiscard]] static Cell money(Money value) { return Cell(value); }
  // UTC microseconds.
  [[nodiscard]] static Cell time(std::int64_t micros) { return Cell(Time{micros}); }
  [[nodiscard]] static Cell time(EventTime value) { return time(micros_of(value)); }
  [[nodiscard]] static Cell date(Date value) { return Cell(value); }
  // Null for an empty optional: Cell::maybe(amount, Cell::money).
  template <typename T, typename Make>
  [[nodiscard]] static Cell maybe(const std::optional<T>& value, const Make& make) {
    return value.has_value() ? make(*value) : null();
  }

  [[nodiscard]] bool is_null() const noexcept { return std::holds_alternative<std::monostate>(value_); }
  [[nodiscard]] const Money* as_money() const noexcept { return std::get_if<Money>(&value_); }
  [[nodiscard]] bool is_figure() const noexcept {
    return std::holds_alternative<std::int64_t>(value_) || std::holds_alternative<Number>(value_) ||
           as_money() != nullptr;
  }
  [[nodiscard]] bool is_time() const noexcept {
    return std::holds_alternative<Time>(value_) || std::holds_alternative<Date>(value_);
  }
  // For people; null is "-". Not yet made harmless.
  [[nodiscard]] std::string readable() const;
  // One CSV field, quoted where needed; money is its amount. Text that a spreadsheet would run as a formula
  // gets a leading apostrophe.
  [[nodiscard]] std::string csv() const;
  void write_json(JsonWriter& json) const;

 private:
  struct Number {
    double value{0};
    int decimals{2};
  };
  struct Time {
    std::int64_t micros{0};
  };
  using Value = std::variant<std::monostate, std::string, std::int64_t, Number, bool, Money, Time, Date>;
  Cell() = default;
  explicit Cell(Value value) : value_(std::move(value)) {}
  Value value_;
};

enum class Align : std::uint8_t { left, right };

// What a column holds decides its alignment, and that money brings a column `<name>_currency` into CSV. Cells
// may still be of any type ("too early" in a column of numbers).
enum class ColumnKind : std::uint8_t { text, number, money, time };

struct TableColumn {
  std::string name;  // the same in all three shapes: "time_in_stage_days_p90"
  ColumnKind kind{ColumnKind::text};
  std::optional<Align> align{};  // instead of left for text and time, right for the others
};

class Table {
 public:
  explicit Table(std::vector<TableColumn> columns);

  // One cell per column.
  void add_row(std::vector<Cell> cells);
  [[nodiscard]] std::size_t row_count() const noexcept { return rows_.size(); }
  [[nodiscard]] const std::vector<TableColumn>& columns() const noexcept { return columns_; }
  [[nodiscard]] const std::vector<std::vector<Cell>>& rows() const noexcept { return rows_; }

  // Columns two spaces apart, header first, each line ended, no trailing spaces. With a `max_width` (of a
  // terminal; never in a pipe) the widest left-aligned columns are cut with "…" as far as needed and as 8
  // columns of text each allow; figures are never cut.
  [[nodiscard]] std::string to_text(std::optional<int> max_width = std::nullopt) const;
  // RFC 4180 with "\n" as line end; null is an empty field.
  [[nodiscard]] std::string to_csv() const;
  // An array of one object per row, keys in column order: times RFC 3339, money {"amount": "1234.50",
  // "currency": "EUR"}.
  void write_json(JsonWriter& json) const;
  [[nodiscard]] std::string to_json() const;

 private:
  std::vector<TableColumn> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace weir::cli
