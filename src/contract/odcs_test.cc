#include "contract/odcs.h"

#include <gtest/gtest.h>

#include <string>

namespace weir::contract {
namespace {

std::string mistakes_of(const std::string& yaml, const std::string& source = "deals") {
  std::string all;
  for (const auto& mistake : read_odcs(yaml, "c.yaml", source).mistakes) all += to_text(mistake) + "\n";
  return all;
}

const std::string kHead = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n";

TEST(odcs, a_contract_is_read) {
  const ContractDocument document = read_odcs(kHead + R"(schema:
  - name: deals
    properties:
      - name: Deal Id
        logicalType: string
        primaryKey: true
        logicalTypeOptions: { pattern: "^[A-Z0-9]+$", minLength: 8, maxLength: 8 }
      - name: close_date
        physicalName: Close Date
        logicalType: date
        logicalTypeOptions: { format: MM/dd/yyyy }
      - name: stage
        logicalType: string
        quality:
          - { type: library, metric: invalidValues, mustBe: 0, arguments: { validValues: [Won, Lost] } }
          - { type: library, metric: nullValues, mustBe: 0 }
      - name: amount
        logicalType: number
        logicalTypeOptions: { minimum: 0, maximum: 1000000 }
        customProperties:
          - { property: decimalMark, value: "," }
      - name: email
        customProperties:
          - { property: personalClass, value: email }
          - { property: purpose, value: sales }
slaProperties:
  - { property: freshness, value: 2, unit: d }
)",
                                              "c.yaml", "deals");
  for (const auto& mistake : document.mistakes) ADD_FAILURE() << to_text(mistake);
  const Contract& contract = document.contract;
  ASSERT_EQ(contract.fields.size(), 5U);
  EXPECT_EQ(contract.fields[0].name, "deal_id");
  EXPECT_EQ(contract.fields[0].source_name, "Deal Id");
  EXPECT_TRUE(contract.fields[0].required && contract.fields[0].unique);
  EXPECT_EQ(contract.fields[0].min_length, 8U);
  EXPECT_EQ(contract.fields[1].date_format, "%m/%d/%Y");
  EXPECT_EQ(contract.fields[1].source_name, "Close Date");
  EXPECT_EQ(contract.fields[2].allowed, (std::vector<std::string>{"Won", "Lost"}));
  EXPECT_TRUE(contract.fields[2].required);
  EXPECT_EQ(contract.fields[3].minimum, 0.0);
  EXPECT_EQ(contract.fields[3].decimal_mark, ',');
  EXPECT_EQ(contract.fields[4].personal, PersonalClass::email);
  EXPECT_EQ(contract.fields[4].purpose, "sales");
  EXPECT_EQ(contract.freshness, Micros{2 * kMicrosPerDay});
  EXPECT_FALSE(contract.inferred);
  EXPECT_EQ(contract.fields[4].place.line, 27);
}

TEST(odcs, all_mistakes_come_at_once_with_their_places) {
  EXPECT_EQ(mistakes_of(R"(apiVersion: v2.2.2
kind: Contract
id: x
status: active
schema:
  - name: deals
    properties:
      - name: a
        requried: true
      - name: a
        logicalType: strnig
      - name: b
        required: maybe
        logicalType: integer
        logicalTypeOptions: { minimum: 5, maximum: 1 }
      - logicalType: string
      - name: c
        logicalTypeOptions: { pattern: "(" }
slaProperties:
  - { property: freshness, value: soon, unit: moons }
)"),
            R"(c.yaml:1:1: error: 'apiVersion' must be v3.1.0 or another v3 version, not 'v2.2.2'
c.yaml:1:1: error: 'version' is missing
c.yaml:2:1: error: 'kind' must be DataContract, not 'Contract'
c.yaml:9:9: error: 'requried' is no key of the standard here; did you mean 'required'?
c.yaml:10:9: error: two properties are named 'a'
c.yaml:11:9: error: 'logicalType' must be a type such as string, date, timestamp, number, integer, boolean, object or array, not 'strnig'; did you mean 'string'?
c.yaml:13:9: error: 'required' must be true or false
c.yaml:15:31: error: 'minimum' is above 'maximum': no value could hold
c.yaml:16:9: error: 'name' is missing
)"
            "c.yaml:18:40: error: the pattern '(' is no ECMAScript regular expression: Mismatched '(' and "
            "')' in regular expression\n"
            R"(c.yaml:20:28: error: 'value' must be a number
c.yaml:20:41: error: 'unit' must be a unit of time: d, h, m or s
)");
}

