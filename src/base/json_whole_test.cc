#include "base/json_whole.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace weir {
namespace {

using Json = nlohmann::json;

TEST(JsonWhole, ReadsWhatFits) {
  EXPECT_EQ(whole_number<std::int32_t>(Json::parse("-2147483648")), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(whole_number<std::uint64_t>(Json::parse("18446744073709551615")),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(counted(Json::parse("9223372036854775807")), std::size_t{9223372036854775807U});
}

TEST(JsonWhole, RefusesFractionsAndOtherKinds) {
  for (const char* text : {"1.5", "3.0", "1e300", "-1e300", "\"1\"", "true", "null", "[1]"})
    EXPECT_THROW(static_cast<void>(whole_number<std::int64_t>(Json::parse(text))), std::invalid_argument)
        << text;
}

TEST(JsonWhole, RefusesWhatDoesNotFit) {
  EXPECT_THROW(static_cast<void>(whole_number<std::int32_t>(Json::parse("2147483648"))),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(whole_number<std::uint64_t>(Json::parse("-1"))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(counted(Json::parse("-1"))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(counted(Json::parse("9223372036854775808"))), std::invalid_argument);
}

}  // namespace
}  // namespace weir
