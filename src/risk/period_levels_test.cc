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

constexpr std::int64_t kWeek = 7 * kMicrosPerDay;

// As many weeks as there are levels, in log-odds beside 0.8 x margin - 0.5.
Rows weeks(const std::vector<double>& levels, std::size_t rows_a_week = 1000) {
  Random random(4);
  Rows rows;
  for (std::size_t week = 0; week < levels.size(); ++week) {
    for (std::size_t i = 0; i < rows_a_week; ++i) {
      const double margin = 4 * random.uniform() - 2;
      rows.log_odds.push_back(margin);
      rows.outcomes.push_back(random.chance(probability_of(0.8 * margin - 0.5 + levels[week])) ? 1 : 0);
      rows.at.push_back(static_cast<std::int64_t>(week) * kWeek);
    }
  }
  return rows;
}

std::vector<double> quiet(int count, int from, int until) {
  std::vector<double> levels(static_cast<std::size_t>(count), 0.0);
  for (int week = from; week < until; ++week) levels[static_cast<std::size_t>(week)] = -1.2;
  return levels;
}

// Platt's line through the rows of the newest weeks, moved; `first_week` is the first of them.
PlattScaling line_of(const Rows& rows, std::size_t first_week, std::size_t rows_a_week = 1000) {
  const std::size_t first = first_week * rows_a_week;
  const auto moved = at_the_usual_level(rows.log_odds, rows.outcomes, rows.at, first);
  EXPECT_EQ(moved->size(), rows.outcomes.size() - first);
  return *fit_platt(*moved, std::span(rows.outcomes).subspan(first));
}

TEST(PeriodLevels, a_quiet_month_does_not_set_the_level) {
  const Rows rows = weeks(quiet(12, 3, 7));
  const auto raw = fit_platt(rows.log_odds, rows.outcomes);
  EXPECT_LT(raw->intercept, -0.75);
  EXPECT_NEAR(line_of(rows, 0).intercept, -0.5, 0.08);
  EXPECT_NEAR(line_of(rows, 0).slope, 0.8, 0.06);
}

TEST(PeriodLevels, a_season_that_fills_most_of_the_window_is_told_by_the_weeks_before) {
  const Rows rows = weeks(quiet(24, 17, 24));
  EXPECT_LT(line_of(weeks(quiet(10, 3, 10)), 0).intercept, -1.5);  // the window alone cannot know
  EXPECT_NEAR(line_of(rows, 14).intercept, -0.5, 0.08);
  EXPECT_NEAR(line_of(rows, 14).slope, 0.8, 0.06);
}

TEST(PeriodLevels, weeks_below_the_usual_do_not_draw_it_down) {
  std::vector<double> levels;
  levels.reserve(26);
  for (int week = 0; week < 26; ++week) levels.push_back(week % 5 < 2 ? -0.6 : 0.1 * (week % 3 - 1));
  const Rows rows = weeks(levels);
  EXPECT_NEAR(line_of(rows, 16).intercept, -0.5, 0.06);
}

TEST(PeriodLevels, a_rise_of_the_newest_weeks_is_believed_and_a_fall_is_not) {
  std::vector<double> levels(26, 0.0);
  for (std::size_t week = 23; week < 26; ++week) levels[week] = 0.8;
  EXPECT_NEAR(line_of(weeks(levels), 16).intercept, 0.3 - 0.07, 0.08);
  for (std::size_t week = 23; week < 26; ++week) levels[week] = -0.8;
  EXPECT_NEAR(line_of(weeks(levels), 16).intercept, -0.5, 0.06);
}

TEST(PeriodLevels, a_level_that_falls_for_good_is_followed) {
  std::vector<double> levels(26, 0.6);
  for (std::size_t week = 14; week < 26; ++week) levels[week] = 0;  // fewer than half of the weeks
  EXPECT_NEAR(line_of(weeks(levels), 16).intercept, -0.5, 0.08);
}

TEST(PeriodLevels, what_lies_more_than_half_a_year_back_is_no_longer_usual) {
  const Rows rows = weeks(quiet(66, 0, 40));
  EXPECT_NEAR(line_of(rows, 56).intercept, -0.5, 0.08);
  // All rows are moved, also those from before.
  EXPECT_NEAR(line_of(rows, 0).intercept, -0.5, 0.08);
}

TEST(PeriodLevels, weeks_alike_are_hardly_moved) {
  const Rows rows = weeks(quiet(12, 0, 0));
  const auto raw = fit_platt(rows.log_odds, rows.outcomes);
  EXPECT_NEAR(line_of(rows, 0).intercept, raw->intercept, 0.06);
}

TEST(PeriodLevels, few_rows_are_left_as_they_are) {
  const Rows rows = weeks(quiet(12, 3, 7), 20);
  const auto moved = at_the_usual_level(rows.log_odds, rows.outcomes, rows.at);
  ASSERT_TRUE(moved.has_value());
  EXPECT_EQ(*moved, rows.log_odds);
}

TEST(PeriodLevels, rows_without_a_landmark_and_no_rows_are_refused) {
  const Rows rows = weeks(quiet(12, 3, 7), 20);
  EXPECT_FALSE(at_the_usual_level(rows.log_odds, rows.outcomes, {}).has_value());
  EXPECT_FALSE(at_the_usual_level(rows.log_odds, rows.outcomes, rows.at, rows.at.size()).has_value());
  EXPECT_FALSE(at_the_usual_level({}, {}, {}).has_value());
}

}  // namespace
}  // namespace weir::risk
