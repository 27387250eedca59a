// Signals, and the conditions that name them.
#include <algorithm>
#include <array>

#include "workspace/names.h"
#include "workspace/normal_form.h"
#include "workspace/sections.h"

namespace weir::workspace {
namespace {

// Columns that every event has: a signal of that name could not be told from them.
constexpr std::array<std::string_view, 27> kEventColumns{
    "id",         "source",   "type",        "occurred_at",      "known_at",
    "precision",  "lead",     "opportunity", "contact",          "account",
    "anonymous",  "product",  "campaign",    "content",          "owner",
    "direction",  "channel",  "amount",      "currency",         "text",
    "properties", "record",   "run",         "contract_version", "mapping_version",
    "via",        "any_touch"};

bool check_signal_name(const YamlNode& node, Diagnostics& diagnostics) {
  if (!check_identifier(node.key, "a signal", node.key_place, diagnostics)) return false;
  if (std::find(kEventColumns.begin(), kEventColumns.end(), node.key) == kEventColumns.end()) return true;
  diagnostics.error(node.key_place, "'" + node.key + "' is there for every event and cannot name a signal");
  return false;
}

Signal parse_signal(const YamlNode& node, Diagnostics& diagnostics) {
  Signal signal;
  signal.name = node.key;
  signal.place = node.key_place;
  if (!node.is_map()) {
    signal.when = read_expression(node, diagnostics);
    return signal;
  }
  MapReader map(node, "a signal", {"when", "value"}, diagnostics);
  if (map.need("when") != nullptr) signal.when = map.expression("when");
  signal.value = map.expression("value");
  return signal;
}

void set_term(const YamlNode& node, const std::vector<Signal>& signals, Condition& condition,
              Diagnostics& diagnostics) {
  condition.place = node.place;
  const Expression term = read_expression(node, diagnostics);
  if (!is_identifier(term.sql)) {
    condition.expression = term;
    return;
  }
  const auto named = [&](const Signal& signal) { return signal.name == term.sql; };
  if (std::any_of(signals.begin(), signals.end(), named)) {
    condition.signal = term.sql;
    return;
  }
  std::vector<std::string> known;
  for (const Signal& signal : signals) known.push_back(signal.name);
  diagnostics.error(node.place, "no signal is named '" + term.sql + "'" + suggestion(term.sql, known));
}

}  // namespace

void parse_signals(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics) {
  for_each_member(section, "a map from names to expressions", diagnostics, [&](const YamlNode& member) {
    check_signal_name(member, diagnostics);
    definitions.signals.push_back(
        parse_signal(member, diagnostics));  // misnamed or not, conditions may refer to it
    definitions.normal_forms["signal/" + member.key] = normal_form(member);
  });
}

Condition parse_condition(const YamlNode& node, const std::vector<Signal>& signals,
                          Diagnostics& diagnostics) {
  constexpr std::array<std::pair<std::string_view, bool>, 2> kScopes{{{"own", false}, {"contact", true}}};
  Condition condition;
  if (!node.is_map()) {
    set_term(node, signals, condition, diagnostics);
    return condition;
  }
  MapReader map(node, "a condition", {"when", "scope"}, diagnostics);
  if (const YamlNode* when = map.need("when")) set_term(*when, signals, condition, diagnostics);
  if (const YamlNode* scope = map.find("scope")) {
    condition.contact_scope = read_word(*scope, kScopes, diagnostics).value_or(false);
  }
  return condition;
}

}  // namespace weir::workspace
