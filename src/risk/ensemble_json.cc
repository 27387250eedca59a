// Ensembles as JSON: what a model file holds.
#include <array>
#include <cstdint>
#include <utility>

#include "base/json.h"
#include "risk/ensemble.h"
#include "risk/json_fields.h"

namespace weir::risk {
namespace {

using features::ColumnType;
using features::Monotone;

constexpr std::int64_t kFormat = 1;
constexpr std::array<const char*, 4> kKinds{"number", "missing", "level", "other"};  // by EncodedKind

std::int64_t as_integer(std::size_t number) {
  return static_cast<std::int64_t>(number);
}

void write_feature(JsonWriter& json, const EncodedFeature& feature) {
  json.begin_object()
      .field("name", feature.name)
      .field("group", feature.group)
      .field("version", feature.version);
  json.field("type", feature.type == ColumnType::number ? "number" : "category");
  json.field("monotone", static_cast<int>(feature.monotone));
  json.key("levels").begin_array();
  for (const std::string& level : feature.levels) {
    json.value(level);
  }
  json.end_array().end_object();
}

void write_columns(JsonWriter& json, const char* name, const std::vector<EncodedColumn>& columns) {
  json.key(name).begin_array();
  for (const EncodedColumn& column : columns) {
    json.begin_object()
        .field("feature", as_integer(column.feature))
        .field("kind", kKinds[static_cast<std::size_t>(column.kind)]);
    json.field("level", as_integer(column.level)).field("log_scale", column.log_scale);
    json.field("mean", column.mean).field("scale", column.scale).end_object();
  }
  json.end_array();
}

void write_encoder(JsonWriter& json, const Encoder& encoder) {
  json.key("encoder").begin_object().key("features").begin_array();
  for (const EncodedFeature& feature : encoder.features) {
    write_feature(json, feature);
  }
  json.end_array();
  write_columns(json, "tree_columns", encoder.tree_columns);
  write_columns(json, "linear_columns", encoder.linear_columns);
  json.end_object();
}

template <typename Items, typename Field>
void write_array(JsonWriter& json, const char* name, const Items& items, const Field& field) {
  json.key(name).begin_array();
  for (const auto& item : items) {
    json.value(field(item));
  }
  json.end_array();
}

void write_logistic(JsonWriter& json, const Logistic& model) {
  const auto same = [](double number) { return number; };
  json.key("logistic").begin_object().field("intercept", model.intercept).field("penalty", model.penalty);
  write_array(json, "weights", model.weights, same);
  write_array(json, "centers", model.centers, same);
  json.end_object();
}

void write_tree(JsonWriter& json, const Tree& tree) {
  json.begin_object();
  write_array(json, "column", tree, [](const ForestNode& node) { return as_integer(node.column); });
  write_array(json, "threshold", tree,
              [](const ForestNode& node) { return static_cast<double>(node.threshold); });
  write_array(json, "left", tree, [](const ForestNode& node) { return as_integer(node.left); });
  write_array(json, "right", tree, [](const ForestNode& node) { return as_integer(node.right); });
  write_array(json, "null_left", tree, [](const ForestNode& node) { return node.null_left ? 1 : 0; });
  write_array(json, "cover", tree, [](const ForestNode& node) { return static_cast<double>(node.cover); });
  json.end_object();
}

void write_forest(JsonWriter& json, const Forest& forest) {
  json.key("forest").begin_object().field("base", static_cast<double>(forest.base()));
  json.field("column_count", as_integer(forest.column_count())).key("trees").begin_array();
  for (std::size_t index = 0; index < forest.tree_count(); ++index) {
    write_tree(json, forest.tree(index));
  }
  json.end_array().end_object();
}

Result<EncodedFeature> read_feature(const Json& json) {
  EncodedFeature feature;
  WEIR_TRY(feature.name, text_field(json, "name"));
  WEIR_TRY(feature.group, text_field(json, "group"));
  WEIR_TRY(feature.version, text_field(json, "version"));
  WEIR_TRY(const std::string type, text_field(json, "type"));
  if (type != "number" && type != "category") {
    return wrong_field("type", "number or category");
  }
  feature.type = type == "number" ? ColumnType::number : ColumnType::category;
  WEIR_TRY(const double monotone, number_field(json, "monotone"));
  if (monotone != -1 && monotone != 0 && monotone != 1) {
    return wrong_field("monotone", "-1, 0 or 1");
  }
  feature.monotone = static_cast<Monotone>(static_cast<int>(monotone));
  WEIR_TRY(const Json* levels, array_field(json, "levels"));
  for (const Json& level : *levels) {
    if (!level.is_string()) {
      return wrong_field("levels", "an array of texts");
    }
    feature.levels.push_back(level.get<std::string>());
  }
  return feature;
}

Result<EncodedKind> read_kind(const Json& json) {
  WEIR_TRY(const std::string name, text_field(json, "kind"));
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    if (name == kKinds[kind]) {
      return static_cast<EncodedKind>(kind);
    }
  }
  return wrong_field("kind", "number, missing, level or other");
}

Result<std::vector<EncodedColumn>> read_columns(const Json& json, const char* name) {
  WEIR_TRY(const Json* array, array_field(json, name));
  std::vector<EncodedColumn> columns;
  for (const Json& item : *array) {
    EncodedColumn column;
    WEIR_TRY(column.feature, index_field(item, "feature"));
    WEIR_TRY(column.kind, read_kind(item));
    WEIR_TRY(column.level, index_field(item, "level"));
    const Json* log_scale = find_field(item, "log_scale");
    if (log_scale == nullptr) {
      return wrong_field("log_scale", "true or false");
    }
    WEIR_TRY(column.log_scale, as_flag(*log_scale, "log_scale"));
    WEIR_TRY(column.mean, number_field(item, "mean"));
    WEIR_TRY(column.scale, number_field(item, "scale"));
    columns.push_back(column);
  }
  return columns;
}

Result<Encoder> read_encoder(const Json& json) {
  Encoder encoder;
  WEIR_TRY(const Json* features, array_field(json, "features"));
  for (const Json& item : *features) {
    WEIR_TRY(EncodedFeature feature, read_feature(item));
    encoder.features.push_back(std::move(feature));
  }
  WEIR_TRY(encoder.tree_columns, read_columns(json, "tree_columns"));
  WEIR_TRY(encoder.linear_columns, read_columns(json, "linear_columns"));
  WEIR_TRY_STATUS(check_encoder(encoder));
  return encoder;
}

Result<Logistic> read_logistic(const Json& json, std::size_t column_count) {
  Logistic model;
  WEIR_TRY(model.intercept, number_field(json, "intercept"));
  WEIR_TRY(model.penalty, number_field(json, "penalty"));
  WEIR_TRY(model.weights, numbers_field(json, "weights"));
  WEIR_TRY(model.centers, numbers_field(json, "centers"));
  if (model.weights.size() != column_count || model.centers.size() != column_count) {
    return wrong_field("weights", "as long as the encoder's linear columns");
  }
  return model;
}

// The six arrays of a tree, all of one length.
Result<Tree> read_tree(const Json& json) {
  constexpr std::array<const char*, 6> kArrays{"column", "threshold", "left", "right", "null_left", "cover"};
  std::array<const Json*, 6> arrays{};
  for (std::size_t i = 0; i < kArrays.size(); ++i) {
    WEIR_TRY(arrays[i], array_field(json, kArrays[i]));
    if (arrays[i]->size() != arrays[0]->size()) {
      return wrong_field(kArrays[i], "as long as the tree's other arrays");
    }
  }
  Tree tree(arrays[0]->size());
  for (std::size_t place = 0; place < tree.size(); ++place) {
    WEIR_TRY(tree[place].column, as_index((*arrays[0])[place], kArrays[0]));
    WEIR_TRY(tree[place].threshold, as_float((*arrays[1])[place], kArrays[1]));
    WEIR_TRY(tree[place].left, as_index((*arrays[2])[place], kArrays[2]));
    WEIR_TRY(tree[place].right, as_index((*arrays[3])[place], kArrays[3]));
    WEIR_TRY(tree[place].null_left, as_flag((*arrays[4])[place], kArrays[4]));
    WEIR_TRY(tree[place].cover, as_float((*arrays[5])[place], kArrays[5]));
  }
  return tree;
}

Result<Forest> read_forest(const Json& json, std::size_t column_count) {
  const Json* base_field = find_field(json, "base");
  if (base_field == nullptr) {
    return wrong_field("base", "a number");
  }
  WEIR_TRY(const float base, as_float(*base_field, "base"));
  WEIR_TRY(const std::uint32_t columns, index_field(json, "column_count"));
  if (columns != column_count) {
    return wrong_field("column_count", "the number of the encoder's tree columns");
  }
  WEIR_TRY(const Json* array, array_field(json, "trees"));
  std::vector<Tree> trees;
  for (const Json& item : *array) {
    WEIR_TRY(Tree tree, read_tree(item));
    trees.push_back(std::move(tree));
  }
  return Forest::make(base, column_count, trees);
}

}  // namespace

