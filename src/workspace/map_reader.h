// One map of a workspace: its keys are checked once, its members are read by type.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "workspace/definitions.h"
#include "workspace/diagnostics.h"
#include "workspace/values.h"
#include "workspace/yaml_document.h"

namespace weir::workspace {

// `node` and `diagnostics` must outlive it. Readers of an absent key give nothing and report nothing.
class MapReader {
 public:
  // Reports when `node` is no map, and each key that is none of `keys`; `what` as in "a source".
  MapReader(const YamlNode& node, std::string what, std::initializer_list<std::string_view> keys,
            Diagnostics& diagnostics);

  [[nodiscard]] bool is_map() const noexcept { return node_.is_map(); }
  [[nodiscard]] const Place& place() const noexcept {
    return node_.key.empty() ? node_.place : node_.key_place;
  }
  [[nodiscard]] const YamlNode* find(std::string_view key) const noexcept { return node_.find(key); }
  // Reports when it is missing.
  [[nodiscard]] const YamlNode* need(std::string_view key);

  [[nodiscard]] std::string text(std::string_view key);
  [[nodiscard]] std::string column(std::string_view key);
  [[nodiscard]] Expression expression(std::string_view key);
  [[nodiscard]] std::optional<Micros> duration(std::string_view key);
  [[nodiscard]] std::optional<Date> date(std::string_view key);
  [[nodiscard]] Place place_of(std::string_view key) const;

 private:
  void report_no_map();
  void report_unknown(const YamlNode& member, std::initializer_list<std::string_view> keys);

  const YamlNode& node_;
  std::string what_;
  Diagnostics& diagnostics_;
};

// `what` needs a list; each item goes to `read`. Reports anything else.
template <typename Read>
void for_each_item(const YamlNode& node, std::string_view expected, Diagnostics& diagnostics, Read read) {
  if (!node.is_list()) return report_kind(node, expected, diagnostics);
  for (const YamlNode& item : node.children) read(item);
}

// The same for the members of a map.
template <typename Read>
void for_each_member(const YamlNode& node, std::string_view expected, Diagnostics& diagnostics, Read read) {
  if (!node.is_map()) return report_kind(node, expected, diagnostics);
  for (const YamlNode& member : node.children) read(member);
}

}  // namespace weir::workspace
