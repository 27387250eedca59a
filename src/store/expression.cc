#include "store/expression.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/hash.h"
#include "base/nearest_name.h"

namespace weir::store {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestExpression = 20'000;
constexpr int kDeepestExpression = 200;
// Raised whenever bind() makes something else of the same expression: what was kept is then bound again.
constexpr const char* kBinderVersion = "1 ";

// Walks one expression tree: refuses what is not pure, names columns, rewrites casts, dotted references and
// prop().
class Purifier {
 public:
  Purifier(const Schema& schema, const BindRules& rules, const std::vector<std::string>& callable)
      : schema_(schema), rules_(rules), callable_(callable) {}

  // The first thing that is wrong, or nothing.
  std::optional<std::string> purify(Json& node, int depth = 0, bool conditional = false) {
    if (depth > kDeepestExpression) return "the expression is nested too deeply";
    const std::string kind = node.value("class", "");
    if (kind == "COLUMN_REF") return column(node);
    if (kind == "FUNCTION") return function(node, depth, conditional);
    if (kind == "CAST") return cast(node, depth, conditional);
    if (kind == "CASE") return choice(node, depth);
    if (kind == "CONSTANT" || kind == "COMPARISON" || kind == "CONJUNCTION" || kind == "BETWEEN" ||
        kind == "COLLATE") {
      return children(node, depth, conditional);
    }
    if (kind == "OPERATOR") {
      const bool branches =
          node.value("type", "") == "OPERATOR_COALESCE" || node.value("type", "") == "OPERATOR_TRY";
      return children(node, depth, conditional || branches);
    }
    if (kind == "LAMBDA") return "'->' is read as a lambda here; use prop('k') or json_extract(column, 'k')";
    if (kind == "SUBQUERY") return "a subquery is not allowed: an expression sees one row";
    if (kind == "WINDOW") return "a window function is not allowed: an expression sees one row";
    if (kind == "STAR") return "'*' is not allowed: name the columns";
    if (kind == "PARAMETER") return "a parameter is not allowed";
    return "this kind of expression is not allowed";
  }

  [[nodiscard]] const std::set<std::string>& columns() const noexcept { return columns_; }
  // Serialised casts outside of branches: (child, cast) pairs.
  [[nodiscard]] const std::vector<std::pair<Json, Json>>& casts() const noexcept { return casts_; }

