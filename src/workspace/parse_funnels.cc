// Funnels: stages, ends, segments, and the chain from one funnel to the next.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "workspace/names.h"
#include "workspace/normal_form.h"
#include "workspace/sections.h"

namespace weir::workspace {
namespace {

constexpr std::array<std::pair<std::string_view, EntityKind>, 4> kSubjects{
    {{"lead", EntityKind::lead},
     {"contact", EntityKind::contact},
     {"account", EntityKind::account},
     {"opportunity", EntityKind::opportunity}}};
// States that every funnel has besides its stages.
constexpr std::array<std::string_view, 3> kStates{"won", "lost", "dormant"};

void read_stage_name(MapReader& map, Stage& stage, Diagnostics& diagnostics) {
  if (map.need("name") == nullptr) return;
  stage.name = map.text("name");
  if (stage.name.empty()) return;
  if (std::find(kStates.begin(), kStates.end(), stage.name) != kStates.end()) {
    diagnostics.error(map.place_of("name"), "'" + stage.name + "' is no stage: declare it as `" + stage.name +
                                                ":` beside 'stages'");
    return;
  }
  check_plain_name(stage.name, "a stage", map.place_of("name"), diagnostics);
}

Stage parse_stage(const YamlNode& node, const std::vector<Signal>& signals, Diagnostics& diagnostics) {
  Stage stage;
  stage.place = node.place;
  MapReader map(node, "a stage", {"name", "phase", "enter", "exit", "window", "sla", "rank", "valid_from"},
                diagnostics);
  if (!map.is_map()) return stage;
  read_stage_name(map, stage, diagnostics);
  stage.phase = map.text("phase");
  if (!stage.phase.empty()) check_word(stage.phase, "a phase", map.place_of("phase"), diagnostics);
  if (const YamlNode* enter = map.need("enter")) stage.enter = parse_condition(*enter, signals, diagnostics);
  if (const YamlNode* exit = map.find("exit")) stage.exit = parse_condition(*exit, signals, diagnostics);
  stage.window = map.duration("window");
  stage.sla = map.duration("sla");
  if (const YamlNode* rank = map.find("rank")) stage.rank = read_integer(*rank, 0, 1000, diagnostics);
  stage.valid_from = map.date("valid_from");
  return stage;
}

void check_stages(const std::vector<Stage>& stages, Diagnostics& diagnostics) {
  std::map<std::string, int> lines;
  std::map<int, std::string> ranks;
  for (const Stage& stage : stages) {
    const auto [first, is_new] = lines.emplace(stage.name, stage.place.line);
    if (!is_new && !stage.name.empty()) {
      diagnostics.error(stage.place, "two stages of this funnel are named '" + stage.name +
                                         "', the first in line " + std::to_string(first->second));
    }
    if (!stage.rank) continue;
    const auto [holder, is_free] = ranks.emplace(*stage.rank, stage.name);
    if (is_free) continue;
    diagnostics.error(stage.place, "the stages '" + holder->second + "' and '" + stage.name +
                                       "' have the same rank " + std::to_string(*stage.rank));
  }
}

void read_stages(MapReader& map, Funnel& funnel, const std::vector<Signal>& signals,
                 Diagnostics& diagnostics) {
  const YamlNode* stages = map.need("stages");
  if (stages == nullptr) return;
  for_each_item(*stages, "a list of stages", diagnostics, [&](const YamlNode& item) {
    Stage stage = parse_stage(item, signals, diagnostics);
    if (item.is_map()) funnel.stages.push_back(std::move(stage));
  });
  if (stages->is_list() && stages->children.empty()) {
    diagnostics.error(stages->place, "a funnel needs at least one stage");
  }
  check_stages(funnel.stages, diagnostics);
}

void read_ends(MapReader& map, Funnel& funnel, const std::vector<Signal>& signals, Diagnostics& diagnostics) {
  if (const YamlNode* won = map.need("won")) {
    MapReader end(*won, "'won'", {"enter", "money"}, diagnostics);
    if (const YamlNode* enter = end.need("enter")) funnel.won = parse_condition(*enter, signals, diagnostics);
    funnel.money = end.expression("money");
  }
  if (const YamlNode* lost = map.find("lost")) {
    MapReader end(*lost, "'lost'", {"enter"}, diagnostics);
    if (const YamlNode* enter = end.need("enter"))
      funnel.lost = parse_condition(*enter, signals, diagnostics);
  }
  if (const YamlNode* dormant = map.find("dormant")) {
    MapReader end(*dormant, "'dormant'", {"silent_for"}, diagnostics);
    if (end.need("silent_for") != nullptr) funnel.silent_for = end.duration("silent_for");
  }
}

// Of `owner.region`, the part before the dot must be a kind of entity.
void check_segment_path(const Expression& value, Diagnostics& diagnostics) {
  const std::string_view sql = value.sql;
  const std::size_t dot = sql.find('.');
  if (!is_identifier(sql.substr(0, dot))) return;
  if (dot != std::string_view::npos && !is_identifier(sql.substr(dot + 1))) return;
  if (dot != std::string_view::npos || entity_kind(sql)) {
    (void)read_kind(sql.substr(0, dot), value.place, diagnostics);
  } else {
    diagnostics.error(value.place,
                      "'" + value.sql +
                          "' is no kind of entity; an attribute is written with its kind, like account." +
                          value.sql);
  }
}

void read_segments(const YamlNode& node, Funnel& funnel, Diagnostics& diagnostics) {
  for_each_member(node, "a map from names to expressions", diagnostics, [&](const YamlNode& member) {
    if (!check_identifier(member.key, "a segment", member.key_place, diagnostics)) return;
    Segment segment{member.key, read_expression(member, diagnostics)};
    if (segment.value.empty()) return;
    check_segment_path(segment.value, diagnostics);
    funnel.segments.push_back(std::move(segment));
  });
}

void read_next(const YamlNode& node, Funnel& funnel, Diagnostics& diagnostics) {
  MapReader next(node, "'next'", {"funnel", "link"}, diagnostics);
  funnel.next_place = node.place;
  if (next.need("funnel") != nullptr) {
    funnel.next_funnel = next.text("funnel");
    funnel.next_place = next.place_of("funnel");
  }
  if (const YamlNode* link = next.need("link")) funnel.next_link = read_word(*link, kSubjects, diagnostics);
}

// A subject that no event names is in no count.
void check_subject(const Funnel& funnel, const std::vector<Source>& sources, Diagnostics& diagnostics) {
  const auto names_it = [&](const std::vector<HandleRule>& keys) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](const HandleRule& key) { return key.kind == funnel.subject; });
  };
  const auto is_source_of_it = [&](const Source& source) {
    return names_it(source.keys) || std::any_of(source.events.begin(), source.events.end(),
                                                [&](const EventRule& rule) { return names_it(rule.keys); });
  };
  if (sources.empty() || std::any_of(sources.begin(), sources.end(), is_source_of_it)) return;
  diagnostics.warning(funnel.place, "no source has events with a key of kind " +
                                        std::string(to_text(funnel.subject)) + ": funnel '" + funnel.name +
                                        "' stays empty");
}

