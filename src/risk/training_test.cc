#include "risk/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"
#include "risk/metrics.h"

namespace weir::risk {
namespace {

constexpr std::int64_t kDay = kMicrosPerDay;

// Weekly landmarks of subjects whose chance of a loss within 30 days is known.
struct World {
  features::FeatureMatrix matrix;
  std::vector<std::int64_t> at, settled_at;
  std::vector<std::uint32_t> subject;
  std::vector<std::uint8_t> outcome;
  std::vector<std::string> stage;
  std::vector<double> days_in_stage, days_since_touch, truth;
  [[nodiscard]] LandmarkTable table() const {
    return {matrix, at, settled_at, subject, outcome, stage, days_in_stage, days_since_touch};
  }
};

features::FeatureColumn number_column(const char* name, const char* group) {
  features::FeatureColumn column;
  column.name = name;
  column.group = group;
  column.description = name;
  column.version = "1";
  return column;
}

// `signal`: how much the features tell. A leaking column is filled for losses only.
World make_world(std::size_t weeks, std::size_t per_week, double signal, std::uint64_t seed,
                 bool leaking = false, double base = -2) {
  World world;
  Random random(seed);
  auto days = number_column("days_since_touch", "silence");
  days.monotone = features::Monotone::rising;
  auto replies = number_column("replies", "replies");
  auto noise = number_column("noise", "noise");
  auto reason = number_column("loss_reason", "loss reason");
  for (std::size_t week = 0; week < weeks; ++week) {
    for (std::size_t i = 0; i < per_week; ++i) {
      const double since = -20 * std::log(1 - random.uniform());
      const double count = std::floor(5 * random.uniform());
      const double margin = base + signal * (std::log1p(since) - 2.5) - signal * 0.4 * (count - 2);
      const double p = 1 / (1 + std::exp(-margin));
      const bool lost = random.chance(p);
      const std::int64_t at = static_cast<std::int64_t>(19'000 + week * 7) * kDay;
      world.at.push_back(at);
      world.settled_at.push_back(at + 30 * kDay);
      world.subject.push_back(static_cast<std::uint32_t>(week * per_week + i));
      world.outcome.push_back(lost ? 1 : 0);
      world.truth.push_back(p);
      world.stage.emplace_back(random.chance(0.5) ? "mql" : "sql");
      world.days_in_stage.push_back(30 * random.uniform());
      world.days_since_touch.push_back(since);
      days.numbers.push_back(since);
      replies.numbers.push_back(count);
      noise.numbers.push_back(random.uniform());
      reason.numbers.push_back(lost ? 1 : std::numeric_limits<double>::quiet_NaN());
    }
  }
  world.matrix.row_count = world.at.size();
  world.matrix.columns = {days, replies, noise};
  if (leaking) world.matrix.columns.push_back(reason);
  return world;
}

TrainingOptions options_for(const World& world) {
  TrainingOptions options;
  options.horizon = Micros{30 * kDay};
  options.as_of = world.at.back() + 30 * kDay;
  options.ensemble.boosting.rounds = 100;
  for (std::size_t i = 0; i < world.at.size(); ++i) {
    const double entered =
        static_cast<double>(world.at[i]) / static_cast<double>(kDay) - world.days_in_stage[i];
    options.stays.push_back({world.stage[i], "", entered, entered + world.days_in_stage[i] + 15,
                             world.outcome[i] != 0 ? StayEnd::lost : StayEnd::open});
  }
  return options;
}

TEST(Training, a_signal_is_found_and_probabilities_are_right) {
  const World world = make_world(60, 100, 1.2, 1);
  const auto model = train_model(world.table(), options_for(world));
  ASSERT_TRUE(model.has_value()) << model.error().message;
  ASSERT_TRUE(model->ensemble.has_value()) << model->evidence.sentence;
  EXPECT_TRUE(model->evidence.enough());
  const auto& rankings = model->evaluation.rankings;
  ASSERT_EQ(rankings.size(), 4U);
  const double oracle = auc(world.truth, world.outcome).value();
  EXPECT_GT(rankings[0].auc.value(), oracle - 0.03);
  EXPECT_GT(rankings[0].auc.value(), rankings[3].auc.value());  // days since last touch
  EXPECT_EQ(rankings[2].ranking, "stage rate");
  EXPECT_EQ(rankings[3].ranking, "days since last touch");

  std::vector<ScoreRow> rows;
  for (std::size_t i = 0; i < world.at.size(); ++i) rows.push_back({world.stage[i], world.days_in_stage[i]});
  const auto scores = score(*model, world.matrix, rows);
  ASSERT_TRUE(scores.has_value());
  double error = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Score& s = (*scores)[i];
    error += std::abs(s.probability - world.truth[i]);
    ASSERT_LE(s.low, s.probability);
    ASSERT_GE(s.high, s.probability);
    ASSERT_GE(s.rating, 1);
    ASSERT_LE(s.rating, 99);
  }
  EXPECT_LT(error / static_cast<double>(rows.size()), 0.03);
}

TEST(Training, the_small_model_stays_unless_the_ensemble_wins) {
  // What is true is linear in what the small model sees, so there is nothing to win.
  const World world = make_world(60, 100, 1.2, 2);
  const auto model = train_model(world.table(), options_for(world));
  ASSERT_TRUE(model.has_value());
  EXPECT_EQ(model->chosen, "logistic");
  TrainingOptions forced = options_for(world);
  forced.choice = Choice::ensemble;
  EXPECT_EQ(train_model(world.table(), forced)->chosen, "ensemble");
}

// Hints are about being lost: where the outcome is that nothing is lost they turn around.
TEST(Training, hints_follow_the_outcome) {
  World world = make_world(60, 100, 1.2, 5);
  world.matrix.columns[0].monotone = features::Monotone::rising;
  TrainingOptions options = options_for(world);
  options.choice = Choice::ensemble;
  const auto lost = train_model(world.table(), options);
  ASSERT_TRUE(lost.has_value());
  for (std::uint8_t& outcome : world.outcome) outcome = outcome == 0 ? 1 : 0;
  options.outcome = Outcome::advance;
  const auto advance = train_model(world.table(), options);
  ASSERT_TRUE(advance.has_value());
  EXPECT_NEAR(advance->evaluation.rankings[0].auc.value(), lost->evaluation.rankings[0].auc.value(), 0.005);
}

TEST(Training, without_a_signal_there_is_no_ranking) {
  const World world = make_world(60, 100, 0, 3);
  const auto model = train_model(world.table(), options_for(world));
  ASSERT_TRUE(model.has_value());
  EXPECT_EQ(model->evidence.level, EvidenceLevel::no_signal);
  EXPECT_FALSE(model->ensemble.has_value());
}

TEST(Training, few_outcomes_give_the_baseline_and_say_so) {
  const World world = make_world(30, 4, 1.2, 4);
  const auto model = train_model(world.table(), options_for(world));
  ASSERT_TRUE(model.has_value());
  EXPECT_FALSE(model->ensemble.has_value());
  EXPECT_FALSE(model->evidence.enough());
  EXPECT_FALSE(model->evidence.sentence.empty());
  const auto scores = score(*model, {}, std::vector<ScoreRow>{{"mql", 3}});
  ASSERT_TRUE(scores.has_value());
  EXPECT_TRUE((*scores)[0].fallback);
  EXPECT_GT((*scores)[0].high, (*scores)[0].low);
}

TEST(Training, without_any_row_it_is_no_failure) {
  const World world;
  TrainingOptions options;
  options.horizon = Micros{30 * kDay};
  const auto model = train_model(world.table(), options);
  ASSERT_TRUE(model.has_value()) << model.error().message;
  EXPECT_EQ(model->evidence.level, EvidenceLevel::none);
}

TEST(Training, a_column_that_knows_the_outcome_is_named_and_left_out) {
  const World world = make_world(60, 100, 1.2, 5, true);
  const auto model = train_model(world.table(), options_for(world));
  ASSERT_TRUE(model.has_value());
  ASSERT_EQ(model->left_out.size(), 1U);
  EXPECT_EQ(model->left_out[0].name, "loss_reason");
  EXPECT_LT(model->evaluation.rankings[0].auc.value(), 0.9);
  TrainingOptions allowing = options_for(world);
  allowing.allow = {"loss_reason"};
  const auto told = train_model(world.table(), allowing);
  ASSERT_TRUE(told.has_value());
  EXPECT_TRUE(told->left_out.empty());
  EXPECT_GT(told->evaluation.rankings[0].auc.value(), 0.99);
}

TEST(Training, the_same_rows_and_seed_give_the_same_bytes) {
  const World world = make_world(40, 60, 1.2, 6);
  TrainingOptions options = options_for(world);
  options.choice = Choice::ensemble;
  const auto first = train_model(world.table(), options);
  options.threads = 2;
  const auto second = train_model(world.table(), options);
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(to_json(*first), to_json(*second));
}

TEST(Training, a_model_survives_its_json) {
  const World world = make_world(40, 60, 1.2, 7);
  TrainingOptions options = options_for(world);
  options.choice = Choice::ensemble;
  const auto model = train_model(world.table(), options);
  ASSERT_TRUE(model.has_value());
  const std::string text = to_json(*model);
  const auto read = model_from_json(text);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(to_json(*read), text);
  const std::vector<ScoreRow> rows(world.at.size(), ScoreRow{"mql", 3});
  const auto before = score(*model, world.matrix, rows);
  const auto after = score(*read, world.matrix, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) ASSERT_EQ((*before)[i].probability, (*after)[i].probability);
}

TEST(Training, eventual_labels_split_by_subject) {
  World world = make_world(60, 100, 1.2, 8);
  TrainingOptions options = options_for(world);
  options.horizon.reset();
  const auto model = train_model(world.table(), options);
  ASSERT_TRUE(model.has_value());
  EXPECT_GT(model->evaluation.fit_rows, 3000U);
  EXPECT_NEAR(static_cast<double>(model->evaluation.holdout_rows), 1200, 110);
}

TEST(Training, wrong_names_and_orders_are_refused) {
  World world = make_world(5, 5, 1, 9);
  TrainingOptions options = options_for(world);
  options.exclude = {"nothing"};
  EXPECT_EQ(train_model(world.table(), options).error().code, Errc::configuration);
  options.exclude.clear();
  std::swap(world.at.front(), world.at.back());
  EXPECT_EQ(train_model(world.table(), options).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace weir::risk
