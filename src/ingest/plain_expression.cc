#include "ingest/plain_expression.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace weir::ingest {

using contract::Column;
using contract::ColumnType;
using contract::Contract;
using contract::RecordBatch;
using Kind = PlainExpression::Kind;
using Json = nlohmann::json;

namespace {

// --- Reading the tree
// ------------------------------------------------------------------------------------------------

bool is_text(ColumnType type) noexcept {
  return type == ColumnType::text || type == ColumnType::json;
}
bool is_null_constant(const PlainExpression& one) noexcept {
  return one.kind == Kind::constant && !one.integer && !one.text;
}

std::optional<PlainExpression> constant_of(const Json& value) {
  PlainExpression constant;
  const std::string type = value["type"].value("id", "");
  if (value.value("is_null", false)) return std::nullopt;  // rare, and of no type
  if (type == "VARCHAR" && value["value"].is_string()) {
    constant.text = value["value"].get<std::string>();
    return constant;
  }
  if ((type == "INTEGER" || type == "BIGINT") && value["value"].is_number_integer()) {
    constant.type = ColumnType::integer;
    constant.integer = value["value"].get<std::int64_t>();
    return constant;
  }
  return std::nullopt;
}

// `true` and `false` stand in the tree as casts of 't' and 'f'.
std::optional<PlainExpression> truth_of(const Json& node) {
  const Json& child = node["child"];
  if (node["cast_type"].value("id", "") != "BOOLEAN" || child.value("class", "") != "CONSTANT")
    return std::nullopt;
  const auto text = constant_of(child["value"]);
  if (!text || (text->text != "t" && text->text != "f")) return std::nullopt;
  PlainExpression truth;
  truth.type = ColumnType::boolean;
  truth.integer = text->text == "t" ? 1 : 0;
  return truth;
}

std::optional<Kind> comparison_of(const std::string& type) {
  static constexpr auto kKinds =
      std::to_array<std::pair<std::string_view, Kind>>({{"COMPARE_EQUAL", Kind::equal},
                                                        {"COMPARE_NOTEQUAL", Kind::unequal},
                                                        {"COMPARE_LESSTHAN", Kind::less},
                                                        {"COMPARE_GREATERTHAN", Kind::greater},
                                                        {"COMPARE_LESSTHANOREQUALTO", Kind::at_most},
                                                        {"COMPARE_GREATERTHANOREQUALTO", Kind::at_least}});
  for (const auto& [name, kind] : kKinds) {
    if (name == type) return kind;
  }
  return std::nullopt;
}

// Types between which the engine would cast one of the two are left to it.
bool are_comparable(const PlainExpression& a, const PlainExpression& b) noexcept {
  if (is_text(a.type) && is_text(b.type)) return true;
  return a.type == b.type && (a.type == ColumnType::integer || a.type == ColumnType::boolean);
}

class TreeReader {
 public:
  explicit TreeReader(const Contract& contract) noexcept : contract_(contract) {}

  std::optional<PlainExpression> read(const Json& node) const {
    const std::string kind = node.value("class", "");
    if (kind == "COLUMN_REF") return column(node);
    if (kind == "CONSTANT") return constant_of(node["value"]);
    if (kind == "CAST") return truth_of(node);
    if (kind == "COMPARISON") return comparison(node);
    if (kind == "CONJUNCTION") {
      return conditions(node["children"],
                        node.value("type", "") == "CONJUNCTION_AND" ? Kind::both : Kind::either);
    }
    return kind == "OPERATOR" ? operation(node) : std::nullopt;
  }

 private:
  std::optional<PlainExpression> column(const Json& node) const {
    for (std::size_t i = 0; i < contract_.fields.size(); ++i) {
      if (node["column_names"].size() != 1 || contract_.fields[i].name != node["column_names"][0]) continue;
      PlainExpression column;
      column.kind = Kind::column;
      column.field = i;
      column.type = contract_.fields[i].type;
      return column;
    }
    return std::nullopt;
  }

  std::optional<PlainExpression> comparison(const Json& node) const {
    const auto kind = comparison_of(node.value("type", ""));
    auto left = read(node["left"]);
    auto right = read(node["right"]);
    if (!kind || !left || !right || !are_comparable(*left, *right)) return std::nullopt;
    return combined(*kind, {*std::move(left), *std::move(right)});
  }