TEST(odcs, what_is_not_enforced_is_a_warning) {
  EXPECT_EQ(
      mistakes_of(kHead +
                  "schema:\n  - name: deals\n    properties:\n      - name: a\n        logicalType: integer\n"
                  "        logicalTypeOptions: { multipleOf: 5 }\n        quality:\n          - { type: sql, "
                  "query: x }\n"),
      "c.yaml:11:31: warning: 'multipleOf' is not enforced\nc.yaml:13:13: warning: this quality rule is not "
      "enforced on records\n");
}

TEST(odcs, the_object_of_the_source_is_taken) {
  const std::string two =
      kHead +
      "schema:\n  - { name: a, properties: [{ name: x }] }\n  - { name: b, properties: [{ name: y }] }\n";
  EXPECT_EQ(read_odcs(two, "c.yaml", "b").contract.fields.at(0).name, "y");
  EXPECT_EQ(mistakes_of(two, "c"), "c.yaml:6:1: error: 'schema' has 2 objects and none is named 'c'\n");
  EXPECT_EQ(mistakes_of(kHead + "schema: []\n"), "c.yaml:6:1: error: 'schema' has no objects\n");
}

Contract full_contract() {
  Contract contract;
  contract.id = "deals: \"x\"";
  contract.version = "1.0.0";
  contract.source = "deals";
  contract.freshness = Micros{36 * 3600 * kMicrosPerSecond};
  contract.allow_unknown_columns = false;
  Field text;
  text.name = "stage";
  text.source_name = "Deal: \"Stage\" \xC3\xBC\n";
  text.required = text.unique = true;
  text.allowed = {"a'b", "no", "1", ""};
  text.pattern = "^[a-z\\d]\"?$";
  text.min_length = 1;
  text.max_length = 9;
  text.personal = PersonalClass::free_text;
  text.purpose = "sales";
  text.description = "# not a comment";
  contract.fields.push_back(text);
  Field time;
  time.name = "at_";
  time.type = ColumnType::timestamp;
  time.date_format = "%m/%d/%Y %I:%M %p";
  time.guess = "ambiguous";
  contract.fields.push_back(time);
  Field number;
  number.name = "amount";
  number.type = ColumnType::number;
  number.minimum = -0.5;
  number.maximum = 1e21;
  number.decimal_mark = ',';
  contract.fields.push_back(number);
  for (const ColumnType type :
       {ColumnType::integer, ColumnType::boolean, ColumnType::date, ColumnType::json}) {
    Field plain;
    plain.name = std::string("f_") + to_text(type);
    plain.type = type;
    contract.fields.push_back(plain);
  }
  Field epoch;
  epoch.name = "ts";
  epoch.type = ColumnType::timestamp;
  epoch.date_format = "epoch_ms";
  contract.fields.push_back(epoch);
  set_normal_form(contract);
  return contract;
}

TEST(odcs, what_is_written_is_read_back) {
  const Contract contract = full_contract();
  const std::string yaml = write_odcs(contract);
  const ContractDocument document = read_odcs(yaml, "c.yaml", "deals");
  for (const auto& mistake : document.mistakes) ADD_FAILURE() << to_text(mistake) << "\n" << yaml;
  EXPECT_EQ(document.contract.normal_form, contract.normal_form);
  EXPECT_EQ(document.contract.id, contract.id);
  EXPECT_EQ(document.contract.fields[1].guess, "ambiguous");
  EXPECT_EQ(write_odcs(document.contract), yaml);
}

TEST(odcs, date_formats_of_the_standard) {
  EXPECT_EQ(format_from_java("yyyy-MM-dd'T'HH:mm:ss.SSSXXX"), "%Y-%m-%dT%H:%M:%S.%f%z");
  EXPECT_EQ(format_from_java("d. MMMM yyyy"), "%d. %B %Y");
  EXPECT_EQ(format_from_java("w"), "");
  EXPECT_EQ(format_to_java("%d/%m/%Y"), "dd/MM/yyyy");
  EXPECT_EQ(format_to_java("epoch_s"), "");
}

}  // namespace
}  // namespace weir::contract
