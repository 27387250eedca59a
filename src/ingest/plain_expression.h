// Expressions that need no query engine: columns, constants, comparisons, IN, IS NULL, AND, OR, NOT, and the
// casts that operands are made by. They give what the engine gives; whatever else users write is left to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contract/batch.h"
#include "contract/contract.h"

namespace weir::ingest {

struct PlainExpression {
  enum class Kind : std::uint8_t {
    column,
    constant,
    equal,
    unequal,
    less,
    greater,
    at_most,
    at_least,  // of two
    one_of,    // the first one among the others, which are constants
    is_null,
    both,
    either,  // of any number, with unknown as the third truth value
    negation,
    is_not_false,
    to_amount,  // ten-thousandths, as DECIMAL(18,4) holds them; null when it is too large
    to_text,
  };
  Kind kind{Kind::constant};
  contract::ColumnType type{contract::ColumnType::text};  // of what it gives
  std::size_t field{0};                                   // of the contract, for a column
  std::optional<std::int64_t> integer{};                  // constants; with neither it is null
  std::optional<std::string> text{};
  std::vector<PlainExpression> of{};
};

// `tree` is BoundExpression::tree; nothing when the engine has to evaluate it.
[[nodiscard]] std::optional<PlainExpression> plain_expression(const std::string& tree,
                                                              const contract::Contract& contract);
// The casts of operands, where they are plain.
[[nodiscard]] std::optional<PlainExpression> cast_to_amount(const std::optional<PlainExpression>& value);
[[nodiscard]] std::optional<PlainExpression> cast_to_text(const std::optional<PlainExpression>& value);
// `value` is present and `cast` of it is not.
[[nodiscard]] PlainExpression failure_of(const PlainExpression& value, const PlainExpression& cast);
[[nodiscard]] PlainExpression combined(PlainExpression::Kind kind, std::vector<PlainExpression> of);
[[nodiscard]] PlainExpression never();

// Replaces `out` by one value per row. `batch.columns` are found by the names of the contract's fields; null
// where there is none.
void evaluate_plain(const PlainExpression& expression, const contract::Contract& contract,
                    const contract::RecordBatch& batch, contract::Column& out);

}  // namespace weir::ingest
