#include "base/json.h"

#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "base/random.h"

namespace weir {
namespace {

std::string library_text(double value) {
  std::array<char, kNumberRoom> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

// Numbers go into the identities of records: their text never changes, however it is made.
TEST(JsonNumber, is_the_shortest_text_that_the_library_gives) {
  for (std::int64_t hundredths = 1; hundredths < 10'100'000; hundredths += hundredths < 200'000 ? 1 : 37) {
    const double value = static_cast<double>(hundredths) / 100;
    ASSERT_EQ(json_number(value), library_text(value));
  }
  Random random(31);
  for (int i = 0; i < 100'000; ++i) {
    const double value = static_cast<double>(random.below(2'000'000'000)) / std::pow(10, random.below(12));
    for (const double near : {value, -value, std::nextafter(value, 0), std::nextafter(value, 1e9)}) {
      if (near != 0) {
        ASSERT_EQ(json_number(near), library_text(near));
      }
    }
  }
}

TEST(JsonNumber, says_what_json_cannot) {
  EXPECT_EQ(json_number(0.0), "0");
  EXPECT_EQ(json_number(-0.0), "0");
  EXPECT_EQ(json_number(std::nan("")), "null");
  EXPECT_EQ(json_number(HUGE_VAL), "null");
  EXPECT_EQ(json_number(-HUGE_VAL), "null");
}

}  // namespace
}  // namespace weir
