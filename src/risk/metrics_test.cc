#include "risk/metrics.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/fixed_math.h"
#include "base/random.h"

namespace weir::risk {
namespace {

using nlohmann::json;
using Outcomes = std::vector<std::uint8_t>;

// tests/refs/calibration.json: scikit-learn 1.9.1.
TEST(Metrics, equal_scikit_learn) {
  std::ifstream file(std::string(WEIR_SOURCE_DIR) + "/tests/refs/calibration.json");
  const json references = json::parse(file)["cases"];
  for (const json& reference : references) {
    const auto p = reference["in"]["p"].get<std::vector<double>>();
    const auto y = reference["in"]["y"].get<Outcomes>();
    const auto w = reference["in"]["w"].get<std::vector<double>>();
    const json& expected = reference["out"]["metrics"];
    std::vector<double> clipped = p;
    for (double& value : clipped) value = std::clamp(value, 1e-4, 1 - 1e-4);
    EXPECT_NEAR(*auc(p, y, w), expected["auc"].get<double>(), 1e-12) << reference["name"];
    EXPECT_NEAR(*average_precision(p, y, w), expected["ap"].get<double>(), 1e-12) << reference["name"];
    EXPECT_NEAR(*brier_score(p, y, w), expected["brier"].get<double>(), 1e-12) << reference["name"];
    EXPECT_NEAR(*log_loss(clipped, y, w), expected["logloss"].get<double>(), 1e-12) << reference["name"];
    EXPECT_NEAR(*calibration_error_equal_width(p, y), expected["ece10_equal_width_unweighted"].get<double>(),
                1e-12)
        << reference["name"];
  }
}

TEST(Metrics, weight_two_equals_a_row_twice) {
  const std::vector<double> scores{0.1, 0.4, 0.4, 0.8, 0.3};
  const Outcomes outcomes{0, 1, 0, 1, 1};
  const std::vector<double> weights{1, 2, 1, 1, 0};
  const std::vector<double> twice{0.1, 0.4, 0.4, 0.4, 0.8};
  const Outcomes twice_outcomes{0, 1, 1, 0, 1};
  EXPECT_DOUBLE_EQ(*auc(scores, outcomes, weights), *auc(twice, twice_outcomes));
  EXPECT_DOUBLE_EQ(*average_precision(scores, outcomes, weights), *average_precision(twice, twice_outcomes));
  EXPECT_DOUBLE_EQ(*brier_score(scores, outcomes, weights), *brier_score(twice, twice_outcomes));
}

TEST(Metrics, one_class_or_no_rows_give_nothing_to_rank) {
  const std::vector<double> scores{0.2, 0.7};
  const Outcomes none{0, 0};
  const Outcomes all{1, 1};
  EXPECT_FALSE(auc(scores, none).has_value());
  EXPECT_FALSE(auc(scores, all).has_value());
  EXPECT_FALSE(auc_interval(scores, all).has_value());
  EXPECT_FALSE(average_precision(scores, none).has_value());
  EXPECT_EQ(average_precision(scores, all), 1.0);
  EXPECT_FALSE(lift_at(scores, none, 0.5).has_value());
  EXPECT_TRUE(brier_score(scores, none).has_value());
  EXPECT_FALSE(brier_score({}, {}).has_value());
  EXPECT_FALSE(log_loss({}, {}).has_value());
  EXPECT_FALSE(calibration_error({}, {}).has_value());
  EXPECT_FALSE(at_threshold(scores, none, 0.1).recall.has_value());
  EXPECT_FALSE(at_threshold(scores, all, 0.9).precision.has_value());
}

TEST(Metrics, threshold_counts_include_the_threshold) {
  const ThresholdCounts counts =
      at_threshold(std::vector<double>{0.2, 0.5, 0.9, 0.7}, Outcomes{1, 1, 1, 0}, 0.5);
  EXPECT_EQ(counts.flagged, 3U);
  EXPECT_DOUBLE_EQ(*counts.precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(*counts.recall, 2.0 / 3);
}

TEST(Metrics, lift_counts_ties_at_the_cut_in_part) {
  const Outcomes outcomes{1, 0, 1, 0, 0, 0, 0, 0, 0, 0};
  const std::vector<double> ranked{10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
  EXPECT_DOUBLE_EQ(*lift_at(ranked, outcomes, 0.1), 5.0);
  EXPECT_DOUBLE_EQ(*lift_at(ranked, outcomes, 0.3), (2.0 / 3) / 0.2);
  EXPECT_DOUBLE_EQ(*lift_at(std::vector<double>(10, 0.5), outcomes, 0.1), 1.0);
}

TEST(Metrics, groups_of_equal_mass_keep_ties_together) {
  const std::vector<double> p{0.1, 0.2, 0.2, 0.2, 0.9, 0.9};
  const auto groups = reliability(p, Outcomes{0, 0, 1, 0, 1, 1}, 3);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].rows, 4U);
  EXPECT_DOUBLE_EQ(groups[0].observed_rate, 0.25);
  EXPECT_NEAR(*calibration_error(p, Outcomes{0, 0, 1, 0, 1, 1}, 3), 4.0 / 6 * (0.25 - 0.175) + 2.0 / 6 * 0.1,
              1e-12);
}

RC_GTEST_PROP(Metrics, auc_is_the_share_of_pairs_won, ()) {
  const auto scores =
      *rc::gen::container<std::vector<int>>(*rc::gen::inRange<std::size_t>(2, 40), rc::gen::inRange(0, 8));
  const std::vector<double> values(scores.begin(), scores.end());
  Outcomes outcomes;
  for (std::size_t i = 0; i < values.size(); ++i)
    outcomes.push_back(static_cast<std::uint8_t>(*rc::gen::inRange(0, 2)));
  double pairs = 0;
  double won = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      if (outcomes[i] == 0 || outcomes[j] != 0) continue;
      pairs += 1;
      won += values[i] > values[j] ? 1 : (values[i] == values[j] ? 0.5 : 0);
    }
  }
  const auto area = auc(values, outcomes);
  RC_ASSERT(area.has_value() == (pairs > 0));
  if (!area) return;
  RC_ASSERT(std::abs(*area - won / pairs) < 1e-12);
  const auto interval = auc_interval(values, outcomes);
  RC_ASSERT(interval->low >= 0 && interval->low <= *area && *area <= interval->high && interval->high <= 1);
}

