#include "contract/infer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace weir::contract {
namespace {

// The contract of one column.
Field inferred(const std::string& name, const std::vector<std::string>& values, InferOptions options = {},
               const std::string& source = "s") {
  RawBatch batch;
  batch.column_count = 1;
  for (const std::string& value : values) {
    batch.cells.push_back({value.data(), static_cast<std::uint32_t>(value.size()), CellKind::plain});
    batch.rows.push_back(static_cast<std::int64_t>(batch.rows.size()) + 1);
  }
  ContractInference inference(source, {name}, std::move(options));
  inference.observe(batch);
  return inference.finish().fields.front();
}

std::string type_of(const std::string& name, const std::vector<std::string>& values) {
  const Field field = inferred(name, values);
  return std::string(to_text(field.type)) + (field.date_format.empty() ? "" : " " + field.date_format) +
         (field.decimal_mark == 0 ? "" : std::string(" ") + field.decimal_mark);
}

TEST(infer, types_by_their_values) {
  EXPECT_EQ(type_of("n", {"1", "-2", "", "NULL"}), "integer");
  EXPECT_EQ(type_of("n", {"1", "2.5"}), "number");
  EXPECT_EQ(type_of("amount", {"1", "2"}), "number");
  EXPECT_EQ(type_of("n", {"yes", "no"}), "boolean");
  EXPECT_EQ(type_of("n", {"1", "0"}), "integer");
  EXPECT_EQ(type_of("n", {"t", "t"}), "text");
  EXPECT_EQ(type_of("n", {"2017-03-01", "2017-03-02"}), "date");
  EXPECT_EQ(type_of("n", {"2017-03-01 10:00:00", "2017-03-02"}), "timestamp");
  EXPECT_EQ(type_of("n", {"2017-03-01T10:00:00.000+0000"}), "timestamp");
  EXPECT_EQ(type_of("n", {"{\"a\":1}", "[]"}), "json");
  EXPECT_EQ(type_of("n", {"a", "1"}), "text");
  EXPECT_EQ(type_of("n", {"", "", "-"}), "text");
  EXPECT_EQ(type_of("n", {}), "text");
}

TEST(infer, digits_that_are_names_stay_text) {
  EXPECT_EQ(type_of("zip", {"00123", "12345"}), "text");
  EXPECT_EQ(type_of("n", {"007"}), "text");
  EXPECT_EQ(type_of("n", {"12345678901234567890", "1"}), "text");
  EXPECT_EQ(type_of("id", {"1", "2", "A3"}), "text");
}

TEST(infer, order_of_day_and_month_is_decided_by_evidence) {
  EXPECT_EQ(type_of("d", {"1/2/2017", "1/13/2017"}), "date %m/%d/%Y");
  EXPECT_EQ(type_of("d", {"1/2/2017", "13/1/2017"}), "date %d/%m/%Y");
  EXPECT_EQ(type_of("d", {"1.2.2017", "13.1.2017"}), "date %d.%m.%Y");
  EXPECT_EQ(type_of("d", {"1/13/2017 4:05 PM"}), "timestamp %m/%d/%Y %I:%M %p");
  EXPECT_EQ(type_of("d", {"13-Jan-2017"}), "date %d-%b-%Y");
  EXPECT_EQ(type_of("d", {"13/13/2017"}), "text");
  EXPECT_EQ(type_of("d", {"1/13/2017", "13/1/2017"}), "text");
}

TEST(infer, what_cannot_be_decided_is_marked) {
  const Field field = inferred("d", {"1/2/2017", "3/4/2017"});
  EXPECT_EQ(field.date_format, "%m/%d/%Y");
  EXPECT_EQ(
      field.guess,
      "ambiguous: day and month could be swapped in all sampled values; the month was taken to stand first");
  InferOptions declared;
  declared.date_format = "%d/%m/%Y";
  EXPECT_EQ(inferred("d", {"1/2/2017"}, declared).date_format, "%d/%m/%Y");
  EXPECT_EQ(inferred("d", {"1/2/2017"}, declared).guess, "");
}

TEST(infer, another_column_of_the_file_settles_the_order) {
  const std::vector<std::string> values{"1/2/2017", "13/1/2017"};
  RawBatch batch;
  batch.column_count = 2;
  for (const std::string& value : values)
    batch.cells.push_back({value.data(), static_cast<std::uint32_t>(value.size()), CellKind::plain});
  batch.rows = {1};
  ContractInference inference("s", {"a", "b"}, {});
  inference.observe(batch);
  const Contract contract = inference.finish();
  EXPECT_EQ(contract.fields[0].date_format, "%d/%m/%Y");
  EXPECT_EQ(contract.fields[1].date_format, "%d/%m/%Y");
  EXPECT_NE(contract.fields[0].guess, "");
}

TEST(infer, epochs_need_a_name_of_time) {
  EXPECT_EQ(type_of("created_at", {"1500000000", "1600000000"}), "timestamp epoch_s");
  EXPECT_EQ(type_of("timestamp", {"1500000000123"}), "timestamp epoch_ms");
  EXPECT_EQ(type_of("customer", {"1500000000"}), "integer");
  EXPECT_EQ(type_of("close_date", {"20170301"}), "date %Y%m%d");
  EXPECT_EQ(type_of("customer", {"20170301"}), "integer");
}

TEST(infer, marks_of_decimals) {
  EXPECT_EQ(type_of("n", {"1,5", "2,25"}), "number");
  EXPECT_EQ(type_of("n", {"1,500", "2,25"}), "number ,");
  EXPECT_EQ(type_of("n", {"1,500", "2.25"}), "number .");
  const Field field = inferred("n", {"1,500", "2,250"});
  EXPECT_EQ(field.decimal_mark, '.');
  EXPECT_EQ(field.guess, "ambiguous: commas were taken to group thousands");
}

TEST(infer, one_odd_value_in_a_hundred_does_not_make_a_column_text) {
  std::vector<std::string> values(200, "5");
  values[7] = "oops";
  const Field field = inferred("n", values);
  EXPECT_EQ(field.type, ColumnType::integer);
  EXPECT_EQ(field.guess, "1 of 200 sampled values are no whole number");
  EXPECT_EQ(inferred("deal_id", values).type, ColumnType::text);
  for (std::size_t i = 0; i < 5; ++i) values[i * 20] = "oops";
  EXPECT_EQ(inferred("n", values).type, ColumnType::text);
}

TEST(infer, nothing_is_required_unless_asked) {
  EXPECT_FALSE(inferred("a", {"x"}).required);
  InferOptions options;
  options.infer_required = true;
  EXPECT_TRUE(inferred("a", {"x"}, options).required);
  EXPECT_FALSE(inferred("a", {"x", ""}, options).required);
}

TEST(infer, personal_classes) {
  EXPECT_EQ(inferred("who", {"ada@example.com", "bob@example.com"}).personal, PersonalClass::email);
  EXPECT_EQ(inferred("Email Address", {"b1946ac92492d234"}).personal, PersonalClass::email);
  EXPECT_EQ(inferred("email_opt_out", {"true", "false"}).personal, PersonalClass::none);
  EXPECT_EQ(inferred("email_id", {"1", "2"}).personal, PersonalClass::none);
  EXPECT_EQ(inferred("Mobile Phone", {"15551234567"}).personal, PersonalClass::phone);
  EXPECT_EQ(inferred("Mobile Phone", {"15551234567"}).type, ColumnType::text);
  EXPECT_EQ(inferred("contact", {"+1 555 123 4567", "+49 30 1234567"}).personal, PersonalClass::phone);
  EXPECT_EQ(inferred("phone_service", {"Yes", "No"}).personal, PersonalClass::none);
  EXPECT_EQ(inferred("First Name", {"Ada"}).personal, PersonalClass::name);
  EXPECT_EQ(inferred("name", {"Ada"}, {}, "contacts").personal, PersonalClass::name);
  EXPECT_EQ(inferred("name", {"Acme"}, {}, "accounts").personal, PersonalClass::none);
  EXPECT_EQ(inferred("description", {"They asked for a second demo"}).personal, PersonalClass::free_text);
  EXPECT_EQ(inferred("description", {"A1", "B2"}).personal, PersonalClass::none);
  EXPECT_EQ(inferred("ip_address", {"10.0.0.1"}).personal, PersonalClass::other);
}

TEST(infer, colleagues_stay_readable) {
  for (const char* name :
       {"owner", "sales_agent", "Owner Email", "account_manager", "rep_name", "created_by"}) {
    EXPECT_EQ(inferred(name, {"ada@example.com"}).personal, PersonalClass::none) << name;
  }
}

// Rows of texts as a batch; `rows` must live as long.
RawBatch batch_of(const std::vector<std::vector<std::string>>& rows) {
  RawBatch batch;
  batch.column_count = rows.front().size();
  for (const auto& row : rows) {
    for (const std::string& cell : row)
      batch.cells.push_back({cell.data(), static_cast<std::uint32_t>(cell.size()), CellKind::plain});
    batch.rows.push_back(static_cast<std::int64_t>(batch.rows.size()) + 1);
  }
  return batch;
}

TEST(infer, order_and_split_of_records_change_nothing) {
  const std::vector<std::vector<std::string>> first{{"A1", "", "7"}, {"A2", "", "8"}};
  const std::vector<std::vector<std::string>> second{{"2026-01-05", "A3", "x"},
                                                     {"", "A4", "9"}};  // closed, id, code
  ContractInference forward("s", {});
  forward.begin_file({"Id", "Closed", "Code"});
  forward.observe(batch_of(first));
  EXPECT_EQ(forward.finish().find("closed")->type, ColumnType::text);  // open until a value comes
  forward.begin_file({"closed", "id", "code"});
  forward.observe(batch_of(second));
  ContractInference backward("s", {"closed", "id", "code"}, {});
  backward.observe(batch_of(second));
  backward.begin_file({"Id", "Closed", "Code"});
  backward.observe(batch_of(first));
  EXPECT_EQ(forward.finish().find("closed")->type, ColumnType::date);
  EXPECT_EQ(forward.finish().find("code")->type, ColumnType::text);
  EXPECT_EQ(forward.finish().normal_form, backward.finish().normal_form);
}

TEST(infer, counts_go_on_where_they_ended) {
  const std::vector<std::vector<std::string>> rows{{"1/2/2017", "7"}, {"1/13/2017", "1.5"}};
  ContractInference whole("s", {"day", "amount"}, {});
  whole.observe(batch_of(rows));
  ContractInference half("s", {"day", "amount"}, {});
  half.observe(batch_of({rows[0]}));
  ContractInference rest("s", {});
  ASSERT_TRUE(rest.restore(half.counts()).has_value());
  rest.begin_file({"day", "amount"});
  rest.observe(batch_of({rows[1]}));
  EXPECT_EQ(rest.finish().normal_form, whole.finish().normal_form);
  EXPECT_EQ(rest.counts(), whole.counts());
  InferOptions other;
  other.date_format = "%d/%m/%Y";
  EXPECT_FALSE(ContractInference("s", other).restore(half.counts()).has_value());
  EXPECT_FALSE(ContractInference("s", {}).restore("{\"format\": 1}").has_value());
}

TEST(infer, of_many_records_a_sample_that_does_not_depend_on_their_order) {
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 60'000; ++i) rows.push_back({std::to_string(i), i % 3 == 0 ? "x" : std::to_string(i)});
  ContractInference forward("s", {"n", "mixed"}, {});
  forward.observe(batch_of(rows));
  std::reverse(rows.begin(), rows.end());
  ContractInference backward("s", {"n", "mixed"}, {});
  for (std::size_t at = 0; at < rows.size(); at += 7'000) {
    const std::vector<std::vector<std::string>> part(
        rows.begin() + static_cast<std::ptrdiff_t>(at),
        rows.begin() + static_cast<std::ptrdiff_t>(std::min(at + 7'000, rows.size())));
    backward.observe(batch_of(part));
  }
  EXPECT_EQ(forward.counts(), backward.counts());
  EXPECT_EQ(forward.finish().find("n")->type, ColumnType::integer);
  EXPECT_EQ(forward.finish().find("mixed")->type, ColumnType::text);
}

}  // namespace
}  // namespace weir::contract
