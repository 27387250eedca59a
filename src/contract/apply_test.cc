#include "contract/apply.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::contract {
namespace {

// Rows of plain cells; "~" stands for an absent value, a leading "'" for a quoted one.
struct Rows {
  RawBatch batch;
  std::vector<std::string> texts;
  explicit Rows(const std::vector<std::vector<std::string>>& rows) {
    for (const auto& row : rows) texts.insert(texts.end(), row.begin(), row.end());
    batch.column_count = rows.empty() ? 0 : rows.front().size();
    for (const std::string& text : texts) {
      if (text == "~") {
        batch.cells.push_back({});
      } else if (text.starts_with("'")) {
        batch.cells.push_back(
            {text.data() + 1, static_cast<std::uint32_t>(text.size() - 1), CellKind::quoted});
      } else {
        batch.cells.push_back({text.data(), static_cast<std::uint32_t>(text.size()), CellKind::plain});
      }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      batch.rows.push_back(static_cast<std::int64_t>(i) + 1);
      batch.lines.push_back(static_cast<std::int64_t>(i) + 2);
    }
  }
};

struct Outcome {
  RecordBatch good;
  std::vector<Rejected> bad;
};

Contract of(std::vector<Field> fields) {
  Contract contract;
  contract.fields = std::move(fields);
  return contract;
}

Field field(std::string name, ColumnType type) {
  Field made;
  made.name = std::move(name);
  made.type = type;
  return made;
}

Outcome check(const Contract& contract, const std::vector<std::vector<std::string>>& rows,
              const std::vector<std::string>& null_values = {}) {
  auto checker = ContractChecker::create(contract, Zone::utc(), null_values);
  EXPECT_TRUE(checker) << checker.error().message;
  Outcome outcome;
  const Rows raw(rows);
  (*checker)->apply(raw.batch, outcome.good, outcome.bad);
  return outcome;
}

// The one rejection of one value: "clause|reason".
std::string breach(const Field& made, const std::string& text) {
  const Outcome outcome = check(of({made}), {{text}});
  if (outcome.bad.empty()) return "none";
  EXPECT_EQ(outcome.bad.front().field, made.name);
  return outcome.bad.front().clause + "|" + outcome.bad.front().reason;
}

TEST(contract_checker, values_become_typed) {
  const Contract contract = of({field("id", ColumnType::integer), field("amount", ColumnType::number),
                                field("won", ColumnType::boolean), field("day", ColumnType::date),
                                field("at", ColumnType::timestamp), field("name", ColumnType::text)});
  const Outcome outcome = check(contract, {{" 7 ", "1.5", "yes", "1970-01-03", "1970-01-01T00:00:01Z", " x "},
                                           {"~", "", "'", "~", "~", "~"}});
  ASSERT_TRUE(outcome.bad.empty());
  ASSERT_EQ(outcome.good.row_count(), 2U);
  EXPECT_EQ(outcome.good.columns[0].integers[0], 7);
  EXPECT_EQ(outcome.good.columns[1].numbers[0], 1.5);
  EXPECT_EQ(outcome.good.columns[2].integers[0], 1);
  EXPECT_EQ(outcome.good.columns[3].integers[0], 2);
  EXPECT_EQ(outcome.good.columns[4].integers[0], 1'000'000);
  EXPECT_EQ(outcome.good.columns[5].text(0), " x ");
  for (const Column& column : outcome.good.columns) EXPECT_TRUE(column.is_null(1));
}

TEST(contract_checker, each_clause_gives_its_reason) {
  EXPECT_EQ(breach(field("n", ColumnType::integer), "x"), "type|n is no whole number: 'x'");
  EXPECT_EQ(breach(field("n", ColumnType::number), "x"), "type|n is no number: 'x'");
  EXPECT_EQ(breach(field("n", ColumnType::number), "1,234"),
            "type|n is ambiguous: the comma could group thousands or be a decimal mark: '1,234'");
  EXPECT_EQ(breach(field("b", ColumnType::boolean), "maybe"), "type|b is neither true nor false: 'maybe'");
  EXPECT_EQ(breach(field("d", ColumnType::date), "3/1/2017"), "type|d is no date: '3/1/2017'");
  EXPECT_EQ(breach(field("d", ColumnType::date), "2017-03-01T10:00:00Z"),
            "type|d is no date: '2017-03-01T10:00:00Z'");
  EXPECT_EQ(breach(field("t", ColumnType::timestamp), "noon"), "type|t is no date and time: 'noon'");
  EXPECT_EQ(breach(field("j", ColumnType::json), "{"), "type|j is no JSON: '{'");
  EXPECT_EQ(breach(field("j", ColumnType::json), "{}"), "none");

  Field required = field("r", ColumnType::text);
  required.required = true;
  EXPECT_EQ(breach(required, ""), "required|r is empty but required");
  EXPECT_EQ(breach(required, "NULL"), "required|r is empty but required");
  Field required_number = field("r", ColumnType::number);
  required_number.required = true;
  EXPECT_EQ(breach(required_number, "n/a"), "required|r is empty but required");

  Field stage = field("stage", ColumnType::text);
  stage.allowed = {"Won", "Lost"};
  EXPECT_EQ(breach(stage, "won"), "enum|stage is none of the allowed values: 'won'");
  EXPECT_EQ(breach(stage, "Won"), "none");

  Field id = field("id", ColumnType::text);
  id.pattern = "^[A-Z]{2}[0-9]+$";
  EXPECT_EQ(breach(id, "AB12"), "none");
  EXPECT_EQ(breach(id, "ab12"), "pattern|id does not match its pattern: 'ab12'");

  Field amount = field("amount", ColumnType::number);
  amount.minimum = 0;
  amount.maximum = 100.5;
  EXPECT_EQ(breach(amount, "-0.01"), "range|amount is below the minimum of 0: '-0.01'");
  EXPECT_EQ(breach(amount, "100.6"), "range|amount is above the maximum of 100.5: '100.6'");
  EXPECT_EQ(breach(amount, "100.5"), "none");

  Field code = field("code", ColumnType::text);
  code.min_length = 2;
  code.max_length = 3;
  EXPECT_EQ(breach(code, "a"), "range|code is shorter than 2 characters: 'a'");
  EXPECT_EQ(breach(code, "\xC3\xA4\xC3\xA4\xC3\xA4"), "none");
  EXPECT_EQ(breach(code, "abcd"), "range|code is longer than 3 characters: 'abcd'");
}

TEST(contract_checker, dates_follow_their_format_and_say_it) {
  Field day = field("d", ColumnType::date);
  day.date_format = "%m/%d/%Y";
  EXPECT_EQ(breach(day, "3/1/2017"), "none");
  EXPECT_EQ(breach(day, "13/1/2017"), "type|d is no date of the form %m/%d/%Y: '13/1/2017'");
  Field epoch = field("t", ColumnType::timestamp);
  epoch.date_format = "epoch_ms";
  const Outcome outcome = check(of({epoch}), {{"1500000000123"}});
  EXPECT_EQ(outcome.good.columns[0].integers[0], 1'500'000'000'123'000);
}

TEST(contract_checker, personal_values_stay_out_of_reasons) {
  Field email = field("email", ColumnType::text);
  email.personal = PersonalClass::email;
  email.pattern = "@";
  EXPECT_EQ(breach(email, "ada.lovelace"), "pattern|email does not match its pattern");
}

TEST(contract_checker, shown_values_are_cut_at_40_bytes) {
  EXPECT_EQ(breach(field("n", ColumnType::number), std::string(100, 'x')),
            "type|n is no number: '" + std::string(40, 'x') + "...'");
  EXPECT_EQ(breach(field("n", ColumnType::number), std::string(39, 'x') + "\xC3\xA4"),
            "type|n is no number: '" + std::string(39, 'x') + "...'");
}

TEST(contract_checker, good_rows_go_on_and_bad_ones_keep_their_place) {
  const Outcome outcome = check(
      of({field("n", ColumnType::integer), field("s", ColumnType::text), field("x", ColumnType::number)}),
      {{"1", "a", "1"}, {"x", "bb", "x"}, {"3", "ccc", "2"}, {"4", "d", "y"}, {"5", "~", "3"}});
  EXPECT_EQ(outcome.good.rows, (std::vector<std::int64_t>{1, 3, 5}));
  EXPECT_EQ(outcome.good.columns[0].integers, (std::vector<std::int64_t>{1, 3, 5}));
  EXPECT_EQ(outcome.good.columns[1].text(1), "ccc");
  EXPECT_TRUE(outcome.good.columns[1].is_null(2));
  EXPECT_EQ(outcome.good.columns[2].numbers, (std::vector<double>{1, 2, 3}));
  ASSERT_EQ(outcome.bad.size(), 2U);
  EXPECT_EQ(outcome.bad[0].row, 2);
  EXPECT_EQ(outcome.bad[0].line, 3);
  EXPECT_EQ(outcome.bad[0].field, "n");
  EXPECT_EQ(outcome.bad[0].payload, R"({"n":"x","s":"bb","x":"x"})");
  EXPECT_EQ(outcome.bad[1].field, "x");
}

TEST(contract_checker, unique_holds_across_batches_and_counts_accepted_records_only) {
  Field id = field("id", ColumnType::integer);
  id.unique = true;
  auto checker = *ContractChecker::create(of({id, field("n", ColumnType::number)}), Zone::utc(), {});
  RecordBatch good;
  std::vector<Rejected> bad;
  checker->apply(Rows({{"1", "x"}, {"1", "1"}, {"1.0", "2"}, {"~", "3"}, {"~", "4"}}).batch, good, bad);
  EXPECT_EQ(good.rows, (std::vector<std::int64_t>{2, 4, 5}));
  ASSERT_EQ(bad.size(), 2U);
  EXPECT_EQ(bad[0].clause, "type");
  EXPECT_EQ(bad[1].clause + "|" + bad[1].reason, "unique|id repeats the value of an earlier record: '1.0'");
  checker->apply(Rows({{"1", "5"}, {"2", "6"}}).batch, good, bad);
  EXPECT_EQ(good.rows, (std::vector<std::int64_t>{2}));
}

TEST(contract_checker, ten_thousand_unique_values) {
  Field id = field("id", ColumnType::integer);
  id.unique = true;
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 10'000; ++i) rows.push_back({std::to_string(i % 5'000)});
  const Outcome outcome = check(of({id}), rows);
  EXPECT_EQ(outcome.good.row_count(), 5'000U);
  EXPECT_EQ(outcome.bad.size(), 5'000U);
}

TEST(contract_checker, nulls_in_texts_and_in_typed_columns) {
  const Contract contract = of({field("s", ColumnType::text), field("n", ColumnType::number)});
  const Outcome outcome =
      check(contract, {{"NULL", "-"}, {"'NULL", "none"}, {"\\N", "NaN"}, {"-", "'NULL"}, {"None", "#N/A"}});
  ASSERT_EQ(outcome.good.row_count(), 5U);
  const Column& texts = outcome.good.columns[0];
  EXPECT_TRUE(texts.is_null(0));
  EXPECT_EQ(texts.text(1), "NULL");
  EXPECT_TRUE(texts.is_null(2));
  EXPECT_EQ(texts.text(3), "-");
  EXPECT_EQ(texts.text(4), "None");
  for (std::size_t row = 0; row < 5; ++row) EXPECT_TRUE(outcome.good.columns[1].is_null(row));
}

TEST(contract_checker, declared_nulls_replace_the_usual_ones_of_texts) {
  const Outcome outcome = check(of({field("s", ColumnType::text)}), {{"-"}, {"'-"}, {"NULL"}}, {"-"});
  EXPECT_TRUE(outcome.good.columns[0].is_null(0));
  EXPECT_TRUE(outcome.good.columns[0].is_null(1));
  EXPECT_EQ(outcome.good.columns[0].text(2), "NULL");
}

TEST(contract_checker, a_field_without_a_column_is_null) {
  auto checker = *ContractChecker::create(of({field("a", ColumnType::text), field("b", ColumnType::integer)}),
                                          Zone::utc(), {});
  checker->bind({-1, 0});
  RecordBatch good;
  std::vector<Rejected> bad;
  checker->apply(Rows({{"5"}}).batch, good, bad);
  EXPECT_TRUE(good.columns[0].is_null(0));
  EXPECT_EQ(good.columns[1].integers[0], 5);
}

TEST(contract_checker, patterns_stay_cheap_on_hostile_values) {
  Field id = field("id", ColumnType::text);
  id.pattern = "^(a+)+$";
  EXPECT_EQ(breach(id, std::string(2'000, 'a') + "!").substr(0, 31), "pattern|id does not match its p");
  EXPECT_EQ(breach(id, std::string(kMaxPatternText, 'a')), "none");
  EXPECT_EQ(breach(id, std::string(kMaxPatternText + 1, 'a')).substr(0, 47),
            "pattern|id is too long to match its pattern: 'a");
}

TEST(contract_checker, broken_clauses_are_refused_at_once) {
  Field id = field("id", ColumnType::text);
  id.pattern = "(";
  const auto bad_pattern = ContractChecker::create(of({id}), Zone::utc(), {});
  ASSERT_FALSE(bad_pattern);
  EXPECT_EQ(bad_pattern.error().code, Errc::configuration);
  id.pattern = "(a)\\1";
  EXPECT_FALSE(ContractChecker::create(of({id}), Zone::utc(), {}));
  Field day = field("d", ColumnType::date);
  day.date_format = "%Q";
  EXPECT_FALSE(ContractChecker::create(of({day}), Zone::utc(), {}));
}

}  // namespace
}  // namespace weir::contract