  std::optional<std::vector<PlainExpression>> all(const Json& nodes) const {
    std::vector<PlainExpression> read_ones;
    for (const Json& node : nodes) {
      auto one = read(node);
      if (!one) return std::nullopt;
      read_ones.push_back(*std::move(one));
    }
    return read_ones;
  }

  std::optional<PlainExpression> conditions(const Json& nodes, Kind kind) const {
    auto of = all(nodes);
    if (!of || of->empty()) return std::nullopt;
    for (const PlainExpression& one : *of) {
      if (one.type != ColumnType::boolean) return std::nullopt;
    }
    return combined(kind, *std::move(of));
  }

  std::optional<PlainExpression> operation(const Json& node) const {
    const std::string type = node.value("type", "");
    if (type == "OPERATOR_NOT") return conditions(node["children"], Kind::negation);
    auto of = all(node["children"]);
    if (!of || of->empty()) return std::nullopt;
    if (type == "OPERATOR_IS_NULL" && of->size() == 1) return combined(Kind::is_null, *std::move(of));
    if (type == "OPERATOR_IS_NOT_NULL" && of->size() == 1)
      return combined(Kind::negation, {combined(Kind::is_null, *std::move(of))});
    if (type != "COMPARE_IN" && type != "COMPARE_NOT_IN") return std::nullopt;
    for (std::size_t i = 1; i < of->size(); ++i) {
      const PlainExpression& one = (*of)[i];
      if (one.kind != Kind::constant || is_null_constant(one) || !are_comparable(of->front(), one))
        return std::nullopt;
    }
    PlainExpression found = combined(Kind::one_of, *std::move(of));
    return type == "COMPARE_IN" ? found : combined(Kind::negation, {std::move(found)});
  }

