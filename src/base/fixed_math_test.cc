#include "base/fixed_math.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"

// References: mpmath 1.3 with 60 to 200 digits.
namespace weir::fixed_math {
namespace {

struct Reference {
  double x;
  double value;
};

void expect_close(double (*function)(double), const std::vector<Reference>& references, double relative) {
  for (const auto& [x, value] : references) {
    EXPECT_LE(std::fabs(function(x) - value), relative * std::fabs(value))
        << "at " << x << ": " << function(x);
  }
}

TEST(FixedMath, exp_equals_references) {
  const std::vector<Reference> references = {
      {-740.0, 4.2e-322},          {-30.5, 5.675685232632723e-14}, {-1.0, 0.36787944117144233},
      {-0.001, 0.999000499833375}, {0.3, 1.3498588075760032},      {1.0, 2.718281828459045},
      {10.25, 28282.541920334977}, {88.7, 3.325986980250579e+38},  {700.0, 1.0142320547350045e+304}};
  expect_close(exp, references, 2.3e-16);
}

TEST(FixedMath, log_equals_references) {
  const std::vector<Reference> references = {
      {1e-310, -713.8013788281542},      {0.001, -6.907755278982137},     {0.7071, -0.346583180371942},
      {0.9999, -0.00010000500033334732}, {1.0001, 9.999500033329732e-05}, {2.0, 0.6931471805599453},
      {10.0, 2.302585092994046},         {12345.678, 9.421061321291832},  {1e+300, 690.7755278982137}};
  expect_close(log, references, 2.3e-16);
}

TEST(FixedMath, expm1_equals_references) {
  const std::vector<Reference> references = {
      {-30.0, -0.9999999999999064},    {-0.6, -0.45118836390597356}, {-1e-10, -9.999999999500001e-11},
      {1e-05, 1.0000050000166668e-05}, {0.4, 0.49182469764127035},   {3.0, 19.085536923187668}};
  expect_close(expm1, references, 5e-16);
}

TEST(FixedMath, log1p_equals_references) {
  const std::vector<Reference> references = {
      {-0.999, -6.907755278982136},   {-0.25, -0.2876820724517809}, {-1e-12, -1.0000000000005e-12},
      {1e-07, 9.999999500000033e-08}, {0.5, 0.4054651081081644},    {10000000000.0, 23.025850930040455}};
  expect_close(log1p, references, 5e-16);
}

TEST(FixedMath, lgamma_equals_references) {
  const std::vector<Reference> references = {
      {1e-05, 11.512919692895826},        {0.3, 1.0957979948180756},   {0.999999, 5.772164873855652e-07},
      {1.000001, -5.772148423874147e-07}, {1.7, -0.09580769740706588}, {2.000001, 4.2278465762452923e-07},
      {3.3, 0.9870985778947344},          {9.99, 12.779315214350193},  {50.0, 144.5657439463449},
      {1000000.0, 12815504.569147611}};
  expect_close(lgamma, references, 1e-12);
}

TEST(FixedMath, normal_cdf_equals_references) {
  const std::vector<Reference> references = {{-37.0, 5.725571222524577e-300}, {-8.0, 6.220960574271784e-16},
                                             {-1.96, 0.024997895148220435},   {-0.1, 0.460172162722971},
                                             {0.5, 0.6914624612740131},       {3.0, 0.9986501019683699}};
  expect_close(normal_cdf, references, 1e-12);
}

TEST(FixedMath, normal_quantile_equals_references) {
  const std::vector<Reference> references = {{1e-300, -37.0470962993612},
                                             {1e-09, -5.9978070150076865},
                                             {0.025, -1.9599639845400543},
                                             {0.3, -0.5244005127080408},
                                             {0.5, 0.0},
                                             {0.975, 1.9599639845400538},
                                             {0.999999, 4.753424308817087}};
  expect_close(normal_quantile, references, 1e-12);
}

TEST(FixedMath, poisson_tails_equal_references) {
  struct Case {
    std::int64_t count;
    double mean, log_upper, log_lower;
  };
  const std::vector<Case> cases = {{1, 0.01, -4.610166019324897, -4.966914683191715e-05},
                                   {5, 12.5, -0.005359843821514059, -4.211583710484746},
                                   {30, 10.2, -14.794567791415705, -1.2183603155653226e-07},
                                   {100, 150.0, -5.924557885642327e-06, -11.612717118801008},
                                   {1000, 900.0, -7.5057699942338925, -0.0004907531324798106},
                                   {200000, 199000.0, -4.375964543030528, -0.012582216500624526},
                                   {3, 400.0, -1.5398155074540276e-169, -383.80985649986576}};
  for (const Case& c : cases) {
    EXPECT_LE(std::fabs(log_poisson_upper(c.count, c.mean) - c.log_upper),
              1e-12 * (1 + std::fabs(c.log_upper)));
    EXPECT_LE(std::fabs(log_poisson_lower(c.count, c.mean) - c.log_lower),
              1e-12 * (1 + std::fabs(c.log_lower)));
  }
}

TEST(FixedMath, limits_are_exact) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(exp(0), 1);
  EXPECT_EQ(exp(-kInfinity), 0);
  EXPECT_EQ(exp(710), kInfinity);
  EXPECT_EQ(log(1), 0);
  EXPECT_EQ(log(0), -kInfinity);
  EXPECT_TRUE(std::isnan(log(-1)));
  EXPECT_EQ(lgamma(1), 0);
  EXPECT_EQ(lgamma(2), 0);
  EXPECT_EQ(pow(0, 0), 1);
  EXPECT_EQ(pow(-2, 3), pow(2, 3) * -1);
  EXPECT_TRUE(std::isnan(pow(-2, 0.5)));
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_EQ(normal_quantile(1), kInfinity);
  EXPECT_EQ(log_poisson_upper(0, 3), 0);
  EXPECT_EQ(log_poisson_upper(1, 0), -kInfinity);
  EXPECT_EQ(log_poisson_lower(0, 0), 0);
  EXPECT_DOUBLE_EQ(log_poisson_lower(0, 2.5), -2.5);
}

TEST(FixedMath, tails_add_up_to_one) {
  for (const double mean : {0.1, 1.0, 7.5, 60.0, 1000.0}) {
    for (std::int64_t n = 0; n < 40; ++n) {
      EXPECT_NEAR(exp(log_poisson_upper(n + 1, mean)) + exp(log_poisson_lower(n, mean)), 1, 1e-13);
    }
  }
}

// The same bits on every machine and with every optimisation: a digest of results stands here for all of
// them.
TEST(FixedMath, bits_never_change) {
  Random random(20260301);
  std::uint64_t digest = 14695981039346656037ULL;
  const auto add = [&](double value) {
    digest = (digest ^ std::bit_cast<std::uint64_t>(value)) * 1099511628211ULL;
  };
  for (int i = 0; i < 2000; ++i) {
    const double u = random.uniform();
    add(exp((u - 0.5) * 1400));
    add(log(u * 1e6));
    add(expm1(u - 0.5));
    add(log1p(u * 2 - 0.999));
    add(pow(u * 10, 3.7));
    add(lgamma(u * 30));
    add(normal_cdf((u - 0.5) * 20));
    add(normal_quantile(u));
    add(log_gamma_p(u * 50 + 0.1, 25));
  }
  EXPECT_EQ(digest, 14965818513565547925ULL);
}

}  // namespace
}  // namespace weir::fixed_math
