#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workspace/messages_of.h"
#include "workspace/parse.h"

namespace weir::workspace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kHead = R"(weir: 1
workspace: w
sources:
  mail:
    read: mail.csv
    events:
      - { type: email.replied, occurred_at: at }
      - { type: email.opened, occurred_at: at }
    keys: { contact: contact, lead: lead }
  accounts:
    read: accounts.csv
    kind: snapshot
    key: id
    entity: { account: { id: id, sector: sector, revenue: revenue } }
signals:
  reply: type = 'email.replied'
  usage: { when: type = 'feature.used', value: amount }
features:
)";

std::vector<std::string> told(const std::string& features) {
  return messages_of(std::string(kHead) + features);
}

TEST(Features, are_read) {
  const auto parsed = parse_definitions(std::string(kHead) + R"(  - { since: [any_touch, reply] }
  - { count: email.opened, over: [7d, ever], scope: account }
  - { attribute: [account.sector, lead] }
  - auto
)",
                                        ".", "w");
  EXPECT_THAT(parsed.diagnostics, IsEmpty());
  const auto& features = parsed.definitions.features;
  ASSERT_EQ(features.size(), 4U);
  EXPECT_EQ(features[0].function, "since");
  EXPECT_EQ(features[0].of[1].first, "reply");
  EXPECT_TRUE(features[0].windows.empty());
  EXPECT_THAT(features[1].windows, ElementsAre(Micros{7 * kMicrosPerDay}, Micros{0}));
  EXPECT_EQ(features[1].scope, "account");
  EXPECT_EQ(features[2].of[0].first, "account.sector");
  EXPECT_EQ(features[3].function, "auto");
}

TEST(Features, auto_is_the_default) {
  EXPECT_TRUE(
      parse_definitions("weir: 1\nworkspace: w\nfeatures: auto\n", ".", "w").definitions.features.empty());
  EXPECT_THAT(messages_below_head("features: auto\n"), IsEmpty());
}

TEST(FeaturesMessages, unknown_names) {
  EXPECT_THAT(
      told(R"(  - { cuont: [reply] }
  - { count: [repl], over: 7d }
  - { since: email.opend }
  - { sum: [usag] }
  - { mean: [reply] }
  - { stage: [ages] }
  - { attribute: [account.sectr, sector, acount.sector, owner.region] }
)"),
      ElementsAre(
          "19:7: error: no function of features is named 'cuont'; did you mean 'count'?",
          "20:15: error: no signal or event type is named 'repl'; did you mean 'reply'?",
          "21:14: error: no signal or event type is named 'email.opend'; did you mean 'email.opened'?",
          "22:13: error: no signal with a value is named 'usag'; did you mean 'usage'?",
          "23:14: error: 'mean' needs a number, and signal 'reply' has no value; write `reply: { when: ..., "
          "value: ... }`",
          "24:15: error: this item must be one of name, age, moves, back_moves, touches, not 'ages'; did you "
          "mean 'age'?",
          "25:19: error: account has no attribute 'sectr'; did you mean 'sector'?",
          "25:34: error: 'sector' is no kind of entity; an attribute is written with its kind, like "
          "account.sector",
          "25:42: error: no kind of entity is named 'acount'; did you mean 'account'?",
          "25:57: error: no source says anything about entities of kind owner: `entity: { owner: { id: ..., "
          "region: ... } }` would"));
}

TEST(FeaturesMessages, shapes) {
  EXPECT_THAT(
      told(R"(  - count
  - { over: 7d }
  - { count: reply, since: reply }
  - { since: reply, over: 7d }
  - { stage: age, scope: own }
  - { velocity: any_touch }
  - { velocity: any, over: ever }
  - { count: any, over: 7 }
  - { count: [], scope: mine }
)"),
      ElementsAre(
          "19:5: error: this item must be 'auto' or a map like { count: [any_touch], over: [30d] }, not "
          "'count'",
          "20:5: error: a feature needs a function, like { count: [any_touch], over: [30d] }",
          "21:21: error: a feature has one function: give 'since' an item of its own",
          "22:21: error: 'since' has no window: leave out 'over'",
          "23:19: error: 'stage' has no scope: leave out 'scope'",
          "24:5: error: 'velocity' needs a window, like `over: [14d]`",
          "25:28: error: 'velocity' compares a window with the time before it: 'ever' is none",
          "26:25: error: 'over': '7' is no duration like 30d, 12h or 45m, more than 0 and at most 100 years",
          "27:14: error: 'count' is an empty list",
          "27:25: error: 'scope' must be one of own, contact, account, not 'mine'"));
}

TEST(FeaturesMessages, twice) {
  EXPECT_THAT(
      told(R"(  - { count: [reply, email.opened], over: [7d, 30d] }
  - { count: reply, over: 30d }
  - { count: reply, over: 30d, scope: own }
)"),
      ElementsAre("20:14: error: the feature 'count: reply' over 30d is there twice, the first in line 19"));
}

}  // namespace
}  // namespace weir::workspace
