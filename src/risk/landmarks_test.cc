#include "risk/landmarks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::risk {
namespace {

using funnel::Ending;
using funnel::Stay;

constexpr std::int64_t kDay = kMicrosPerDay;

// 2024-01-01 was a Monday; days count from it.
std::int64_t day(double days) {
  return parse_date("2024-01-01").value().days * kDay +
         static_cast<std::int64_t>(days * static_cast<double>(kDay));
}

Stay stay(funnel::SubjectIndex subject, funnel::StageIndex stage, double entered, double ended, Ending ending,
          funnel::StageIndex next = funnel::kNoStage) {
  Stay s;
  s.subject = subject;
  s.stage = stage;
  s.entered = event_time(day(entered));
  s.ended = ended < 0 ? kEndOfTime : event_time(day(ended));
  s.ending = ending;
  s.next_stage = next;
  return s;
}

class LandmarksTest : public testing::Test {
 protected:
  [[nodiscard]] Landmarks make(double as_of,
                               std::span<const std::optional<std::int64_t>> treated = {}) const {
    // Periodic rules never read the timelines.
    return make_landmarks(nullptr, {}, run, rule, event_time(day(as_of)), Zone::utc(), treated);
  }
  [[nodiscard]] static std::vector<std::pair<double, bool>> labels(const Landmarks& landmarks) {
    std::vector<std::pair<double, bool>> labels;
    for (const Landmark& row : landmarks.rows)
      labels.emplace_back(static_cast<double>(row.at - day(0)) / static_cast<double>(kDay), row.event);
    return labels;
  }
  funnel::FunnelRun run;
  LandmarkRule rule{.outcome = Outcome::lost, .horizon = Micros{10 * kDay}, .stage_count = 2};
};

using Pair = std::pair<double, bool>;

TEST_F(LandmarksTest, mondays_within_the_stay_with_a_label_when_the_horizon_is_over) {
  run.table.stays = {stay(0, 0, 1, 20, Ending::lost)};
  // Mondays 7 and 14; lost on day 20: after 7 + 10, before 14 + 10.
  EXPECT_THAT(labels(make(100)), testing::ElementsAre(Pair{7, false}, Pair{14, true}));
}

TEST_F(LandmarksTest, an_early_outcome_waits_for_the_end_of_its_horizon) {
  run.table.stays = {stay(0, 0, 1, 15, Ending::lost)};
  const Landmarks landmarks = make(20);
  EXPECT_THAT(labels(landmarks), testing::ElementsAre(Pair{7, true}));  // 14 + 10 > 20
  EXPECT_EQ(landmarks.immature, 1U);
  EXPECT_EQ(landmarks.rows[0].settled_at, day(17));
}

TEST_F(LandmarksTest, an_entry_at_the_landmark_is_not_known_at_it) {
  run.table.stays = {stay(0, 0, 7, -1, Ending::open)};
  EXPECT_THAT(labels(make(40)), testing::ElementsAre(Pair{14, false}, Pair{21, false}, Pair{28, false}));
}

TEST_F(LandmarksTest, winning_settles_that_it_is_not_lost) {
  run.table.stays = {stay(0, 0, 1, 9, Ending::advanced, 1), stay(0, 1, 9, 15, Ending::advanced, 2)};
  EXPECT_THAT(labels(make(100)), testing::ElementsAre(Pair{7, false}, Pair{14, false}));
  rule.outcome = Outcome::won;
  EXPECT_THAT(labels(make(100)), testing::ElementsAre(Pair{7, true}, Pair{14, true}));
  rule.outcome = Outcome::advance;
  rule.horizon = Micros{2 * kDay};
  EXPECT_THAT(labels(make(100)),
              testing::ElementsAre(Pair{7, false},
                                   Pair{14, true}));  // the stay's own end on day 9 is no longer before 7 + 2
}

TEST_F(LandmarksTest, a_loss_after_an_advance_is_one) {
  run.table.stays = {stay(0, 0, 1, 9, Ending::advanced, 1), stay(0, 1, 9, 12, Ending::lost)};
  EXPECT_THAT(labels(make(100)), testing::ElementsAre(Pair{7, true}));
}

TEST_F(LandmarksTest, silence_is_an_outcome_of_its_own) {
  run.table.stays = {stay(0, 0, 1, -1, Ending::dormant)};
  run.table.spells = {{event_time(day(20)), kEndOfTime}};
  run.table.stays[0].spell_count = 1;
  EXPECT_THAT(labels(make(35)),
              testing::ElementsAre(Pair{7, false}, Pair{14, false}, Pair{21, false}));  // silent is not lost
  rule.outcome = Outcome::dormant;
  EXPECT_THAT(labels(make(35)), testing::ElementsAre(Pair{7, false}, Pair{14, true}, Pair{21, true}));
}

TEST_F(LandmarksTest, eventual_knows_ends_and_silence_only) {
  rule.horizon.reset();
  run.table.stays = {stay(0, 0, 1, 9, Ending::lost), stay(1, 0, 1, -1, Ending::open),
                     stay(2, 0, 1, -1, Ending::dormant)};
  run.table.spells = {{event_time(day(5)), kEndOfTime}};
  run.table.stays[2].spell_count = 1;
  const Landmarks landmarks = make(13);
  ASSERT_EQ(landmarks.rows.size(), 2U);
  EXPECT_TRUE(landmarks.rows[0].event);
  EXPECT_EQ(landmarks.rows[1].subject, 2U);
  EXPECT_FALSE(landmarks.rows[1].event);
  EXPECT_EQ(landmarks.immature, 1U);
}

TEST_F(LandmarksTest, what_weir_did_hides_what_would_have_come) {
  run.table.stays = {stay(0, 0, 1, 30, Ending::lost), stay(1, 0, 1, 9, Ending::lost)};
  const std::vector<std::optional<std::int64_t>> treated{day(15), day(15)};
  const Landmarks landmarks = make(100, treated);
  // Subject 0: from 7 on the horizon holds the treatment; subject 1 was lost before it.
  ASSERT_EQ(landmarks.rows.size(), 1U);
  EXPECT_EQ(landmarks.rows[0].subject, 1U);
  EXPECT_EQ(landmarks.treated, 4U);
}

TEST_F(LandmarksTest, what_was_passed_over_has_no_landmark) {
  run.table.stays = {stay(0, 0, 1, 20, Ending::lost)};
  run.table.stays[0].flags = funnel::kSkipped;
  EXPECT_TRUE(make(100).rows.empty());
}

TEST(NextLandmark, counts_from_mondays_in_the_zone) {
  const auto zone = Zone::find("America/New_York").value();
  const std::int64_t monday =
      zone.start_of_day(parse_date("2024-03-11").value());  // the day after the clocks went forward
  EXPECT_EQ(next_landmark(zone, Micros{7 * kDay}, monday), monday);
  EXPECT_EQ(next_landmark(zone, Micros{7 * kDay}, monday + 1),
            zone.start_of_day(parse_date("2024-03-18").value()));
  EXPECT_EQ(next_landmark(zone, Micros{kDay}, monday - 1), monday);
  EXPECT_EQ(next_landmark(zone, Micros{7 * kDay}, zone.start_of_day(parse_date("1969-12-25").value())),
            zone.start_of_day(parse_date("1969-12-29").value()));
}

}  // namespace
}  // namespace weir::risk