void read_subject(MapReader& map, Funnel& funnel, const std::vector<Source>& sources,
                  Diagnostics& diagnostics) {
  const YamlNode* node = map.need("subject");
  const auto subject = node == nullptr ? std::nullopt : read_word(*node, kSubjects, diagnostics);
  if (!subject) return;
  funnel.subject = *subject;
  check_subject(funnel, sources, diagnostics);
}

Funnel parse_funnel(const YamlNode& node, const Definitions& definitions, Diagnostics& diagnostics) {
  Funnel funnel;
  funnel.name = node.key;
  funnel.place = node.key_place;
  MapReader map(node, "a funnel", {"subject", "stages", "won", "lost", "dormant", "segments", "next"},
                diagnostics);
  if (!map.is_map()) return funnel;
  read_subject(map, funnel, definitions.sources, diagnostics);
  read_stages(map, funnel, definitions.signals, diagnostics);
  read_ends(map, funnel, definitions.signals, diagnostics);
  if (const YamlNode* segments = map.find("segments")) read_segments(*segments, funnel, diagnostics);
  if (const YamlNode* next = map.find("next")) read_next(*next, funnel, diagnostics);
  return funnel;
}

const Funnel* find_funnel(const std::vector<Funnel>& funnels, std::string_view name) {
  const auto at =
      std::find_if(funnels.begin(), funnels.end(), [&](const Funnel& each) { return each.name == name; });
  return at == funnels.end() ? nullptr : &*at;
}

void check_next_exists(const std::vector<Funnel>& funnels, Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const Funnel& funnel : funnels) known.push_back(funnel.name);
  for (const Funnel& funnel : funnels) {
    if (funnel.next_funnel.empty() || find_funnel(funnels, funnel.next_funnel) != nullptr) continue;
    diagnostics.error(funnel.next_place, "no funnel is named '" + funnel.next_funnel + "'" +
                                             suggestion(funnel.next_funnel, known));
  }
}

// "a -> b -> a" when following `next` from the funnel comes back to it; "" otherwise.
std::string circle_from(const Funnel& start, const std::vector<Funnel>& funnels) {
  std::string path = start.name;
  std::set<std::string_view> seen{start.name};
  for (const Funnel* at = find_funnel(funnels, start.next_funnel); at != nullptr;
       at = find_funnel(funnels, at->next_funnel)) {
    path += " -> " + at->name;
    if (at->name == start.name) return path;
    if (!seen.insert(at->name).second) return {};  // a circle further on, which is reported there
  }
  return {};
}

// Each circle once, at its first funnel in the file.
void check_circles(const std::vector<Funnel>& funnels, Diagnostics& diagnostics) {
  std::set<std::string> reported;
  for (const Funnel& funnel : funnels) {
    const std::string circle = circle_from(funnel, funnels);
    if (circle.empty() || reported.contains(funnel.name)) continue;
    diagnostics.error(funnel.next_place, "the funnels follow each other in a circle: " + circle);
    for (const Funnel* at = &funnel; reported.insert(at->name).second;)
      at = find_funnel(funnels, at->next_funnel);
  }
}

}  // namespace

void parse_funnels(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics) {
  for_each_member(section, "a map from names to funnels", diagnostics, [&](const YamlNode& member) {
    check_plain_name(member.key, "a funnel", member.key_place, diagnostics);
    definitions.funnels.push_back(parse_funnel(member, definitions, diagnostics));
    definitions.normal_forms["funnel/" + member.key] = normal_form(member);
  });
  check_next_exists(definitions.funnels, diagnostics);
  check_circles(definitions.funnels, diagnostics);
}

}  // namespace weir::workspace
