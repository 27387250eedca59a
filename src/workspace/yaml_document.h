// YAML 1.2 with a place for every node. The library behind it stays behind this header.
// Refused, each with its place: duplicate keys, keys that are no text, tags, anchors and aliases, a second
// document, text that is no UTF-8, and documents beyond the limits below. Nothing is thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "workspace/diagnostics.h"

namespace weir::workspace {

inline constexpr std::size_t kMaxYamlBytes = 1U << 20U;
inline constexpr std::size_t kMaxYamlDepth = 32;
inline constexpr std::size_t kMaxYamlNodes = 100'000;

enum class YamlKind : std::uint8_t { null, scalar, list, map };
// As in "must be text, not a list": "nothing", "text", "a list", "a map".
[[nodiscard]] const char* to_text(YamlKind kind) noexcept;

struct YamlNode {
  YamlKind kind{YamlKind::null};
  bool quoted{false};  // a scalar in quotes or in a block: text, whatever it looks like
  std::string text{};  // of a scalar
  Place place{};       // of an empty value: that of its key
  std::string key{};   // its name when it stands in a map
  Place key_place{};
  std::vector<YamlNode> children{};  // items of a list, members of a map; a map's keys are unique

  [[nodiscard]] bool is_null() const noexcept { return kind == YamlKind::null; }
  [[nodiscard]] bool is_scalar() const noexcept { return kind == YamlKind::scalar; }
  [[nodiscard]] bool is_list() const noexcept { return kind == YamlKind::list; }
  [[nodiscard]] bool is_map() const noexcept { return kind == YamlKind::map; }
  // The member of a map, or null. Linear.
  [[nodiscard]] const YamlNode* find(std::string_view name) const noexcept;

  // What an unquoted scalar is in the core schema of YAML 1.2 (section 10.3.2): `no`, `off` and `yes` are
  // text.
  [[nodiscard]] std::optional<bool> boolean() const noexcept;
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
  [[nodiscard]] std::optional<double> number() const noexcept;
};

struct YamlDocument {
  YamlNode root;                     // null when the file is empty or could not be read as YAML
  std::vector<Diagnostic> mistakes;  // empty: a good document
};

// `file` is the name that places show.
[[nodiscard]] YamlDocument read_yaml(std::string_view text, const std::string& file);

// What to do about an expression that YAML took apart; part of several messages.
inline constexpr std::string_view kQuotingHint =
    "an expression with , : # { } [ ] or a leading quote needs quotes around it or a block (|)";

}  // namespace weir::workspace
