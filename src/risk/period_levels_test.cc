#include "risk/period_levels.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "risk/calibration.h"

namespace weir::risk {
namespace {

struct Rows {
  std::vector<double> log_odds;
  std::vector<std::uint8_t> outcomes;
  std::vector<std::int64_t> at;
};

// Twelve weeks; in those from `quiet_from` up to `quiet_until` outcomes are rarer.
Rows weeks(int quiet_from, int quiet_until, std::size_t rows_a_week = 1500) {
  Random random(4);
  Rows rows;
  for (int week = 0; week < 12; ++week) {
    for (std::size_t i = 0; i < rows_a_week; ++i) {
      const double margin = 4 * random.uniform() - 2;
      const double level = week >= quiet_from && week < quiet_until ? -1.2 : 0;
      rows.log_odds.push_back(margin);
      rows.outcomes.push_back(random.chance(probability_of(0.8 * margin - 0.5 + level)) ? 1 : 0);
      rows.at.push_back(week);
    }
  }
  return rows;
}

TEST(PeriodLevels, a_quiet_month_does_not_set_the_level) {
  const Rows rows = weeks(3, 7);
  const auto raw = fit_platt(rows.log_odds, rows.outcomes);
  const auto moved = at_the_usual_level(rows.log_odds, rows.outcomes, rows.at);
  ASSERT_TRUE(moved.has_value());
  const auto level = fit_platt(*moved, rows.outcomes);
  EXPECT_LT(raw->intercept, -0.75);
  EXPECT_NEAR(level->intercept, -0.5, 0.08);
  EXPECT_NEAR(level->slope, 0.8, 0.06);
}

TEST(PeriodLevels, weeks_alike_are_hardly_moved) {
  const Rows rows = weeks(0, 0);
  const auto moved = at_the_usual_level(rows.log_odds, rows.outcomes, rows.at);
  ASSERT_TRUE(moved.has_value());
  const auto raw = fit_platt(rows.log_odds, rows.outcomes);
  const auto level = fit_platt(*moved, rows.outcomes);
  EXPECT_NEAR(level->intercept, raw->intercept, 0.04);
}

TEST(PeriodLevels, few_rows_are_left_as_they_are) {
  const Rows rows = weeks(3, 7, 20);
  const auto moved = at_the_usual_level(rows.log_odds, rows.outcomes, rows.at);
  ASSERT_TRUE(moved.has_value());
  EXPECT_EQ(*moved, rows.log_odds);
  EXPECT_FALSE(at_the_usual_level(rows.log_odds, rows.outcomes, {}).has_value());
}

}  // namespace
}  // namespace weir::risk
