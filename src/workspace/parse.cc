#include "workspace/parse.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <utility>

#include "base/time.h"
#include "workspace/map_reader.h"
#include "workspace/names.h"
#include "workspace/normal_form.h"
#include "workspace/sections.h"
#include "workspace/yaml_document.h"

namespace weir::workspace {
namespace {

// A section without content (`signals:` and nothing below) is as good as none.
const YamlNode* section(const YamlNode& root, std::string_view name) noexcept {
  const YamlNode* node = root.find(name);
  return node == nullptr || node->is_null() ? nullptr : node;
}

void check_version(MapReader& top, Diagnostics& diagnostics) {
  const YamlNode* node = top.need("weir");
  if (node == nullptr || node->integer() == 1) return;
  report_kind(*node, "1, the version of the format", diagnostics);
}

void read_name(MapReader& top, Definitions& definitions, Diagnostics& diagnostics) {
  const YamlNode* node = top.need("workspace");
  if (node == nullptr) return;
  const auto name = read_text(*node, diagnostics);
  if (!name) return;
  if (check_word(*name, "a workspace", node->place, diagnostics)) definitions.name = *name;
}

void read_currency(const YamlNode& root, Definitions& definitions, Diagnostics& diagnostics) {
  const YamlNode* node = root.find("currency");
  if (node == nullptr) return;
  const auto code = read_text(*node, diagnostics);
  if (!code) return;
  if (const auto currency = Currency::parse(*code)) {
    definitions.currency = *currency;
  } else {
    diagnostics.error(node->place,
                      "'currency': " + currency.error().message + ", not '" + code->substr(0, 40) + "'");
  }
}

bool is_instant(const std::string& text) {
  const auto time = parse_civil_time(text);
  return time && time->offset_seconds.has_value();
}

void read_as_of(const YamlNode& root, Definitions& definitions, Diagnostics& diagnostics) {
  const YamlNode* node = root.find("as_of");
  if (node == nullptr) return;
  const auto text = read_text(*node, diagnostics);
  if (!text) return;
  if (parse_date(*text) || is_instant(*text)) {
    definitions.as_of = *text;
    definitions.as_of_place = node->place;
  } else {
    report_kind(*node, "a date like 2026-03-01 or an instant like 2026-03-01T09:30:00Z", diagnostics);
  }
}

void read_touch(const YamlNode& root, Definitions& definitions, Diagnostics& diagnostics) {
  const YamlNode* node = root.find("touch");
  if (node == nullptr) return;
  for_each_item(*node, "a list of event types", diagnostics, [&](const YamlNode& item) {
    const auto type = read_text(item, diagnostics);
    if (!type) return;
    if (is_event_type(*type)) {
      definitions.touch.push_back(*type);
    } else {
      report_kind(item, "an event type like email.replied", diagnostics);
    }
  });
}

bool is_domain(std::string_view text) noexcept {
  return text.find('.') != std::string_view::npos && is_event_type(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void read_free_mail(const YamlNode& root, Definitions& definitions, Diagnostics& diagnostics) {
  const YamlNode* node = root.find("free_mail");
  if (node == nullptr) return;
  for_each_item(*node, "a list of domains", diagnostics, [&](const YamlNode& item) {
    const auto domain = read_text(item, diagnostics);
    if (!domain) return;
    if (is_domain(*domain)) {
      definitions.free_mail.push_back(*domain);
    } else {
      report_kind(item, "a domain in lower case like example.com", diagnostics);
    }
  });
}

void read_settings(const YamlNode& root, MapReader& top, Definitions& definitions, Diagnostics& diagnostics) {
  check_version(top, diagnostics);
  read_name(top, definitions, diagnostics);
  read_currency(root, definitions, diagnostics);
  if (const YamlNode* zone = root.find("time_zone")) {
    definitions.time_zone = read_zone(*zone, diagnostics).value_or("UTC");
    definitions.time_zone_place = zone->place;
  }
  definitions.rates = top.text("rates");
  definitions.rates_place = top.place_of("rates");
  if (const YamlNode* calendar = root.find("calendar"))
    parse_calendar(*calendar, definitions.calendar, diagnostics);
  read_as_of(root, definitions, diagnostics);
  read_touch(root, definitions, diagnostics);
  read_free_mail(root, definitions, diagnostics);
}

// Sections whose rooms check them: here only their outer shape.
void check_list_of_maps(const YamlNode& node, Diagnostics& diagnostics) {
  for_each_item(node, "a list of maps", diagnostics, [&](const YamlNode& item) {
    if (!item.is_map()) report_kind(item, "a map of keys and values", diagnostics);
  });
}

void keep_raw_sections(const YamlNode& root, Definitions& definitions, Diagnostics& diagnostics) {
  constexpr std::array<std::string_view, 1> kLists{"policies"};
  constexpr std::array<std::string_view, 2> kMaps{"guardrails", "targets"};
  for (const std::string_view name : kLists) {
    const YamlNode* node = section(root, name);
    if (node == nullptr) continue;
    check_list_of_maps(*node, diagnostics);
    definitions.normal_forms[std::string(name)] = normal_form(*node, ScalarForm::typed);
  }
  for (const std::string_view name : kMaps) {
    const YamlNode* node = section(root, name);
    if (node == nullptr) continue;
    if (!node->is_map()) report_kind(*node, "a map of keys and values", diagnostics);
    definitions.normal_forms[std::string(name)] = normal_form(*node, ScalarForm::typed);
  }
}

void keep_normal_form_of_settings(const YamlNode& root, Definitions& definitions) {
  constexpr std::array<std::string_view, 10> kSections{"sources",    "signals", "funnels", "features",
                                                       "risk",       "context", "checks",  "policies",
                                                       "guardrails", "targets"};
  YamlNode settings{.kind = YamlKind::map};
  const auto is_section = [&](const YamlNode& member) {
    return std::find(kSections.begin(), kSections.end(), member.key) != kSections.end();
  };
  std::copy_if(root.children.begin(), root.children.end(), std::back_inserter(settings.children),
               std::not_fn(is_section));
  definitions.normal_forms["workspace"] = normal_form(settings);
}

void read_root(const YamlNode& root, Definitions& definitions, Diagnostics& diagnostics) {
  MapReader top(root, "a workspace",
                {"weir", "workspace", "time_zone", "currency", "rates", "calendar", "as_of", "touch",
                 "free_mail", "sources", "signals", "funnels", "features", "risk", "context", "checks",
                 "policies", "guardrails", "targets"},
                diagnostics);
  if (!top.is_map()) return;
  read_settings(root, top, definitions, diagnostics);
  keep_normal_form_of_settings(root, definitions);
  if (const YamlNode* node = section(root, "sources")) parse_sources(*node, definitions, diagnostics);
  if (const YamlNode* node = section(root, "signals")) parse_signals(*node, definitions, diagnostics);
  if (const YamlNode* node = section(root, "funnels")) parse_funnels(*node, definitions, diagnostics);
  if (const YamlNode* node = section(root, "risk")) parse_risk(*node, definitions, diagnostics);
  if (const YamlNode* node = section(root, "features")) parse_features(*node, definitions, diagnostics);
  if (const YamlNode* node = section(root, "context")) parse_context(*node, definitions, diagnostics);
  if (const YamlNode* node = section(root, "checks")) parse_checks(*node, definitions, diagnostics);
  keep_raw_sections(root, definitions, diagnostics);
}

}  // namespace

Parsed parse_definitions(std::string_view text, const std::string& directory, const std::string& file) {
  Parsed parsed;
  parsed.definitions.directory = directory;
  parsed.definitions.file = file;
  YamlDocument document = read_yaml(text, file);
  Diagnostics diagnostics;
  const bool unreadable = document.root.is_null() && !document.mistakes.empty();
  diagnostics.add(std::move(document.mistakes));
  if (!document.root.is_null()) {
    read_root(document.root, parsed.definitions, diagnostics);
  } else if (!unreadable) {
    diagnostics.error({file, 1, 1}, "the file is empty: a workspace begins with `weir: 1`");
  }
  parsed.diagnostics = diagnostics.take();
  return parsed;
}

Parsed parse_feature_section(std::string_view text, const std::string& file,
                             std::span<const std::string> types) {
  Parsed parsed;
  Definitions& definitions = parsed.definitions;
  definitions.file = file;
  Source& source = definitions.sources.emplace_back();  // what declarations may name
  for (const std::string& type : types) source.events.emplace_back().type = type;
  YamlDocument document = read_yaml(text, file);
  Diagnostics diagnostics;
  const bool is_readable = document.mistakes.empty();
  diagnostics.add(std::move(document.mistakes));
  if (document.root.is_map()) {
    read_touch(document.root, definitions, diagnostics);
    const YamlNode* node = section(document.root, "features");
    if (node != nullptr) parse_features(*node, definitions, diagnostics);
  }
  definitions.sources.clear();
  parsed.diagnostics = diagnostics.take();
  if (is_readable && definitions.features.empty() && !has_errors(parsed.diagnostics))
    parsed.diagnostics.push_back(
        {{file, 1, 1}, "expected features, like `features: [ { count: any, over: [7d, ever] } ]`"});
  return parsed;
}

Result<Parsed> parse_workspace(FileSystem& files, const std::string& directory) {
  const std::string path = directory.empty() || directory == "." ? std::string(kWorkspaceFile)
                                                                 : join_path(directory, kWorkspaceFile);
  WEIR_TRY(const std::string text, files.read_file(path));
  return parse_definitions(text, directory, path);
}

}  // namespace weir::workspace
