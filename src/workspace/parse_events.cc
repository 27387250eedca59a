// What the records of a source become: events, changes and entities.
#include <algorithm>
#include <array>
#include <map>

#include "workspace/names.h"
#include "workspace/sections.h"

namespace weir::workspace {
namespace {

void read_type(MapReader& map, EventRule& rule, Diagnostics& diagnostics) {
  const YamlNode* type = map.need("type");
  if (type == nullptr) return;
  if (type->is_map()) {
    MapReader from(*type, "'type'", {"from"}, diagnostics);
    rule.type_is_literal = false;
    if (from.need("from") != nullptr) rule.type_from = from.expression("from");
    return;
  }
  const auto text = read_text(*type, diagnostics);
  if (!text) return;
  if (is_event_type(*text)) {
    rule.type = *text;
  } else {
    report_kind(*type, "a literal type like deal.won, or { from: expression }", diagnostics);
  }
}

// `direction: out` would name a column that is not there.
void check_direction(MapReader& map, Diagnostics& diagnostics) {
  const YamlNode* node = map.find("direction");
  if (node == nullptr || !node->is_scalar() || (node->text != "in" && node->text != "out")) return;
  diagnostics.error(node->place,
                    "'direction' is an expression: write \"'" + node->text + "'\" for the word itself");
}

void read_properties(const YamlNode& node, EventRule& rule, Diagnostics& diagnostics) {
  for_each_member(node, "a map from names to expressions", diagnostics, [&](const YamlNode& member) {
    if (!check_word(member.key, "a property", member.key_place, diagnostics)) return;
    Expression value = read_expression(member, diagnostics);
    if (!value.empty()) rule.properties.emplace_back(member.key, std::move(value));
  });
}

void read_event_values(MapReader& map, EventRule& rule) {
  rule.known_at = map.expression("known_at");
  rule.when = map.expression("when");
  rule.amount = map.expression("amount");
  rule.currency = map.expression("currency");
  rule.direction = map.expression("direction");
  rule.channel = map.expression("channel");
  rule.text = map.expression("text");
}

std::string name_of(MapReader& map, const EventRule& rule, std::size_t number, Diagnostics& diagnostics) {
  const std::string given = map.text("name");
  if (!given.empty() && is_event_type(given)) return given;
  if (!given.empty()) {
    diagnostics.error(map.place_of("name"),
                      "'" + given.substr(0, kMaxNameBytes) +
                          "' cannot name an event rule: use letters, digits, _, - and .");
  }
  return rule.type_is_literal && !rule.type.empty() ? rule.type : "rule_" + std::to_string(number);
}

EventRule parse_event(const YamlNode& node, std::size_t number, Diagnostics& diagnostics) {
  constexpr std::array<std::pair<std::string_view, bool>, 2> kDayEnds{{{"start", false}, {"end", true}}};
  EventRule rule;
  rule.place = node.place;
  MapReader map(node, "an event",
                {"type", "name", "occurred_at", "known_at", "day", "when", "rank", "keys", "amount",
                 "currency", "direction", "channel", "text", "properties"},
                diagnostics);
  if (!map.is_map()) return rule;
  read_type(map, rule, diagnostics);
  rule.name = name_of(map, rule, number, diagnostics);
  if (map.need("occurred_at") != nullptr) rule.occurred_at = map.expression("occurred_at");
  if (const YamlNode* day = map.find("day"))
    rule.day_end = read_word(*day, kDayEnds, diagnostics).value_or(false);
  if (const YamlNode* rank = map.find("rank"))
    rule.rank = read_integer(*rank, -1000, 1000, diagnostics).value_or(0);
  if (const YamlNode* keys = map.find("keys")) rule.keys = parse_keys(*keys, diagnostics);
  read_event_values(map, rule);
  check_direction(map, diagnostics);
  if (const YamlNode* properties = map.find("properties")) read_properties(*properties, rule, diagnostics);
  return rule;
}

void check_event_names(const std::vector<EventRule>& events, Diagnostics& diagnostics) {
  std::map<std::string, int> lines;
  for (const EventRule& rule : events) {
    const auto [first, is_new] = lines.emplace(rule.name, rule.place.line);
    if (is_new) continue;
    diagnostics.error(rule.place, "two events of this source are named '" + rule.name +
                                      "', the first in line " + std::to_string(first->second) +
                                      "; give this one a `name:` of its own");
  }
}

// "deal" for opportunities, else the first kind that the source's keys name; "" without keys.
std::string change_prefix(const Source& source) {
  const auto is_deal = [](const HandleRule& key) { return key.kind == EntityKind::opportunity; };
  if (std::any_of(source.keys.begin(), source.keys.end(), is_deal)) return "deal";
  return source.keys.empty() ? "" : to_text(source.keys.front().kind);
}

std::string change_type(MapReader& map, Diagnostics& diagnostics) {
  const std::string type = map.text("type");
  if (type.empty() || is_event_type(type)) return type;
  report_kind(*map.find("type"), "a literal type like deal.amount", diagnostics);
  return {};
}

ChangeRule parse_change(const YamlNode& node, Diagnostics& diagnostics) {
  ChangeRule rule;
  rule.place = node.place;
  if (!node.is_map()) {
    rule.column = read_column(node, diagnostics).value_or("");
    return rule;
  }
  MapReader map(node, "an item of 'changes_of'", {"column", "type", "first"}, diagnostics);
  if (map.need("column") != nullptr) rule.column = map.column("column");
  rule.type = change_type(map, diagnostics);
  rule.first_at = map.expression("first");
  return rule;
}

void complete_change(ChangeRule& rule, const Source& source, Diagnostics& diagnostics) {
  if (!rule.type.empty() || rule.column.empty()) return;
  const std::string prefix = change_prefix(source);
  if (prefix.empty()) {
    diagnostics.error(rule.place, "the change of '" + rule.column +
                                      "' has no type: give the source 'keys', or write { column: " +
                                      rule.column + ", type: ... }");
    return;
  }
  rule.type = prefix + "." + rule.column;
}

void read_entity_member(const YamlNode& member, EntityRule& rule, Diagnostics& diagnostics) {
  if (member.key == "when") {
    rule.when = read_expression(member, diagnostics);
    return;
  }
  if (handle_scheme(member.key)) return;  // read together
  if (const auto kind = entity_kind(member.key)) {
    if (*kind == rule.kind) {
      diagnostics.error(member.key_place,
                        std::string("an entity of kind ") + to_text(rule.kind) +
                            " has no relation to its own kind: name an attribute differently");
    } else {
      parse_handles(member, *kind, rule.relations, diagnostics);
    }
    return;
  }
  if (!check_identifier(member.key, "an attribute", member.key_place, diagnostics)) return;
  Expression value = read_expression(member, diagnostics);
  if (!value.empty()) rule.attributes.emplace_back(member.key, std::move(value));
}

void read_own_handles(const YamlNode& node, EntityRule& rule, Diagnostics& diagnostics) {
  YamlNode handles{.kind = YamlKind::map, .place = node.place, .key = node.key};
  for (const YamlNode& member : node.children) {
    if (handle_scheme(member.key)) handles.children.push_back(member);
  }
  if (!handles.children.empty()) return parse_handles(handles, rule.kind, rule.handles, diagnostics);
  diagnostics.error(node.key_place, "an entity needs a handle: one of id, email, phone, domain");
}

}  // namespace

void parse_events(const YamlNode& node, Source& source, Diagnostics& diagnostics) {
  std::size_t number = 0;
  for_each_item(node, "a list of events", diagnostics, [&](const YamlNode& item) {
    EventRule rule = parse_event(item, ++number, diagnostics);
    if (item.is_map()) source.events.push_back(std::move(rule));
  });
  check_event_names(source.events, diagnostics);
}

void parse_changes(const YamlNode& node, Source& source, Diagnostics& diagnostics) {
  for_each_item(node, "a list of columns", diagnostics, [&](const YamlNode& item) {
    ChangeRule rule = parse_change(item, diagnostics);
    if (rule.column.empty()) return;
    complete_change(rule, source, diagnostics);
    const auto same = [&](const ChangeRule& other) { return other.column == rule.column; };
    if (std::any_of(source.changes.begin(), source.changes.end(), same)) {
      diagnostics.error(rule.place, "the column '" + rule.column + "' is there twice in 'changes_of'");
      return;
    }
    source.changes.push_back(std::move(rule));
  });
}

void parse_entities(const YamlNode& node, Source& source, Diagnostics& diagnostics) {
  for_each_member(
      node, "a map from kinds of entities to their members", diagnostics, [&](const YamlNode& member) {
        const auto kind = read_kind(member.key, member.key_place, diagnostics);
        if (!kind) return;
        if (!member.is_map())
          return report_kind(member, "a map like { id: account_id, sector: sector }", diagnostics);
        EntityRule rule;
        rule.kind = *kind;
        rule.place = member.key_place;
        read_own_handles(member, rule, diagnostics);
        for (const YamlNode& each : member.children) read_entity_member(each, rule, diagnostics);
        source.entities.push_back(std::move(rule));
      });
}

}  // namespace weir::workspace
