#include "workspace/values.h"

#include <algorithm>

#include "base/zone.h"
#include "workspace/expression_shape.h"
#include "workspace/names.h"

namespace weir::workspace {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string cut(const std::string& text) {
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace

std::string called(const YamlNode& node) {
  return node.key.empty() ? "this item" : "'" + cut(node.key) + "'";
}

void report_kind(const YamlNode& node, std::string_view expected, Diagnostics& diagnostics,
                 std::string_view hint) {
  std::string message = called(node);
  if (node.is_null()) {
    message += " has no value: " + std::string(expected) + " is expected";
  } else {
    const std::string found = node.is_scalar() ? "'" + cut(node.text) + "'" : to_text(node.kind);
    message += " must be " + std::string(expected) + ", not " + found;
  }
  if (!hint.empty()) message += "; " + std::string(hint);
  diagnostics.error(node.place, std::move(message));
}

std::string suggestion(std::string_view written, const std::vector<std::string>& known) {
  std::string nearest = did_you_mean(written, known);
  if (!nearest.empty() || known.empty()) return nearest;
  constexpr std::size_t kMostListed = 20;
  if (known.size() <= kMostListed) return "; known: " + joined(known);
  return "; known: " + joined({known.begin(), known.begin() + kMostListed}) + ", ...";
}

std::optional<std::string> read_text(const YamlNode& node, Diagnostics& diagnostics) {
  if (node.is_scalar() && !node.text.empty()) return node.text;
  if (node.is_scalar()) {
    diagnostics.error(node.place, called(node) + " is empty");
  } else {
    report_kind(node, "text", diagnostics);
  }
  return std::nullopt;
}

std::vector<std::string> read_texts(const YamlNode& node, Diagnostics& diagnostics) {
  std::vector<std::string> texts;
  if (!node.is_list() && !node.is_scalar()) {
    report_kind(node, "text or a list of texts", diagnostics);
    return texts;
  }
  if (node.is_scalar()) {
    if (auto text = read_text(node, diagnostics)) texts.push_back(*std::move(text));
    return texts;
  }
  for (const YamlNode& item : node.children) {
    if (auto text = read_text(item, diagnostics)) texts.push_back(*std::move(text));
  }
  if (node.children.empty()) diagnostics.error(node.place, called(node) + " is an empty list");
  return texts;
}

std::optional<bool> read_flag(const YamlNode& node, Diagnostics& diagnostics) {
  const auto flag = node.boolean();
  if (!flag) report_kind(node, "true or false", diagnostics);
  return flag;
}

std::optional<int> read_integer(const YamlNode& node, int least, int most, Diagnostics& diagnostics) {
  const auto number = node.integer();
  if (number && *number >= least && *number <= most) return static_cast<int>(*number);
  report_kind(node, "a whole number from " + std::to_string(least) + " to " + std::to_string(most),
              diagnostics);
  return std::nullopt;
}

std::optional<Micros> read_duration(const YamlNode& node, Diagnostics& diagnostics) {
  if (!node.is_scalar()) {
    report_kind(node, "a duration like 30d, 12h or 45m", diagnostics);
    return std::nullopt;
  }
  const auto duration = parse_duration(node.text);
  if (duration) return *duration;
  diagnostics.error(node.place,
                    called(node) + ": " + duration.error().message + ", more than 0 and at most 100 years");
  return std::nullopt;
}

std::optional<Date> read_date(const YamlNode& node, Diagnostics& diagnostics) {
  if (!node.is_scalar()) {
    report_kind(node, "a date like 2026-03-01", diagnostics);
    return std::nullopt;
  }
  const auto date = parse_date(node.text);
  if (date) return *date;
  diagnostics.error(node.place, called(node) + ": " + date.error().message);
  return std::nullopt;
}

std::optional<std::string> read_zone(const YamlNode& node, Diagnostics& diagnostics) {
  auto name = read_text(node, diagnostics);
  if (!name) return std::nullopt;
  const auto zone = Zone::find(*name);
  if (zone) return name;
  diagnostics.error(node.place, called(node) + ": " + zone.error().message);
  return std::nullopt;
}

std::optional<std::string> read_column(const YamlNode& node, Diagnostics& diagnostics) {
  auto name = read_text(node, diagnostics);
  if (!name) return std::nullopt;
  if (is_identifier(*name) && lower(*name) == *name) return name;
  diagnostics.error(node.place,
                    "'" + cut(*name) +
                        "' is no column: columns have normalised names here (`Deal Stage` is deal_stage, "
                        "`from` is from_); `weir check --columns` lists them");
  return std::nullopt;
}

std::vector<std::string> read_columns(const YamlNode& node, Diagnostics& diagnostics) {
  std::vector<std::string> columns;
  if (!node.is_list()) {
    if (auto column = read_column(node, diagnostics)) columns.push_back(*std::move(column));
    return columns;
  }
  if (node.children.empty()) diagnostics.error(node.place, called(node) + " is an empty list");
  for (const YamlNode& item : node.children) {
    auto column = read_column(item, diagnostics);
    if (!column) continue;
    if (std::find(columns.begin(), columns.end(), *column) != columns.end()) {
      diagnostics.error(item.place, "'" + *column + "' is there twice in " + called(node));
    } else {
      columns.push_back(*std::move(column));
    }
  }
  return columns;
}

Expression read_expression(const YamlNode& node, Diagnostics& diagnostics) {
  if (!node.is_scalar()) {
    report_kind(node, "an SQL expression", diagnostics, node.is_null() ? "" : kQuotingHint);
    return {};
  }
  std::string sql = trimmed(node.text);
  if (sql.empty()) {
    diagnostics.error(node.place, called(node) + " is empty: an SQL expression is expected");
    return {};
  }
  if (const auto reason = broken_shape(sql)) {
    diagnostics.error(node.place, called(node) + ": " + *reason);
    return {};
  }
  return {std::move(sql), node.place};
}

void report_word(const YamlNode& node, const std::vector<std::string>& known, Diagnostics& diagnostics) {
  diagnostics.error(node.place, called(node) + " must be one of " + joined(known) + ", not '" +
                                    cut(node.text) + "'" + did_you_mean(node.text, known));
}

}  // namespace weir::workspace
