#include "risk/logistic.h"
#include "risk/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"
#include "risk/logistic_fit.h"

namespace weir::risk {
namespace {

struct Sample {
  LinearRows rows;
  std::vector<std::uint8_t> outcome;
};

Sample draw(std::size_t count, std::size_t columns, std::uint64_t seed) {
  Random random(seed);
  Sample sample{{count, columns, {}}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    double margin = -0.5;
    for (std::size_t j = 0; j < columns; ++j) {
      sample.rows.values.push_back(random.uniform() * 4 - 2);
      margin += sample.rows.values.back() * (j % 3 == 0 ? 0.8 : -0.2);
    }
    sample.outcome.push_back(random.chance(probability_of(margin)) ? 1 : 0);
  }
  return sample;
}

// The gradient of the objective at the model, by its definition; the intercept's last.
std::vector<double> gradient_at(const Logistic& model, const Sample& sample, std::span<const double> weight) {
  std::vector<double> gradient(model.weights.size() + 1, 0);
  for (std::size_t i = 0; i < sample.outcome.size(); ++i) {
    const auto row = sample.rows.row(i);
    const double residual =
        (weight.empty() ? 1 : weight[i]) * (probability_of(logistic_margin(model, row)) - sample.outcome[i]);
    for (std::size_t j = 0; j < row.size(); ++j) {
      gradient[j] += residual * row[j];
    }
    gradient.back() += residual;
  }
  for (std::size_t j = 0; j < model.weights.size(); ++j) {
    gradient[j] += model.penalty * model.weights[j];
  }
  return gradient;
}

TEST(FitLogistic, nothing_is_left_to_gain_at_its_answer) {
  const Sample sample = draw(3000, 11, 1);
  std::vector<double> weight;
  weight.reserve(3000);
  Random random(2);
  for (std::size_t i = 0; i < 3000; ++i) {
    weight.push_back(random.uniform() * 3);
  }
  for (const double penalty : {0.01, 1.0, 300.0}) {
    const auto model = fit_logistic(sample.rows, sample.outcome, weight, {.penalty = penalty});
    ASSERT_TRUE(model.has_value()) << model.error().message;
    for (const double slope : gradient_at(*model, sample, weight)) {
      EXPECT_NEAR(slope, 0, 1e-3);  // of sums of thousands
    }
  }
}

TEST(FitLogistic, one_binary_column_without_much_penalty_gives_the_log_odds_ratio) {
  Sample sample{{100, 1, {}}, {}};
  for (std::size_t i = 0; i < 100; ++i) {  // x = 0: 10 of 50; x = 1: 30 of 50
    sample.rows.values.push_back(i < 50 ? 0 : 1);
    sample.outcome.push_back((i < 10 || i >= 70) ? 1 : 0);
  }
  const auto model = fit_logistic(sample.rows, sample.outcome, {}, {.penalty = 1e-9}).value();
  EXPECT_NEAR(model.intercept, std::log(10.0 / 40), 1e-6);
  EXPECT_NEAR(model.weights[0], std::log(30.0 / 20) - std::log(10.0 / 40), 1e-6);
  EXPECT_DOUBLE_EQ(model.centers[0], 0.5);
}

TEST(FitLogistic, perfect_separation_and_copies_of_a_column_have_an_answer) {
  Sample sample{{60, 2, {}}, {}};
  for (std::size_t i = 0; i < 60; ++i) {
    const double x = i < 30 ? -1 : 1;
    sample.rows.values.insert(sample.rows.values.end(), {x, x});
    sample.outcome.push_back(i < 30 ? 0 : 1);
  }
  const auto model = fit_logistic(sample.rows, sample.outcome, {}, {.penalty = 0.1});
  ASSERT_TRUE(model.has_value()) << model.error().message;
  EXPECT_NEAR(model->weights[0], model->weights[1], 1e-6);
  EXPECT_GT(model->weights[0], 1);
}

TEST(FitLogistic, a_start_elsewhere_ends_at_the_same_answer) {
  const Sample sample = draw(1000, 5, 3);
  const auto straight = fit_logistic(sample.rows, sample.outcome, {}, {.penalty = 2}).value();
  const Logistic far{.intercept = 6, .weights = {9, -9, 9, -9, 9}, .centers = {}, .penalty = 0};
  const auto from_far = fit_logistic(sample.rows, sample.outcome, {}, {.penalty = 2}, &far).value();
  for (std::size_t j = 0; j < 5; ++j) {
    EXPECT_NEAR(straight.weights[j], from_far.weights[j], 1e-5);
  }
}

TEST(FitLogistic, threads_change_no_bit) {
  const Sample sample = draw(5000, 13, 4);
  const auto one = fit_logistic(sample.rows, sample.outcome, {}, {.penalty = 5, .threads = 1}).value();
  for (const int threads : {2, 7}) {
    const auto many =
        fit_logistic(sample.rows, sample.outcome, {}, {.penalty = 5, .threads = threads}).value();
    EXPECT_EQ(one.weights, many.weights);
    EXPECT_EQ(one.intercept, many.intercept);
  }
}

TEST(FitLogistic, one_outcome_is_an_error) {
  const Sample sample = draw(20, 2, 5);
  const std::vector<std::uint8_t> ones(20, 1);
  const auto model = fit_logistic(sample.rows, ones, {}, {});
  ASSERT_FALSE(model.has_value());
  EXPECT_EQ(model.error().code, Errc::state);
}

TEST(ChoosePenalty, is_the_one_with_the_smallest_inner_loss) {
  const Sample sample = draw(400, 40, 6);
  std::vector<std::uint8_t> inner(400, 0);
  std::fill(inner.begin() + 250, inner.end(), std::uint8_t{1});
  std::vector<double> before(400, 1);
  std::fill(before.begin() + 250, before.end(), 0.0);
  const std::vector<double> grid{0.01, 1, 10, 100, 10000};
  const auto chosen = choose_penalty(sample.rows, sample.outcome, {}, inner, grid, 1).value();
  const auto loss_at = [&](double penalty) {
    const auto model = fit_logistic(sample.rows, sample.outcome, before, {.penalty = penalty}).value();
    double sum = 0;
    for (std::size_t i = 250; i < 400; ++i) {
      sum += log_loss_of(logistic_margin(model, sample.rows.row(i)), sample.outcome[i] != 0);
    }
    return sum;
  };
  for (const double penalty : grid) {
    EXPECT_LE(loss_at(chosen.penalty), loss_at(penalty) + 1e-6) << chosen.penalty << " against " << penalty;
  }
  EXPECT_FALSE(choose_penalty(sample.rows, sample.outcome, {}, std::vector<std::uint8_t>(400, 0), grid, 1)
                   .has_value());
}

TEST(Logistic, contributions_add_up_from_the_average_row) {
  const Logistic model{.intercept = 0.5, .weights = {2, -1}, .centers = {1, 3}, .penalty = 1};
  const std::vector<double> row{4, 5};
  std::vector<double> contributions(2, 0);
  add_logistic_contributions(model, row, 1, contributions);
  EXPECT_EQ(contributions, (std::vector<double>{6, -2}));
  EXPECT_EQ(logistic_expected(model) + std::accumulate(contributions.begin(), contributions.end(), 0.0),
            logistic_margin(model, row));
}

TEST(Logistic, probability_and_loss_hold_at_the_ends) {
  EXPECT_EQ(probability_of(0), 0.5);
  EXPECT_EQ(probability_of(1000), 1);
  EXPECT_EQ(probability_of(-1000), 0);
  EXPECT_DOUBLE_EQ(log_loss_of(-1000, true), 1000);
  EXPECT_EQ(log_loss_of(1000, true), 0);
  EXPECT_NEAR(log_loss_of(0.3, false), -std::log(1 - probability_of(0.3)), 1e-15);
}

}  // namespace
}  // namespace weir::risk
