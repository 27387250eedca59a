// For tests: what a weir.yaml's text is told, as "line:column: error: message".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workspace/parse.h"

namespace weir::workspace {

inline std::vector<std::string> messages_of(std::string_view text) {
  std::vector<std::string> messages;
  for (const Diagnostic& each : parse_definitions(text, ".", "w").diagnostics) {
    messages.push_back(to_text(each).substr(2));
  }
  return messages;
}

// The same for what follows `weir: 1` and `workspace: w` in lines 1 and 2.
inline std::vector<std::string> messages_below_head(std::string_view body) {
  return messages_of("weir: 1\nworkspace: w\n" + std::string(body));
}

}  // namespace weir::workspace
