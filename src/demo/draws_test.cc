#include "demo/draws.h"

#include <gtest/gtest.h>

#include <array>

namespace weir::demo {
namespace {

constexpr int kMany = 40'000;

TEST(Draws, poisson_has_its_mean_and_variance_below_and_above_the_split) {
  for (const double mean : {0.3, 7.0, 65.0}) {
    Draws draws{Random{11}};
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < kMany; ++i) {
      const double count = draws.poisson(mean);
      sum += count;
      squares += count * count;
    }
    const double average = sum / kMany;
    EXPECT_NEAR(average, mean, 0.03 * mean);
    EXPECT_NEAR(squares / kMany - average * average, mean, 0.05 * mean);
  }
}

TEST(Draws, picks_follow_their_weights) {
  Draws draws{Random{12}};
  constexpr std::array<double, 3> kWeights{1, 0, 3};
  std::array<int, 3> counts{};
  for (int i = 0; i < kMany; ++i) ++counts[draws.pick(kWeights)];
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(static_cast<double>(counts[2]) / kMany, 0.75, 0.01);
}

TEST(Draws, between_gives_both_ends) {
  Draws draws{Random{13}};
  std::array<int, 3> counts{};
  for (int i = 0; i < 1000; ++i) ++counts[static_cast<std::size_t>(draws.between(4, 6) - 4)];
  for (const int count : counts) EXPECT_GT(count, 250);
}

}  // namespace
}  // namespace weir::demo
