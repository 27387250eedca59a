#include <array>
#include <utility>

#include "base/json.h"
#include "contract/odcs.h"

namespace weir::contract {
namespace {

constexpr auto kDirectives = std::to_array<std::pair<std::string_view, char>>(
    {{"yyyy", 'Y'}, {"uuuu", 'Y'}, {"MMMM", 'B'}, {"MMM", 'b'}, {"yy", 'y'}, {"MM", 'm'},
     {"dd", 'd'},   {"HH", 'H'},   {"hh", 'I'},   {"mm", 'M'},  {"ss", 'S'}, {"SSSSSS", 'f'},
     {"SSS", 'f'},  {"XXX", 'z'},  {"XX", 'z'},   {"Z", 'z'},   {"M", 'm'},  {"d", 'd'},
     {"H", 'H'},    {"h", 'I'},    {"m", 'M'},    {"s", 'S'},   {"a", 'p'}});

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// YAML's double-quoted form of JSON text.
std::string quoted(std::string_view text) {
  return json_quote(text);
}

const char* logical_type(ColumnType type) noexcept {
  switch (type) {
    case ColumnType::text:
      return "string";
    case ColumnType::integer:
      return "integer";
    case ColumnType::number:
      return "number";
    case ColumnType::boolean:
      return "boolean";
    case ColumnType::date:
      return "date";
    case ColumnType::timestamp:
      return "timestamp";
    case ColumnType::json:
      return "object";
  }
  return "string";
}

// Grows line by line; empty sections are left out.
class Lines {
 public:
  void add(int indent, const std::string& line) {
    text_.append(static_cast<std::size_t>(indent), ' ');
    text_ += line;
    text_ += '\n';
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

void write_options(Lines& lines, const Field& field) {
  std::vector<std::string> options;
  const std::string java = format_to_java(field.date_format);
  if (!java.empty()) options.push_back("format: " + quoted(java));
  if (!field.pattern.empty()) options.push_back("pattern: " + quoted(field.pattern));
  if (field.minimum) options.push_back("minimum: " + json_number(*field.minimum));
  if (field.maximum) options.push_back("maximum: " + json_number(*field.maximum));
  if (field.min_length) options.push_back("minLength: " + std::to_string(*field.min_length));
  if (field.max_length) options.push_back("maxLength: " + std::to_string(*field.max_length));
  if (options.empty()) return;
  lines.add(8, "logicalTypeOptions:");
  for (const std::string& option : options) lines.add(10, option);
}

void write_custom_properties(Lines& lines, const Field& field) {
  std::vector<std::pair<std::string, std::string>> custom;
  if (field.personal != PersonalClass::none) custom.emplace_back("personalClass", to_text(field.personal));
  if (!field.purpose.empty()) custom.emplace_back("purpose", field.purpose);
  if (!field.date_format.empty()) custom.emplace_back("dateFormat", field.date_format);
  if (field.decimal_mark != 0) custom.emplace_back("decimalMark", std::string(1, field.decimal_mark));
  if (!field.guess.empty()) custom.emplace_back("guess", field.guess);
  if (custom.empty()) return;
  lines.add(8, "customProperties:");
  for (const auto& [property, value] : custom) {
    lines.add(10, "- property: " + property);
    lines.add(12, "value: " + quoted(value));
  }
}

void write_quality(Lines& lines, const Field& field) {
  if (field.allowed.empty()) return;
  lines.add(8, "quality:");
  lines.add(10, "- type: library");
  lines.add(12, "metric: invalidValues");
  lines.add(12, "mustBe: 0");
  lines.add(12, "arguments:");
  lines.add(14, "validValues:");
  for (const std::string& value : field.allowed) lines.add(16, "- " + quoted(value));
}

void write_property(Lines& lines, const Field& field) {
  lines.add(6, "- name: " + quoted(field.name));
  if (!field.source_name.empty()) lines.add(8, "physicalName: " + quoted(field.source_name));
  lines.add(8, std::string("logicalType: ") + logical_type(field.type));
  write_options(lines, field);
  if (field.required) lines.add(8, "required: true");
  if (field.unique) lines.add(8, "unique: true");
  if (field.personal != PersonalClass::none) lines.add(8, "classification: restricted");
  if (!field.description.empty()) lines.add(8, "description: " + quoted(field.description));
  write_quality(lines, field);
  write_custom_properties(lines, field);
}

}  // namespace

std::string format_from_java(std::string_view pattern) {
  std::string format;
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] == '\'') {
      const std::size_t end = pattern.find('\'', at + 1);
      if (end == std::string_view::npos) return {};
      format += end == at + 1 ? "'" : pattern.substr(at + 1, end - at - 1);
      at = end + 1;
      continue;
    }
    if (!is_letter(pattern[at]) || pattern[at] == 'T') {
      format += pattern[at] == '%' ? "%%" : std::string(1, pattern[at]);
      ++at;
      continue;
    }
    const std::size_t length = std::min(pattern.find_first_not_of(pattern[at], at), pattern.size()) - at;
    char directive = 0;
    for (const auto& [java, ours] : kDirectives) {
      if (pattern.substr(at, length) == java) directive = ours;
    }
    if (directive == 0) return {};
    format += {'%', directive};
    at += length;
  }
  return format;
}

std::string format_to_java(std::string_view format) {
  std::string pattern;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%') {
      if (format[at] == '\'') return {};
      pattern += is_letter(format[at]) ? "'" + std::string(1, format[at]) + "'" : std::string(1, format[at]);
      continue;
    }
    if (++at == format.size()) return {};
    if (format[at] == 'T' || format[at] == 'F') {
      pattern += format[at] == 'T' ? "HH:mm:ss" : "yyyy-MM-dd";
      continue;
    }
    std::string_view word;
    for (const auto& [java, ours] : kDirectives) {
      if (ours == format[at] && word.empty()) word = java;
    }
    if (word.empty()) return {};
    pattern += word;
  }
  return format.find('%') == std::string_view::npos ? std::string() : pattern;
}

std::string write_odcs(const Contract& contract) {
  Lines lines;
  lines.add(0, "apiVersion: v3.1.0");
  lines.add(0, "kind: DataContract");
  lines.add(0, "id: " + quoted(contract.id));
  lines.add(0, "name: " + quoted(contract.source));
  lines.add(0, "version: " + quoted(contract.version));
  lines.add(0, std::string("status: ") + (contract.inferred ? "draft" : "active"));
  lines.add(0, "schema:");
  lines.add(2, "- name: " + quoted(contract.source));
  lines.add(4, "logicalType: object");
  lines.add(4, "properties:");
  for (const Field& field : contract.fields) write_property(lines, field);
  if (contract.freshness) {
    lines.add(0, "slaProperties:");
    lines.add(2, "- property: freshness");
    lines.add(4, "value: " + std::to_string(contract.freshness->count() / kMicrosPerSecond));
    lines.add(4, "unit: s");
  }
  if (!contract.allow_unknown_columns) {
    lines.add(0, "customProperties:");
    lines.add(2, "- property: allowUnknownColumns");
    lines.add(4, "value: false");
  }
  return lines.text();
}

}  // namespace weir::contract
