#include "timeline/transient_timelines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/random.h"

namespace weir::timeline {
namespace {

struct Given {
  std::string subject;
  std::int64_t at{0};
  std::uint16_t signal{0};
  std::string campaign;
  std::int64_t amount{kNoAmount};
};

const std::vector<std::string> kTypes{"won", "view", "mail"};
// Ranks are not those of numbers.
const std::vector<TransientSignal> kSignals{{0, 0, 2}, {1, 0, 1}, {2, kRowTouch, 0}, {2, kRowHasAmount, 0}};

std::unique_ptr<TimelineStore> store_of(const std::vector<Given>& events) {
  TransientTimelines timelines({kCampaign});
  for (std::size_t begin = 0; begin < events.size(); begin += 100) {
    std::vector<std::string_view> texts;
    std::vector<std::int64_t> times, amounts;
    std::vector<std::uint16_t> signals;
    std::vector<std::uint32_t> campaigns;
    for (std::size_t i = begin; i < std::min(events.size(), begin + 100); ++i) {
      const Given& event = events[i];
      texts.push_back(event.subject);
      times.push_back(event.at);
      amounts.push_back(event.amount);
      signals.push_back(event.signal);
      campaigns.push_back(event.campaign.empty() ? kNoHandle : timelines.key_number(0, event.campaign));
      timelines.see(event.at);
    }
    std::vector<std::uint32_t> subjects(texts.size());
    timelines.number_subjects(texts, subjects.data());
    EXPECT_TRUE(timelines.add({subjects, times, signals, {campaigns}, amounts}));
  }
  return timelines.finish(kSignals, kTypes);
}

// What the store says of every subject is what was given, by (time, rank, arrival).
void expect_all(const std::vector<Given>& events) {
  const auto store = store_of(events);
  std::map<std::string, std::vector<const Given*>> expected;
  for (const Given& event : events) expected[event.subject].push_back(&event);
  ASSERT_EQ(store->row_count(), events.size());
  std::size_t rows = 0;
  for (auto& [subject, own] : expected) {
    std::stable_sort(own.begin(), own.end(), [](const Given* a, const Given* b) {
      return std::pair(a->at, kSignals[a->signal].rank) < std::pair(b->at, kSignals[b->signal].rank);
    });
    const Handle handle = store->find_handle(kLead, subject);
    ASSERT_NE(handle, kNoHandle);
    ASSERT_EQ(store->handle_text(handle), subject);
    ASSERT_EQ(store->handle_kind(handle), kLead);
    const auto run = store->run(handle);
    ASSERT_EQ(run.size(), own.size());
    rows += run.size();
    const Columns& columns = store->columns();
    for (std::size_t i = 0; i < own.size(); ++i) {
      const Row row = run[i];
      const std::size_t place = store->runs().offsets[handle] + i;
      ASSERT_EQ(columns.occurred_at[row], own[i]->at);
      ASSERT_EQ(columns.known_at[row], own[i]->at);
      ASSERT_EQ(store->runs().occurred_at(place), own[i]->at);
      ASSERT_EQ(store->runs().signals[place], own[i]->signal);
      ASSERT_EQ(store->type(columns.type[row]), kTypes[kSignals[own[i]->signal].type]);
      ASSERT_EQ(columns.amount_minor[row], own[i]->amount);
      ASSERT_EQ(columns.retracted_at[row], INT64_MAX);
      const Handle campaign = columns.keys[kCampaign][row];
      ASSERT_EQ(campaign == kNoHandle ? "" : store->handle_text(campaign), own[i]->campaign);
    }
  }
  EXPECT_EQ(rows, events.size());
}

TEST(TransientTimelines, random_events_stand_by_subject_time_rank_and_arrival) {
  Random random(7);
  for (const std::int64_t unit : {std::int64_t{1}, std::int64_t{1'000}, std::int64_t{1'000'000}}) {
    for (const std::uint64_t subjects : {1U, 30U, 10'000U}) {  // more than one partition
      std::vector<Given> events;
      for (int i = 0; i < 20'000; ++i) {
        Given event;
        event.subject = "a subject of some length " + std::to_string(random.below(subjects));
        event.at = (static_cast<std::int64_t>(random.below(5'000)) - 2'500) * unit;
        event.signal = static_cast<std::uint16_t>(random.below(kSignals.size()));
        if (random.below(3) == 0) event.campaign = "c" + std::to_string(random.below(5));
        if (event.signal == 3) event.amount = static_cast<std::int64_t>(random.below(1'000)) - 500;
        events.push_back(std::move(event));
      }
      expect_all(events);
    }
  }
}

TEST(TransientTimelines, whole_seconds_and_one_time_between_them) {
  std::vector<Given> events;
  for (int i = 0; i < 9'000; ++i) {
    Given event;
    event.subject = std::to_string(i * 7 % 4'500);
    event.at = 1'700'000'000'000'000 - i % 100 * std::int64_t{1'000'000};
    events.push_back(std::move(event));
  }
  expect_all(events);
  events[8'000].at += 1;
  expect_all(events);
  events[8'000].at = 5'000'000'000'000'000;  // after 2106
  expect_all(events);
}

TEST(TransientTimelines, far_times_and_large_amounts_are_kept) {
  expect_all({{"a", -62'135'596'800'000'000, 0, "", kNoAmount},
              {"a", 253'402'300'799'999'999, 3, "x", INT64_MAX},
              {"b", 1, 3, "", -INT64_MAX}});
  expect_all({{"a", 5, 3, "", 0}, {"a", 5, 3, "", 0xFFFFFFFE}, {"a", 6, 3, "", 0xFFFFFFFF}});
}

TEST(TransientTimelines, types_are_sorted_and_the_newest_event_need_not_be_there) {
  TransientTimelines timelines;
  timelines.see(9);
  const auto store = timelines.finish(kSignals, kTypes);
  EXPECT_EQ(store->row_count(), 0U);
  EXPECT_EQ(store->handle_count(), 0U);
  EXPECT_EQ(store->type(0), "mail");
  EXPECT_EQ(store->type(store->signals().type(0)), "won");
  EXPECT_EQ(store->find_handle(kLead, "a"), kNoHandle);
  const auto newest = store->last_standing();
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ(*newest, std::optional<std::int64_t>(9));
}

}  // namespace
}  // namespace weir::timeline
