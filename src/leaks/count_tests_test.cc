#include "leaks/count_tests.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/fixed_math.h"

namespace weir::leaks {
namespace {

// References: sums with mpmath, 40 digits.
TEST(CountTests, predictive_tails_equal_references) {
  struct Case {
    std::int64_t count;
    double mean, shape, log_lower, log_upper;
  };
  const Case cases[] = {{3, 10.5, 40, -4.326841494268485, -0.004004654132047161},
                        {60, 100, 300.5, -9.286123987119394, -6.04373889690107e-05},
                        {20, 12.25, 80, -0.021531830383391685, -3.344375702818235},
                        {900, 1000, 5000, -6.359263236486374, -0.0015719057898599617}};
  for (const Case& c : cases) {
    EXPECT_NEAR(log_predictive_lower(c.count, c.mean, c.shape), c.log_lower,
                1e-9 * std::fabs(c.log_lower) + 1e-14);
    EXPECT_NEAR(log_predictive_upper(c.count, c.mean, c.shape), c.log_upper,
                1e-9 * std::fabs(c.log_upper) + 1e-14);
  }
}

TEST(CountTests, a_certain_expectation_is_poisson) {
  EXPECT_NEAR(log_predictive_lower(30, 50, 1e9), fixed_math::log_poisson_lower(30, 50), 1e-4);
  EXPECT_NEAR(log_predictive_upper(80, 50, 1e9), fixed_math::log_poisson_upper(80, 50), 1e-4);
}

TEST(CountTests, mid_p_tails_add_up_to_one) {
  for (std::int64_t count = 0; count < 60; ++count) {
    const double sum = std::exp(log_predictive_lower(count, 25, 90, 0.5)) +
                       std::exp(log_predictive_upper(count, 25, 90, 0.5));
    EXPECT_NEAR(sum, 1, 1e-12) << count;
  }
}

// The figures of METHODS: expected events that make a cut visible in 80 of 100 cases at 5 % over all cells.
TEST(CountTests, smallest_detectable_equals_the_published_table) {
  struct Case {
    double cells, percent, expected;
  };
  for (const Case& c : {Case{134, 50, 56}, Case{134, 30, 176}, Case{134, 20, 409}, Case{20, 50, 43},
                        Case{20, 30, 132}, Case{20, 20, 309}}) {
    const double level = std::log(0.05 / c.cells);
    const auto enough = smallest_detectable_percent(c.expected, level, Direction::fewer);
    const auto too_few = smallest_detectable_percent(c.expected - 1, level, Direction::fewer);
    ASSERT_TRUE(enough.has_value());
    EXPECT_LE(*enough, c.percent);
    EXPECT_GT(*too_few, c.percent);
  }
}

TEST(CountTests, nothing_is_detectable_where_nothing_is_expected) {
  EXPECT_FALSE(smallest_detectable_percent(0, -5, Direction::fewer).has_value());
  EXPECT_FALSE(smallest_detectable_percent(4, std::log(0.05 / 134), Direction::fewer).has_value());
  EXPECT_TRUE(smallest_detectable_percent(4, std::log(0.05 / 134), Direction::more).has_value());
}

TEST(CountTests, likelihood_ratio_is_zero_at_the_expectation) {
  EXPECT_EQ(poisson_log_likelihood_ratio(7, 7), 0);
  EXPECT_EQ(poisson_log_likelihood_ratio(0, 7), 7);
  EXPECT_EQ(poisson_log_likelihood_ratio(7, 0), 0);
  EXPECT_GT(poisson_log_likelihood_ratio(3, 7), 0);
  EXPECT_GT(poisson_log_likelihood_ratio(13, 7), 0);
}

}  // namespace
}  // namespace weir::leaks
