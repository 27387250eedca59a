#include "risk/baseline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/fixed_math.h"
#include "base/random.h"
#include "risk/gamma_quantile.h"

namespace weir::risk {
namespace {

struct Hazards {
  double lost{0.01};
  double advanced{0.02};
};

BaselineStay draw_stay(Random& random, const Hazards& hazards, double as_of,
                       const std::string& segment = "") {
  BaselineStay stay{.stage = "sql", .segment = segment};
  stay.entered_day = as_of * random.uniform();
  const double total = hazards.lost + hazards.advanced;
  const double length = -fixed_math::log(1 - random.uniform()) / total;
  stay.left_day = stay.entered_day + length;
  stay.end = random.chance(hazards.lost / total) ? StayEnd::lost : StayEnd::advanced;
  if (stay.left_day > as_of) {
    stay.left_day = as_of;
    stay.end = StayEnd::open;
  }
  return stay;
}

std::vector<BaselineStay> draw_stays(std::size_t count, const Hazards& hazards, double as_of,
                                     std::uint64_t seed) {
  Random random(seed);
  std::vector<BaselineStay> stays;
  for (std::size_t i = 0; i < count; ++i) stays.push_back(draw_stay(random, hazards, as_of));
  return stays;
}

double true_loss(const Hazards& hazards, double horizon) {
  const double total = hazards.lost + hazards.advanced;
  return hazards.lost / total * (1 - fixed_math::exp(-total * horizon));
}

TEST(Baseline, rolls_out_competing_exits) {
  const Hazards hazards;
  const auto baseline = fit_baseline(draw_stays(20000, hazards, 400, 1), 400);
  ASSERT_TRUE(baseline.has_value());
  for (const double days : {0.0, 10.0, 45.0}) {
    EXPECT_NEAR(baseline->rollout("sql", days, "", 30).probability, true_loss(hazards, 30), 0.015) << days;
  }
  const ExitChances chances = baseline->chances("sql", 3, "", 30);
  EXPECT_NEAR(chances.lost + chances.advanced + chances.won + chances.back + chances.stays, 1, 1e-12);
  EXPECT_NEAR(chances.advanced, 2 * chances.lost, 0.03);
  // A hazard read as if nothing competed would be higher.
  EXPECT_GT(1 - fixed_math::exp(-hazards.lost * 30), true_loss(hazards, 30) + 0.05);
}

TEST(Baseline, interval_covers_the_truth) {
  const Hazards hazards;
  for (const std::size_t count : {60U, 200U, 800U}) {
    int covered = 0;
    constexpr int kRuns = 300;
    for (int run = 0; run < kRuns; ++run) {
      const auto baseline =
          fit_baseline(draw_stays(count, hazards, 150, 1000 + static_cast<std::uint64_t>(run)), 150);
      const Rollout rollout = baseline->rollout("sql", 5, "", 30);
      const double truth = true_loss(hazards, 30);
      covered += rollout.low <= truth && truth <= rollout.high ? 1 : 0;
    }
    EXPECT_GE(covered, kRuns * 0.86) << count << " stays";
  }
}

TEST(Baseline, follows_a_hazard_that_moved) {
  Random random(7);
  std::vector<BaselineStay> stays;
  for (int i = 0; i < 8000; ++i) {
    const bool early = i % 2 == 0;
    BaselineStay stay = draw_stay(random, early ? Hazards{0.004, 0.02} : Hazards{0.02, 0.02}, 300);
    if (!early) {
      stay.entered_day += 300;
      stay.left_day += 300;
    } else if (stay.end == StayEnd::open) {
      continue;
    }
    stays.push_back(stay);
  }
  const double now = fit_baseline(stays, 600)->rollout("sql", 0, "", 30).probability;
  BaselineOptions slow;
  slow.half_life_days = 1e6;
  const double always = fit_baseline(stays, 600, slow)->rollout("sql", 0, "", 30).probability;
  const double truth = true_loss({0.02, 0.02}, 30);
  EXPECT_NEAR(now, truth, 0.04);
  EXPECT_LT(always, truth - 0.06);
}

TEST(Baseline, small_segments_lean_on_their_stage) {
  std::vector<BaselineStay> stays = draw_stays(3000, {0.01, 0.02}, 200, 9);
  for (int i = 0; i < 2; ++i) {
    stays.push_back(
        {.stage = "sql", .segment = "west", .entered_day = 190, .left_day = 195, .end = StayEnd::lost});
  }
  const auto baseline = fit_baseline(stays, 200);
  const Rollout parent = baseline->rollout("sql", 0, "", 30);
  const Rollout west = baseline->rollout("sql", 0, "west", 30);
  const Rollout unseen = baseline->rollout("sql", 0, "north", 30);
  EXPECT_GT(west.probability, parent.probability);
  EXPECT_LT(west.probability, parent.probability + 0.2);
  EXPECT_NEAR(unseen.probability, parent.probability, 1e-12);
  EXPECT_LT(unseen.low, parent.low);
  EXPECT_GT(unseen.high, parent.high);
  EXPECT_EQ(unseen.exposure_days, 0);
}

TEST(Baseline, the_future_changes_nothing) {
  const std::vector<BaselineStay> stays = draw_stays(500, {0.02, 0.02}, 200, 4);
  std::vector<BaselineStay> known;
  for (BaselineStay stay : stays) {
    if (stay.entered_day > 100) continue;
    if (stay.left_day > 100) {
      stay.left_day = 100;
      stay.end = StayEnd::open;
    }
    known.push_back(stay);
  }
  EXPECT_EQ(to_json(*fit_baseline(stays, 100)), to_json(*fit_baseline(known, 100)));
}

TEST(Baseline, unknown_stage_and_no_data_say_so) {
  const auto baseline = fit_baseline(draw_stays(200, {0.02, 0.02}, 100, 2), 100);
  const Rollout unknown = baseline->rollout("proposal", 0, "", 30);
  EXPECT_FALSE(unknown.known_stage);
  EXPECT_GT(unknown.probability, 0.1);
  const auto empty = fit_baseline({}, 100);
  ASSERT_TRUE(empty.has_value());
  const Rollout nothing = empty->rollout("sql", 0, "", 30);
  EXPECT_FALSE(nothing.known_stage);
  EXPECT_EQ(nothing.low, 0);
  EXPECT_EQ(nothing.high, 1);
  EXPECT_EQ(baseline->rollout("sql", 0, "", 0).probability, 0);
}

TEST(Baseline, a_funnel_without_a_loss_claims_no_certainty) {
  std::vector<BaselineStay> stays = draw_stays(40, {0.02, 0.02}, 100, 2);
  for (BaselineStay& stay : stays) {
    if (stay.end == StayEnd::lost) stay.end = StayEnd::advanced;
  }
  const Rollout rollout = fit_baseline(stays, 100)->rollout("sql", 0, "", 30);
  EXPECT_GT(rollout.high, rollout.probability);
  EXPECT_LT(rollout.probability, 0.05);
}

TEST(Baseline, order_of_input_hardly_matters_and_bad_input_is_refused) {
  EXPECT_FALSE(
      fit_baseline(
          std::vector<BaselineStay>{{.stage = "sql", .segment = "", .entered_day = 5, .left_day = 3}}, 9)
          .has_value());
  EXPECT_FALSE(
      fit_baseline(
          std::vector<BaselineStay>{{.stage = "sql", .segment = "", .entered_day = NAN, .left_day = 3}}, 9)
          .has_value());
  BaselineOptions falling;
  falling.bucket_edges = {30, 7};
  EXPECT_FALSE(fit_baseline({}, 9, falling).has_value());
  std::vector<BaselineStay> stays = draw_stays(300, {0.02, 0.02}, 100, 2);
  const double forth = fit_baseline(stays, 100)->rollout("sql", 0, "", 30).probability;
  std::reverse(stays.begin(), stays.end());
  EXPECT_NEAR(fit_baseline(stays, 100)->rollout("sql", 0, "", 30).probability, forth, 1e-12);
}

TEST(Baseline, json_reads_back_to_the_same_bytes) {
  const auto baseline = fit_baseline(draw_stays(300, {0.02, 0.02}, 100, 2), 100);
  const std::string text = to_json(*baseline);
  const auto back = baseline_from_json(text);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(to_json(*back), text);
  EXPECT_EQ(back->rollout("sql", 3, "x", 30).low, baseline->rollout("sql", 3, "x", 30).low);
  for (std::size_t length = 0; length < text.size(); length += 53) {
    EXPECT_FALSE(baseline_from_json(std::string_view(text).substr(0, length)).has_value());
  }
  nlohmann::json shuffled = nlohmann::json::parse(text);
  std::reverse(shuffled["cells"].begin(), shuffled["cells"].end());
  EXPECT_FALSE(baseline_from_json(shuffled.dump()).has_value());
}

TEST(Baseline, quantiles_invert_their_distributions) {
  for (const double shape : {0.01, 0.3, 1.0, 4.5, 80.0, 5000.0}) {
    for (const double probability : {0.001, 0.05, 0.5, 0.95, 0.999}) {
      const double x = gamma_quantile(shape, probability);
      if (x > 1e-290) {
        EXPECT_NEAR(fixed_math::gamma_p(shape, x), probability, 1e-9) << shape;
      }
    }
  }
  EXPECT_NEAR(gamma_quantile(1, 0.95), 2.995732273553991, 1e-9);
  EXPECT_NEAR(beta_quantile(1, 10, 0.05), 1 - std::pow(0.95, 0.1), 1e-12);
  EXPECT_NEAR(beta_quantile(5, 3, beta_cdf(5, 3, 0.4)), 0.4, 1e-12);
}

}  // namespace
}  // namespace weir::risk
