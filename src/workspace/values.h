// Typed values from YAML nodes. Each reader reports what is wrong, with the place, and gives nothing then.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/nearest_name.h"
#include "base/time.h"
#include "workspace/definitions.h"
#include "workspace/diagnostics.h"
#include "workspace/yaml_document.h"

namespace weir::workspace {

// "'window'" for a member of a map, "this item" for others: the subject of messages.
[[nodiscard]] std::string called(const YamlNode& node);
// "'window' must be text, not a list", "'window' has no value".
void report_kind(const YamlNode& node, std::string_view expected, Diagnostics& diagnostics,
                 std::string_view hint = {});

// "; did you mean 'x'?" where a known name is near, else "; known: ..." with the first twenty.
[[nodiscard]] std::string suggestion(std::string_view written, const std::vector<std::string>& known);

[[nodiscard]] std::optional<std::string> read_text(const YamlNode& node, Diagnostics& diagnostics);
// One text or a list of texts.
[[nodiscard]] std::vector<std::string> read_texts(const YamlNode& node, Diagnostics& diagnostics);
[[nodiscard]] std::optional<bool> read_flag(const YamlNode& node, Diagnostics& diagnostics);
[[nodiscard]] std::optional<int> read_integer(const YamlNode& node, int least, int most,
                                              Diagnostics& diagnostics);
[[nodiscard]] std::optional<Micros> read_duration(const YamlNode& node, Diagnostics& diagnostics);
[[nodiscard]] std::optional<Date> read_date(const YamlNode& node, Diagnostics& diagnostics);
// An IANA zone's name.
[[nodiscard]] std::optional<std::string> read_zone(const YamlNode& node, Diagnostics& diagnostics);
// A normalised column; a list of them, or one.
[[nodiscard]] std::optional<std::string> read_column(const YamlNode& node, Diagnostics& diagnostics);
[[nodiscard]] std::vector<std::string> read_columns(const YamlNode& node, Diagnostics& diagnostics);
// An SQL expression of sound shape; empty when reported.
[[nodiscard]] Expression read_expression(const YamlNode& node, Diagnostics& diagnostics);

// "must be one of ..., not ...".
void report_word(const YamlNode& node, const std::vector<std::string>& known, Diagnostics& diagnostics);

// One of a few words.
template <typename Value, std::size_t count>
[[nodiscard]] std::optional<Value> read_word(
    const YamlNode& node, const std::array<std::pair<std::string_view, Value>, count>& words,
    Diagnostics& diagnostics) {
  const auto text = read_text(node, diagnostics);
  if (!text) return std::nullopt;
  std::vector<std::string> known;
  for (const auto& [word, value] : words) {
    if (*text == word) return value;
    known.emplace_back(word);
  }
  report_word(node, known, diagnostics);
  return std::nullopt;
}

}  // namespace weir::workspace
