#include "risk/feature_reference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"

namespace weir::risk {
namespace {

features::FeatureMatrix rows_of(std::uint64_t seed, double shift) {
  Random random(seed);
  features::FeatureColumn days, replies, source;
  days.name = "days";
  replies.name = "replies";
  source.name = "source";
  source.type = features::ColumnType::category;
  source.levels = {"event", "web"};
  features::FeatureMatrix matrix;
  matrix.row_count = 600;
  for (std::size_t i = 0; i < matrix.row_count; ++i) {
    days.numbers.push_back(random.chance(0.1) ? std::numeric_limits<double>::quiet_NaN()
                                              : 10 * random.uniform() + shift);
    replies.numbers.push_back(static_cast<double>(random.below(4)));
    source.codes.push_back(random.chance(0.3) ? 0 : 1);
  }
  matrix.columns = {days, replies, source};
  return matrix;
}

Ensemble linear_ensemble() {
  Ensemble ensemble;
  ensemble.encoder.features = {
      {"days", "days", "", features::ColumnType::number, features::Monotone::free, {}},
      {"replies", "replies", "", features::ColumnType::number, features::Monotone::free, {}},
      {"source", "source", "", features::ColumnType::category, features::Monotone::free, {"event"}}};
  ensemble.encoder.linear_columns = {{0, EncodedKind::number, 0, false, 5, 3},
                                     {1, EncodedKind::number, 0, false, 1.5, 1},
                                     {2, EncodedKind::level, 0, false, 0, 1}};
  ensemble.logistic = Logistic{};
  ensemble.logistic->weights = {2, 0.2, 0.1};
  ensemble.logistic->centers = {0, 0, 0.3};
  return ensemble;
}

TEST(FeatureReference, comes_back_from_json) {
  const auto reference = feature_reference(linear_ensemble(), rows_of(1, 0));
  ASSERT_TRUE(reference.has_value()) << reference.error().message;
  ASSERT_EQ(reference->columns.size(), 3U);
  EXPECT_EQ(reference->columns[0].numbers.size(), 64U);
  EXPECT_EQ(reference->columns[1].numbers.size(), 4U);
  EXPECT_EQ(reference->columns[2].levels.size(), 2U);
  EXPECT_GT(reference->columns[0].weight, 0.7);
  const std::string text = to_json(*reference);
  const auto read = feature_reference_from_json(text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(to_json(*read), text);
  for (
      const char* wrong :
      {"{}", "[]", R"({"rows":3,"columns":[{"name":"a"}]})",
       R"({"rows":3,"columns":[{"name":"a","type":"number","weight":1,"nulls":0,"values":[[1,99999999999]]}]})",
       R"({"rows":3,"columns":[{"name":"a","type":"number","weight":1,"nulls":0,"values":[["x",1]]}]})"}) {
    EXPECT_FALSE(feature_reference_from_json(wrong).has_value()) << wrong;
  }
}

TEST(FeatureReference, what_stays_is_no_drift_and_what_moves_is) {
  const auto reference = feature_reference(linear_ensemble(), rows_of(1, 0));
  ASSERT_TRUE(reference.has_value());
  const DriftReport same = drift_since(*reference, rows_of(2, 0));
  EXPECT_EQ(same.rows, 600U);
  EXPECT_TRUE(same.drifted.empty());
  EXPECT_FALSE(same.fails());
  const DriftReport moved = drift_since(*reference, rows_of(3, 6));
  ASSERT_EQ(moved.drifted.size(), 1U);
  EXPECT_EQ(moved.drifted[0].name, "days");
  EXPECT_GT(moved.major_weight, kMajorWeight);
  EXPECT_TRUE(moved.fails());
}

TEST(FeatureReference, a_small_part_of_the_model_that_moves_does_not_silence_it) {
  const auto reference = feature_reference(linear_ensemble(), rows_of(1, 0));
  features::FeatureMatrix now = rows_of(2, 0);
  for (std::uint32_t& code : now.columns[2].codes) code = 0;
  const DriftReport report = drift_since(*reference, now);
  ASSERT_EQ(report.drifted.size(), 1U);
  EXPECT_EQ(report.drifted[0].name, "source");
  EXPECT_FALSE(report.fails());
}

TEST(FeatureReference, few_rows_say_nothing) {
  const auto reference = feature_reference(linear_ensemble(), rows_of(1, 0));
  const features::FeatureMatrix moved = rows_of(3, 6);
  std::vector<std::uint32_t> few(20);
  for (std::uint32_t i = 0; i < few.size(); ++i) few[i] = i;
  EXPECT_EQ(drift_since(*reference, features::select_rows(moved, few)).rows, 0U);
}

}  // namespace
}  // namespace weir::risk
