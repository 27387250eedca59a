// SQL that users write: checked for purity, rewritten so that no cast ends a query, bound against columns.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/query_engine.h"

namespace weir::store {

struct SchemaColumn {
  std::string name;  // "account.sector" stands for the reference account.sector
  ValueType type{ValueType::text};
};
using Schema = std::vector<SchemaColumn>;

struct BoundExpression {
  std::string sql;  // ready to stand in a SELECT over a table with the schema's columns
  ValueType type{ValueType::other};
  std::string failed_sql;            // boolean: a cast of a present value failed; "" when nothing can fail
  std::vector<std::string> columns;  // the columns it reads, sorted, unique
  std::string tree;                  // the same as the engine's syntax tree, JSON
};

struct BindRules {
  bool properties{false};  // prop(), prop_number(), prop_time() read the column `properties`
};

// Pure means: one row in, one value out; no clock, random, file, setting, join, aggregate, window or
// subquery; only functions on our list. Errors carry `place` and the nearest valid name.
class ExpressionBinder {
 public:
  // `functions` are callable beside pure_functions(); engines that run what was bound need the same ones.
  [[nodiscard]] static Result<ExpressionBinder> create(TextFunctions functions = {});
  [[nodiscard]] Result<BoundExpression> bind(const std::string& sql, const Place& place, const Schema& schema,
                                             const BindRules& rules = {});

  [[nodiscard]] const TextFunctions& text_functions() const noexcept { return functions_; }

 private:
  ExpressionBinder(std::unique_ptr<QueryEngine> engine, TextFunctions functions,
                   std::vector<std::string> callable) noexcept
      : engine_(std::move(engine)), functions_(std::move(functions)), callable_(std::move(callable)) {}
  std::unique_ptr<QueryEngine> engine_;
  TextFunctions functions_;
  std::vector<std::string> callable_;  // sorted
};

// `BOOLEAN`, `BIGINT`, ...: the SQL type that carries a value type.
[[nodiscard]] const char* sql_type(ValueType type) noexcept;

// The query engine's functions that expressions may call, and our rewritten ones; sorted.
[[nodiscard]] const std::vector<std::string>& pure_functions();

}  // namespace weir::store
