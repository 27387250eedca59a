#include "risk/model.h"

#include <gtest/gtest.h>

namespace weir::risk {
namespace {

Model some_model() {
  Model model;
  model.name = "deals/won/eventual";
  model.funnel = "deals";
  model.outcome = Outcome::won;
  model.stage_rates = {{"", 100, 20, 50}, {"open", 40, 16, 20}};
  return model;
}

TEST(Model, a_stage_rate_with_an_interval_over_subjects) {
  const BaselineChance chance = baseline_chance(some_model(), {"open", 3});
  EXPECT_DOUBLE_EQ(chance.probability, 0.4);
  // 8 of 20 subjects, Clopper-Pearson 90 %.
  EXPECT_NEAR(chance.low, 0.2171, 1e-3);
  EXPECT_NEAR(chance.high, 0.6064, 1e-3);
}

TEST(Model, a_stage_never_seen_has_the_rate_of_all) {
  EXPECT_DOUBLE_EQ(baseline_chance(some_model(), {"new", 1}).probability, 0.2);
}

TEST(Model, nothing_known_is_any_probability) {
  const BaselineChance chance = baseline_chance(Model{}, {"open", 3});
  EXPECT_DOUBLE_EQ(chance.low, 0);
  EXPECT_DOUBLE_EQ(chance.high, 1);
}

TEST(Model, a_recorded_share_raises_probabilities_and_never_above_one) {
  Model model = some_model();
  model.recorded_share = 0.5;
  const auto scores = score(model, {}, std::vector<ScoreRow>{{"open", 1}});
  ASSERT_TRUE(scores.has_value());
  EXPECT_DOUBLE_EQ((*scores)[0].probability, 0.8);
  EXPECT_DOUBLE_EQ((*scores)[0].high, 1);
}

TEST(Model, foreign_text_is_an_error) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"weir_model":2})", R"({"weir_model":1,"name":7})", "null"}) {
    const auto model = model_from_json(text);
    ASSERT_FALSE(model.has_value()) << text;
    EXPECT_EQ(model.error().code, Errc::invalid_data);
  }
}

TEST(Model, its_version_is_the_hash_of_its_content) {
  Model model = some_model();
  const std::string version = version_of(model);
  EXPECT_EQ(version, version_of(some_model()));
  model.seed = 2;
  EXPECT_NE(version, version_of(model));
}

}  // namespace
}  // namespace weir::risk