std::string to_json(const Ensemble& ensemble) {
  JsonWriter json(0);
  json.begin_object().field("format", kFormat);
  write_encoder(json, ensemble.encoder);
  if (ensemble.logistic) {
    write_logistic(json, *ensemble.logistic);
  }
  if (ensemble.forest) {
    write_forest(json, *ensemble.forest);
  }
  json.end_object();
  return json.text();
}

Result<Ensemble> ensemble_from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return fail(Errc::invalid_data, "the model is not a JSON object");
  }
  WEIR_TRY(const std::uint32_t format, index_field(json, "format"));
  if (format != kFormat) {
    return fail(Errc::invalid_data,
                "the model has format " + std::to_string(format) + ", and this program reads format 1");
  }
  Ensemble ensemble;
  const Json* encoder = find_field(json, "encoder");
  if (encoder == nullptr) {
    return wrong_field("encoder", "an object");
  }
  WEIR_TRY(ensemble.encoder, read_encoder(*encoder));
  if (const Json* logistic = find_field(json, "logistic"); logistic != nullptr) {
    WEIR_TRY(ensemble.logistic, read_logistic(*logistic, ensemble.encoder.linear_columns.size()));
  }
  if (const Json* forest = find_field(json, "forest"); forest != nullptr) {
    WEIR_TRY(ensemble.forest, read_forest(*forest, ensemble.encoder.tree_columns.size()));
  }
  if (!ensemble.logistic && !ensemble.forest) {
    return fail(Errc::invalid_data, "the model has neither a logistic part nor a forest");
  }
  return ensemble;
}

}  // namespace weir::risk
