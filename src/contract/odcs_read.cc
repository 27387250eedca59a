#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <span>
#include <utility>

#include "base/nearest_name.h"
#include "contract/apply.h"
#include "contract/odcs.h"
#include "contract/time_format.h"
#include "workspace/yaml_document.h"

namespace weir::contract {
namespace {

using workspace::Diagnostics;
using workspace::YamlNode;

constexpr auto kTypes =
    std::to_array<std::pair<std::string_view, ColumnType>>({{"string", ColumnType::text},
                                                            {"date", ColumnType::date},
                                                            {"timestamp", ColumnType::timestamp},
                                                            {"time", ColumnType::text},
                                                            {"number", ColumnType::number},
                                                            {"integer", ColumnType::integer},
                                                            {"boolean", ColumnType::boolean},
                                                            {"object", ColumnType::json},
                                                            {"array", ColumnType::json}});

std::string called(const YamlNode& node) {
  return node.key.empty() ? "this item" : "'" + node.key + "'";
}
const Place& place_of(const YamlNode& node) {
  return node.key.empty() ? node.place : node.key_place;
}

// Reads one document; every reader reports what is wrong and gives nothing then.
class OdcsReader {
 public:
  OdcsReader(const std::string& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  void read(const YamlNode& root, Contract& contract) {
    if (!is_map(root, "a data contract")) return;
    check_keys(root, {"apiVersion",
                      "kind",
                      "id",
                      "name",
                      "version",
                      "status",
                      "tenant",
                      "domain",
                      "dataProduct",
                      "description",
                      "schema",
                      "servers",
                      "support",
                      "price",
                      "team",
                      "roles",
                      "slaProperties",
                      "slaDefaultElement",
                      "authoritativeDefinitions",
                      "customProperties",
                      "tags",
                      "contractCreatedTs"});
    const std::string api = need_text(root, "apiVersion");
    if (!api.empty() && !api.starts_with("v3."))
      report(*root.find("apiVersion"), "must be v3.1.0 or another v3 version, not '" + api + "'");
    const std::string kind = need_text(root, "kind");
    if (!kind.empty() && kind != "DataContract")
      report(*root.find("kind"), "must be DataContract, not '" + kind + "'");
    contract.id = need_text(root, "id");
    contract.version = need_text(root, "version");
    static_cast<void>(need_text(root, "status"));
    contract.source = source_;
    if (const YamlNode* object = schema_object(root)) read_object(*object, contract);
    if (const YamlNode* sla = root.find("slaProperties")) read_sla(*sla, contract);
    for (const auto& [name, value] : custom_properties(root)) {
      if (name != "allowUnknownColumns") continue;
      contract.allow_unknown_columns = value->boolean().value_or(true);
      if (!value->boolean()) report(*value, "must be true or false");
    }
    set_normal_form(contract);
  }

 private:
  void report(const YamlNode& node, const std::string& what) {
    diagnostics_.error(place_of(node), called(node) + " " + what);
  }
  void warn(const YamlNode& node, const std::string& what) {
    diagnostics_.warning(place_of(node), called(node) + " " + what);
  }

  bool is_map(const YamlNode& node, std::string_view what) {
    if (node.is_map()) return true;
    diagnostics_.error(node.place,
                       std::string(what) + " must be a map, not " + workspace::to_text(node.kind));
    return false;
  }

  bool is_list(const YamlNode& node) {
    if (node.is_list()) return true;
    report(node, std::string("must be a list, not ") + workspace::to_text(node.kind));
    return false;
  }

  void check_keys(const YamlNode& map, std::initializer_list<std::string_view> known) {
    for (const YamlNode& member : map.children) {
      if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
      const std::vector<std::string> names(known.begin(), known.end());
      report(member, "is no key of the standard here" + did_you_mean(member.key, names));
    }
  }

  std::string text(const YamlNode& node) {
    if (node.is_scalar()) return node.text;
    report(node, std::string("must be text, not ") + workspace::to_text(node.kind));
    return {};
  }

  std::string text(const YamlNode& map, std::string_view key) {
    const YamlNode* const node = map.find(key);
    return node == nullptr || node->is_null() ? std::string() : text(*node);
  }

  std::string need_text(const YamlNode& map, std::string_view key) {
    const YamlNode* const node = map.find(key);
    if (node == nullptr || node->is_null()) {
      diagnostics_.error(place_of(map), "'" + std::string(key) + "' is missing");
      return {};
    }
    return text(*node);
  }

  bool flag(const YamlNode& map, std::string_view key) {
    const YamlNode* const node = map.find(key);
    if (node == nullptr || node->is_null()) return false;
    const auto value = node->boolean();
    if (!value) report(*node, "must be true or false");
    return value.value_or(false);
  }

  std::optional<double> number(const YamlNode& map, std::string_view key) {
    const YamlNode* const node = map.find(key);
    if (node == nullptr || node->is_null()) return std::nullopt;
    const auto value = node->number();
    if (!value) report(*node, "must be a number");
    return value;
  }

  std::optional<std::size_t> length(const YamlNode& map, std::string_view key) {
    const YamlNode* const node = map.find(key);
    if (node == nullptr || node->is_null()) return std::nullopt;
    const auto value = node->integer();
    if (value && *value >= 0) return static_cast<std::size_t>(*value);
    report(*node, "must be a whole number from 0 on");
    return std::nullopt;
  }

  std::vector<std::string> texts(const YamlNode& list) {
    std::vector<std::string> all;
    if (!is_list(list)) return all;
    for (const YamlNode& item : list.children) all.push_back(text(item));
    return all;
  }

  std::vector<std::pair<std::string, const YamlNode*>> custom_properties(const YamlNode& map) {
    std::vector<std::pair<std::string, const YamlNode*>> all;
    const YamlNode* const list = map.find("customProperties");
    if (list == nullptr || list->is_null() || !is_list(*list)) return all;
    for (const YamlNode& item : list->children) {
      if (!is_map(item, "a custom property")) continue;
      check_keys(item, {"id", "property", "value", "description"});
      std::string name = need_text(item, "property");
      const YamlNode* const value = item.find("value");
      if (value == nullptr) diagnostics_.error(item.place, "'value' is missing");
      if (!name.empty() && value != nullptr) all.emplace_back(std::move(name), value);
    }
    return all;
  }

  // The object of the source's name, or the only one.
  const YamlNode* schema_object(const YamlNode& root) {
    const YamlNode* const schema = root.find("schema");
    if (schema == nullptr || schema->is_null()) {
      diagnostics_.error(root.place, "'schema' is missing");
      return nullptr;
    }
    if (!is_list(*schema)) return nullptr;
    std::vector<const YamlNode*> objects;
    std::vector<std::string> names;
    for (const YamlNode& object : schema->children) {
      if (!is_map(object, "an object of the schema")) continue;
      objects.push_back(&object);
      names.push_back(need_text(object, "name"));
    }
    const auto named = std::find(names.begin(), names.end(), source_);
    if (named != names.end()) return objects[static_cast<std::size_t>(named - names.begin())];
    if (objects.size() == 1) return objects.front();
    report(*schema, objects.empty() ? std::string("has no objects")
                                    : "has " + std::to_string(objects.size()) +
                                          " objects and none is named '" + source_ + "'");
    return nullptr;
  }

  void read_object(const YamlNode& object, Contract& contract) {
    check_keys(object, {"id", "name", "physicalName", "physicalType", "logicalType", "businessName",
                        "description", "tags", "authoritativeDefinitions", "customProperties",
                        "dataGranularityDescription", "properties", "quality", "relationships"});
    const YamlNode* const properties = object.find("properties");
    if (properties == nullptr || properties->is_null()) {
      diagnostics_.error(place_of(object), "'properties' is missing");
      return;
    }
    if (!is_list(*properties)) return;
    const auto is_key = [](const YamlNode& property) {
      const YamlNode* const key = property.find("primaryKey");
      return key != nullptr && key->boolean().value_or(false);
    };
    const auto keys = std::count_if(properties->children.begin(), properties->children.end(), is_key);
    std::set<std::string> names;
    for (const YamlNode& property : properties->children) {
      if (!is_map(property, "a property")) continue;
      Field field = read_property(property, keys == 1);
      if (field.name.empty()) continue;
      if (!names.insert(field.name).second)
        diagnostics_.error(field.place, "two properties are named '" + field.name + "'");
      contract.fields.push_back(std::move(field));
    }
    if (const YamlNode* quality = object.find("quality"); quality != nullptr && !quality->is_null()) {
      warn(*quality, "of a whole object is not enforced on records");
    }
  }

  Field read_property(const YamlNode& node, bool key_is_unique) {
    check_keys(node, {"id",
                      "name",
                      "physicalName",
                      "physicalType",
                      "logicalType",
                      "logicalTypeOptions",
                      "businessName",
                      "description",
                      "tags",
                      "required",
                      "unique",
                      "primaryKey",
                      "primaryKeyPosition",
                      "partitioned",
                      "partitionKeyPosition",
                      "classification",
                      "encryptedName",
                      "transformSourceObjects",
                      "transformLogic",
                      "transformDescription",
                      "examples",
                      "criticalDataElement",
                      "relationships",
                      "quality",
                      "authoritativeDefinitions",
                      "customProperties",
                      "items",
                      "properties"});
    Field field;
    field.place = node.place;
    const std::string name = need_text(node, "name");
    field.name = normalised_name(name);
    if (!name.empty() && field.name.empty()) report(*node.find("name"), "has neither letters nor digits");
    field.source_name = text(node, "physicalName");
    if (field.source_name.empty() && name != field.name) field.source_name = name;
    field.description = text(node, "description");
    read_type(node, field);
    const bool is_key = flag(node, "primaryKey");
    field.required = flag(node, "required") || is_key;
    field.unique = flag(node, "unique") || (is_key && key_is_unique);
    const std::string classification = text(node, "classification");
    if (classification == "pii" || classification == "personal") field.personal = PersonalClass::other;
    if (const YamlNode* options = node.find("logicalTypeOptions"); options != nullptr && !options->is_null())
      read_options(*options, field);
    if (const YamlNode* quality = node.find("quality"); quality != nullptr && !quality->is_null())
      read_quality(*quality, field);
    read_custom_properties(node, field);
    return field;
  }

  void read_type(const YamlNode& node, Field& field) {
    const std::string word = text(node, "logicalType");
    if (word.empty()) return;
    std::vector<std::string> known;
    for (const auto& [name, type] : kTypes) {
      known.emplace_back(name);
      if (word != name) continue;
      field.type = type;
      return;
    }
    report(
        *node.find("logicalType"),
        "must be a type such as string, date, timestamp, number, integer, boolean, object or array, not '" +
            word + "'" + did_you_mean(word, known));
  }

  void read_options(const YamlNode& options, Field& field) {
    if (!is_map(options, "'logicalTypeOptions'")) return;
    check_keys(options,
               {"format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
                "multipleOf", "minLength", "maxLength", "enum", "minItems", "maxItems", "uniqueItems",
                "maxProperties", "minProperties", "required", "timezone", "defaultTimezone"});
    field.pattern = text(options, "pattern");
    if (!field.pattern.empty()) check_field_pattern(*options.find("pattern"), field.pattern);
    field.min_length = length(options, "minLength");
    field.max_length = length(options, "maxLength");
    if (field.type == ColumnType::integer || field.type == ColumnType::number) {
      field.minimum = number(options, "minimum");
      field.maximum = number(options, "maximum");
      if (field.minimum && field.maximum && *field.minimum > *field.maximum) {
        report(*options.find("minimum"), "is above 'maximum': no value could hold");
      }
    }
    if (field.min_length && field.max_length && *field.min_length > *field.max_length) {
      report(*options.find("minLength"), "is above 'maxLength': no value could hold");
    }
    if (const YamlNode* values = options.find("enum")) field.allowed = texts(*values);
    const std::string format = text(options, "format");
    if (!format.empty() && (field.type == ColumnType::date || field.type == ColumnType::timestamp)) {
      read_date_format(*options.find("format"), format, field);
    }
    for (const std::string_view name : {"exclusiveMinimum", "exclusiveMaximum", "multipleOf"}) {
      if (const YamlNode* node = options.find(name)) warn(*node, "is not enforced");
    }
  }

  void check_field_pattern(const YamlNode& node, const std::string& pattern) {
    const Status good = check_pattern(pattern);
    if (!good) diagnostics_.error(node.place, good.error().message);
  }

  // A java.time pattern, as the standard says, or one with %.
  void read_date_format(const YamlNode& node, const std::string& written, Field& field) {
    const std::string format = written.find('%') == std::string::npos ? format_from_java(written) : written;
    if (format.empty()) {
      warn(node, "is no date format that is understood here; values must be ISO 8601");
      return;
    }
    if (format != "%Y-%m-%d" && format != "%Y-%m-%dT%H:%M:%S%z") set_date_format(node, format, field);
  }

  void set_date_format(const YamlNode& node, const std::string& format, Field& field) {
    field.date_format = format;
    if (format == "epoch_s" || format == "epoch_ms") return;
    const auto compiled = TimeFormat::compile(format);
    if (!compiled) diagnostics_.error(node.place, compiled.error().message);
  }

  void read_quality(const YamlNode& quality, Field& field) {
    if (!is_list(quality)) return;
    for (const YamlNode& rule : quality.children) {
      if (!is_map(rule, "a quality rule")) continue;
      const std::string metric = text(rule, "metric");
      const YamlNode* const limit = rule.find("mustBe");
      const bool none_allowed = limit != nullptr && limit->number() == 0.0;
      if (none_allowed && (metric == "nullValues" || metric == "missingValues")) {
        field.required = true;
      } else if (none_allowed && metric == "duplicateValues") {
        field.unique = true;
      } else if (none_allowed && metric == "invalidValues" && rule.find("arguments") != nullptr) {
        read_valid_values(*rule.find("arguments"), field);
      } else {
        diagnostics_.warning(rule.place, "this quality rule is not enforced on records");
      }
    }
  }

  void read_valid_values(const YamlNode& arguments, Field& field) {
    if (!is_map(arguments, "'arguments'")) return;
    if (const YamlNode* values = arguments.find("validValues")) field.allowed = texts(*values);
    if (const YamlNode* pattern = arguments.find("pattern")) {
      field.pattern = text(*pattern);
      check_field_pattern(*pattern, field.pattern);
    }
  }

  void read_custom_properties(const YamlNode& node, Field& field) {
    for (const auto& [name, value] : custom_properties(node)) {
      if (name == "personalClass") {
        const auto personal = personal_class(text(*value));
        if (personal) field.personal = *personal;
        if (!personal) report(*value, "must be none, email, phone, name, free_text or other");
      } else if (name == "purpose") {
        field.purpose = text(*value);
      } else if (name == "dateFormat") {
        set_date_format(*value, text(*value), field);
      } else if (name == "decimalMark") {
        const std::string mark = text(*value);
        if (mark == "." || mark == ",") field.decimal_mark = mark.front();
        if (mark != "." && mark != ",") report(*value, "must be '.' or ','");
      } else if (name == "guess") {
        field.guess = text(*value);
      }
    }
  }

  void read_sla(const YamlNode& list, Contract& contract) {
    if (list.is_null() || !is_list(list)) return;
    for (const YamlNode& item : list.children) {
      if (!is_map(item, "an SLA property")) continue;
      check_keys(item, {"id", "property", "value", "valueExt", "unit", "element", "driver", "description",
                        "scheduler", "schedule"});
      const std::string property = need_text(item, "property");
      if (property != "freshness" && property != "latency" && property != "ly") continue;
      const auto value = number(item, "value");
      const std::string unit = text(item, "unit");
      const auto seconds = seconds_of(unit);
      if (!seconds)
        report(item.find("unit") == nullptr ? item : *item.find("unit"),
               "must be a unit of time: d, h, m or s");
      if (value && *value > 0 && *value <= 36'500 && seconds) {
        contract.freshness =
            Micros{static_cast<std::int64_t>(*value * static_cast<double>(*seconds * kMicrosPerSecond))};
      } else if (value && seconds && unit.starts_with("s") && *value > 0 && *value <= 3.2e9) {
        contract.freshness =
            Micros{static_cast<std::int64_t>(*value * static_cast<double>(kMicrosPerSecond))};
      }
    }
  }

  static std::optional<std::int64_t> seconds_of(std::string_view unit) noexcept {
    if (unit == "d" || unit == "day" || unit == "days") return 86'400;
    if (unit == "h" || unit == "hour" || unit == "hours") return 3'600;
    if (unit == "m" || unit == "min" || unit == "minute" || unit == "minutes") return 60;
    if (unit == "s" || unit == "second" || unit == "seconds") return 1;
    return std::nullopt;
  }

  const std::string& source_;
  Diagnostics& diagnostics_;
};

}  // namespace

ContractDocument read_odcs(std::string_view text, const std::string& file, const std::string& source) {
  workspace::YamlDocument yaml = workspace::read_yaml(text, file);
  Diagnostics diagnostics;
  ContractDocument document;
  const bool is_readable = yaml.mistakes.empty();
  diagnostics.add(std::move(yaml.mistakes));
  if (is_readable) OdcsReader(source, diagnostics).read(yaml.root, document.contract);
  document.mistakes = diagnostics.take();
  return document;
}

Result<Contract> load_odcs(FileSystem& files, const std::string& path, const std::string& source) {
  WEIR_TRY(const std::string text, files.read_file(path));
  ContractDocument document = read_odcs(text, path, source);
  if (!workspace::has_errors(document.mistakes)) return std::move(document.contract);
  std::string all;
  const Place* first = nullptr;
  for (const workspace::Diagnostic& mistake : document.mistakes) {
    if (mistake.severity != workspace::Severity::error) continue;
    all += first == nullptr ? mistake.message : "\n" + to_text(mistake.place) + ": " + mistake.message;
    if (first == nullptr) first = &mistake.place;
  }
  return fail(Errc::configuration, all, *first);
}

}  // namespace weir::contract
