#include "engine/draft_text.h"

#include <algorithm>

#include "store/query_engine.h"

namespace weir::engine {
namespace {

constexpr std::size_t kCommentColumn = 60;

// A comment ends at its line's end, and nothing from a file may go on behind it.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

bool is_plain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  if (text.find_first_of(",:#{}[]\"\\&*!|>%@`\n\t") != std::string_view::npos || text.front() == '\'' ||
      text.front() == '?')
    return false;
  return !text.starts_with("- ") && text.find_first_not_of("0123456789.-+") != std::string_view::npos &&
         text != "true" && text != "false" && text != "null" && text != "~";
}

}  // namespace

void DraftText::guess(const std::string& text, const std::string& what, const std::string& why) {
  const std::string gap =
      text.size() < kCommentColumn ? std::string(kCommentColumn - text.size(), ' ') : "  ";
  line(text + gap + "# guess: " + one_line(why));
  guesses_.push_back({lines_, what, one_line(why)});
}

std::string yaml_scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string is_one_of(const std::string& column, const std::vector<std::string>& values) {
  if (values.empty()) return "";
  if (values.size() == 1) return column + " = " + store::sql_quote(values[0]);
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "" : ", ") + store::sql_quote(value);
  return column + " IN (" + list + ")";
}

}  // namespace weir::engine
