#include "engine/draft.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "base/zone.h"
#include "engine/draft_deliveries.h"
#include "engine/draft_events.h"
#include "engine/draft_funnels.h"
#include "engine/draft_roles.h"
#include "engine/draft_text.h"

namespace weir::engine {

using workspace::EntityKind;
using workspace::HandleScheme;

namespace {

using Events = std::vector<std::vector<DraftEvent>>;
constexpr std::size_t kLongestWorkspaceName = 60;

// Relative to weir.yaml where the file lies below it or both were named relatively, else absolute. What a
// pattern would read as a wildcard becomes `?`, which matches it.
std::string path_in_workspace(const Delivery& delivery, const std::string& directory) {
  const std::string& file = delivery.pattern;
  namespace fs = std::filesystem;
  const fs::path from = fs::absolute(directory).lexically_normal();
  const fs::path to = fs::absolute(file).lexically_normal();
  const std::string relative = to.lexically_proximate(from).generic_string();
  std::string path =
      relative.starts_with("..") && fs::path(file).is_absolute() ? to.generic_string() : relative;
  std::replace_if(
      path.begin(), path.end(), [](char c) { return c == '*' || c == '[' || c == ']'; }, '?');
  return path;
}

std::string workspace_name(const DraftOptions& options) {
  std::string name = options.workspace;
  if (name.empty()) {
    std::filesystem::path folder = std::filesystem::absolute(options.directory).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();
    name = folder.filename().string();
  }
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == ' ' || c == '-'; }, '_');
  name = name.substr(0, kLongestWorkspaceName);
  return contract::normalised_name(name) == name ? name : "workspace";
}

// The currency that most amounts name.
std::optional<std::string> currency_in(const std::vector<TableRole>& roles) {
  std::map<std::string, std::int64_t> counts;
  for (const TableRole& role : roles) {
    if (role.currency == nullptr) continue;
    for (const auto& [code, count] : role.currency->values) counts[code] += count;
  }
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? std::nullopt : std::optional(most->first);
}

std::optional<std::int64_t> newest_event(const Events& events) {
  std::int64_t newest = kNoMoment;
  for (const auto& of_source : events) {
    for (const DraftEvent& event : of_source) {
      const auto& moments = event.occurred_at->moments;
      if (!moments.empty()) newest = std::max(newest, *std::max_element(moments.begin(), moments.end()));
    }
  }
  return newest == kNoMoment ? std::nullopt : std::optional(newest);
}

void write_head(const DraftOptions& options, const std::vector<TableRole>& roles, const Events& events,
                const Zone& zone, DraftText& text) {
  text.line(
      "# Drafted by `weir init` from what stands in the files. Lines with `guess` deserve a look; "
      "docs/workspace.md explains all keys.");
  text.line("weir: 1");
  text.line("workspace: " + workspace_name(options));
  const std::string zone_line = "time_zone: " + zone.name();
  if (options.time_zone.empty()) {
    text.guess(zone_line, "time zone", "no file says where its days begin; --time-zone sets it");
  } else {
    text.line(zone_line);
  }
  const auto found = currency_in(roles);
  if (!options.currency.empty()) {
    text.line("currency: " + options.currency);
  } else {
    text.guess("currency: " + found.value_or("USD"), "currency",
               found ? "most amounts name it" : "no amount names its currency; --currency sets it");
  }
  std::string newest;
  if (const auto moment = newest_event(events))
    newest = "; the newest event is of " + to_text(zone.day_of(*moment));
  text.line(
      "# as_of: YYYY-MM-DD            # for a history that ended; left out, it is the end of the newest "
      "event's day" +
      newest);
}

void write_references(const TableRole& role, DraftText& text) {
  const bool own = role.about.has_value();
  if (!own && role.references.empty()) return;
  text.line("    keys:");
  if (own) text.line(std::string("      ") + to_text(*role.about) + ": " + role.key->field.name);
  for (const Reference& reference : role.references) {
    const std::string value =
        reference.scheme == HandleScheme::email ? "{ email: " + reference.column + " }" : reference.column;
    text.guess(std::string("      ") + to_text(reference.kind) + ": " + value,
               role.source + "." + reference.column, reference.why);
  }
}

std::string event_text(const TableRole& role, const DraftEvent& event) {
  std::string text = "      - { type: ";
  text += event.type_from.empty() ? event.type
                                  : "{ from: " + yaml_scalar(event.type_from) + " }, name: " + event.name;
  text += ", occurred_at: " + event.occurred_at->field.name;
  if (event.day_end) text += ", day: end";
  if (!event.when.empty()) text += ", when: " + yaml_scalar(event.when);
  if (event.has_amount) text += ", amount: " + role.money->field.name;
  if (event.has_amount && role.currency != nullptr) text += ", currency: " + role.currency->field.name;
  if (role.is_log && role.text != nullptr) text += ", text: " + role.text->field.name;
  if (!event.stage_property.empty()) text += ", properties: { to: " + event.stage_property + " }";
  return text + " }";
}

// Members of the entity: handles, relations and attributes.
void write_entity(const TableRole& role, DraftText& text) {
  if (!role.about || role.outcome_of >= 0) return;
  std::vector<std::pair<std::string, std::string>> members{{"id", role.key->field.name}};
  for (const auto& column : role.profile->columns) {
    const auto& field = column.field;
    const bool person = role.about == EntityKind::contact || role.about == EntityKind::lead;
    const bool has_email = std::any_of(members.begin(), members.end(),
                                       [](const auto& member) { return member.first == "email"; });
    if (person && field.personal == contract::PersonalClass::email && &column != role.key && !has_email)
      members.emplace_back("email", field.name);
    if (role.about == EntityKind::account && (field.name == "domain" || field.name == "website") &&
        members.back().first != "domain")
      members.emplace_back("domain", field.name);
  }
  for (const Reference& reference : role.references) {
    if (reference.scheme == HandleScheme::id) members.emplace_back(to_text(reference.kind), reference.column);
  }
  for (const ColumnProfile* column : role.attributes) {
    const bool is_domain = role.about == EntityKind::account && column->field.name == "website";
    if (!is_domain) members.emplace_back(column->field.name, column->field.name);
  }
  if (role.is_subject() && members.size() == 1) return;
  text.line("    entity:");
  text.guess(std::string("      ") + to_text(*role.about) + ":", "what " + role.source + " is about",
             role.about_why);
  for (const auto& [name, column] : members) text.line("        " + name + ": " + column);
}

