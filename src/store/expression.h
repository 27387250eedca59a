// SQL that users write: checked for purity, rewritten so that no cast ends a query, bound against columns.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/binding_cache.h"
#include "store/query_engine.h"

namespace weir::store {

struct SchemaColumn {
  std::string name;  // "account.sector" stands for the reference account.sector
  ValueType type{ValueType::text};
};
using Schema = std::vector<SchemaColumn>;

struct BindRules {
  bool properties{false};  // prop(), prop_number(), prop_time() read the column `properties`
};

// Pure means: one row in, one value out; no clock, random, file, setting, join, aggregate, window or
// subquery; only functions on our list. Errors carry `place` and the nearest valid name.
class ExpressionBinder {
 public:
  // `functions` are callable beside pure_functions(); engines that run what was bound need the same ones.
  // With a cache, which outlives it, what was bound before costs nothing.
  [[nodiscard]] static Result<ExpressionBinder> create(TextFunctions functions = {},
                                                       BindingCache* cache = nullptr);
  [[nodiscard]] Result<BoundExpression> bind(const std::string& sql, const Place& place, const Schema& schema,
                                             const BindRules& rules = {});

  [[nodiscard]] const TextFunctions& text_functions() const noexcept { return functions_; }

 private:
  ExpressionBinder(std::unique_ptr<QueryEngine> engine, TextFunctions functions, BindingCache* cache);
  [[nodiscard]] std::string key_of(const std::string& sql, const Schema& schema,
                                   const BindRules& rules) const;
  [[nodiscard]] Result<BoundExpression> bind_anew(const std::string& sql, const Place& place,
                                                  const Schema& schema, const BindRules& rules);

  std::unique_ptr<QueryEngine> engine_;
  TextFunctions functions_;
  std::vector<std::string> callable_;  // sorted
  BindingCache* cache_;
  std::string context_;  // what binding depends on besides the expression, its schema and rules
};

// `BOOLEAN`, `BIGINT`, ...: the SQL type that carries a value type.
[[nodiscard]] const char* sql_type(ValueType type) noexcept;

// The query engine's functions that expressions may call, and our rewritten ones; sorted.
[[nodiscard]] const std::vector<std::string>& pure_functions();

}  // namespace weir::store
