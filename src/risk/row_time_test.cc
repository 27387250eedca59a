#include "risk/row_time.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "risk/ensemble_fit.h"
#include "risk/training_rows.h"

namespace weir::risk {
namespace {

TEST(RowTime, stands_before_the_newest_row_that_counts) {
  const std::vector<double> time{10, 12, 15, 20};
  EXPECT_EQ(time_before_newest(time, {}), (std::vector<double>{-10, -8, -5, 0}));
  const std::vector<std::uint8_t> held_out{0, 0, 0, 1};
  EXPECT_EQ(time_before_newest(time, held_out), (std::vector<double>{-5, -3, 0, 0}));
}

TEST(RowTime, is_no_column_when_there_is_one_time_only) {
  const std::vector<double> time{3, 3, 4};
  const std::vector<std::uint8_t> held_out{0, 0, 1};
  EXPECT_TRUE(time_before_newest(time, held_out).empty());
  EXPECT_TRUE(time_before_newest({}, {}).empty());
}

TEST(RowTime, is_standardised_and_cut_into_periods_of_as_many_rows) {
  const std::vector<double> time{-7, -6, -5, -4, -3, -2, -1, 0, 0, 0};
  const std::vector<std::uint8_t> held_out{0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
  const TimeColumns columns = linear_time_columns(time, held_out);
  ASSERT_EQ(columns.columns.size(), 1 + kTimePeriods);
  double sum = 0;
  double squares = 0;
  for (const double value : columns.columns[0]) {
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum, 0, 1e-12);
  EXPECT_NEAR(squares, 10, 1e-12);
  for (std::size_t period = 0; period < kTimePeriods; ++period) {
    for (std::size_t i = 0; i < time.size(); ++i) {
      EXPECT_EQ(columns.columns[1 + period][i], std::min<std::size_t>(i, 7) == period ? 1 : 0);
    }
  }
  for (std::size_t j = 0; j < columns.columns.size(); ++j) {
    EXPECT_EQ(columns.newest[j], columns.columns[j].back());
  }
}

TEST(RowTime, with_two_times_has_two_periods) {
  const TimeColumns columns = linear_time_columns(std::vector<double>{-1, -1, -1, 0, 0, 0}, {});
  ASSERT_EQ(columns.columns.size(), 3U);
  EXPECT_EQ(columns.columns[1], (std::vector<double>{1, 1, 1, 0, 0, 0}));
  EXPECT_EQ(columns.newest, (std::vector<double>{1, 0, 1}));
}

TEST(RowTime, becomes_the_last_columns) {
  const LinearRows rows{3, 2, {1, 2, 3, 4, 5, 6}};
  const std::vector<std::vector<double>> columns{{7, 8, 9}};
  EXPECT_EQ(with_columns(rows, columns).values, (std::vector<double>{1, 2, 7, 3, 4, 8, 5, 6, 9}));
  EXPECT_EQ(with_columns(rows, {}).values, rows.values);
}

TEST(RowTime, a_held_logistic_says_what_the_full_one_says_at_that_value) {
  const Logistic full{0.5, {1, -2, 3}, {0.1, 0.2, 0.3}, 10};
  const Logistic held = hold_last_columns(full, std::vector<double>{0.25});
  EXPECT_DOUBLE_EQ(logistic_margin(held, std::vector<double>{4, 5}),
                   logistic_margin(full, std::vector<double>{4, 5, 0.25}));
  EXPECT_EQ(held.centers.size(), 2U);
}

TreeRows random_rows(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  TreeRows rows{count, 3, {}};
  for (std::size_t i = 0; i < count; ++i) {
    rows.values.push_back(static_cast<float>(random.uniform()));
    rows.values.push_back(static_cast<float>(random.uniform()));
    rows.values.push_back(static_cast<float>(i) - static_cast<float>(count - 1));  // the time
  }
  return rows;
}

TEST(RowTime, a_held_forest_says_what_the_full_one_says_at_that_value) {
  const TreeRows rows = random_rows(2000, 5);
  std::vector<std::uint8_t> outcome;
  for (std::size_t i = 0; i < rows.row_count; ++i) {
    const auto row = rows.row(i);  // the first column tells from the middle on only
    outcome.push_back(row[2] > -1000 ? row[0] > 0.5F : row[1] > 0.6F);
  }
  const std::vector<features::Monotone> hints(3, features::Monotone::free);
  const auto full = fit_forest(rows, outcome, {}, hints, {.rounds = 20});
  ASSERT_TRUE(full.has_value());
  const auto held = hold_last_column(*full, 0);
  ASSERT_TRUE(held.has_value()) << held.error().message;
  EXPECT_EQ(held->column_count(), 2U);
  std::size_t nodes_before = 0;
  std::size_t nodes_after = 0;
  for (std::size_t index = 0; index < full->tree_count(); ++index) {
    nodes_before += full->tree(index).size();
    nodes_after += held->tree(index).size();
  }
  EXPECT_LT(nodes_after, nodes_before);
  for (std::size_t i = 0; i < 200; ++i) {
    const auto row = rows.row(i);
    EXPECT_EQ(held->margin(row.first(2)), full->margin(std::vector<float>{row[0], row[1], 0}));
  }
}

// The share of the outcome rises, and with it a feature that says nothing: without the time it looks like a
// cause.
TEST(RowTime, keeps_a_drifting_level_out_of_the_features) {
  Random random(11);
  const std::size_t count = 6000;
  std::vector<double> drifting, cause, time;
  std::vector<std::uint8_t> outcome, inner;
  for (std::size_t i = 0; i < count; ++i) {
    const double at = static_cast<double>(i) / static_cast<double>(count);
    time.push_back(at);
    drifting.push_back(3 * at + random.uniform());
    cause.push_back(random.uniform());
    const double margin = 4 * at - 3 + cause.back();
    outcome.push_back(random.chance(1 / (1 + std::exp(-margin))) ? 1 : 0);
    inner.push_back(i >= count - count / 5 ? 1 : 0);
  }
  features::FeatureMatrix rows;
  rows.row_count = count;
  rows.columns = {number_column("a_cause", cause), number_column("b_drifting", drifting)};
  EnsembleOptions options;
  options.forest = false;
  const auto blind = fit_ensemble({rows, outcome, {}, inner}, options);
  const auto timed = fit_ensemble({rows, outcome, {}, inner, time}, options);
  ASSERT_TRUE(blind.has_value());
  ASSERT_TRUE(timed.has_value());
  EXPECT_GT(blind->ensemble.logistic->weights[1], 0.8);
  EXPECT_LT(std::abs(timed->ensemble.logistic->weights[1]), 0.3);
  EXPECT_GT(timed->ensemble.logistic->weights[0], 0.1);
}

TEST(RowTime, that_is_no_number_is_refused) {
  const Drawn drawn = draw_rows(200, 0, 1);
  std::vector<double> time(200, 0);
  time[7] = std::nan("");
  EXPECT_FALSE(fit_ensemble({drawn.rows, drawn.outcome, {}, drawn.inner, time}, {}).has_value());
}

}  // namespace
}  // namespace weir::risk
