#include "workspace/names.h"

#include <algorithm>
#include <array>

namespace weir::workspace {
namespace {

constexpr std::array<std::string_view, 82> kKeywords{
    "all",        "analyse",    "analyze",    "and",     "anti",    "any",        "array",     "as",
    "asc",        "asof",       "asymmetric", "both",    "case",    "cast",       "check",     "collate",
    "column",     "constraint", "create",     "cross",   "default", "deferrable", "desc",      "describe",
    "distinct",   "do",         "else",       "end",     "except",  "false",      "fetch",     "for",
    "foreign",    "from",       "full",       "grant",   "group",   "having",     "in",        "initially",
    "inner",      "intersect",  "into",       "is",      "join",    "lambda",     "lateral",   "leading",
    "left",       "like",       "limit",      "natural", "not",     "null",       "offset",    "on",
    "only",       "or",         "order",      "outer",   "pivot",   "placing",    "primary",   "qualify",
    "references", "returning",  "right",      "select",  "show",    "some",       "symmetric", "table",
    "then",       "to",         "trailing",   "true",    "union",   "unique",     "unpivot",   "using",
    "when",       "where"};

constexpr std::array<std::string_view, 4> kMoreKeywords{"semi", "summarize", "window", "with"};

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool check_length(std::string_view name, std::string_view what, const Place& place,
                  Diagnostics& diagnostics) {
  if (name.size() <= kMaxNameBytes) return true;
  diagnostics.error(place, "the name of " + std::string(what) + " is longer than " +
                               std::to_string(kMaxNameBytes) + " bytes");
  return false;
}

bool check_keyword(std::string_view name, std::string_view what, const Place& place,
                   Diagnostics& diagnostics) {
  if (!is_sql_keyword(name)) return true;
  diagnostics.error(place,
                    "'" + std::string(name) + "' is a keyword of SQL and cannot name " + std::string(what));
  return false;
}

}  // namespace

bool is_identifier(std::string_view text) noexcept {
  return !text.empty() && !is_digit(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_';
  });
}

bool is_plain_name(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-';
  });
}

bool is_sql_keyword(std::string_view text) noexcept {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::find(kKeywords.begin(), kKeywords.end(), lower) != kKeywords.end() ||
         std::find(kMoreKeywords.begin(), kMoreKeywords.end(), lower) != kMoreKeywords.end();
}

bool is_event_type(std::string_view text) noexcept {
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_plain_name(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool check_identifier(std::string_view name, std::string_view what, const Place& place,
                      Diagnostics& diagnostics) {
  if (!check_length(name, what, place, diagnostics)) return false;
  if (is_identifier(name)) return check_keyword(name, what, place, diagnostics);
  diagnostics.error(place, "'" + std::string(name) + "' cannot name " + std::string(what) +
                               ": a letter or _ first, then letters, digits and _");
  return false;
}

bool check_plain_name(std::string_view name, std::string_view what, const Place& place,
                      Diagnostics& diagnostics) {
  return check_word(name, what, place, diagnostics) && check_keyword(name, what, place, diagnostics);
}

bool check_word(std::string_view name, std::string_view what, const Place& place, Diagnostics& diagnostics) {
  if (!check_length(name, what, place, diagnostics)) return false;
  if (is_plain_name(name)) return true;
  diagnostics.error(place, "'" + std::string(name) + "' cannot name " + std::string(what) +
                               ": use letters, digits, _ and -");
  return false;
}

}  // namespace weir::workspace
