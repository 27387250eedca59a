// `risk:` as structs, and its messages with their places.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workspace/messages_of.h"

namespace weir::workspace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kFunnels = R"(weir: 1
workspace: w
funnels:
  deals:
    subject: opportunity
    stages: [{ name: open, enter: type = 'deal.created' }]
    won:     { enter: type = 'deal.won' }
    lost:    { enter: type = 'deal.lost' }
  trials:
    subject: lead
    stages: [{ name: trial, enter: type = 'lead.created' }]
    won:     { enter: type = 'deal.won' }
)";

std::vector<std::string> messages(std::string_view risk) {
  return messages_of(std::string(kFunnels) + std::string(risk));
}
std::vector<Risk> risks(std::string_view risk) {
  return parse_definitions(std::string(kFunnels) + std::string(risk), ".", "w").definitions.risks;
}

TEST(Risk, a_short_item_takes_the_defaults) {
  const auto all = risks("risk:\n  - { funnel: deals }\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "deals/lost/30d");
  EXPECT_EQ(all[0].outcome, RiskOutcome::lost);
  EXPECT_EQ(all[0].every, Micros{7 * kMicrosPerDay});
  EXPECT_FALSE(all[0].at_events);
  EXPECT_FALSE(all[0].bands.by_capacity);
  EXPECT_DOUBLE_EQ(all[0].bands.high, 0.35);
}

TEST(Risk, everything_said) {
  const auto all = risks(R"(risk:
  - { funnel: trials, outcome: won, horizon: eventual, landmarks: events, recorded: 0.8, exclude: [a], allow: [b, c] }
  - { funnel: deals, outcome: advance, horizon: 14d, landmarks: 1d, bands: { by: capacity, high: 20 per owner } }
  - { funnel: deals, bands: { by: probability, medium: 0.1, high: 0.2, critical: 0.3 } }
)");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].name, "trials/won/eventual");
  EXPECT_FALSE(all[0].horizon.has_value());
  EXPECT_TRUE(all[0].at_events);
  EXPECT_DOUBLE_EQ(all[0].recorded.value(), 0.8);
  EXPECT_THAT(all[0].allow, ElementsAre("b", "c"));
  EXPECT_EQ(all[1].every, Micros{kMicrosPerDay});
  EXPECT_TRUE(all[1].bands.by_capacity);
  EXPECT_EQ(all[1].bands.high_count, 20);
  EXPECT_DOUBLE_EQ(all[2].bands.critical, 0.3);
}

TEST(Risk, mistakes_name_their_place) {
  EXPECT_THAT(
      messages(R"(risk:
  - { funnel: deal }
  - { funnel: trials }
  - { funnel: deals, outcome: lose }
  - { funnel: deals, landmarks: 12h, horizon: soon }
  - { funnel: deals, outcome: won, recorded: 1.5 }
  - { funnel: deals, outcome: dormant }
  - { funnel: deals, outcome: won, horizon: eventual, time_trend: true }
)"),
      ElementsAre("14:15: error: no funnel is named 'deal'; did you mean 'deals'?",
                  "15:15: error: the funnel 'trials' declares no 'lost'; predict 'won', 'advance' or "
                  "'dormant', or declare when one is lost",
                  "16:31: error: 'outcome' must be one of lost, advance, won, dormant, not 'lose'; "
                  "did you mean 'lost'?",
                  "17:33: error: 'landmarks' must be whole days like 7d, or `events`, not '12h'",
                  "17:47: error: 'horizon': 'soon' is no duration like 30d, 12h or 45m, more than 0 "
                  "and at most 100 years",
                  "18:46: error: 'recorded' must be a number above 0 and at most 1, not '1.5'",
                  "19:15: error: the funnel 'deals' declares no 'dormant'",
                  "20:67: error: 'time_trend' needs a horizon: of eventual outcomes a row's time tells "
                  "whose row it is"));
}

TEST(Risk, bands_rise_and_capacity_names_whom) {
  EXPECT_THAT(
      messages(R"(risk:
  - { funnel: deals, bands: { medium: 0.5, high: 0.4 } }
  - { funnel: deals, outcome: won, bands: { by: capacity, high: 20 } }
)"),
      ElementsAre("14:22: error: the bands must rise: medium < high < critical, not 0.500, 0.400, 0.600",
                  "15:65: error: 'high' must be like `20 per owner` or `5 per account`, not '20'"));
}

TEST(Risk, one_prediction_is_declared_once) {
  EXPECT_THAT(messages("risk:\n  - { funnel: deals }\n  - { funnel: deals, horizon: 30d }\n"),
              ElementsAre("15:5: error: 'deals/lost/30d' is predicted twice, first in line 14"));
}

TEST(Risk, an_empty_section_is_none) {
  EXPECT_THAT(messages("risk:\n"), IsEmpty());
}

}  // namespace
}  // namespace weir::workspace