 private:
  std::optional<std::string> children(Json& node, int depth, bool conditional) {
    for (auto& [key, member] : node.items()) {
      if (key == "value" || key == "cast_type") continue;
      if (member.is_object() && member.contains("class")) {
        if (auto wrong = purify(member, depth + 1, conditional)) return wrong;
      } else if (member.is_array()) {
        for (auto& item : member) {
          if (!item.is_object() || !item.contains("class")) continue;
          if (auto wrong = purify(item, depth + 1, conditional)) return wrong;
        }
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> choice(Json& node, int depth) {
    for (auto& check : node["case_checks"]) {
      if (auto wrong = purify(check["when_expr"], depth + 1, true)) return wrong;
      if (auto wrong = purify(check["then_expr"], depth + 1, true)) return wrong;
    }
    return purify(node["else_expr"], depth + 1, true);
  }

  std::optional<std::string> column(Json& node) {
    std::string name;
    for (const auto& part : node["column_names"]) name += (name.empty() ? "" : ".") + part.get<std::string>();
    const auto found = std::find_if(schema_.begin(), schema_.end(), [&](const SchemaColumn& known) {
      return known.name.size() == name.size() &&
             std::equal(name.begin(), name.end(), known.name.begin(),
                        [](char a, char b) { return lower(a) == lower(b); });
    });
    if (found == schema_.end()) {
      std::vector<std::string> known;
      for (const auto& item : schema_) known.push_back(item.name);
      return "there is no column '" + name + "' here" + did_you_mean(name, known);
    }
    columns_.insert(found->name);
    node["column_names"] = Json::array({found->name});
    return std::nullopt;
  }

  std::optional<std::string> function(Json& node, int depth, bool conditional) {
    std::string name = node.value("function_name", "");
    std::transform(name.begin(), name.end(), name.begin(), lower);
    if (!std::binary_search(callable_.begin(), callable_.end(), name)) {
      return "the function '" + name + "' is not on the list of pure functions" +
             did_you_mean(name, callable_);
    }
    if (node.value("distinct", false) || !node["filter"].is_null() || !node["order_bys"]["orders"].empty()) {
      return "aggregates are not allowed: an expression sees one row";
    }
    if (name.rfind("prop", 0) == 0 && name != "prefix") {
      if (name == "prop" || name == "prop_number" || name == "prop_time") return property(node, name);
    }
    return children(node, depth, conditional);
  }

  // prop('k') -> json_extract_string(properties, 'k'), by a cast for the other two.
  std::optional<std::string> property(Json& node, const std::string& name) {
    if (!rules_.properties)
      return name + "() reads an event's properties, and there are none here; name the column itself";
    const Json& arguments = node["children"];
    const bool literal = arguments.size() == 1 && arguments[0].value("class", "") == "CONSTANT" &&
                         arguments[0]["value"]["value"].is_string();
    if (!literal) return name + "() takes one text literal, such as " + name + "('minutes')";
    const std::string key = arguments[0]["value"]["value"];
    if (key.empty() || key.front() == '$' || key.front() == '/') return name + "() takes a plain name";
    columns_.insert("properties");
    Json call = node;
    call["function_name"] = "json_extract_string";
    call["children"] = Json::array({column_node("properties"), arguments[0]});
    if (name == "prop") {
      node = call;
    } else {
      node = Json{{"class", "CAST"},
                  {"type", "OPERATOR_CAST"},
                  {"alias", ""},
                  {"child", call},
                  {"try_cast", true},
                  {"cast_type",
                   Json{{"id", name == "prop_number" ? "DOUBLE" : "TIMESTAMP"}, {"type_info", nullptr}}}};
    }
    return std::nullopt;
  }

  std::optional<std::string> cast(Json& node, int depth, bool conditional) {
    if (auto wrong = purify(node["child"], depth + 1, conditional)) return wrong;
    const bool was_try = node.value("try_cast", false);
    node["try_cast"] = true;
    if (!was_try && !conditional) casts_.emplace_back(node["child"], node);
    return std::nullopt;
  }

  static Json column_node(const std::string& name) {
    return Json{{"class", "COLUMN_REF"},
                {"type", "COLUMN_REF"},
                {"alias", ""},
                {"column_names", Json::array({name})}};
  }
  static char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

  const Schema& schema_;
  const BindRules& rules_;
  const std::vector<std::string>& callable_;
  std::set<std::string> columns_;
  std::vector<std::pair<Json, Json>> casts_;
};

// The one expression of "SELECT <sql>", or why it is none.
Result<Json*> only_expression(Json& tree, const Place& place) {
  const auto refuse = [&](const char* why) { return fail(Errc::configuration, why, place); };
  if (tree["statements"].size() != 1) return refuse("expected one expression, found several statements");
  Json& node = tree["statements"][0]["node"];
  const bool plain = node.value("type", "") == "SELECT_NODE" &&
                     node["from_table"].value("type", "") == "EMPTY" && node["where_clause"].is_null() &&
                     node["group_expressions"].empty() && node["having"].is_null() &&
                     node["qualify"].is_null() && node["sample"].is_null() && node["modifiers"].empty() &&
                     node["cte_map"]["map"].empty();
  if (!plain) return refuse("expected one expression, found a query");
  if (node["select_list"].size() != 1)
    return refuse("expected one expression, found a list; put it into one value");
  if (!node["select_list"][0].value("alias", "").empty())
    return refuse("expected one expression; it takes no alias");
  return &node["select_list"][0];
}

std::string create_table(const Schema& schema) {
  std::string sql = "CREATE OR REPLACE TEMP TABLE weir_schema (";
  for (std::size_t i = 0; i < schema.size(); ++i) {
    sql += (i == 0 ? "" : ", ") + sql_name(schema[i].name) + " " + sql_type(schema[i].type);
  }
  return sql + (schema.empty() ? "weir_nothing INTEGER)" : ")");
}

// DuckDB's messages carry the statement and a caret line: the first line says what is wrong.
std::string first_line(const std::string& message) {
  std::string line = message.substr(0, message.find('\n'));
  const std::size_t colon = line.find("Error: ");
  return colon == std::string::npos ? line : line.substr(colon + 7);
}

}  // namespace

const char* sql_type(ValueType type) noexcept {
  switch (type) {
    case ValueType::boolean:
      return "BOOLEAN";
    case ValueType::integer:
      return "BIGINT";
    case ValueType::number:
      return "DOUBLE";
    case ValueType::date:
      return "DATE";
    case ValueType::timestamp:
      return "TIMESTAMP";
    case ValueType::uuid:
      return "UUID";
    case ValueType::text:
    case ValueType::other:
      break;
  }
  return "VARCHAR";
}

Result<ExpressionBinder> ExpressionBinder::create(TextFunctions functions, BindingCache* cache) {
  EngineOptions options;
  options.sealed = true;
  options.threads = 1;
  options.memory_limit = "256MB";
  options.text_functions = functions;
  WEIR_TRY(auto engine, QueryEngine::open(options));
  return ExpressionBinder(std::move(engine), std::move(functions), cache);
}

ExpressionBinder::ExpressionBinder(std::unique_ptr<QueryEngine> engine, TextFunctions functions,
                                   BindingCache* cache)
    : engine_(std::move(engine)),
      functions_(std::move(functions)),
      callable_(pure_functions()),
      cache_(cache),
      context_(kBinderVersion + QueryEngine::version()) {
  for (const TextFunction& function : functions_) callable_.push_back(function.name);
  std::sort(callable_.begin(), callable_.end());
  for (const std::string& name : callable_) context_ += "\n" + name;
}

std::string ExpressionBinder::key_of(const std::string& sql, const Schema& schema,
                                     const BindRules& rules) const {
  std::string all = context_ + (rules.properties ? "\nproperties" : "\n");
  for (const SchemaColumn& column : schema) all += "\n" + sql_name(column.name) + " " + sql_type(column.type);
  return blake2b_hex(all + "\n\n" + sql);
}

Result<BoundExpression> ExpressionBinder::bind(const std::string& sql, const Place& place,
                                               const Schema& schema, const BindRules& rules) {
  if (cache_ == nullptr) return bind_anew(sql, place, schema, rules);
  const std::string key = key_of(sql, schema, rules);
  if (const BoundExpression* known = cache_->find(key)) return *known;
  auto bound = bind_anew(sql, place, schema, rules);
  if (bound.has_value()) cache_->keep(key, *bound);
  return bound;
}

Result<BoundExpression> ExpressionBinder::bind_anew(const std::string& sql, const Place& place,
                                                    const Schema& schema, const BindRules& rules) {
  if (sql.size() > kLongestExpression)
    return fail(Errc::configuration, "the expression is longer than 20,000 bytes", place);
  const auto serialised = engine_->text_value("SELECT json_serialize_sql(?::VARCHAR)", "SELECT " + sql);
  if (!serialised.has_value())
    return fail(Errc::configuration, first_line(serialised.error().message), place);
  Json tree = Json::parse(*serialised, nullptr, false);
  if (tree.is_discarded()) return fail(Errc::internal, "the query engine's syntax tree is no JSON", place);
  if (tree.value("error", false)) {
    return fail(Errc::configuration,
                "this is no SQL expression: " + first_line(tree.value("error_message", "")), place);
  }
  WEIR_TRY(Json* const expression, only_expression(tree, place));
  Purifier purifier(schema, rules, callable_);
  if (const auto wrong = purifier.purify(*expression)) return fail(Errc::configuration, *wrong, place);

  const auto to_sql = [&](const Json& node) -> Result<std::string> {
    Json whole = tree;
    whole["statements"][0]["node"]["select_list"][0] = node;
    WEIR_TRY(const std::string text,
             engine_->text_value("SELECT json_deserialize_sql(?::JSON)", whole.dump()));
    return text.substr(7);  // without "SELECT "
  };
  BoundExpression bound;
  WEIR_TRY(bound.sql, to_sql(*expression));
  for (const auto& [child, cast] : purifier.casts()) {
    WEIR_TRY(const std::string before, to_sql(child));
    WEIR_TRY(const std::string after, to_sql(cast));
    bound.failed_sql += (bound.failed_sql.empty() ? "" : " OR ") +
                        ("((" + before + ") IS NOT NULL AND (" + after + ") IS NULL)");
  }
  bound.tree = expression->dump();
  bound.columns.assign(purifier.columns().begin(), purifier.columns().end());

  WEIR_TRY_STATUS(engine_->execute(create_table(schema)));
  const auto described = engine_->describe("SELECT " + bound.sql + " FROM weir_schema");
  if (!described.has_value()) return fail(Errc::configuration, first_line(described.error().message), place);
  bound.type = described->front().type;
  return bound;
}

}  // namespace weir::store
