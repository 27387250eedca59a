#include "contract/contract.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/json.h"

namespace weir::contract {
namespace {

// DuckDB's words that cannot stand as a plain column name (reserved, and type or function names). Sorted.
constexpr std::array kKeywords = std::to_array<std::string_view>({"all",
                                                                  "analyse",
                                                                  "analyze",
                                                                  "and",
                                                                  "anti",
                                                                  "any",
                                                                  "array",
                                                                  "as",
                                                                  "asc",
                                                                  "asof",
                                                                  "asymmetric",
                                                                  "at",
                                                                  "authorization",
                                                                  "binary",
                                                                  "both",
                                                                  "by",
                                                                  "case",
                                                                  "cast",
                                                                  "check",
                                                                  "collate",
                                                                  "collation",
                                                                  "column",
                                                                  "columns",
                                                                  "concurrently",
                                                                  "constraint",
                                                                  "create",
                                                                  "cross",
                                                                  "default",
                                                                  "deferrable",
                                                                  "desc",
                                                                  "describe",
                                                                  "distinct",
                                                                  "do",
                                                                  "else",
                                                                  "end",
                                                                  "except",
                                                                  "false",
                                                                  "fetch",
                                                                  "for",
                                                                  "foreign",
                                                                  "freeze",
                                                                  "from",
                                                                  "full",
                                                                  "generated",
                                                                  "glob",
                                                                  "group",
                                                                  "having",
                                                                  "ilike",
                                                                  "in",
                                                                  "initially",
                                                                  "inner",
                                                                  "intersect",
                                                                  "into",
                                                                  "is",
                                                                  "isnull",
                                                                  "join",
                                                                  "lambda",
                                                                  "lateral",
                                                                  "leading",
                                                                  "left",
                                                                  "like",
                                                                  "limit",
                                                                  "map",
                                                                  "natural",
                                                                  "not",
                                                                  "notnull",
                                                                  "null",
                                                                  "offset",
                                                                  "on",
                                                                  "only",
                                                                  "or",
                                                                  "order",
                                                                  "outer",
                                                                  "overlaps",
                                                                  "pivot",
                                                                  "pivot_longer",
                                                                  "pivot_wider",
                                                                  "placing",
                                                                  "positional",
                                                                  "primary",
                                                                  "qualify",
                                                                  "references",
                                                                  "returning",
                                                                  "right",
                                                                  "select",
                                                                  "semi",
                                                                  "show",
                                                                  "similar",
                                                                  "some",
                                                                  "struct",
                                                                  "summarize",
                                                                  "symmetric",
                                                                  "table",
                                                                  "tablesample",
                                                                  "then",
                                                                  "to",
                                                                  "trailing",
                                                                  "true",
                                                                  "try_cast",
                                                                  "union",
                                                                  "unique",
                                                                  "unpack",
                                                                  "unpivot",
                                                                  "using",
                                                                  "variadic",
                                                                  "verbose",
                                                                  "when",
                                                                  "where",
                                                                  "window",
                                                                  "with"});

bool is_lower(unsigned char c) noexcept {
  return c >= 'a' && c <= 'z';
}
bool is_upper(unsigned char c) noexcept {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(unsigned char c) noexcept {
  return c >= '0' && c <= '9';
}

// Bytes of a separator beyond ASCII at `at`: no-break space, general punctuation, ideographic space, byte
// order mark.
std::size_t wide_separator(std::string_view name, std::size_t at) noexcept {
  const std::string_view rest = name.substr(at);
  if (rest.starts_with("\xC2\xA0")) return 2;
  if (rest.size() >= 3 && rest[0] == '\xE2' && (rest[1] == '\x80' || rest[1] == '\x81')) return 3;
  if (rest.starts_with("\xE3\x80\x80") || rest.starts_with("\xEF\xBB\xBF")) return 3;
  return 0;
}

// Latin-1 capitals (U+00C0..U+00DE without the multiplication sign) are the only ones beyond ASCII that
// become small.
bool is_wide_capital(std::string_view name, std::size_t at) noexcept {
  if (name[at] != '\xC3' || at + 1 >= name.size()) return false;
  const auto second = static_cast<unsigned char>(name[at + 1]);
  return second >= 0x80 && second <= 0x9E && second != 0x97;
}

// A capital opens a word after a small letter or digit, or as the last of several before a small letter:
// `URLPath`.
bool opens_word(std::string_view name, std::size_t at) noexcept {
  if (at == 0 || !is_upper(static_cast<unsigned char>(name[at]))) return false;
  const auto before = static_cast<unsigned char>(name[at - 1]);
  if (is_lower(before) || is_digit(before)) return true;
  const bool small_follows = at + 1 < name.size() && is_lower(static_cast<unsigned char>(name[at + 1]));
  const bool plural = at + 2 == name.size() && name[at + 1] == 's';  // `MQLs` stays one word
  return is_upper(before) && small_follows && !plural;
}

void write_field(JsonWriter& json, const Field& field) {
  json.begin_object().field("name", field.name).field("source_name", field.source_name);
  json.field("type", to_text(field.type));
  if (field.required) json.field("required", true);
  if (field.unique) json.field("unique", true);
  if (!field.allowed.empty()) {
    json.key("allowed").begin_array();
    for (const std::string& value : field.allowed) json.value(value);
    json.end_array();
  }
  if (!field.pattern.empty()) json.field("pattern", field.pattern);
  if (field.minimum) json.field("minimum", *field.minimum);
  if (field.maximum) json.field("maximum", *field.maximum);
  if (field.min_length) json.field("min_length", static_cast<std::int64_t>(*field.min_length));
  if (field.max_length) json.field("max_length", static_cast<std::int64_t>(*field.max_length));
  if (!field.date_format.empty()) json.field("date_format", field.date_format);
  if (field.decimal_mark != 0) json.field("decimal_mark", std::string(1, field.decimal_mark));
  if (field.personal != PersonalClass::none) json.field("personal", to_text(field.personal));
  if (!field.purpose.empty()) json.field("purpose", field.purpose);
  json.end_object();
}

}  // namespace

const Field* Contract::find(std::string_view name) const noexcept {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& each) { return each.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

const std::string& set_normal_form(Contract& contract) {
  JsonWriter json(0);
  json.begin_object().field("source", contract.source);
  json.field("allow_unknown_columns", contract.allow_unknown_columns);
  if (contract.freshness) json.field("freshness_us", contract.freshness->count());
  json.key("fields").begin_array();
  for (const Field& field : contract.fields) write_field(json, field);
  json.end_array().end_object();
  contract.normal_form = json.text();
  return contract.normal_form;
}

std::string normalised_name(std::string_view name) {
  std::string words;
  bool gap = false;
  const auto begin_letter = [&] {
    if (gap && !words.empty()) words += '_';
    gap = false;
  };
  for (std::size_t at = 0; at < name.size(); ++at) {
    const auto c = static_cast<unsigned char>(name[at]);
    if (const std::size_t width = wide_separator(name, at); width > 0) {
      gap = true;
      at += width - 1;
    } else if (is_wide_capital(name, at)) {
      begin_letter();
      words += name[at++];
      words += static_cast<char>(static_cast<unsigned char>(name[at]) + 0x20);
    } else if (is_upper(c)) {
      gap = gap || opens_word(name, at);
      begin_letter();
      words += static_cast<char>(c + ('a' - 'A'));
    } else if (is_lower(c) || is_digit(c) || c >= 0x80) {
      begin_letter();
      words += static_cast<char>(c);
    } else {
      gap = true;
    }
  }
  if (!words.empty() && is_digit(static_cast<unsigned char>(words.front()))) words.insert(0, "c_");
  if (std::binary_search(kKeywords.begin(), kKeywords.end(), std::string_view(words))) words += '_';
  return words;
}

std::vector<std::string> normalised_names(const std::vector<std::string>& header) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (std::size_t i = 0; i < header.size(); ++i) {
    std::string base = normalised_name(header[i]);
    if (base.empty()) base = "column_" + std::to_string(i + 1);
    std::string name = base;
    for (int copy = 2; !taken.insert(name).second; ++copy) name = base + "_" + std::to_string(copy);
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace weir::contract
