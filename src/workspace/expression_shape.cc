#include "workspace/expression_shape.h"

#include <utility>

#include "workspace/yaml_document.h"

namespace weir::workspace {
namespace {

char closing(char open) noexcept {
  return open == '(' ? ')' : open == '[' ? ']' : '}';
}

std::string with_hint(std::string reason) {
  return std::move(reason) + "; " + std::string(kQuotingHint);
}

}  // namespace

std::optional<std::string> broken_shape(std::string_view sql) {
  std::string open;  // the brackets still to be closed
  for (std::size_t i = 0; i < sql.size(); ++i) {
    const char c = sql[i];
    if (c == '\'' || c == '"') {
      // A doubled quote inside closes and opens again, which comes to the same.
      i = sql.find(c, i + 1);
      if (i == std::string_view::npos) return with_hint("the expression ends inside a quote");
    } else if (c == '(' || c == '[' || c == '{') {
      open += closing(c);
    } else if (c == ')' || c == ']' || c == '}') {
      if (open.empty() || open.back() != c) {
        return with_hint(std::string("a '") + c + "' in the expression closes nothing");
      }
      open.pop_back();
    } else if (c == ';') {
      return "an expression has no ';': it is one value";
    } else if (sql.substr(i, 2) == "--" || sql.substr(i, 2) == "/*") {
      return "an expression has no SQL comment: use YAML's #";
    }
  }
  if (!open.empty()) return with_hint(std::string("the expression lacks a '") + open.back() + "'");
  return std::nullopt;
}

}  // namespace weir::workspace
