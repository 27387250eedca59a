#include "workspace/map_reader.h"

#include <algorithm>
#include <utility>

#include "workspace/names.h"

namespace weir::workspace {

MapReader::MapReader(const YamlNode& node, std::string what, std::initializer_list<std::string_view> keys,
                     Diagnostics& diagnostics)
    : node_(node), what_(std::move(what)), diagnostics_(diagnostics) {
  if (!node.is_map()) {
    report_no_map();
    return;
  }
  for (const YamlNode& member : node.children) {
    if (std::find(keys.begin(), keys.end(), member.key) == keys.end()) report_unknown(member, keys);
  }
}

void MapReader::report_no_map() {
  if (!node_.key.empty()) return report_kind(node_, "a map of keys and values", diagnostics_);
  diagnostics_.error(node_.place, what_ + " is a map of keys and values, not " + to_text(node_.kind));
}

void MapReader::report_unknown(const YamlNode& member, std::initializer_list<std::string_view> keys) {
  std::string message = "unknown key '" + member.key.substr(0, kMaxNameBytes) + "' in " + what_;
  // `IN (1, 2)` without quotes inside { } leaves a key such as `2)`.
  if (!is_identifier(member.key)) {
    message += "; " + std::string(kQuotingHint);
  } else {
    message += suggestion(member.key, {keys.begin(), keys.end()});
  }
  diagnostics_.error(member.key_place, std::move(message));
}

const YamlNode* MapReader::need(std::string_view key) {
  const YamlNode* member = find(key);
  if (member == nullptr && is_map()) diagnostics_.error(place(), what_ + " needs '" + std::string(key) + "'");
  return member;
}

std::string MapReader::text(std::string_view key) {
  const YamlNode* member = find(key);
  return member == nullptr ? "" : read_text(*member, diagnostics_).value_or("");
}

std::string MapReader::column(std::string_view key) {
  const YamlNode* member = find(key);
  return member == nullptr ? "" : read_column(*member, diagnostics_).value_or("");
}

Expression MapReader::expression(std::string_view key) {
  const YamlNode* member = find(key);
  return member == nullptr ? Expression{} : read_expression(*member, diagnostics_);
}

std::optional<Micros> MapReader::duration(std::string_view key) {
  const YamlNode* member = find(key);
  return member == nullptr ? std::nullopt : read_duration(*member, diagnostics_);
}

std::optional<Date> MapReader::date(std::string_view key) {
  const YamlNode* member = find(key);
  return member == nullptr ? std::nullopt : read_date(*member, diagnostics_);
}

Place MapReader::place_of(std::string_view key) const {
  const YamlNode* member = find(key);
  return member == nullptr ? Place{} : member->place;
}

}  // namespace weir::workspace
