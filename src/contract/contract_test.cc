#include "contract/contract.h"

#include <gtest/gtest.h>

namespace weir::contract {
namespace {

TEST(normalised_name, words_joined_by_underscores) {
  EXPECT_EQ(normalised_name("Deal Stage"), "deal_stage");
  EXPECT_EQ(normalised_name("deal_stage"), "deal_stage");
  EXPECT_EQ(normalised_name("  Amount (EUR) "), "amount_eur");
  EXPECT_EQ(normalised_name("properties.minutes"), "properties_minutes");
  EXPECT_EQ(normalised_name("_fivetran_synced"), "fivetran_synced");
  EXPECT_EQ(normalised_name("CloseDate"), "close_date");
  EXPECT_EQ(normalised_name("messageId"), "message_id");
  EXPECT_EQ(normalised_name("userID"), "user_id");
  EXPECT_EQ(normalised_name("HTTPServer"), "http_server");
  EXPECT_EQ(normalised_name("MQLs"), "mqls");
  EXPECT_EQ(normalised_name("EMAIL"), "email");
  EXPECT_EQ(normalised_name("Lead Source__c"), "lead_source_c");
  EXPECT_EQ(normalised_name("a\xC2\xA0"
                            "b"),
            "a_b");
  EXPECT_EQ(normalised_name("Gr\xC3\xB6\xC3\x9F"
                            "e"),
            "gr\xC3\xB6\xC3\x9F"
            "e");
  EXPECT_EQ(normalised_name("\xC3\x84rger"), "\xC3\xA4rger");
}

TEST(normalised_name, keywords_and_digits) {
  EXPECT_EQ(normalised_name("from"), "from_");
  EXPECT_EQ(normalised_name("Order"), "order_");
  EXPECT_EQ(normalised_name("WHEN"), "when_");
  EXPECT_EQ(normalised_name("2024 total"), "c_2024_total");
  EXPECT_EQ(normalised_name("type"), "type");
  EXPECT_EQ(normalised_name(""), "");
  EXPECT_EQ(normalised_name("---"), "");
}

TEST(normalised_name, is_its_own_normal_form) {
  for (const char* name : {"Deal Stage", "from", "2024 total", "CloseDate", "a__b", "MQLs", "x9Y",
                           "Gr\xC3\xB6\xC3\x9F"
                           "e"}) {
    const std::string once = normalised_name(name);
    EXPECT_EQ(normalised_name(once), once);
  }
}

TEST(normalised_names, are_unique) {
  EXPECT_EQ(normalised_names({"Stage", "stage", "", "STAGE", "stage 2", "column_3"}),
            (std::vector<std::string>{"stage", "stage_2", "column_3", "stage_3", "stage_2_2", "column_3_2"}));
}

TEST(contract, the_normal_form_changes_with_every_clause) {
  Contract contract;
  contract.source = "deals";
  contract.fields.resize(1);
  contract.fields[0].name = "amount";
  const std::string before = set_normal_form(contract);
  contract.fields[0].description = "says nothing about records";
  contract.fields[0].guess = "nor does this";
  EXPECT_EQ(set_normal_form(contract), before);
  contract.fields[0].required = true;
  const std::string required = set_normal_form(contract);
  EXPECT_NE(required, before);
  contract.fields[0].minimum = 0;
  EXPECT_NE(set_normal_form(contract), required);
}

TEST(contract, finds_fields_by_name) {
  Contract contract;
  contract.fields.resize(2);
  contract.fields[1].name = "b";
  EXPECT_EQ(contract.find("b"), &contract.fields[1]);
  EXPECT_EQ(contract.find("c"), nullptr);
}

}  // namespace
}  // namespace weir::contract