double normal_draw(Random& random) {
  return fixed_math::normal_quantile((random.uniform() + 1e-12) / (1 + 2e-12));
}

TEST(Metrics, rows_of_one_subject_are_no_new_evidence) {
  Random random(7);
  std::vector<double> scores, repeated_scores;
  std::vector<std::uint8_t> outcomes, repeated_outcomes;
  std::vector<std::uint32_t> subjects, each;
  for (std::uint32_t i = 0; i < 200; ++i) {
    scores.push_back(random.uniform() + (i % 3 == 0 ? 0.3 : 0.0));
    outcomes.push_back(i % 3 == 0 ? 1 : 0);
    each.push_back(i);
    for (int copy = 0; copy < 5; ++copy) {
      repeated_scores.push_back(scores.back());
      repeated_outcomes.push_back(outcomes.back());
      subjects.push_back(i);
    }
  }
  const auto once = auc_interval(scores, outcomes);
  const auto as_subjects = auc_interval(scores, outcomes, 0.95, each);
  const auto repeated = auc_interval(repeated_scores, repeated_outcomes, 0.95, subjects);
  EXPECT_NEAR(as_subjects->standard_error, once->standard_error, 0.01 * once->standard_error);
  EXPECT_NEAR(repeated->standard_error, once->standard_error, 0.01 * once->standard_error);
  EXPECT_DOUBLE_EQ(repeated->auc, once->auc);
  EXPECT_LT(auc_interval(repeated_scores, repeated_outcomes)->standard_error, 0.6 * once->standard_error);
}

// Scores N(0, 1) against N(delta, 1): the true AUC is Phi(delta / sqrt 2). 95 % intervals with few outcomes.
TEST(Metrics, auc_interval_covers_the_truth) {
  Random random(11);
  for (const std::size_t events : {10U, 40U, 100U}) {
    for (const double delta : {0.0, 0.7, 2.0}) {
      const double truth = fixed_math::normal_cdf(delta / std::sqrt(2.0));
      int covered = 0;
      constexpr int kRuns = 400;
      for (int run = 0; run < kRuns; ++run) {
        std::vector<double> scores;
        Outcomes outcomes;
        for (std::size_t row = 0; row < 6 * events; ++row) {
          outcomes.push_back(row < events ? 1 : 0);
          scores.push_back(normal_draw(random) + (row < events ? delta : 0));
        }
        const auto interval = auc_interval(scores, outcomes);
        covered += interval->low <= truth && truth <= interval->high ? 1 : 0;
      }
      EXPECT_GE(covered, kRuns * 0.915) << events << " events, AUC " << truth;
    }
  }
}

}  // namespace
}  // namespace weir::risk
