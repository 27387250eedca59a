#include "engine/near_names.h"

#include <gtest/gtest.h>

namespace weir::engine {
namespace {

TEST(NearNames, blanks_case_and_punctuation_are_no_difference) {
  EXPECT_TRUE(looks_like("GTXPro", "GTX Pro"));
  EXPECT_TRUE(looks_like("gtx-pro", "GTX Pro"));
  EXPECT_FALSE(looks_like("GTX Pro", "GTX Pro"));
}

TEST(NearNames, long_names_may_be_two_edits_apart_short_ones_none) {
  EXPECT_TRUE(looks_like("technolgy", "technology"));
  EXPECT_TRUE(looks_like("retial", "retail"));
  EXPECT_FALSE(looks_like("east", "west"));
  EXPECT_FALSE(looks_like("marketing", "manufacturing"));
}

TEST(NearNames, other_digits_are_another_thing) {
  EXPECT_FALSE(looks_like("ACC-10012", "ACC-10013"));
  EXPECT_FALSE(looks_like("MG Special 1", "MG Special 2"));
}

TEST(NearNames, only_names_that_are_not_known_are_suspicious) {
  const std::vector<NameCount> names{{"GTX Pro", 10}, {"GTXPro", 3}, {"Other", 1}};
  const std::vector<std::string> known{"GTX Basic", "GTX Pro"};
  const auto found = near_known(names, known);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "GTXPro");
  EXPECT_EQ(found[0].count, 3);
  EXPECT_EQ(found[0].like, "GTX Pro");
}

TEST(NearNames, the_rarer_of_two_is_suspicious) {
  const std::vector<NameCount> names{{"software", 30}, {"sofware", 2}, {"medical", 4}, {"medicals", 3}};
  const auto found = near_frequent(names);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].like, "software");
}

}  // namespace
}  // namespace weir::engine
