#include "risk/calibration.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "risk/metrics.h"

namespace weir::risk {
namespace {

using nlohmann::json;
using Outcomes = std::vector<std::uint8_t>;

// tests/refs/calibration.json: scikit-learn 1.9.1, venn-abers 1.5.4.
const json& references() {
  static const json cases = [] {
    std::ifstream file(std::string(WEIR_SOURCE_DIR) + "/tests/refs/calibration.json");
    return json::parse(file)["cases"];
  }();
  return cases;
}

struct Sample {
  std::vector<double> p;
  Outcomes y;
  std::vector<double> w;
  std::vector<double> q;
  std::vector<double> log_odds;
  explicit Sample(const json& input)
      : p(input["p"].get<std::vector<double>>()),
        y(input["y"].get<Outcomes>()),
        w(input["w"].get<std::vector<double>>()),
        q(input["q"].get<std::vector<double>>()) {
    for (const double value : p) log_odds.push_back(log_odds_of(value, 1e-4));
  }
};

TEST(Platt, smoothed_targets_reach_a_lower_loss_than_scikit_learn_and_its_coefficients) {
  for (const json& reference : references()) {
    const Sample sample(reference["in"]);
    const auto fit = fit_platt(sample.log_odds, sample.y, sample.w);
    ASSERT_TRUE(fit.has_value());
    // scikit-learn stops its quasi-Newton search at a gradient of 1e-6: 1e-4 is what its figures are good
    // for.
    EXPECT_NEAR(fit->slope, -reference["out"]["platt_lin_targets_on_logit"]["a"].get<double>(), 1e-4)
        << reference["name"];
    EXPECT_NEAR(fit->intercept, -reference["out"]["platt_lin_targets_on_logit"]["b"].get<double>(), 1e-4)
        << reference["name"];
  }
}

TEST(Platt, plain_targets_equal_maximum_likelihood) {
  for (const json& reference : references()) {
    const Sample sample(reference["in"]);
    const auto fit = fit_platt(sample.log_odds, sample.y, sample.w, PlattTargets::plain);
    ASSERT_TRUE(fit.has_value());
    EXPECT_NEAR(fit->slope, reference["out"]["platt_mle_on_logit"]["coef"].get<double>(), 1e-5)
        << reference["name"];
    EXPECT_NEAR(fit->intercept, reference["out"]["platt_mle_on_logit"]["intercept"].get<double>(), 1e-5)
        << reference["name"];
  }
}

TEST(Platt, separated_scores_fit_with_smoothed_targets_only) {
  const std::vector<double> scores{-2, -1, 1, 2};
  const Outcomes outcomes{0, 0, 1, 1};
  const auto smoothed = fit_platt(scores, outcomes);
  ASSERT_TRUE(smoothed.has_value());
  EXPECT_LT(smoothed->apply(2), 0.95);
  EXPECT_FALSE(fit_platt(scores, outcomes, {}, PlattTargets::plain).has_value());
}

TEST(Platt, one_class_gives_a_flat_probability_inside_the_open_interval) {
  const auto fit = fit_platt(std::vector<double>{-1, 0, 3}, Outcomes{1, 1, 1});
  ASSERT_TRUE(fit.has_value());
  EXPECT_NEAR(fit->apply(0), 0.8, 1e-6);
  EXPECT_FALSE(fit_platt(std::vector<double>{0, 1}, Outcomes{1, 1}, {}, PlattTargets::plain).has_value());
}

TEST(Platt, input_that_cannot_be_is_refused) {
  EXPECT_FALSE(fit_platt(std::vector<double>{1}, Outcomes{1, 0}).has_value());
  EXPECT_FALSE(fit_platt({}, {}).has_value());
  EXPECT_FALSE(fit_platt(std::vector<double>{NAN, 1}, Outcomes{1, 0}).has_value());
}

TEST(Isotonic, equals_scikit_learn) {
  for (const json& reference : references()) {
    const Sample sample(reference["in"]);
    const auto curve = fit_isotonic(sample.p, sample.y, sample.w);
    ASSERT_TRUE(curve.has_value());
    const auto x = reference["out"]["isotonic"]["x"].get<std::vector<double>>();
    const auto y = reference["out"]["isotonic"]["y"].get<std::vector<double>>();
    ASSERT_EQ(curve->x, x) << reference["name"];
    for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(curve->y[i], y[i], 1e-12);
    const auto at = reference["out"]["isotonic"]["at_q"].get<std::vector<double>>();
    for (std::size_t i = 0; i < at.size(); ++i) EXPECT_NEAR(curve->apply(sample.q[i]), at[i], 1e-12);
  }
}

TEST(VennAbers, equals_the_authors_package) {
  std::size_t compared = 0;
  for (const json& reference : references()) {
    if (!reference["out"].contains("venn_abers")) continue;
    const Sample sample(reference["in"]);
    const auto venn = fit_venn_abers(sample.p, sample.y);
    ASSERT_TRUE(venn.has_value());
    const json& expected = reference["out"]["venn_abers"];
    for (std::size_t i = 0; i < sample.q.size(); ++i) {
      const ProbabilityInterval interval = venn->interval(sample.q[i]);
      EXPECT_NEAR(interval.low, expected["p0"][i].get<double>(), 1e-9)
          << reference["name"] << " at " << sample.q[i];
      EXPECT_NEAR(interval.high, expected["p1"][i].get<double>(), 1e-9)
          << reference["name"] << " at " << sample.q[i];
      EXPECT_NEAR(venn->merged(sample.q[i]), expected["p"][i].get<double>(), 1e-9);
      ++compared;
    }
  }
  EXPECT_GE(compared, 21U);
}

// By definition: isotonic regression of the rows and one more.
double isotonic_with(std::vector<double> scores, Outcomes outcomes, double score, std::uint8_t outcome) {
  scores.push_back(score);
  outcomes.push_back(outcome);
  return fit_isotonic(scores, outcomes)->apply(score);
}

RC_GTEST_PROP(VennAbers, equals_its_definition, ()) {
  const auto drawn =
      *rc::gen::container<std::vector<int>>(*rc::gen::inRange<std::size_t>(1, 30), rc::gen::inRange(0, 12));
  const std::vector<double> scores(drawn.begin(), drawn.end());
  Outcomes outcomes;
  for (std::size_t i = 0; i < scores.size(); ++i)
    outcomes.push_back(static_cast<std::uint8_t>(*rc::gen::inRange(0, 2)));
  const auto venn = fit_venn_abers(scores, outcomes);
  RC_ASSERT(venn.has_value());
  for (double score = -0.5; score <= 12.5; score += 0.5) {
    const ProbabilityInterval interval = venn->interval(score);
    RC_ASSERT(std::abs(interval.low - isotonic_with(scores, outcomes, score, 0)) < 1e-12);
    RC_ASSERT(std::abs(interval.high - isotonic_with(scores, outcomes, score, 1)) < 1e-12);
    RC_ASSERT(interval.low <= interval.high);
  }
}

struct Logs {
  std::vector<double> log_odds;
  Outcomes outcomes;
  std::vector<double> truth;
};

// The true log-odds are 0.6 raw - 1: raw scores that are too sure of themselves.
Logs draw_logs(std::size_t rows, std::uint64_t seed) {
  Random random(seed);
  Logs logs;
  for (std::size_t row = 0; row < rows; ++row) {
    logs.log_odds.push_back(6 * random.uniform() - 3);
    logs.truth.push_back(probability_of(0.6 * logs.log_odds.back() - 1));
    logs.outcomes.push_back(random.chance(logs.truth.back()) ? 1 : 0);
  }
  return logs;
}

TEST(Calibrator, mends_overconfident_scores) {
  const Logs seen = draw_logs(4000, 1);
  const Logs fresh = draw_logs(20000, 2);
  const auto calibrator = fit_calibrator(seen.log_odds, seen.outcomes);
  ASSERT_TRUE(calibrator.has_value());
  EXPECT_EQ(calibrator->method, CalibrationMethod::platt);
  std::vector<double> raw;
  std::vector<double> mended;
  for (const double score : fresh.log_odds) {
    raw.push_back(probability_of(score));
    const CalibratedProbability result = calibrator->apply(score);
    EXPECT_LE(result.interval.low, result.probability);
    EXPECT_GE(result.interval.high, result.probability);
    mended.push_back(result.probability);
  }
  EXPECT_GT(*calibration_error(raw, fresh.outcomes), 0.15);
  EXPECT_LT(*calibration_error(mended, fresh.outcomes), 0.015);
}

TEST(Calibrator, is_isotonic_above_5000_events) {
  const Logs logs = draw_logs(20000, 3);
  const auto calibrator = fit_calibrator(logs.log_odds, logs.outcomes);
  ASSERT_TRUE(calibrator.has_value());
  ASSERT_GT(calibrator->events, kEventsForIsotonic);
  EXPECT_EQ(calibrator->method, CalibrationMethod::isotonic);
  EXPECT_NEAR(calibrator->apply(0).probability, probability_of(-1), 0.03);
}

// Of the lowest scores nobody had the outcome, of the highest everybody: that is much evidence, not
// certainty.
TEST(Calibrator, nothing_is_impossible_above_5000_events) {
  Logs seen = draw_logs(20000, 7);
  for (std::size_t row = 0; row < seen.outcomes.size(); ++row) {
    if (seen.log_odds[row] < -2) seen.outcomes[row] = 0;
    if (seen.log_odds[row] > 2.5) seen.outcomes[row] = 1;
  }
  const auto calibrator = fit_calibrator(seen.log_odds, seen.outcomes);
  ASSERT_TRUE(calibrator.has_value());
  ASSERT_EQ(calibrator->method, CalibrationMethod::isotonic);
  for (const double score : {-9.0, -2.9, -2.2}) {
    EXPECT_GT(calibrator->apply(score).probability, 1e-4);
    EXPECT_LT(calibrator->apply(score, 0.2).probability, 2e-3);
  }
  for (const double score : {2.6, 2.9, 9.0}) EXPECT_LT(calibrator->apply(score).probability, 1 - 1e-4);
}

TEST(Calibrator, few_outcomes_lean_on_the_baseline) {
  const Logs logs = draw_logs(30, 4);
  auto calibrator = fit_calibrator(logs.log_odds, logs.outcomes);
  ASSERT_TRUE(calibrator.has_value());
  calibrator->venn_abers = {};  // alone, without the clipping
  const double alone = calibrator->apply(3).probability;
  const double shrunk = calibrator->apply(3, 0.05).probability;
  EXPECT_LT(shrunk, alone);
  EXPECT_GT(shrunk, 0.05);
  EXPECT_GT(calibrator->weight_of_baseline(), 0.75);
  calibrator->rows = 100000;
  calibrator->events = 50000;
  EXPECT_NEAR(calibrator->apply(3, 0.05).probability, alone, 0.001);
}

TEST(Calibrator, json_reads_back_to_the_same_bytes) {
  const Logs logs = draw_logs(500, 5);
  const auto calibrator = fit_calibrator(logs.log_odds, logs.outcomes);
  ASSERT_TRUE(calibrator.has_value());
  const std::string text = to_json(*calibrator);
  const auto back = calibrator_from_json(text);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(to_json(*back), text);
  for (const double score : {-2.5, 0.1, 2.9})
    EXPECT_EQ(back->apply(score).probability, calibrator->apply(score).probability);
}

TEST(Calibrator, damaged_json_is_an_error) {
  const Logs logs = draw_logs(50, 6);
  const std::string text = to_json(*fit_calibrator(logs.log_odds, logs.outcomes));
  for (std::size_t length = 0; length < text.size(); length += 37) {
    EXPECT_FALSE(calibrator_from_json(std::string_view(text).substr(0, length)).has_value());
  }
  EXPECT_FALSE(calibrator_from_json("[]").has_value());
  json old = json::parse(text);
  old["format"] = 1;
  old["isotonic"] = {{"x", json::array()}, {"y", json::array()}};
  EXPECT_TRUE(calibrator_from_json(old.dump()).has_value());
  json falling = json::parse(text);
  std::reverse(falling["venn_abers"]["p1"].begin(), falling["venn_abers"]["p1"].end());
  EXPECT_FALSE(calibrator_from_json(falling.dump()).has_value());
  json lacking = json::parse(text);
  lacking.erase("slope");
  EXPECT_FALSE(calibrator_from_json(lacking.dump()).has_value());
}

}  // namespace
}  // namespace weir::risk
