#include "ingest/operands.h"

#include <algorithm>
#include <set>

namespace weir::ingest {

using contract::Column;
using contract::ColumnType;
using store::ValueType;

store::ValueType value_type(ColumnType type) noexcept {
  switch (type) {
    case ColumnType::integer:
      return ValueType::integer;
    case ColumnType::number:
      return ValueType::number;
    case ColumnType::boolean:
      return ValueType::boolean;
    case ColumnType::date:
      return ValueType::date;
    case ColumnType::timestamp:
      return ValueType::timestamp;
    case ColumnType::text:
    case ColumnType::json:
      break;
  }
  return ValueType::text;
}

namespace {

ColumnType column_type(ValueType type) noexcept {
  switch (type) {
    case ValueType::integer:
      return ColumnType::integer;
    case ValueType::number:
      return ColumnType::number;
    case ValueType::boolean:
      return ColumnType::boolean;
    case ValueType::date:
      return ColumnType::date;
    case ValueType::timestamp:
      return ColumnType::timestamp;
    case ValueType::text:
    case ValueType::uuid:
    case ValueType::other:
      break;
  }
  return ColumnType::text;
}

void append_values(Column& out, const store::QueryChunk& chunk, std::size_t column) {
  const std::size_t before = out.valid.size();
  const std::size_t after = before + chunk.row_count();
  out.valid.resize(after);
  chunk.read_valid(column, out.valid.data() + before);
  if (out.type == ColumnType::number) {
    out.numbers.resize(after);
    chunk.read_numbers(column, out.numbers.data() + before);
  } else if (out.type != ColumnType::text && out.type != ColumnType::json) {
    out.integers.resize(after);
    chunk.read_integers(column, out.integers.data() + before);
  } else {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      if (out.valid[before + row] != 0) out.bytes.append(chunk.text(column, row));
      out.offsets.push_back(static_cast<std::uint32_t>(out.bytes.size()));
    }
  }
}

store::BatchColumn view_of(const Column& column) noexcept {
  return {column.valid, column.integers, column.numbers, column.offsets, column.bytes};
}

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return text;
}

bool is_word_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool has_word(const std::string& text, const std::string& word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_word_char(text[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end == text.size() || !is_word_char(text[end]))) return true;
  }
  return false;
}

// What a column is called here, where an expression that cannot be read names it as its file does: `at` is an
// SQL keyword and stands as at_, `Close Date` as close_date. "" when there is nothing to say.
std::string hint_of_name(const contract::Contract& contract, const std::string& sql) {
  const std::string whole = contract::normalised_name(sql);
  const std::string small = lower_case(sql);
  for (const auto& field : contract.fields) {
    if (field.name == whole && sql != whole && field.name.back() != '_')
      return "; the column '" + field.source_name + "' is called " + field.name + " here";
    if (field.name.empty() || field.name.back() != '_' || has_word(small, field.name)) continue;
    const std::string keyword = field.name.substr(0, field.name.size() - 1);
    if (has_word(small, keyword))
      return "; '" + keyword + "' is an SQL keyword: the column of that name is called " + field.name +
             " here";
  }
  return {};
}

}  // namespace

store::Schema schema_of(const contract::Contract& contract) {
  store::Schema schema;
  for (const auto& field : contract.fields) schema.push_back({field.name, value_type(field.type)});
  return schema;
}

OperandSet::OperandSet(const contract::Contract& contract, store::ExpressionBinder& binder)
    : contract_(&contract), binder_(&binder), schema_(schema_of(contract)) {}

