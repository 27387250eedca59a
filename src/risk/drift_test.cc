#include "risk/drift.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/fixed_math.h"
#include "base/random.h"
#include "risk/kolmogorov.h"

namespace weir::risk {
namespace {

using nlohmann::json;

features::FeatureColumn number_column(const std::string& name) {
  features::FeatureColumn column;
  column.name = name;
  return column;
}

features::FeatureColumn category_column(const std::string& name, std::vector<std::string> levels) {
  features::FeatureColumn column;
  column.name = name;
  column.type = features::ColumnType::category;
  column.levels = std::move(levels);
  return column;
}

json cases_of(const std::string& name) {
  std::ifstream file(std::string(WEIR_SOURCE_DIR) + "/tests/refs/" + name);
  return json::parse(file)["cases"];
}

// tests/refs/drift.json: SciPy 1.17.1, NumPy.
TEST(Drift, two_sample_figures_equal_scipy) {
  for (const json& reference : cases_of("drift.json")) {
    const auto before = reference["in"]["ref"].get<std::vector<double>>();
    const auto now = reference["in"]["cur"].get<std::vector<double>>();
    const json& expected = reference["out"];
    EXPECT_NEAR(*population_stability_index(before, now),
                expected["psi10_ref_deciles_clip1e-4"].get<double>(), 1e-9);
    const auto test = kolmogorov_smirnov(before, now);
    ASSERT_TRUE(test.has_value());
    EXPECT_NEAR(test->statistic, expected["ks"].get<double>(), 1e-12);
    const double p_value = expected["ks_p_asymp"].get<double>();
    EXPECT_NEAR(test->p_value, p_value, 1e-9 * p_value) << reference["name"];
    const json& counts = expected["chi2_cut(-1,0,1)"];
    const auto chi = chi_square(counts["counts"][0].get<std::vector<double>>(),
                                counts["counts"][1].get<std::vector<double>>());
    ASSERT_TRUE(chi.has_value());
    EXPECT_NEAR(chi->statistic, counts["stat"].get<double>(), 1e-9 * counts["stat"].get<double>());
    EXPECT_NEAR(chi->p_value, counts["p"].get<double>(), 1e-9 * counts["p"].get<double>());
  }
}

// tests/refs/stats_fdr.json: statsmodels.
TEST(Drift, benjamini_hochberg_equals_statsmodels) {
  for (const json& reference : cases_of("stats_fdr.json")) {
    const auto adjusted = benjamini_hochberg(reference["in"]["p"].get<std::vector<double>>());
    const auto expected = reference["out"]["fdr_bh"]["adj"].get<std::vector<double>>();
    ASSERT_EQ(adjusted.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-12);
  }
}

// The three ways to the tail meet where one takes over from the other.
TEST(Drift, kolmogorov_tail_has_no_seams) {
  EXPECT_NEAR(kolmogorov_tail(140, std::sqrt(3.9999999 / 140)),
              kolmogorov_tail(140, std::sqrt(4.0000001 / 140)), 1e-9);
  EXPECT_NEAR(kolmogorov_tail(500, std::sqrt(2.1999999 / 500)),
              kolmogorov_tail(500, std::sqrt(2.2000001 / 500)), 1e-5);
  EXPECT_NEAR(kolmogorov_tail(140, 0.06), kolmogorov_tail(141, 0.06), 0.01);
  EXPECT_EQ(kolmogorov_tail(1, 0.5), 1.0);
  EXPECT_NEAR(kolmogorov_tail(1, 0.75), 0.5, 1e-12);  // D_1 is uniform on [1/2, 1]
  EXPECT_EQ(kolmogorov_tail(10, 1), 0.0);
}

TEST(Drift, nulls_that_appear_are_drift) {
  Random random(3);
  features::FeatureColumn before = number_column("reply_count");
  features::FeatureColumn now = number_column("reply_count");
  for (int row = 0; row < 600; ++row) {
    before.numbers.push_back(random.uniform());
    now.numbers.push_back(random.chance(0.3) ? std::numeric_limits<double>::quiet_NaN() : random.uniform());
  }
  const auto drifts = feature_drift({600, {before}}, {600, {now}});
  ASSERT_EQ(drifts.size(), 1U);
  EXPECT_TRUE(drifts[0].drifted);
  EXPECT_GT(*drifts[0].psi, 1.0);
}

TEST(Drift, a_new_category_is_drift_and_a_renumbered_level_is_none) {
  features::FeatureColumn before = category_column("origin", {"email", "social"});
  features::FeatureColumn same = category_column("origin", {"display", "email", "social"});
  features::FeatureColumn moved = same;
  for (std::uint32_t row = 0; row < 400; ++row) {
    before.codes.push_back(row % 2);
    same.codes.push_back(1 + row % 2);
    moved.codes.push_back(row % 3);
  }
  EXPECT_FALSE(feature_drift({400, {before}}, {400, {same}})[0].drifted);
  EXPECT_TRUE(feature_drift({400, {before}}, {400, {moved}})[0].drifted);
}

TEST(Drift, equal_distributions_rarely_alarm) {
  Random random(8);
  int alarms = 0;
  for (int run = 0; run < 100; ++run) {
    features::FeatureMatrix before{400, {}};
    features::FeatureMatrix now{400, {}};
    for (int column = 0; column < 10; ++column) {
      features::FeatureColumn left = number_column("f" + std::to_string(column));
      features::FeatureColumn right = left;
      for (int row = 0; row < 400; ++row) {
        left.numbers.push_back(random.uniform());
        right.numbers.push_back(random.uniform());
      }
      before.columns.push_back(left);
      now.columns.push_back(right);
    }
    for (const FeatureDrift& drift : feature_drift(before, now))
      alarms += drift.adjusted_p_value <= 0.05 ? 1 : 0;
  }
  EXPECT_LE(alarms, 12);
}

TEST(Drift, empty_sides_have_no_figure) {
  const std::vector<double> some{1, 2, 3};
  EXPECT_FALSE(population_stability_index({}, some).has_value());
  EXPECT_FALSE(population_stability_index(some, {}).has_value());
  EXPECT_FALSE(kolmogorov_smirnov(some, {}).has_value());
  EXPECT_FALSE(chi_square(some, std::vector<double>{0, 0, 0}).has_value());
  EXPECT_TRUE(benjamini_hochberg({}).empty());
}

}  // namespace
}  // namespace weir::risk
