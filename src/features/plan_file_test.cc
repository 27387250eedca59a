#include "features/plan_file.h"

#include <gtest/gtest.h>

#include <string>

#include "features/catalogue.h"

namespace weir::features {
namespace {

PlanFile some_plan() {
  PlanFile plan;
  plan.timelines = "a-b.timelines";
  plan.funnel_name = "deals";
  plan.version = "0123456789ab";
  Definition replies;
  replies.spec = {Function::count, "reply", Micros{30 * kMicrosPerDay}, Scope::account};
  replies.version = "aa";
  replies.selector = {Selector::Kind::condition, 63};
  Definition sector;
  sector.spec = {Function::attribute, "account.sector", Micros{0}, Scope::contact};
  sector.version = "bb";
  sector.type = ColumnType::category;
  sector.kind = timeline::kAccount;
  sector.attribute = kUnknownAttribute;
  plan.definitions = {replies, sector};
  plan.funnel.subject = timeline::kOpportunity;
  plan.funnel.stages.resize(2);
  plan.funnel.stages[0].enter = {3, true};
  plan.funnel.stages[1].valid_from = EventTime{Micros{-5}};
  plan.funnel.won = {4, false};
  plan.funnel.silent_for = Micros{20 * kMicrosPerDay};
  plan.stage_names = {"new \"lead\"", "offer"};
  plan.zone = "Europe/Berlin";
  plan.calendar.holidays = {Date{20'000}, Date{20'005}};
  plan.first_day = 19'000;
  plan.last_day = 20'100;
  plan.meanings.inbound = {Selector::Kind::type, 2};
  plan.meanings.objections = {{Selector::Kind::condition, 1}, {Selector::Kind::touch, 0}};
  plan.meanings.step_due = 7;
  plan.minor_per_major = 1000;
  plan.amounts = {{5, 123}, {9, timeline::kNoAmount}};
  ContextTables context;
  context.first_day = 19'000;
  context.last_day = 19'001;
  context.account_open = {{1, 19'000, 2}, {1, 19'001, 3}};
  context.calendar_factor = {0.1, 1.0 / 3};
  context.alive.first_day = 19'000;
  context.alive.cells = {{"", "", {0.5, 1.5}}, {"north", "", {0.1, 1.0 / 3}}};
  context.alive.epochs = {{19'000, {0.01, 0.02, 0.1, 1.5, 4}}};
  context.version = "cc";
  plan.context = context;
  return plan;
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(PlanFile, reads_back_what_it_wrote) {
  const PlanFile plan = some_plan();
  const std::string text = to_json(plan);
  const auto read = plan_file_from_json(text);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(to_json(*read), text);
  ASSERT_EQ(read->definitions.size(), 2U);
  EXPECT_EQ(read->definitions[0].spec, plan.definitions[0].spec);
  EXPECT_EQ(read->definitions[0].name, name_of(plan.definitions[0].spec));
  EXPECT_EQ(read->definitions[0].group, group_of(plan.definitions[0].spec));
  EXPECT_EQ(read->definitions[0].selector, plan.definitions[0].selector);
  EXPECT_EQ(read->definitions[1].attribute, kUnknownAttribute);
  EXPECT_EQ(read->definitions[1].type, ColumnType::category);
  EXPECT_EQ(read->funnel.stages[1].valid_from, EventTime{Micros{-5}});
  EXPECT_EQ(read->funnel.stages[1].enter.bit, funnel::kNoCondition);
  EXPECT_TRUE(read->funnel.stages[0].enter.contact_scope);
  EXPECT_EQ(read->stage_names, plan.stage_names);
  EXPECT_EQ(read->amounts[1].minor, timeline::kNoAmount);
  ASSERT_TRUE(read->context.has_value());
  EXPECT_EQ(read->context->calendar_factor, plan.context->calendar_factor);
}

TEST(PlanFile, refuses_what_it_never_writes) {
  const std::string text = to_json(some_plan());
  const std::pair<const char*, const char*> changes[] = {
      {"\"weir_feature_plan\":2", "\"weir_feature_plan\":1"},
      {"\"function\":\"count\"", "\"function\":\"guess\""},
      {"\"scope\":\"account\"", "\"scope\":\"all\""},
      {"\"kind\":\"condition\"", "\"kind\":\"sql\""},
      {"\"index\":63", "\"index\":-1"},
      {"\"index\":63", "\"index\":4294967296"},
      {"\"index\":63", "\"index\":1.5"},
      {"\"subject\":1", "\"subject\":9"},
      {"20000,20005", "20005,20000"},
      {"\"last_day\":20100", "\"last_day\":2000000"},
      {"\"minor_per_major\":1000", "\"minor_per_major\":0"},
      {"[1,19000,2],[1,19001,3]", "[1,19001,3],[1,19000,2]"},
      {"\"zone\":", "\"place\":"},
      {"\"region\":\"north\"", "\"region\":7"},
      {"[19000,0.01,", "[19000,\"a\","},
  };
  for (const auto& [from, to] : changes) {
    const auto read = plan_file_from_json(changed(text, from, to));
    ASSERT_FALSE(read.has_value()) << to;
    EXPECT_EQ(read.error().code, Errc::invalid_data);
  }
  for (std::size_t size = 0; size < text.size(); size += 97) {
    EXPECT_FALSE(plan_file_from_json(std::string_view(text).substr(0, size)).has_value());
  }
}

}  // namespace
}  // namespace weir::features