// What the contract's inference was not sure of, and what it will seal.
void write_field_remarks(const TableRole& role, DraftText& text) {
  std::string personal;
  for (const auto& column : role.profile->columns) {
    const auto& field = column.field;
    if (field.personal != contract::PersonalClass::none)
      personal += (personal.empty() ? "" : ", ") + field.name + " (" + to_text(field.personal) + ")";
    if (!field.guess.empty())
      text.guess("    # " + field.name + " is taken for " + to_text(field.type),
                 role.source + "." + field.name, field.guess);
  }
  if (!personal.empty())
    text.guess("    # personal, kept sealed", "personal fields of " + role.source, personal);
}

// When a snapshot's states held, and what moves between its deliveries.
void write_change_times(const TableRole& role, DraftText& text) {
  if (role.is_log) return;
  const Delivery& delivery = role.profile->delivery;
  if (role.changed != nullptr && (has_stage_changes(role) || delivery.files > 1)) {
    text.guess("    changed_at: " + role.changed->field.name, "change time of " + role.source,
               "a time by its name that every row has");
  } else if (!delivery.dated_name.empty()) {
    text.guess("    snapshot_at: { file_name: " + yaml_scalar(delivery.dated_name) + " }",
               "times of the deliveries of " + role.source, "the date in the file's name");
  }
  if (has_stage_changes(role)) {
    text.guess("    changes_of: [{ column: " + role.stage->field.name +
                   ", type: " + type_prefix(*role.about) + ".stage }]",
               "stages of " + role.source, "each delivery tells who moved since the last");
  }
}

void write_source(const DraftOptions& options, const TableRole& role, const std::vector<DraftEvent>& events,
                  DraftText& text) {
  text.line("  " + role.source + ":");
  text.line("    read: " + yaml_scalar(path_in_workspace(role.profile->delivery, options.directory)));
  text.guess(std::string("    kind: ") + (role.is_log ? "log" : "snapshot"), "kind of " + role.source,
             role.kind_why);
  if (role.key != nullptr)
    text.guess("    key: " + role.key->field.name, "key of " + role.source, role.key_why);
  write_change_times(role, text);
  write_field_remarks(role, text);
  if (!events.empty() || role.is_log) write_references(role, text);
  if (!events.empty()) {
    text.line("    events:");
    for (const DraftEvent& event : events)
      text.guess(event_text(role, event), "event " + (event.type.empty() ? event.name : event.type),
                 event.why);
  }
  write_entity(role, text);
  if (role.outcome_of >= 0) {
    text.guess(
        "    # other columns are no attributes", "columns of " + role.source,
        "only " + std::string(to_text(*role.about)) + "s with an outcome have them: they would give it away");
  }
}

void write_sources(const DraftOptions& options, const std::vector<TableRole>& roles, const Events& events,
                   DraftText& text) {
  text.line("");
  text.line("sources:");
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (roles[i].left_out.empty()) {
      write_source(options, roles[i], events[i], text);
      continue;
    }
    const std::string why =
        file_name(roles[i].profile->delivery.pattern) + " is left out: " + roles[i].left_out;
    text.line("  # " + why);
    text.remark(why);
  }
}

Result<std::vector<TableProfile>> profile_all(FileSystem& files, const DraftOptions& options,
                                              const Zone& zone) {
  WEIR_TRY(const auto engine, store::QueryEngine::open({}));
  WEIR_TRY(const auto deliveries, group_deliveries(files, options.files));
  std::vector<TableProfile> tables;
  for (const Delivery& delivery : deliveries) {
    auto profiled = profile_table(files, *engine, delivery, zone);
    TableProfile table;
    table.delivery = delivery;
    if (!profiled.has_value()) table.no_table = profiled.error().message;
    tables.push_back(profiled.has_value() ? *std::move(profiled) : std::move(table));
  }
  return tables;
}

}  // namespace

Result<Draft> draft_workspace(FileSystem& files, const DraftOptions& options) {
  Zone zone = Zone::utc();
  if (!options.time_zone.empty()) {
    WEIR_TRY(zone, Zone::find(options.time_zone));
  }
  if (!options.currency.empty()) {
    WEIR_TRY(const auto currency, Currency::parse(options.currency));
    static_cast<void>(currency);
  }
  WEIR_TRY(const auto tables, profile_all(files, options, zone));
  const std::vector<TableRole> roles = guess_roles(tables);
  if (std::all_of(roles.begin(), roles.end(), [](const TableRole& role) { return !role.left_out.empty(); })) {
    std::string why;
    for (const TableRole& role : roles)
      why += "; " + file_name(role.profile->delivery.pattern) + ": " + role.left_out;
    return fail(Errc::usage, "none of the files can be a source" + why);
  }
  Events events;
  for (const TableRole& role : roles)
    events.push_back(role.left_out.empty() ? draft_events(role) : std::vector<DraftEvent>{});
  DraftText text;
  write_head(options, roles, events, zone, text);
  write_sources(options, roles, events, text);
  write_funnels(roles, events, text);
  return text.take();
}

}  // namespace weir::engine
