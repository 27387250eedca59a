// Evaluates a source's expressions over a block of records: plain columns are read as they are, plain
// expressions are evaluated here, and everything else goes through one fused query of the sealed engine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "contract/batch.h"
#include "contract/contract.h"
#include "ingest/plain_expression.h"
#include "store/batch_query.h"
#include "store/expression.h"
#include "workspace/definitions.h"

namespace weir::ingest {

// What a caller wants an expression to give.
enum class OperandType : std::uint8_t {
  condition,  // Column of boolean
  text,       // Column of text
  time,       // Column of date or timestamp, or of text that Mapping reads as one
  amount,     // Column of integer: ten-thousandths of a major unit
  value,      // as the expression is: text, integer, number, boolean, date, timestamp
};

// Index into the evaluated columns; -1: not declared.
using Operand = int;
inline constexpr Operand kNoOperand = -1;

class OperandSet {
 public:
  OperandSet(const contract::Contract& contract, store::ExpressionBinder& binder);

  // Errors are collected, with the expression's place, and kNoOperand is returned.
  Operand add(const workspace::Expression& expression, OperandType type);
  // True for a row when `condition` is not false and a cast of a present value inside one of `of` failed;
  // kNoOperand when nothing can fail.
  Operand add_failure_of(const std::vector<Operand>& of, Operand condition);

  // Whether an operand reads a column that the contract classes as personal.
  [[nodiscard]] bool is_personal(Operand operand) const {
    return operand != kNoOperand && items_[index(operand)].personal;
  }
  [[nodiscard]] const std::vector<Error>& errors() const noexcept { return errors_; }
  void report(Error error) { errors_.push_back(std::move(error)); }
  [[nodiscard]] contract::ColumnType type_of(Operand operand) const { return items_[index(operand)].type; }

 private:
  friend class OperandEvaluator;
  struct Item {
    std::string sql;  // as evaluated
    std::string failed_sql;
    std::optional<PlainExpression> plain, failed_plain;  // the same without the engine; set when it can be
    int direct{-1};                                      // column of the contract when it is one, as it is
    contract::ColumnType type{contract::ColumnType::text};
    bool personal{false};
    std::vector<std::string> columns;
  };
  static std::size_t index(Operand operand) noexcept { return static_cast<std::size_t>(operand); }
  [[nodiscard]] bool adapt(Item& item, const store::BoundExpression& bound, OperandType type,
                           const Place& place);

  const contract::Contract* contract_;
  store::ExpressionBinder* binder_;
  store::Schema schema_;
  std::vector<Item> items_;
  std::vector<Error> errors_;
};

// The columns of a contract as expressions see them.
[[nodiscard]] store::Schema schema_of(const contract::Contract& contract);
[[nodiscard]] store::ValueType value_type(contract::ColumnType type) noexcept;

class OperandEvaluator {
 public:
  // `engine_alone`: nothing is evaluated outside of the engine; tests compare the two.
  [[nodiscard]] static Result<OperandEvaluator> create(const OperandSet& set, bool engine_alone);
  // One column per operand, each of batch.row_count() rows; pointers live until the next call.
  [[nodiscard]] Result<std::vector<const contract::Column*>> evaluate(const contract::RecordBatch& batch);

 private:
  OperandEvaluator() = default;
  [[nodiscard]] Status run_query(const contract::RecordBatch& batch);

  struct OperandResult {
    int direct{-1};
    std::optional<PlainExpression> plain;
    contract::Column column;
  };
  const contract::Contract* contract_{nullptr};
  std::unique_ptr<store::BatchQuery> query_;  // none when nothing is left to the engine
  std::vector<OperandResult> results_;
  std::vector<std::string> inputs_;    // what the query reads
  std::vector<std::size_t> computed_;  // operands that the query gives, in order
  std::vector<std::string> direct_names_;
};

}  // namespace weir::ingest
