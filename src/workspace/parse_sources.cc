// Sources: where records come from, how they are told apart and dated.
#include <algorithm>
#include <array>

#include "workspace/names.h"
#include "workspace/normal_form.h"
#include "workspace/sections.h"

namespace weir::workspace {
namespace {

constexpr std::string_view kOwnSource = "weir";

constexpr std::array<std::pair<std::string_view, FileFormat>, 4> kFormats{{{"csv", FileFormat::csv},
                                                                           {"jsonl", FileFormat::jsonl},
                                                                           {"parquet", FileFormat::parquet},
                                                                           {"xes", FileFormat::xes}}};
constexpr std::array<std::pair<std::string_view, SourceKind>, 2> kKinds{
    {{"log", SourceKind::log}, {"snapshot", SourceKind::snapshot}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kEncodings{
    {{"utf-8", "utf-8"}, {"latin-1", "latin-1"}, {"windows-1252", "latin-1"}, {"utf-16", "utf-16"}}};

void read_paths(MapReader& map, Source& source, Diagnostics& diagnostics) {
  const YamlNode* read = map.need("read");
  if (read == nullptr) return;
  source.read_place = read->place;
  source.read = read_texts(*read, diagnostics);
}

std::optional<char> read_character(MapReader& map, std::string_view key, Diagnostics& diagnostics) {
  const YamlNode* node = map.find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_scalar() && node->text.size() == 1 && node->text != "\n") return node->text.front();
  report_kind(*node, "one character in quotes", diagnostics);
  return std::nullopt;
}

void read_csv_options(const YamlNode& node, CsvOptions& csv, Diagnostics& diagnostics) {
  MapReader map(node, "'csv'", {"delimiter", "quote", "encoding", "null_values", "date_format"}, diagnostics);
  csv.delimiter = read_character(map, "delimiter", diagnostics);
  csv.quote = read_character(map, "quote", diagnostics);
  if (const YamlNode* encoding = map.find("encoding")) {
    csv.encoding = read_word(*encoding, kEncodings, diagnostics).value_or("");
  }
  if (const YamlNode* nulls = map.find("null_values")) csv.null_values = read_texts(*nulls, diagnostics);
  csv.date_format = map.text("date_format");
  if (!csv.date_format.empty() && csv.date_format.find('%') == std::string::npos) {
    report_kind(*map.find("date_format"), "a format like \"%d.%m.%Y\"", diagnostics);
  }
}

void read_shape(MapReader& map, Source& source, Diagnostics& diagnostics) {
  if (const YamlNode* format = map.find("format")) {
    source.format = read_word(*format, kFormats, diagnostics).value_or(FileFormat::automatic);
  }
  if (const YamlNode* csv = map.find("csv")) {
    read_csv_options(*csv, source.csv, diagnostics);
    if (source.format != FileFormat::automatic && source.format != FileFormat::csv) {
      diagnostics.error(csv->key_place, "'csv' holds for `format: csv` only");
    }
  }
  source.contract = map.text("contract");
  source.contract_place = map.place_of("contract");
}

void read_identity(MapReader& map, Source& source, Diagnostics& diagnostics) {
  if (const YamlNode* kind = map.find("kind")) {
    source.kind = read_word(*kind, kKinds, diagnostics).value_or(SourceKind::log);
  }
  if (const YamlNode* key = map.find("key")) {
    source.key = read_columns(*key, diagnostics);
    source.key_place = key->place;
  }
  source.name_space = map.text("namespace");
  if (!source.name_space.empty())
    check_word(source.name_space, "a namespace", map.place_of("namespace"), diagnostics);
  if (const YamlNode* complete = map.find("complete")) {
    source.complete = read_flag(*complete, diagnostics).value_or(false);
  }
}

void read_file_name_pattern(MapReader& at, Source& source, Diagnostics& diagnostics) {
  source.snapshot_file_name = at.text("file_name");
  if (source.snapshot_file_name.empty()) return;
  const auto has = [&](std::string_view field) {
    return source.snapshot_file_name.find(field) != std::string::npos;
  };
  if (has("%Y") && has("%m") && has("%d")) return;
  report_kind(*at.find("file_name"), "a name with %Y, %m and %d like \"deals_%Y-%m-%d.csv\"", diagnostics);
}

void read_snapshot_time(const YamlNode& node, Source& source, Diagnostics& diagnostics) {
  MapReader at(node, "'snapshot_at'", {"file_name", "column"}, diagnostics);
  source.snapshot_place = node.place;
  if (!at.is_map()) return;
  read_file_name_pattern(at, source, diagnostics);
  source.snapshot_column = at.column("column");
  if ((at.find("file_name") == nullptr) == (at.find("column") == nullptr)) {
    diagnostics.error(node.place, "'snapshot_at' needs either 'file_name' or 'column'");
  }
}

void read_times(MapReader& map, Source& source, Diagnostics& diagnostics) {
  if (const YamlNode* zone = map.find("time_zone"))
    source.time_zone = read_zone(*zone, diagnostics).value_or("");
  source.sequence = map.column("sequence");
  source.sequence_place = map.place_of("sequence");
  source.changed_at = map.column("changed_at");
  source.changed_at_place = map.place_of("changed_at");
  if (const YamlNode* at = map.find("snapshot_at")) read_snapshot_time(*at, source, diagnostics);
}

void need_snapshot(MapReader& map, std::string_view key, Diagnostics& diagnostics) {
  if (const YamlNode* node = map.find(key)) {
    diagnostics.error(node->key_place, "'" + std::string(key) + "' needs `kind: snapshot`");
  }
}

void check_kind(MapReader& map, const Source& source, Diagnostics& diagnostics) {
  const bool dated = map.find("changed_at") != nullptr || map.find("snapshot_at") != nullptr;
  if (map.find("changed_at") != nullptr && map.find("snapshot_at") != nullptr) {
    diagnostics.error(map.find("snapshot_at")->key_place,
                      "a source has either 'changed_at' or 'snapshot_at', not both");
  }
  if (source.kind == SourceKind::snapshot) {
    if (map.find("key") == nullptr)
      diagnostics.error(map.place(), "a source of `kind: snapshot` needs 'key'");
    if (map.find("changes_of") != nullptr && !dated) {
      diagnostics.error(map.find("changes_of")->key_place,
                        "'changes_of' needs 'changed_at' or 'snapshot_at' beside it");
    }
    return;
  }
  const YamlNode* kind = map.find("kind");
  if (kind != nullptr && kind->text != "log") return;  // misspelt: reported already
  for (const std::string_view key : {"changed_at", "snapshot_at", "changes_of"})
    need_snapshot(map, key, diagnostics);
  if (source.complete) need_snapshot(map, "complete", diagnostics);
}

void check_use(MapReader& map, const Source& source, Diagnostics& diagnostics) {
  const auto is_there = [&](std::string_view key) { return map.find(key) != nullptr; };
  if (!is_there("events") && !is_there("changes_of") && !is_there("entity")) {
    diagnostics.warning(map.place(), "source '" + source.name + "' gives neither events nor entities");
  }
  for (const EventRule& rule : source.events) {
    if (!source.keys.empty() || !rule.keys.empty() || is_there("keys")) continue;
    diagnostics.warning(rule.place,
                        "event '" + rule.name + "' belongs to nobody: neither it nor its source has 'keys'");
  }
}

Source parse_source(const YamlNode& node, Diagnostics& diagnostics) {
  Source source;
  source.name = node.key;
  source.place = node.key_place;
  MapReader map(node, "a source",
                {"read", "format", "csv", "contract", "kind", "key", "namespace", "time_zone", "sequence",
                 "changed_at", "snapshot_at", "complete", "keys", "changes_of", "events", "entity"},
                diagnostics);
  if (!map.is_map()) return source;
  read_paths(map, source, diagnostics);
  read_shape(map, source, diagnostics);
  read_identity(map, source, diagnostics);
  read_times(map, source, diagnostics);
  if (const YamlNode* keys = map.find("keys")) source.keys = parse_keys(*keys, diagnostics);
  if (const YamlNode* changes = map.find("changes_of")) parse_changes(*changes, source, diagnostics);
  if (const YamlNode* events = map.find("events")) parse_events(*events, source, diagnostics);
  if (const YamlNode* entities = map.find("entity")) parse_entities(*entities, source, diagnostics);
  check_kind(map, source, diagnostics);
  check_use(map, source, diagnostics);
  return source;
}

}  // namespace

void parse_sources(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics) {
  for_each_member(section, "a map from names to sources", diagnostics, [&](const YamlNode& member) {
    check_plain_name(member.key, "a source", member.key_place, diagnostics);
    if (member.key == kOwnSource) {
      diagnostics.error(member.key_place,
                        "'weir' is the built-in source of weir's own acts; name yours differently");
    }
    definitions.sources.push_back(parse_source(member, diagnostics));
    definitions.normal_forms["source/" + member.key] = normal_form(member);
  });
}

}  // namespace weir::workspace
