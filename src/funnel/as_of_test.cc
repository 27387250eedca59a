#include <gtest/gtest.h>

#include "funnel/stage_machine.h"

namespace weir::funnel {
namespace {

constexpr std::int64_t kNever = INT64_MAX;

AsOf at(std::int64_t as_of) {
  return {event_time(as_of), kNeverKnown};
}
AsOf at(std::int64_t as_of, std::int64_t known_at) {
  return {event_time(as_of), known_time(known_at)};
}

TEST(AsOf, sees_what_occurred_before_it) {
  EXPECT_TRUE(at(10).sees(9, 9, kNever));
  EXPECT_FALSE(at(10).sees(10, 9, kNever));
  EXPECT_FALSE(at(10, 20).sees(10, 9, kNever));
}

TEST(AsOf, a_past_as_known_today_has_late_events_and_none_that_was_taken_back) {
  EXPECT_TRUE(at(10).sees(5, 500, kNever));
  EXPECT_FALSE(at(10).sees(5, 5, 500));
}

TEST(AsOf, a_past_as_known_then_has_what_was_known_and_not_yet_taken_back) {
  EXPECT_TRUE(at(10, 10).sees(5, 10, kNever));
  EXPECT_FALSE(at(10, 10).sees(5, 11, kNever));
  EXPECT_TRUE(at(10, 10).sees(5, 5, 11));
  EXPECT_FALSE(at(10, 10).sees(5, 5, 10));
  EXPECT_TRUE(at(10, 30).sees(5, 20, kNever));
}

TEST(AsOf, a_link_stands_from_when_it_is_known_whenever_one_looks) {
  EXPECT_TRUE(at(10).sees_link(9, kNever));
  EXPECT_TRUE(at(10).sees_link(INT64_MIN, kNever));
  EXPECT_FALSE(at(10).sees_link(10, kNever));
  EXPECT_FALSE(at(10).sees_link(5, 500));
  EXPECT_TRUE(at(10, 10).sees_link(5, 500));
  EXPECT_FALSE(at(10, 30).sees_link(20, kNever));
  EXPECT_EQ(at(10).sees_link(10, kNever), at(10, 10).sees_link(10, kNever));
}

}  // namespace
}  // namespace weir::funnel
