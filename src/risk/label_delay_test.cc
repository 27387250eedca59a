#include "risk/label_delay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/fixed_math.h"
#include "base/random.h"

namespace weir::risk {
namespace {

using nlohmann::json;

struct Book {
  std::vector<ClosingDelay> closed;
  std::vector<double> all_delays;  // also of leads whose entry is still to come
};

// Losses evenly over `days`; the entry follows after an exponential delay, and is seen only before the as-of.
Book draw_book(std::size_t leads, double days, double mean_delay, std::uint64_t seed) {
  Random random(seed);
  Book book;
  for (std::size_t lead = 0; lead < leads; ++lead) {
    const double limit = days * random.uniform();
    const double delay = -mean_delay * fixed_math::log(1 - random.uniform());
    book.all_delays.push_back(delay);
    if (delay <= limit) book.closed.push_back({delay, limit});
  }
  return book;
}

double true_ratio(double mean_delay, double horizon) {
  return 1 - mean_delay / horizon * (1 - fixed_math::exp(-horizon / mean_delay));
}

TEST(LabelDelay, undoes_right_truncation) {
  const Book book = draw_book(3000, 90, 20, 1);
  const auto curve = delay_distribution(book.closed);
  ASSERT_TRUE(curve.has_value());
  const double truth = true_ratio(20, 30);
  EXPECT_NEAR(*recorded_share(*curve, 30), truth, 0.02);
  // What the plain distribution of the closed leads says is too short.
  double naive = 0;
  for (const ClosingDelay& lead : book.closed) naive += std::max(0.0, 30 - lead.delay_days) / 30;
  EXPECT_GT(naive / static_cast<double>(book.closed.size()), truth + 0.04);
}

TEST(LabelDelay, equals_the_product_by_hand) {
  // Ten leads with a long limit carry the risk set; delays 1 (6), 2 (3), 4 (1).
  std::vector<ClosingDelay> closed;
  for (int i = 0; i < 6; ++i) closed.push_back({1, i < 2 ? 1.5 : 9.0});
  for (int i = 0; i < 6; ++i) closed.push_back({2, 9});
  closed.push_back({4, 9});
  const auto curve = delay_distribution(closed);
  ASSERT_TRUE(curve.has_value());
  ASSERT_EQ(curve->days, (std::vector<double>{1, 2, 4}));
  // At 4: 11 at risk (two ended at 1.5), 1 closed. At 2: 10 at risk, 6 closed.
  EXPECT_DOUBLE_EQ(curve->cumulative[2], 1);
  EXPECT_DOUBLE_EQ(curve->cumulative[1], 10.0 / 11);
  EXPECT_DOUBLE_EQ(curve->cumulative[0], 10.0 / 11 * 0.4);
  EXPECT_DOUBLE_EQ(*recorded_share(*curve, 3),
                   (curve->cumulative[0] * 2 + (curve->cumulative[1] - curve->cumulative[0]) * 1) / 3);
  EXPECT_EQ(curve->at(0.5), 0);
  EXPECT_EQ(curve->at(100), 1);
}

TEST(LabelDelay, interval_covers_the_truth) {
  const double truth = true_ratio(12, 30);
  int covered = 0;
  constexpr int kRuns = 100;
  for (int run = 0; run < kRuns; ++run) {
    const Book book = draw_book(250, 180, 12, 100 + static_cast<std::uint64_t>(run));
    const auto interval = recorded_share_interval(book.closed, 30, 100);
    ASSERT_TRUE(interval.has_value() && interval->has_value());
    covered += (*interval)->low <= truth && truth <= (*interval)->high ? 1 : 0;
  }
  EXPECT_GE(covered, 82);
}

TEST(LabelDelay, few_leads_give_nothing_and_bad_ones_an_error) {
  const auto few = delay_distribution(std::vector<ClosingDelay>(9, ClosingDelay{3, 30}));
  ASSERT_TRUE(few.has_value());
  EXPECT_TRUE(few->days.empty());
  EXPECT_FALSE(recorded_share(*few, 30).has_value());
  EXPECT_FALSE(delay_distribution(std::vector<ClosingDelay>{{5, 3}}).has_value());
  EXPECT_FALSE(delay_distribution(std::vector<ClosingDelay>{{-1, 3}}).has_value());
  EXPECT_FALSE(delay_distribution(std::vector<ClosingDelay>{{std::numeric_limits<double>::quiet_NaN(), 3}})
                   .has_value());
}

TEST(LabelDelay, losses_at_the_end_of_the_horizon_are_recorded_less) {
  const auto curve = delay_distribution(draw_book(2000, 200, 10, 5).closed);
  ASSERT_TRUE(curve.has_value());
  const double even = *recorded_share(*curve, 30);
  EXPECT_NEAR(*recorded_share(*curve, 30, std::vector<double>(60, 1.0 / 60)), even, 0.01);
  EXPECT_LT(*recorded_share(*curve, 30, std::vector<double>{0, 0, 1}), even);
  EXPECT_NEAR(*recorded_share(*curve, 30, 0.05), even * 0.95, 1e-12);
}

TEST(LabelDelay, correction_divides_and_stays_a_probability) {
  EXPECT_DOUBLE_EQ(correct_for_delay(0.2, 0.5), 0.4);
  EXPECT_DOUBLE_EQ(correct_for_delay(0.8, 0.5), 1.0);
  EXPECT_DOUBLE_EQ(correct_for_delay(0.2, 0), 0.2);
  EXPECT_DOUBLE_EQ(correct_for_delay(0.2, 1.7), 0.2);
}

// tests/refs/label_noise.json: cleanlab 2.9.0; its calibrated joint is rounded to whole rows.
TEST(LabelDelay, confident_joint_equals_cleanlab) {
  std::ifstream file(std::string(WEIR_SOURCE_DIR) + "/tests/refs/label_noise.json");
  const json references = json::parse(file)["cases"];
  for (const json& reference : references) {
    const auto labels = reference["in"]["y"].get<std::vector<std::uint8_t>>();
    const ConfidentJoint joint = confident_joint(labels, reference["in"]["p1"].get<std::vector<double>>());
    for (std::size_t label = 0; label < 2; ++label) {
      for (std::size_t truth = 0; truth < 2; ++truth) {
        EXPECT_EQ(joint.counts[label][truth],
                  reference["out"]["confident_joint_raw"][label][truth].get<std::int64_t>());
        EXPECT_NEAR(joint.scaled[label][truth],
                    reference["out"]["confident_joint"][label][truth].get<double>(), 0.51);
      }
    }
  }
}

}  // namespace
}  // namespace weir::risk
