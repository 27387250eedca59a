#include "timeline/column.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "timeline/timeline_store.h"
#include "timeline/varying.h"

namespace weir::timeline {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// Values as they come back from a column that was written with the smallest coding.
template <typename T>
std::vector<T> through_column(const std::vector<T>& values, T null, std::uint32_t* width = nullptr) {
  CodingFinder finder(static_cast<std::uint64_t>(null), std::is_signed_v<T>, true);
  for (const T value : values) finder.see(static_cast<std::uint64_t>(value));
  const Coding coding = finder.coding();
  std::string codes;
  for (const T value : values) {
    const std::uint64_t code = code_of(coding, static_cast<std::uint64_t>(value));
    codes.append(reinterpret_cast<const char*>(&code), coding.width);
  }
  codes.append(8, '\0');
  if (width != nullptr) *width = coding.width;
  const Column<T> column(codes.data(), values.size(), coding);
  return {column.begin(), column.end()};
}

TEST(Column, gives_back_what_went_in) {
  constexpr std::int64_t kLow = INT64_MIN;
  constexpr std::int64_t kHigh = INT64_MAX;
  const std::vector<std::vector<std::int64_t>> cases{{},
                                                     {7},
                                                     {kLow},
                                                     {kLow, kLow},
                                                     {0, 255},
                                                     {0, 256},
                                                     {-5, 250},
                                                     {kLow, 0},
                                                     {kLow, 0, 254},
                                                     {kLow, 0, 255},
                                                     {-1, kHigh},
                                                     {kLow + 1, kHigh, kLow},
                                                     {0, 65'535, 65'536},
                                                     {3 * kDay, 20'000 * kDay, 7 * kDay},
                                                     {kHigh, kHigh - 1},
                                                     {-kDay, kDay, 0}};
  for (const auto& values : cases) EXPECT_EQ(through_column(values, kNoAmount), values);
  EXPECT_EQ(through_column<std::uint32_t>({kNoHandle, 0, 70'000}, kNoHandle),
            (std::vector<std::uint32_t>{kNoHandle, 0, 70'000}));
}

TEST(Column, takes_the_bytes_that_its_values_need) {
  std::uint32_t width = 9;
  const auto width_of = [&](const std::vector<std::int64_t>& values) {
    through_column(values, kNoAmount, &width);
    return width;
  };
  EXPECT_EQ(width_of({5, 5, 5}), 0U);
  EXPECT_EQ(width_of({kNoAmount, kNoAmount}), 0U);
  EXPECT_EQ(width_of({1'000, 1'001, 1'255}), 1U);
  EXPECT_EQ(width_of({kNoAmount, 1'000, 1'001, 1'255}), 2U);  // 256 values and none
  EXPECT_EQ(width_of({0, kDay, 200 * kDay}), 1U);             // whole days
  EXPECT_EQ(width_of({0, kSecond, 40'000 * kDay}), 4U);       // whole seconds of a century
  EXPECT_EQ(width_of({0, 1, kDay}), 5U);
}

TEST(Column, gives_back_random_values) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    const auto bits = random() % 64;
    const auto step = static_cast<std::int64_t>(random() % 1000 + 1);
    std::vector<std::int64_t> values;
    for (int i = 0; i < 50; ++i) {
      const auto value = static_cast<std::int64_t>(random() >> (63 - bits)) / 1000 * step;
      values.push_back(random() % 9 == 0 ? kNoAmount : value);
    }
    EXPECT_EQ(through_column(values, kNoAmount), values);
  }
}

TEST(Varying, gives_back_what_went_in) {
  for (const std::vector<std::int64_t>& values :
       std::vector<std::vector<std::int64_t>>{{},
                                              {5, 5, 5},
                                              {5, 6},
                                              {kNoAmount, 6},
                                              {6, kNoAmount},
                                              {5, 6, std::int64_t{1} << 40, 7},
                                              {-1, -1, 3},
                                              {0, 0xFFFFFFFF, 1},
                                              {5, 5, -2, kNoAmount}}) {
    Varying column(static_cast<std::uint64_t>(kNoAmount));
    for (int round = 0; round < 2; ++round) {
      for (const std::int64_t value : values) column.push_back(static_cast<std::uint64_t>(value));
      ASSERT_EQ(column.size(), values.size());
      std::vector<Row> backwards(values.size());
      for (Row i = 0; i < values.size(); ++i) backwards[i] = static_cast<Row>(values.size()) - 1 - i;
      std::vector<std::uint64_t> gathered(values.size());
      column.gather(backwards, gathered.data());
      for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_EQ(column.signed_at(i), values[i]);
        EXPECT_EQ(gathered[backwards[i]], static_cast<std::uint64_t>(values[i]));
      }
      column.restart();
      EXPECT_EQ(column.size(), 0U);
    }
  }
}

}  // namespace
}  // namespace weir::timeline
