#include "demo/csv_row.h"

#include "base/check.h"

namespace weir::demo {

void CsvRow::begin_cell() {
  WEIR_CHECK(count_ < kMaxCells, "an export has more columns than a row can hold");
  if (count_ > 0) line_ += delimiter_;
}

void CsvRow::end_cell() {
  ends_[count_++] = static_cast<std::uint32_t>(line_.size());
}

CsvRow& CsvRow::text(std::string_view value) {
  begin_cell();
  const bool plain = value.find('"') == std::string_view::npos &&
                     value.find('\n') == std::string_view::npos &&
                     value.find(delimiter_) == std::string_view::npos;
  if (plain) {
    line_ += value;
  } else {
    line_ += '"';
    for (const char c : value) {
      if (c == '"') line_ += '"';
      line_ += c;
    }
    line_ += '"';
  }
  end_cell();
  return *this;
}

CsvRow& CsvRow::number(std::int64_t value) {
  begin_cell();
  line_ += std::to_string(value);
  end_cell();
  return *this;
}

CsvRow& CsvRow::id(std::string_view prefix, std::int64_t number) {
  begin_cell();
  line_ += prefix;
  line_ += std::to_string(number);
  end_cell();
  return *this;
}

CsvRow& CsvRow::local(Wall wall) {
  begin_cell();
  WallClock::append_local(line_, wall);
  end_cell();
  return *this;
}

CsvRow& CsvRow::date(int day) {
  begin_cell();
  WallClock::append_date(line_, day);
  end_cell();
  return *this;
}

CsvRow& CsvRow::german_date(int day) {
  begin_cell();
  WallClock::append_german_date(line_, day);
  end_cell();
  return *this;
}

CsvRow& CsvRow::empty() {
  begin_cell();
  end_cell();
  return *this;
}

std::string CsvRow::with_cell(std::size_t cell, std::string_view value) const {
  const std::size_t begin = cell == 0 ? 0 : ends_[cell - 1] + 1;
  std::string out = line_.substr(0, begin);
  out += value;
  out += line_.substr(ends_[cell]);
  return out;
}

std::string CsvRow::cut_to(std::size_t cells) const {
  return line_.substr(0, ends_[cells - 1]);
}

}  // namespace weir::demo