Operand OperandSet::add(const workspace::Expression& expression, OperandType type) {
  if (expression.empty()) return kNoOperand;
  const auto bound = binder_->bind(expression.sql, expression.place, schema_, {});
  if (!bound.has_value()) {
    Error error = bound.error();
    error.message += hint_of_name(*contract_, expression.sql);
    errors_.push_back(std::move(error));
    return kNoOperand;
  }
  Item item;
  item.columns = bound->columns;
  item.personal = std::any_of(bound->columns.begin(), bound->columns.end(), [&](const std::string& name) {
    const auto* field = contract_->find(name);
    return field != nullptr && field->personal != contract::PersonalClass::none;
  });
  item.failed_sql = bound->failed_sql;
  if (bound->columns.size() == 1 &&
      (bound->sql == bound->columns[0] || bound->sql == store::sql_name(bound->columns[0]))) {
    for (std::size_t i = 0; i < contract_->fields.size(); ++i) {
      if (contract_->fields[i].name == bound->columns[0]) item.direct = static_cast<int>(i);
    }
  }
  item.plain = plain_expression(bound->tree, *contract_);
  if (item.plain) item.failed_plain = never();  // it holds no cast that fails
  if (!adapt(item, *bound, type, expression.place)) return kNoOperand;
  items_.push_back(std::move(item));
  return static_cast<Operand>(items_.size() - 1);
}

// Turns what the expression gives into what is wanted; a plain column of the right type stays a plain column.
bool OperandSet::adapt(Item& item, const store::BoundExpression& bound, OperandType type,
                       const Place& place) {
  const auto refuse = [&](const std::string& expected) {
    errors_.push_back(Error{Errc::configuration,
                            "expected " + expected + ", but this expression gives " + to_text(bound.type),
                            place});
    return false;
  };
  const auto cast = [&](const char* to, ColumnType gives) {
    item.direct = -1;
    item.sql = "TRY_CAST((" + bound.sql + ") AS " + to + ")";
    const std::optional<PlainExpression> value = item.plain;
    item.plain = type == OperandType::amount
                     ? cast_to_amount(value)
                     : (gives == ColumnType::text ? cast_to_text(value) : std::nullopt);
    item.failed_plain = item.plain ? std::optional(failure_of(*value, *item.plain)) : std::nullopt;
    item.failed_sql += (item.failed_sql.empty() ? "" : " OR ") +
                       ("((" + bound.sql + ") IS NOT NULL AND " + item.sql + " IS NULL)");
    item.type = gives;
  };
  item.sql = bound.sql;
  item.type = column_type(bound.type);
  const bool is_untyped = bound.type == ValueType::other;
  switch (type) {
    case OperandType::condition:
      if (bound.type != ValueType::boolean && !is_untyped) return refuse("a condition that is true or false");
      if (is_untyped) cast("BOOLEAN", ColumnType::boolean);
      return true;
    case OperandType::text:
      if (bound.type != ValueType::text) cast("VARCHAR", ColumnType::text);
      item.type = ColumnType::text;
      return true;
    case OperandType::time:
      if (bound.type == ValueType::date || bound.type == ValueType::timestamp) return true;
      if (bound.type == ValueType::text) return true;  // the mapping reads it
      if (is_untyped) {
        cast("VARCHAR", ColumnType::text);
        return true;
      }
      return refuse("a date or a time");
    case OperandType::amount:
      if (bound.type == ValueType::boolean || bound.type == ValueType::date ||
          bound.type == ValueType::timestamp) {
        return refuse("an amount of money");
      }
      cast("DECIMAL(18,4)", ColumnType::integer);
      return true;
    case OperandType::value:
      if (is_untyped || bound.type == ValueType::uuid) cast("VARCHAR", ColumnType::text);
      return true;
  }
  return true;
}

Operand OperandSet::add_failure_of(const std::vector<Operand>& of, Operand condition) {
  std::string failed;
  std::set<std::string> columns;
  std::optional<std::vector<PlainExpression>> plain{std::in_place};
  for (const Operand operand : of) {
    if (operand == kNoOperand || items_[index(operand)].failed_sql.empty()) continue;
    const auto& failed_plain = items_[index(operand)].failed_plain;
    if (failed_plain && plain) {
      plain->push_back(*failed_plain);
    } else {
      plain.reset();
    }
    failed += (failed.empty() ? "" : " OR ") + items_[index(operand)].failed_sql;
    columns.insert(items_[index(operand)].columns.begin(), items_[index(operand)].columns.end());
  }
  if (failed.empty()) return kNoOperand;
  Item item;
  item.sql = "(" + failed + ")";
  if (plain) item.plain = combined(PlainExpression::Kind::either, *std::move(plain));
  if (condition != kNoOperand) {
    const Item& when = items_[index(condition)];
    item.sql = "((" + when.sql + ") IS NOT FALSE AND " + item.sql + ")";
    columns.insert(when.columns.begin(), when.columns.end());
    if (item.plain && when.plain) {
      using Kind = PlainExpression::Kind;
      item.plain =
          combined(Kind::both, {combined(Kind::is_not_false, {*when.plain}), *std::move(item.plain)});
    } else {
      item.plain.reset();
    }
  }
  item.type = ColumnType::boolean;
  item.columns.assign(columns.begin(), columns.end());
  items_.push_back(std::move(item));
  return static_cast<Operand>(items_.size() - 1);
}

