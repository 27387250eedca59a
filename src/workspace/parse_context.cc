// Calendar, dated facts of the world, and routine checks.
#include <algorithm>
#include <array>

#include "workspace/names.h"
#include "workspace/normal_form.h"
#include "workspace/sections.h"

namespace weir::workspace {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 7> kDays{
    {{"mon", 0}, {"tue", 1}, {"wed", 2}, {"thu", 3}, {"fri", 4}, {"sat", 5}, {"sun", 6}}};
constexpr std::array<std::pair<std::string_view, int>, 12> kMonths{{{"jan", 1},
                                                                    {"feb", 2},
                                                                    {"mar", 3},
                                                                    {"apr", 4},
                                                                    {"may", 5},
                                                                    {"jun", 6},
                                                                    {"jul", 7},
                                                                    {"aug", 8},
                                                                    {"sep", 9},
                                                                    {"oct", 10},
                                                                    {"nov", 11},
                                                                    {"dec", 12}}};

void read_weekend(const YamlNode& node, Calendar& calendar, Diagnostics& diagnostics) {
  calendar.weekend.clear();
  for_each_item(node, "a list of days like [sat, sun]", diagnostics, [&](const YamlNode& item) {
    const auto day = read_word(item, kDays, diagnostics);
    if (!day) return;
    if (std::find(calendar.weekend.begin(), calendar.weekend.end(), *day) != calendar.weekend.end()) {
      diagnostics.error(item.place, "'" + item.text + "' is there twice in 'weekend'");
    } else {
      calendar.weekend.push_back(*day);
    }
  });
  if (calendar.weekend.size() == kDays.size())
    diagnostics.error(node.place, "'weekend' cannot be the whole week");
  std::sort(calendar.weekend.begin(), calendar.weekend.end());
}

void check_span(const ContextFact& fact, MapReader& map, Diagnostics& diagnostics) {
  if (!fact.to || map.find("from") == nullptr || *fact.to >= fact.from) return;
  diagnostics.error(map.place_of("to"),
                    "'to' (" + to_text(*fact.to) + ") lies before 'from' (" + to_text(fact.from) + ")");
}

void read_outage(MapReader& map, ContextFact& fact, const std::vector<Source>& sources,
                 Diagnostics& diagnostics) {
  const YamlNode* node = map.find("outage");
  if (node == nullptr) return;
  fact.outage = true;
  fact.source = map.text("outage");
  std::vector<std::string> known;
  for (const Source& source : sources) known.push_back(source.name);
  if (fact.source.empty() || std::find(known.begin(), known.end(), fact.source) != known.end()) return;
  diagnostics.error(node->place, "no source is named '" + fact.source + "'" + suggestion(fact.source, known));
}

ContextFact parse_fact(const YamlNode& node, const std::vector<Source>& sources, Diagnostics& diagnostics) {
  ContextFact fact;
  fact.place = node.place;
  MapReader map(node, "an item of 'context'", {"from", "to", "what", "where", "outage"}, diagnostics);
  if (!map.is_map()) return fact;
  const auto from = map.need("from") == nullptr ? std::nullopt : map.date("from");
  fact.from = from.value_or(Date{});
  fact.to = map.date("to");
  if (from) check_span(fact, map, diagnostics);
  if (map.need("what") != nullptr) fact.what = map.text("what");
  fact.where = map.expression("where");
  read_outage(map, fact, sources, diagnostics);
  return fact;
}

Check parse_check(const YamlNode& node, Diagnostics& diagnostics) {
  Check check;
  check.place = node.place;
  MapReader map(node, "a check", {"name", "when", "owner"}, diagnostics);
  if (!map.is_map()) return check;
  if (map.need("name") != nullptr) check.name = map.text("name");
  if (!check.name.empty()) check_word(check.name, "a check", map.place_of("name"), diagnostics);
  if (map.need("when") != nullptr) check.when = map.expression("when");
  check.owner = map.text("owner");
  return check;
}

}  // namespace

void parse_calendar(const YamlNode& section, Calendar& calendar, Diagnostics& diagnostics) {
  MapReader map(section, "'calendar'", {"weekend", "fiscal_year_starts", "holidays"}, diagnostics);
  if (const YamlNode* weekend = map.find("weekend")) read_weekend(*weekend, calendar, diagnostics);
  if (const YamlNode* month = map.find("fiscal_year_starts")) {
    calendar.fiscal_year_starts = read_word(*month, kMonths, diagnostics).value_or(1);
  }
  calendar.holidays = map.text("holidays");
}

void parse_context(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics) {
  for_each_item(section, "a list of dated facts", diagnostics, [&](const YamlNode& item) {
    ContextFact fact = parse_fact(item, definitions.sources, diagnostics);
    if (item.is_map()) definitions.context.push_back(std::move(fact));
  });
  definitions.normal_forms["context"] = normal_form(section);
}

void parse_checks(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics) {
  for_each_item(section, "a list of checks", diagnostics, [&](const YamlNode& item) {
    Check check = parse_check(item, diagnostics);
    if (check.name.empty()) return;
    const auto same = [&](const Check& other) { return other.name == check.name; };
    const auto first = std::find_if(definitions.checks.begin(), definitions.checks.end(), same);
    if (first != definitions.checks.end()) {
      diagnostics.error(check.place, "two checks are named '" + check.name + "', the first in line " +
                                         std::to_string(first->place.line));
      return;
    }
    definitions.normal_forms["check/" + check.name] = normal_form(item);
    definitions.checks.push_back(std::move(check));
  });
}

}  // namespace weir::workspace
