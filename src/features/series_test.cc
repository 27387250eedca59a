#include "features/series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace weir::features {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Optional;

std::vector<std::int64_t> days(std::initializer_list<double> values) {
  std::vector<std::int64_t> times;
  for (const double value : values)
    times.push_back(static_cast<std::int64_t>(value * static_cast<double>(kMicrosPerDay)));
  return times;
}

constexpr std::int64_t day(int number) {
  return number * kMicrosPerDay;
}
constexpr Micros kWeek{7 * kMicrosPerDay};

TEST(Velocity, compares_with_the_own_pace_before) {
  // 6 events in the 21 days before the window: 2 are expected in it, 1 came.
  const auto times = days({1, 4, 8, 11, 15, 20, 24});
  EXPECT_THAT(velocity(times, 0, day(28), kWeek), Optional(DoubleNear(std::log(2.0 / 3.0), 1e-15)));
}

TEST(Velocity, window_begins_with_its_first_instant) {
  // Day 21 is in [21, 28), so 1 recent and 1 earlier in 21 days.
  EXPECT_THAT(velocity(days({3, 21}), 0, day(28), kWeek),
              Optional(DoubleNear(std::log(2.0 / (1.0 / 3.0 + 1.0)), 1e-15)));
}

TEST(Velocity, is_null_without_enough_past) {
  EXPECT_EQ(velocity(days({1, 12}), 0, day(13), kWeek), std::nullopt);
  EXPECT_THAT(velocity({}, 0, day(14), kWeek), Optional(0.0));
}

TEST(Cadence, gaps_are_between_contacts) {
  // 2 and 2.5 are one contact, as are 9 and 9.9.
  const Cadence cadence = cadence_of(days({2, 2.5, 5, 9, 9.9, 11}), day(21));
  EXPECT_THAT(cadence.gaps, ElementsAre(3, 4, 2));
  EXPECT_THAT(cadence.mean(), Optional(3.0));
  EXPECT_THAT(cadence.median(), Optional(3.0));
  EXPECT_THAT(cadence.max(), Optional(4.0));
  EXPECT_THAT(cadence.ratio(), Optional(DoubleNear(10.0 / 3.0, 1e-12)));
  EXPECT_THAT(cadence.is_broken(), Optional(1.0));
  EXPECT_THAT(cadence_of(days({2, 5, 9, 11}), day(16)).is_broken(), Optional(0.0));
}

TEST(Cadence, is_null_without_gaps) {
  EXPECT_EQ(cadence_of({}, day(3)).mean(), std::nullopt);
  EXPECT_EQ(cadence_of(days({1, 1.5}), day(3)).median(), std::nullopt);
  EXPECT_EQ(cadence_of(days({1, 3}), day(9)).ratio(), std::nullopt);
  EXPECT_EQ(cadence_of(days({1, 3, 5}), day(99)).is_broken(), std::nullopt);
}

TEST(Conversation, first_question_waits_for_the_next_answer) {
  const std::vector<Message> messages{
      {10, true, 1}, {20, true, 2}, {30, false, 3}, {40, false, 4}, {50, true, 5}};
  Conversation conversation;
  for (const Message& message : messages) conversation.add(message);
  ASSERT_EQ(conversation.answers.size(), 1U);
  EXPECT_EQ(conversation.answers[0].question.row, 1U);
  EXPECT_EQ(conversation.answers[0].answer.row, 3U);
  ASSERT_TRUE(conversation.unanswered.has_value());
  EXPECT_EQ(conversation.unanswered->row, 5U);
}

TEST(Median, of_even_and_odd_counts) {
  EXPECT_EQ(median_of({}), std::nullopt);
  EXPECT_THAT(median_of({3, 1, 2}), Optional(2.0));
  EXPECT_THAT(median_of({4, 1, 2, 3}), Optional(2.5));
}

}  // namespace
}  // namespace weir::features
