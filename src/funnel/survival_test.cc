#include "funnel/survival.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/random.h"

namespace weir::funnel {
namespace {

using nlohmann::json;

// tests/refs/survival.json: lifelines 0.30.3 and scikit-survival 0.28. lifelines smooths ties in
// Nelson-Aalen; its Aalen-Johansen jitters them, so only tie-free cases carry one; scikit-survival's cover
// ties.
const json& references() {
  static const json cases = [] {
    std::ifstream file(std::string(WEIR_SOURCE_DIR) + "/tests/refs/survival.json");
    return json::parse(file)["cases"];
  }();
  return cases;
}

struct Sample {
  std::vector<double> durations;
  std::vector<std::uint8_t> causes;
  std::vector<std::uint8_t> first_only;  // cause 2 censored, as the references for Kaplan-Meier have it
  std::vector<double> entries;
  explicit Sample(const json& input) : durations(input["t"].get<std::vector<double>>()) {
    for (const int cause : input["cause(0=open,1=lost,2=advanced)"]) {
      causes.push_back(static_cast<std::uint8_t>(cause));
      first_only.push_back(cause == 1 ? 1 : 0);
    }
    if (!input["entry"].is_null()) entries = input["entry"].get<std::vector<double>>();
  }
  [[nodiscard]] SurvivalData one_cause() const { return {durations, first_only, entries, 1}; }
  [[nodiscard]] SurvivalData two_causes() const { return {durations, causes, entries, 2}; }
};

// The place of a reference's time on our curve; times before the first duration (0, entries) have none.
std::optional<std::size_t> place(const StepCurve& curve, double time) {
  const auto after = std::upper_bound(curve.times.begin(), curve.times.end(), time);
  if (after == curve.times.begin()) return std::nullopt;
  return static_cast<std::size_t>(after - curve.times.begin()) - 1;
}

TEST(Survival, kaplan_meier_equals_lifelines) {
  for (const json& reference : references()) {
    const Sample sample(reference["in"]);
    const auto curve = kaplan_meier(sample.one_cause());
    ASSERT_TRUE(curve.has_value());
    const json& expected = reference["out"]["km"];
    for (std::size_t i = 0; i < expected["t"].size(); ++i) {
      const double time = expected["t"][i];
      EXPECT_NEAR(curve->survival.at(time), expected["S"][i].get<double>(), 1e-9);
      const auto at = place(curve->survival, time);
      const Interval band = at ? curve->band[*at] : Interval{1, 1};
      EXPECT_NEAR(band.low, expected["lo"][i].get<double>(), 1e-9) << reference["name"] << " at " << time;
      EXPECT_NEAR(band.high, expected["hi"][i].get<double>(), 1e-9);
    }
    EXPECT_EQ(curve->median(), expected["median"].get<double>());
  }
}

TEST(Survival, nelson_aalen_equals_lifelines) {
  for (const json& reference : references()) {
    const Sample sample(reference["in"]);
    const auto curve = nelson_aalen(sample.one_cause(), TieRule::smoothed);
    ASSERT_TRUE(curve.has_value());
    const json& expected = reference["out"]["nelson_aalen"];
    for (std::size_t i = 0; i < expected["t"].size(); ++i) {
      EXPECT_NEAR(curve->at(expected["t"][i]), expected["H"][i].get<double>(), 1e-9) << reference["name"];
    }
  }
}

TEST(Survival, aalen_johansen_with_ties_equals_scikit_survival) {
  int compared = 0;
  for (const json& reference : references()) {
    if (!reference["out"].contains("aalen_johansen_sksurv")) continue;
    const Sample sample(reference["in"]);
    const auto curves = aalen_johansen(sample.two_causes());
    ASSERT_TRUE(curves.has_value());
    const json& expected = reference["out"]["aalen_johansen_sksurv"];
    for (std::size_t i = 0; i < expected["t"].size(); ++i, ++compared) {
      const double time = expected["t"][i];
      EXPECT_NEAR((*curves)[0].incidence.at(time), expected["cause1"][i].get<double>(), 1e-9);
      EXPECT_NEAR((*curves)[1].incidence.at(time), expected["cause2"][i].get<double>(), 1e-9);
    }
  }
  EXPECT_GT(compared, 600);
}

TEST(Survival, aalen_johansen_variance_equals_lifelines) {
  int compared = 0;
  for (const json& reference : references()) {
    if (!reference["out"].contains("aalen_johansen_lifelines_cause1")) continue;
    const Sample sample(reference["in"]);
    const auto curves = aalen_johansen(sample.two_causes());
    ASSERT_TRUE(curves.has_value());
    const IncidenceCurve& lost = curves->front();
    const json& expected = reference["out"]["aalen_johansen_lifelines_cause1"];
    for (std::size_t i = 0; i < expected["t"].size(); ++i) {
      const auto at = place(lost.incidence, expected["t"][i]);
      if (!at) continue;
      const double variance = expected["var"][i];
      EXPECT_NEAR(lost.incidence.values[*at], expected["F"][i].get<double>(), 1e-9);
      EXPECT_NEAR(lost.variance[*at], variance, 1e-9 * variance);
      ++compared;
    }
  }
  EXPECT_EQ(compared, 600);
}

TEST(Survival, plain_ties_jump_at_once) {
  const std::vector<double> durations = {1, 1, 2};
  EXPECT_DOUBLE_EQ(nelson_aalen({durations, {}, {}, 1})->at(1), 2.0 / 3);
  EXPECT_DOUBLE_EQ(nelson_aalen({durations, {}, {}, 1}, TieRule::smoothed)->at(1), 1.0 / 3 + 1.0 / 2);
}

TEST(Survival, input_that_cannot_be_is_refused) {
  const std::vector<double> durations = {1, -1};
  const std::vector<double> good = {1, 2};
  const std::vector<double> late = {0, 2};
  const std::vector<std::uint8_t> one = {1};
  const std::vector<std::uint8_t> undeclared = {1, 2};
  EXPECT_FALSE(kaplan_meier({durations, {}, {}, 1}).has_value());
  EXPECT_FALSE(kaplan_meier({good, one, {}, 1}).has_value());
  EXPECT_FALSE(kaplan_meier({good, undeclared, {}, 1}).has_value());
  EXPECT_FALSE(kaplan_meier({good, {}, late, 1}).has_value());
  EXPECT_TRUE(kaplan_meier({{}, {}, {}, 1}).has_value());
  EXPECT_FALSE(kaplan_meier({{}, {}, {}, 1})->median().has_value());
}

TEST(Survival, incidences_and_survival_add_up_to_one) {
  rc::check([](const std::vector<std::pair<std::uint8_t, std::uint8_t>>& rows) {
    std::vector<double> durations;
    std::vector<std::uint8_t> causes;
    std::vector<std::uint8_t> any;
    for (const auto& [duration, cause] : rows) {
      durations.push_back(duration % 20);
      causes.push_back(cause % 4);
      any.push_back(cause % 4 > 0 ? 1 : 0);
    }
    const auto curves = aalen_johansen({durations, causes, {}, 3});
    const auto survival = kaplan_meier({durations, any, {}, 1});
    for (const double time : durations) {
      double sum = survival->survival.at(time);
      for (const IncidenceCurve& curve : *curves) sum += curve.incidence.at(time);
      RC_ASSERT(std::fabs(sum - 1) < 1e-12);
    }
  });
}

StayOutcome stay(double days, Ending ending) {
  return {Micros{static_cast<std::int64_t>(days * static_cast<double>(kMicrosPerDay))}, ending};
}

TEST(StageConversion, open_window_is_censored) {
  const std::vector<StayOutcome> stays = {stay(18, Ending::advanced), stay(2, Ending::open)};
  const Conversion conversion = stage_conversion(stays, 30 * Micros{kMicrosPerDay});
  EXPECT_EQ(conversion.entered, 2);
  EXPECT_EQ(conversion.open, 1);
  EXPECT_DOUBLE_EQ(conversion.estimate, 1);
  EXPECT_DOUBLE_EQ(*conversion.naive(), 0.5);
  EXPECT_DOUBLE_EQ(*conversion.time_in_stage_days_p50, 18);
}

TEST(StageConversion, every_ending_is_counted_and_each_count_adds_up) {
  const std::vector<StayOutcome> stays = {stay(1, Ending::advanced), stay(2, Ending::lost),
                                          stay(3, Ending::back),     stay(40, Ending::dormant),
                                          stay(9, Ending::open),     stay(4, Ending::advanced)};
  const Conversion c = stage_conversion(stays, 30 * Micros{kMicrosPerDay});
  EXPECT_EQ(c.entered, c.advanced + c.lost + c.dormant + c.back + c.open);
  EXPECT_EQ(c.advanced, 2);
  EXPECT_EQ(c.back, 1);
  EXPECT_DOUBLE_EQ(c.estimate, 2.0 / 6);
  EXPECT_TRUE(c.window_reached);
  EXPECT_LT(c.band.low, c.estimate);
  EXPECT_GT(c.band.high, c.estimate);
  EXPECT_DOUBLE_EQ(*c.time_in_stage_days_p50, 3);
  EXPECT_FALSE(c.time_in_stage_days_p90.has_value());
}

TEST(StageConversion, a_window_counts_what_happens_at_its_end) {
  const std::vector<StayOutcome> stays = {stay(30, Ending::advanced), stay(31, Ending::advanced)};
  EXPECT_DOUBLE_EQ(stage_conversion(stays, 30 * Micros{kMicrosPerDay}).estimate, 0.5);
}

TEST(StageConversion, nothing_and_everything_have_the_exact_binomial_band) {
  const std::vector<StayOutcome> none(10, stay(40, Ending::open));
  const Conversion zero = stage_conversion(none, 30 * Micros{kMicrosPerDay});
  EXPECT_EQ(zero.estimate, 0);
  EXPECT_NEAR(zero.band.high, 1 - std::pow(0.025, 0.1), 1e-12);
  const std::vector<StayOutcome> all(10, stay(3, Ending::advanced));
  EXPECT_NEAR(stage_conversion(all, 30 * Micros{kMicrosPerDay}).band.low, std::pow(0.025, 0.1), 1e-12);
  const std::vector<StayOutcome> young(10, stay(1, Ending::open));
  EXPECT_EQ(stage_conversion(young, 30 * Micros{kMicrosPerDay}).band.high, 1);
  EXPECT_FALSE(stage_conversion(young, 30 * Micros{kMicrosPerDay}).window_reached);
  EXPECT_FALSE(stage_conversion({}, 30 * Micros{kMicrosPerDay}).naive().has_value());
}

TEST(StageConversion, stays_seen_late_do_not_count_as_survivors_before) {
  // Three stays ended at day 2; two more were first seen on day 10, when the others were gone.
  const std::vector<StayOutcome> stays = {stay(2, Ending::advanced), stay(2, Ending::lost),
                                          stay(20, Ending::lost), stay(20, Ending::lost),
                                          stay(12, Ending::open)};
  const std::vector<Micros> entries = {Micros{0}, Micros{0}, 10 * Micros{kMicrosPerDay},
                                       10 * Micros{kMicrosPerDay}, Micros{0}};
  EXPECT_DOUBLE_EQ(stage_conversion(stays, 30 * Micros{kMicrosPerDay}, entries).estimate, 1.0 / 3);
}

TEST(StageConversion, order_of_stays_changes_nothing) {
  Random random(7);
  std::vector<StayOutcome> stays;
  for (int i = 0; i < 500; ++i)
    stays.push_back({Micros{static_cast<std::int64_t>(random.below(60)) * kMicrosPerDay},
                     static_cast<Ending>(random.below(5))});
  const Conversion forward = stage_conversion(stays, 30 * Micros{kMicrosPerDay});
  std::reverse(stays.begin(), stays.end());
  const Conversion backward = stage_conversion(stays, 30 * Micros{kMicrosPerDay});
  EXPECT_EQ(forward.estimate, backward.estimate);
  EXPECT_EQ(forward.band.low, backward.band.low);
}

}  // namespace
}  // namespace weir::funnel
