#include "ingest/operands.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"

namespace weir::ingest {
namespace {

using contract::Column;
using contract::ColumnType;

contract::Contract contract_of() {
  contract::Contract contract;
  const auto add = [&](const char* name, ColumnType type) {
    contract::Field field;
    field.name = field.source_name = name;
    field.type = type;
    contract.fields.push_back(field);
  };
  add("stage", ColumnType::text);
  add("count", ColumnType::integer);
  add("price", ColumnType::number);
  add("active", ColumnType::boolean);
  return contract;
}

// Prices near the halves where casts round, and beyond what an amount holds.
double price_of(Random& random) {
  switch (random.below(5)) {
    case 0:
      return (static_cast<double>(random.below(2'000'000)) * 2 + 1) / 20'000.0;
    case 1:
      return -static_cast<double>(random.below(100'000'000)) / 100.0;
    case 2:
      return (random.uniform() - 0.5) * 2.4e14;
    case 3:
      return (random.uniform() - 0.5) * std::pow(10.0, static_cast<double>(random.below(20)) - 6);
    default:
      return std::nextafter((static_cast<double>(random.below(1'000)) + 0.5) / 10'000.0,
                            random.chance(0.5) ? -1.0 : 1e9);
  }
}

contract::RecordBatch batch_of(std::size_t rows) {
  contract::RecordBatch batch;
  batch.names = {"stage", "count", "price", "active"};
  batch.columns.resize(4);
  const ColumnType types[] = {ColumnType::text, ColumnType::integer, ColumnType::number, ColumnType::boolean};
  for (std::size_t c = 0; c < 4; ++c) batch.columns[c].type = types[c];
  static constexpr const char* kStages[] = {"won", "lost", "", "Won", "a'b", "\xC3\xA9", "w", "won "};
  Random random(11);
  for (std::size_t row = 0; row < rows; ++row) {
    batch.rows.push_back(static_cast<std::int64_t>(row) + 1);
    for (std::size_t c = 0; c < 4; ++c) {
      Column& column = batch.columns[c];
      if (random.chance(0.2)) {
        column.append_null();
      } else if (c == 0) {
        column.append_text(kStages[random.below(8)]);
      } else if (c == 1) {
        column.append_integer(random.chance(0.1) ? static_cast<std::int64_t>(random.next())
                                                 : static_cast<std::int64_t>(random.below(9)) - 4);
      } else if (c == 2) {
        column.append_number(row < 3 ? std::numeric_limits<double>::infinity() * (row == 1 ? -1 : 1)
                                     : (row == 3 ? std::nan("") : price_of(random)));
      } else {
        column.append_integer(random.chance(0.5) ? 1 : 0);
      }
    }
  }
  return batch;
}

std::string shown(const Column& column, std::size_t row) {
  if (column.is_null(row)) return "null";
  if (column.type == ColumnType::text) return "'" + std::string(column.text(row)) + "'";
  if (column.type == ColumnType::number) return std::to_string(column.numbers[row]);
  return std::to_string(column.integers[row]);
}

struct Asked {
  const char* sql;
  OperandType type;
};

TEST(Operands, plain_expressions_give_what_the_engine_gives) {
  const contract::Contract contract = contract_of();
  auto binder = store::ExpressionBinder::create();
  ASSERT_TRUE(binder.has_value());
  OperandSet set(contract, *binder);
  const std::vector<Asked> asked{
      {"stage = 'won'", OperandType::condition},
      {"stage <> 'won'", OperandType::condition},
      {"stage < 'w'", OperandType::condition},
      {"'won' >= stage", OperandType::condition},
      {"stage = 'a''b' OR stage = '\xC3\xA9'", OperandType::condition},
      {"stage IN ('won', 'lost', '')", OperandType::condition},
      {"stage NOT IN ('won')", OperandType::condition},
      {"count IN (1, 2, -3)", OperandType::condition},
      {"count > 0 AND (active OR stage IS NULL)", OperandType::condition},
      {"NOT (count <= -2) AND NOT active", OperandType::condition},
      {"count = 5000000000", OperandType::condition},
      {"active", OperandType::condition},
      {"active = true", OperandType::condition},
      {"active IS NOT NULL OR false", OperandType::condition},
      {"stage = NULL", OperandType::condition},
      {"price > 3", OperandType::condition},
      {"count", OperandType::text},
      {"active", OperandType::text},
      {"price", OperandType::text},
      {"stage", OperandType::text},
      {"'out'", OperandType::text},
      {"upper(stage)", OperandType::text},
      {"price", OperandType::amount},
      {"count", OperandType::amount},
      {"7", OperandType::amount},
      {"stage", OperandType::amount},
      {"price * 2", OperandType::amount},
      {"stage = 'won'", OperandType::value},
      {"12", OperandType::value},
      {"CAST(stage AS INTEGER)", OperandType::value},
  };
  std::vector<Operand> operands;
  for (const Asked& one : asked) {
    operands.push_back(set.add(workspace::Expression{one.sql, {}}, one.type));
    ASSERT_NE(operands.back(), kNoOperand) << one.sql << ": " << set.errors().back().message;
  }
  const std::size_t plain_operands = asked.size();
  for (const std::size_t amount : {22U, 23U, 24U, 26U}) {
    for (const Operand condition : {kNoOperand, operands[0], operands[8]})
      set.add_failure_of({operands[amount]}, condition);
  }
  set.add_failure_of({operands[22], operands[23]}, operands[12]);
  set.add_failure_of({operands[22], operands[29]}, operands[12]);

  auto mixed = OperandEvaluator::create(set, false);
  auto engine = OperandEvaluator::create(set, true);
  ASSERT_TRUE(mixed.has_value() && engine.has_value());
  const contract::RecordBatch batch = batch_of(20'000);
  const auto ours = mixed->evaluate(batch);
  const auto theirs = engine->evaluate(batch);
  ASSERT_TRUE(ours.has_value() && theirs.has_value());
  ASSERT_GT(ours->size(), plain_operands);
  for (std::size_t i = 0; i < ours->size(); ++i) {
    ASSERT_EQ((*ours)[i]->size(), batch.row_count());
    std::size_t different = 0;
    for (std::size_t row = 0; row < batch.row_count() && different < 5; ++row) {
      if (shown(*(*ours)[i], row) == shown(*(*theirs)[i], row)) continue;
      ++different;
      ADD_FAILURE() << (i < asked.size() ? asked[i].sql : "failure") << " (" << i << ") of stage "
                    << shown(batch.columns[0], row) << ", count " << shown(batch.columns[1], row)
                    << ", price " << shown(batch.columns[2], row) << ": " << shown(*(*ours)[i], row)
                    << ", engine " << shown(*(*theirs)[i], row);
    }
  }
}

TEST(Operands, plain_ones_need_no_engine) {
  const contract::Contract contract = contract_of();
  for (const char* sql :
       {"stage = 'won'", "stage IN ('a', 'b') AND count >= 3", "NOT active OR stage IS NULL", "true"}) {
    auto binder = store::ExpressionBinder::create();
    const auto bound = binder->bind(sql, {}, schema_of(contract), {});
    ASSERT_TRUE(bound.has_value());
    EXPECT_TRUE(plain_expression(bound->tree, contract).has_value()) << sql;
  }
  for (const char* sql : {"lower(stage) = 'won'", "stage LIKE 'w%'", "count > 1.5",
                          "CAST(stage AS INTEGER) = 1", "stage = 1", "count + 1 = 2"}) {
    auto binder = store::ExpressionBinder::create();
    const auto bound = binder->bind(sql, {}, schema_of(contract), {});
    ASSERT_TRUE(bound.has_value()) << sql;
    EXPECT_FALSE(plain_expression(bound->tree, contract).has_value()) << sql;
  }
}

}  // namespace
}  // namespace weir::ingest
