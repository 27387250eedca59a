#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "cli/display_width.h"

namespace weir::cli {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowest = 8;  // what cutting leaves of a column

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string rounded(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  const bool is_zero = text.find_first_of("123456789") == std::string::npos;
  if (is_zero && text.front() == '-') text.erase(0, 1);
  return text;
}

// Spreadsheets take these for the start of a formula; the last four are the full-width forms of the first.
bool reads_as_formula(std::string_view text) noexcept {
  constexpr std::string_view kStarts = "=+-@\t\r\n";
  constexpr std::string_view kWideStarts[] = {"＝", "＋", "－", "＠"};
  const std::string_view content = text.substr(std::min(text.find_first_not_of(' '), text.size()));
  return !content.empty() && (kStarts.find(content.front()) != std::string_view::npos ||
                              std::any_of(std::begin(kWideStarts), std::end(kWideStarts),
                                          [&](auto start) { return content.starts_with(start); }));
}

std::string csv_text(std::string_view raw) {
  std::string text = valid_utf8(raw);
  if (reads_as_formula(text)) text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\r\n;\t") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted += '"';
}

Align align_of(const TableColumn& column) noexcept {
  if (column.align.has_value()) return *column.align;
  return column.kind == ColumnKind::number || column.kind == ColumnKind::money ? Align::right : Align::left;
}

// Takes from the widest columns that may be cut until all fit, or none may give more.
void narrow(std::vector<int>& widths, const std::vector<Align>& aligns, int max_width) {
  int total = std::accumulate(widths.begin(), widths.end(), kGap * (static_cast<int>(widths.size()) - 1));
  while (total > max_width) {
    int widest = kNarrowest;
    int next = kNarrowest;
    int count = 0;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (aligns[i] == Align::right || widths[i] <= kNarrowest) continue;
      if (widths[i] > widest) {
        next = widest;
        widest = widths[i];
        count = 1;
      } else if (widths[i] == widest) {
        ++count;
      } else {
        next = std::max(next, widths[i]);
      }
    }
    if (count == 0) return;
    // All the widest go down together, to the next widest or as far as needed, at least by one column.
    const int step = std::clamp((total - max_width) / count, 1, widest - next);
    for (std::size_t i = 0; i < widths.size() && total > max_width; ++i) {
      if (aligns[i] == Align::right || widths[i] != widest) continue;
      widths[i] -= step;
      total -= step;
    }
  }
}

std::string text_line(const std::vector<std::string>& cells, const std::vector<int>& widths,
                      const std::vector<Align>& aligns) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string shown = cut_to_width(cells[i], std::max(widths[i], 1));
    const auto padding = static_cast<std::size_t>(std::max(widths[i] - display_width(shown), 0));
    if (i > 0) line.append(kGap, ' ');
    if (aligns[i] == Align::right) line.append(padding, ' ');
    line += shown;
    if (aligns[i] == Align::left) line.append(padding, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line += '\n';
}

}  // namespace

Cell Cell::number(double value, int decimals) {
  return std::isfinite(value) ? Cell(Number{value, decimals}) : null();
}

std::string Cell::readable() const {
  return std::visit(Overloaded{[](std::monostate) { return std::string("-"); },
                               [](const std::string& text) { return text; },
                               [](std::int64_t number) { return std::to_string(number); },
                               [](const Number& number) { return rounded(number.value, number.decimals); },
                               [](bool flag) { return std::string(flag ? "yes" : "no"); },
                               [](const Money& money) { return to_readable(money); },
                               [](const Time& time) { return rfc3339(time.micros); },
                               [](Date date) { return weir::to_text(date); }},
                    value_);
}

std::string Cell::csv() const {
  return std::visit(Overloaded{[](std::monostate) { return std::string(); },
                               [](const std::string& text) { return csv_text(text); },
                               [](std::int64_t number) { return std::to_string(number); },
                               [](const Number& number) { return json_number(number.value); },
                               [](bool flag) { return std::string(flag ? "true" : "false"); },
                               [](const Money& money) { return weir::to_text(money); },
                               [](const Time& time) { return rfc3339(time.micros); },
                               [](Date date) { return weir::to_text(date); }},
                    value_);
}

void Cell::write_json(JsonWriter& json) const {
  std::visit(
      Overloaded{[&](std::monostate) { json.null(); }, [&](const std::string& text) { json.value(text); },
                 [&](std::int64_t number) { json.value(number); },
                 [&](const Number& number) { json.value(number.value); },
                 [&](bool flag) { json.value(flag); },
                 [&](const Money& money) {
                   json.begin_object();
                   json.field("amount", weir::to_text(money));
                   json.field("currency", money.currency.code());
                   json.end_object();
                 },
                 [&](const Time& time) { json.value(rfc3339(time.micros)); },
                 [&](Date date) { json.value(weir::to_text(date)); }},
      value_);
}

Table::Table(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

void Table::add_row(std::vector<Cell> cells) {
  WEIR_CHECK(cells.size() == columns_.size(), "a row has one cell per column");
  rows_.push_back(std::move(cells));
}

std::string Table::to_text(std::optional<int> max_width) const {
  std::vector<std::vector<std::string>> lines;
  lines.reserve(rows_.size() + 1);
  std::vector<std::string>& header = lines.emplace_back();
  std::vector<Align> aligns;
  for (const TableColumn& column : columns_) {
    header.push_back(harmless(column.name));
    aligns.push_back(align_of(column));
  }
  for (const auto& row : rows_) {
    std::vector<std::string>& line = lines.emplace_back();
    line.reserve(row.size());
    for (const Cell& cell : row) line.push_back(harmless(cell.readable()));
  }
  std::vector<int> widths(columns_.size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  }
  if (max_width.has_value()) narrow(widths, aligns, *max_width);
  std::string text;
  for (const auto& line : lines) text += text_line(line, widths, aligns);
  return text;
}

std::string Table::to_csv() const {
  std::string csv;
  const auto add = [&](const std::string& field, bool is_first) {
    if (!is_first) csv += ',';
    csv += field;
  };
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    add(csv_text(columns_[i].name), i == 0);
    if (columns_[i].kind == ColumnKind::money) add(csv_text(columns_[i].name + "_currency"), false);
  }
  csv += '\n';
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      add(row[i].csv(), i == 0);
      if (columns_[i].kind != ColumnKind::money) continue;
      const Money* money = row[i].as_money();
      add(money == nullptr ? std::string() : std::string(money->currency.code()), false);
    }
    csv += '\n';
  }
  return csv;
}

void Table::write_json(JsonWriter& json) const {
  json.begin_array();
  for (const auto& row : rows_) {
    json.begin_object();
    for (std::size_t i = 0; i < row.size(); ++i) {
      json.key(columns_[i].name);
      row[i].write_json(json);
    }
    json.end_object();
  }
  json.end_array();
}

std::string Table::to_json() const {
  JsonWriter json;
  write_json(json);
  return json.text();
}

}  // namespace weir::cli