Result<OperandEvaluator> OperandEvaluator::create(const OperandSet& set, bool engine_alone) {
  OperandEvaluator evaluator;
  evaluator.contract_ = set.contract_;
  std::set<std::string> inputs;
  std::string select;
  for (std::size_t i = 0; i < set.items_.size(); ++i) {
    const auto& item = set.items_[i];
    OperandResult result;
    result.direct = item.direct;
    result.column.type = item.type;
    if (item.direct < 0 && !engine_alone) result.plain = item.plain;
    const bool is_left = item.direct < 0 && !result.plain;
    evaluator.results_.push_back(std::move(result));
    evaluator.direct_names_.push_back(
        item.direct < 0 ? "" : set.contract_->fields[static_cast<std::size_t>(item.direct)].name);
    if (!is_left) continue;
    evaluator.computed_.push_back(i);
    inputs.insert(item.columns.begin(), item.columns.end());
    select += (select.empty() ? "" : ", ") + item.sql;
  }
  if (evaluator.computed_.empty()) return evaluator;

  evaluator.inputs_.assign(inputs.begin(), inputs.end());
  std::vector<store::ResultColumn> columns;
  for (const std::string& name : evaluator.inputs_)
    columns.push_back({name, value_type(set.contract_->find(name)->type)});
  // Expressions of constants read no column, but a table has one.
  if (columns.empty()) columns.push_back({"weir_row", ValueType::integer});
  store::EngineOptions options;
  options.sealed = true;
  options.threads = 1;
  options.memory_limit = "512MB";
  options.text_functions = set.binder_->text_functions();
  WEIR_TRY(evaluator.query_, store::BatchQuery::open(options, columns, select));
  return evaluator;
}

Status OperandEvaluator::run_query(const contract::RecordBatch& batch) {
  std::vector<store::BatchColumn> columns;
  for (const std::string& name : inputs_) {
    const int found = batch.find(name);
    if (found < 0) return fail(Errc::internal, "the record batch lacks the column '" + name + "'");
    columns.push_back(view_of(batch.columns[static_cast<std::size_t>(found)]));
  }
  const std::vector<std::uint8_t> valid(columns.empty() ? batch.row_count() : 0, 1);
  if (columns.empty()) columns.push_back({valid, batch.rows, {}, {}, {}});
  for (const std::size_t i : computed_) results_[i].column.clear();
  return query_->run(columns, batch.row_count(), [&](const store::QueryChunk& chunk) -> Status {
    for (std::size_t c = 0; c < computed_.size(); ++c) append_values(results_[computed_[c]].column, chunk, c);
    return {};
  });
}

Result<std::vector<const Column*>> OperandEvaluator::evaluate(const contract::RecordBatch& batch) {
  if (query_ != nullptr) WEIR_TRY_STATUS(run_query(batch));
  for (OperandResult& result : results_) {
    if (result.plain) evaluate_plain(*result.plain, *contract_, batch, result.column);
  }
  std::vector<const Column*> columns;
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (results_[i].direct < 0) {
      if (results_[i].column.size() != batch.row_count())
        return fail(Errc::internal, "the mapping query lost rows");
      columns.push_back(&results_[i].column);
      continue;
    }
    const int found = batch.find(direct_names_[i]);
    if (found < 0)
      return fail(Errc::internal, "the record batch lacks the column '" + direct_names_[i] + "'");
    columns.push_back(&batch.columns[static_cast<std::size_t>(found)]);
  }
  return columns;
}

}  // namespace weir::ingest
