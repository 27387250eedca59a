// One CSV record under construction, with the places of its cells, so that dirt can be put into one of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "demo/wall_clock.h"

namespace weir::demo {

class CsvRow {
 public:
  static constexpr std::size_t kMaxCells = 24;

  explicit CsvRow(char delimiter = ',') noexcept : delimiter_(delimiter) {}
  CsvRow& text(std::string_view value);  // quoted where it has to be
  CsvRow& number(std::int64_t value);
  CsvRow& id(std::string_view prefix, std::int64_t number);  // "L-", 300001
  CsvRow& local(Wall wall);
  CsvRow& date(int day);
  CsvRow& german_date(int day);
  CsvRow& empty();

  [[nodiscard]] const std::string& line() const noexcept { return line_; }  // without a line end
  [[nodiscard]] std::string with_cell(std::size_t cell, std::string_view value) const;
  // The first `cells` cells only.
  [[nodiscard]] std::string cut_to(std::size_t cells) const;
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

 private:
  void end_cell();
  void begin_cell();
  char delimiter_;
  std::size_t count_{0};
  std::array<std::uint32_t, kMaxCells> ends_{};
  std::string line_;
};

}  // namespace weir::demo
