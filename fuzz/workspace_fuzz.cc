// Any bytes as a weir.yaml: no crash, the same mistakes and the same definitions each time, mistakes in
// order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "workspace/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using weir::workspace::Diagnostics;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = weir::workspace::parse_definitions(text, "w", "weir.yaml");
  const auto again = weir::workspace::parse_definitions(text, "w", "weir.yaml");
  WEIR_CHECK(parsed.diagnostics == again.diagnostics, "one file has two lists of mistakes");
  WEIR_CHECK(parsed.definitions.normal_forms == again.definitions.normal_forms, "one file has two versions");
  WEIR_CHECK(parsed.diagnostics.size() <= Diagnostics::kMost + 1, "a file fills the memory with complaints");
  const auto later = [](const auto& left, const auto& right) { return left.place.line > right.place.line; };
  WEIR_CHECK(std::adjacent_find(parsed.diagnostics.begin(), parsed.diagnostics.end(), later) ==
                 parsed.diagnostics.end(),
             "mistakes are not in the order of the file");
  for (const auto& diagnostic : parsed.diagnostics) {
    WEIR_CHECK(!weir::workspace::to_text(diagnostic).empty(), "a mistake without a sentence");
  }
  return 0;
}