  const Contract& contract_;
};

// --- Evaluating
// ------------------------------------------------------------------------------------------------------

constexpr std::uint8_t kNo = 0, kYes = 1, kUnknown = 2;

std::uint8_t truth_at(const Column& column, std::size_t row) noexcept {
  if (column.is_null(row)) return kUnknown;
  return column.integers[row] != 0 ? kYes : kNo;
}

void append_truth(Column& out, std::uint8_t truth) {
  if (truth == kUnknown) {
    out.append_null();
  } else {
    out.append_integer(truth);
  }
}

int order_of(const Column& a, const Column& b, std::size_t row) noexcept {
  if (is_text(a.type)) return a.text(row).compare(b.text(row));
  return a.integers[row] < b.integers[row] ? -1 : (a.integers[row] > b.integers[row] ? 1 : 0);
}

bool holds_for(Kind kind, int order) noexcept {
  switch (kind) {
    case Kind::equal:
      return order == 0;
    case Kind::unequal:
      return order != 0;
    case Kind::less:
      return order < 0;
    case Kind::greater:
      return order > 0;
    case Kind::at_most:
      return order <= 0;
    default:
      return order >= 0;
  }
}

constexpr double kAmountLimit = 1e18;  // in ten-thousandths: 18 digits

// As the engine casts to DECIMAL(18,4).
std::optional<std::int64_t> amount_of(double value) noexcept {
  const double scaled = value * 10'000.0;
  if (!(scaled > -kAmountLimit && scaled < kAmountLimit)) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(scaled);
  const double rest = scaled - static_cast<double>(whole);  // exact
  return whole + (rest >= 0.5 ? 1 : 0) - (rest <= -0.5 ? 1 : 0);
}
std::optional<std::int64_t> amount_of(std::int64_t value) noexcept {
  constexpr std::int64_t kLimit = 100'000'000'000'000;
  return value > -kLimit && value < kLimit ? std::optional(value * 10'000) : std::nullopt;
}

class Evaluation {
 public:
  Evaluation(const Contract& contract, const RecordBatch& batch) noexcept
      : contract_(contract), batch_(batch) {}

  void evaluate(const PlainExpression& one, Column& out) const {
    out.type = one.type;
    out.clear();
    out.valid.reserve(rows());
    switch (one.kind) {
      case Kind::column:
        return copy(one, out);
      case Kind::constant:
        return repeat(one, out);
      case Kind::one_of:
        return find(one, out);
      case Kind::both:
      case Kind::either:
        return connect(one, out);
      case Kind::is_null:
      case Kind::negation:
      case Kind::is_not_false:
      case Kind::to_amount:
      case Kind::to_text:
        return convert(one, out);
      default:
        return compare(one, out);
    }
  }

 private:
  [[nodiscard]] std::size_t rows() const noexcept { return batch_.row_count(); }

  // A column of the batch itself, or the value in `kept`.
  const Column& value_of(const PlainExpression& one, Column& kept) const {
    if (one.kind == Kind::column) {
      const int found = batch_.find(contract_.fields[one.field].name);
      if (found >= 0) return batch_.columns[static_cast<std::size_t>(found)];
    }
    evaluate(one, kept);
    return kept;
  }

  void copy(const PlainExpression& one, Column& out) const {
    const int found = batch_.find(contract_.fields[one.field].name);
    if (found >= 0) {
      out = batch_.columns[static_cast<std::size_t>(found)];
      return;
    }
    for (std::size_t row = 0; row < rows(); ++row) out.append_null();
  }

  void repeat(const PlainExpression& one, Column& out) const {
    for (std::size_t row = 0; row < rows(); ++row) {
      if (one.text) {
        out.append_text(*one.text);
      } else if (one.integer) {
        out.append_integer(*one.integer);
      } else {
        out.append_null();
      }
    }
  }

  void compare(const PlainExpression& one, Column& out) const {
    Column kept_left, kept_right;
    const Column& left = value_of(one.of[0], kept_left);
    const Column& right = value_of(one.of[1], kept_right);
    for (std::size_t row = 0; row < rows(); ++row) {
      const bool known = !left.is_null(row) && !right.is_null(row);
      append_truth(
          out, known ? static_cast<std::uint8_t>(holds_for(one.kind, order_of(left, right, row))) : kUnknown);
    }
  }

  void find(const PlainExpression& one, Column& out) const {
    Column kept;
    const Column& value = value_of(one.of[0], kept);
    for (std::size_t row = 0; row < rows(); ++row) {
      if (value.is_null(row)) {
        out.append_null();
        continue;
      }
      bool found = false;
      for (std::size_t i = 1; i < one.of.size() && !found; ++i) {
        found =
            one.of[i].text ? value.text(row) == *one.of[i].text : value.integers[row] == *one.of[i].integer;
      }
      out.append_integer(found ? 1 : 0);
    }
  }

  void connect(const PlainExpression& one, Column& out) const {
    if (const PlainExpression* const cast = checked_cast(one)) return tell_lost(*cast, out);
    const std::uint8_t ends = one.kind == Kind::both ? kNo : kYes;  // whichever the others are
    std::vector<std::uint8_t> truths(rows(), ends == kNo ? kYes : kNo);
    for (const PlainExpression& part : one.of) {
      Column kept;
      const Column& value = value_of(part, kept);
      for (std::size_t row = 0; row < rows(); ++row) {
        const std::uint8_t truth = truth_at(value, row);
        if (truth == ends || (truth == kUnknown && truths[row] != ends)) truths[row] = truth;
      }
    }
    fill(out, [&](std::size_t row) { return truths[row] == kYes; });
    for (std::size_t row = 0; row < rows(); ++row) out.valid[row] = truths[row] == kUnknown ? 0 : 1;
  }

  // The cast to an amount of which this is the failure_of(); null of any other condition.
  static const PlainExpression* checked_cast(const PlainExpression& one) noexcept {
    const auto only = [](const PlainExpression& of, Kind kind) -> const PlainExpression* {
      return of.kind == kind && of.of.size() == 1 ? of.of.data() : nullptr;
    };
    if (one.kind != Kind::both || one.of.size() != 2) return nullptr;
    const PlainExpression* const not_null = only(one.of[0], Kind::negation);
    const PlainExpression* const value = not_null == nullptr ? nullptr : only(*not_null, Kind::is_null);
    const PlainExpression* const cast = only(one.of[1], Kind::is_null);
    const PlainExpression* const of_cast = cast == nullptr ? nullptr : only(*cast, Kind::to_amount);
    const bool same = value != nullptr && of_cast != nullptr && value->kind == Kind::column &&
                      of_cast->kind == Kind::column && value->field == of_cast->field;
    return same ? cast : nullptr;
  }

  // Where the value is there, and is no amount.
  void tell_lost(const PlainExpression& cast, Column& out) const {
    Column kept;
    const Column& value = value_of(cast.of[0], kept);
    if (value.type == ColumnType::number) {
      fill(out, [&](std::size_t row) { return !value.is_null(row) && !amount_of(value.numbers[row]); });
    } else {
      fill(out, [&](std::size_t row) { return !value.is_null(row) && !amount_of(value.integers[row]); });
    }
  }

  void convert(const PlainExpression& one, Column& out) const {
    Column kept;
    const Column& value = value_of(one.of[0], kept);
    switch (one.kind) {
      case Kind::is_null:
        return fill(out, [&](std::size_t row) { return value.is_null(row); });
      case Kind::is_not_false:
        return fill(out, [&](std::size_t row) { return truth_at(value, row) != kNo; });
      case Kind::negation:
        fill(out, [&](std::size_t row) { return !value.is_null(row) && value.integers[row] == 0; });
        out.valid = value.valid;
        return;
      case Kind::to_amount:
        return value.type == ColumnType::number ? fill_amounts(value, value.numbers, out)
                                                : fill_amounts(value, value.integers, out);
      default:
        return to_texts(value, out);
    }
  }

  // A truth per row, all of them known.
  template <typename TruthOf>
  void fill(Column& out, TruthOf&& truth_of) const {
    out.valid.assign(rows(), 1);
    out.integers.resize(rows());
    for (std::size_t row = 0; row < rows(); ++row) out.integers[row] = truth_of(row) ? 1 : 0;
  }

  template <typename Number>
  void fill_amounts(const Column& value, const std::vector<Number>& numbers, Column& out) const {
    out.valid.resize(rows());
    out.integers.resize(rows());
    for (std::size_t row = 0; row < rows(); ++row) {
      const std::optional<std::int64_t> amount = amount_of(numbers[row]);
      const bool is_there = !value.is_null(row) && amount;
      out.valid[row] = is_there ? 1 : 0;
      out.integers[row] = is_there ? *amount : 0;
    }
  }

  void to_texts(const Column& value, Column& out) const {
    for (std::size_t row = 0; row < rows(); ++row) {
      if (value.is_null(row)) {
        out.append_null();
      } else if (value.type == ColumnType::boolean) {
        out.append_text(value.integers[row] != 0 ? "true" : "false");
      } else {
        out.append_text(std::to_string(value.integers[row]));
      }
    }
  }

  const Contract& contract_;
  const RecordBatch& batch_;
};

}  // namespace

std::optional<PlainExpression> plain_expression(const std::string& tree, const Contract& contract) {
  const Json node = Json::parse(tree, nullptr, false);
  return node.is_object() ? TreeReader(contract).read(node) : std::nullopt;
}

std::optional<PlainExpression> cast_to_amount(const std::optional<PlainExpression>& value) {
  if (!value || (value->type != ColumnType::number && value->type != ColumnType::integer))
    return std::nullopt;
  PlainExpression cast = combined(Kind::to_amount, {*value});
  cast.type = ColumnType::integer;
  return cast;
}

std::optional<PlainExpression> cast_to_text(const std::optional<PlainExpression>& value) {
  if (!value || (value->type != ColumnType::integer && value->type != ColumnType::boolean))
    return std::nullopt;
  PlainExpression cast = combined(Kind::to_text, {*value});
  cast.type = ColumnType::text;
  return cast;
}

PlainExpression failure_of(const PlainExpression& value, const PlainExpression& cast) {
  return combined(Kind::both, {combined(Kind::negation, {combined(Kind::is_null, {value})}),
                               combined(Kind::is_null, {cast})});
}

PlainExpression combined(Kind kind, std::vector<PlainExpression> of) {
  PlainExpression whole;
  whole.kind = kind;
  whole.type = ColumnType::boolean;
  whole.of = std::move(of);
  return whole;
}

PlainExpression never() {
  PlainExpression no;
  no.type = ColumnType::boolean;
  no.integer = 0;
  return no;
}

void evaluate_plain(const PlainExpression& expression, const Contract& contract, const RecordBatch& batch,
                    Column& out) {
  Evaluation(contract, batch).evaluate(expression, out);
}

}  // namespace weir::ingest
