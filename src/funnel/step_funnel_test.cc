#include "funnel/step_funnel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "base/random.h"
#include "funnel/step_property.h"
#include "funnel/step_reference.h"
#include "funnel/step_summary.h"
#include "funnel/subjects.h"
#include "timeline/assembler.h"

namespace weir::funnel {
namespace {

using timeline::Handle;
using timeline::Row;

constexpr std::int64_t kSecond = 1'000'000;

struct DrawnEvent {
  std::int64_t occurred_at{0}, known_at{0}, retracted_at{INT64_MAX};
  std::uint16_t type{0};
  Handle lead{0};
  Handle also{timeline::kNoHandle};  // a second key of the same event
  Handle campaign{timeline::kNoHandle};
};

// Leads 0 .. leads - 1, of which every tenth is linked with the next one from a time on; two campaigns; types
// 0 .. 4.
class RandomStore {
 public:
  RandomStore(std::uint64_t seed, std::size_t leads, std::int64_t unit) : leads_(leads) {
    Random random(seed);
    std::vector<DrawnEvent> events;
    for (std::size_t i = 0; i < leads * 6; ++i) {
      DrawnEvent event;
      event.lead = static_cast<Handle>(random.below(leads));
      event.occurred_at = static_cast<std::int64_t>(random.below(40)) * unit;
      event.known_at =
          event.occurred_at + (random.below(5) == 0 ? static_cast<std::int64_t>(random.below(20)) * unit : 0);
      if (random.below(8) == 0)
        event.retracted_at = event.known_at + static_cast<std::int64_t>(1 + random.below(20)) * unit;
      event.type = static_cast<std::uint16_t>(random.below(5));
      if (random.below(3) != 0) event.campaign = static_cast<Handle>(leads + random.below(2));
      if (event.lead % 10 == 0 && event.lead + 1 < leads && random.below(4) == 0) event.also = event.lead + 1;
      events.push_back(event);
    }
    std::stable_sort(events.begin(), events.end(),
                     [](const DrawnEvent& a, const DrawnEvent& b) { return a.occurred_at < b.occurred_at; });
    write(events, unit);
  }
  [[nodiscard]] const timeline::TimelineStore& store() const { return *store_; }

 private:
  // Sorts as the handle's number.
  [[nodiscard]] static std::string text_of(Handle handle) { return "H" + std::to_string(1'000'000 + handle); }

  void write(const std::vector<DrawnEvent>& events, std::int64_t unit) {
    static constexpr std::array<std::string_view, 5> kTypes{"a", "b", "c", "d", "e"};
    timeline::Assembler assembler(1, 0);
    for (Handle handle = 0; handle < leads_ + 2; ++handle) {  // also those without events are there
      assembler.add_attribute(handle < leads_ ? timeline::kLead : timeline::kCampaign, text_of(handle),
                              "name", "value", 0, INT64_MAX);
    }
    for (Handle lead = 0; lead + 1 < leads_; lead += 10) {
      assembler.add_link(timeline::kLead, text_of(lead), text_of(lead + 1),
                         static_cast<std::int64_t>(lead % 7) * 5 * unit);
    }
    for (std::size_t row = 0; row < events.size(); ++row) {
      const DrawnEvent& drawn = events[row];
      const std::string lead = text_of(drawn.lead);
      const std::string campaign = drawn.campaign == timeline::kNoHandle ? "" : text_of(drawn.campaign);
      const std::string other = text_of(drawn.also);
      const std::array<timeline::OtherHandle, 1> also{{{timeline::kLead, other}}};
      timeline::ResolvedEvent event;
      event.id.low = row;
      event.occurred_at = drawn.occurred_at;
      event.known_at = drawn.known_at;
      event.retracted_at = drawn.retracted_at;
      event.type = kTypes[drawn.type];
      event.source = "s";
      event.keys[timeline::kLead] = lead;
      event.keys[timeline::kCampaign] = campaign;
      if (drawn.also != timeline::kNoHandle) event.also = also;
      const std::uint64_t conditions = drawn.type == 4 ? 1 : 0;
      assembler.add_event(event, &conditions, nullptr);
    }
    const auto files = posix_file_system();
    const std::string path = testing::TempDir() + "/steps.timelines";
    ASSERT_TRUE(std::move(assembler).write(*files, path).has_value());
    store_ = std::move(*timeline::TimelineStore::open(*files, path));
  }

  std::size_t leads_;
  std::unique_ptr<timeline::TimelineStore> store_;
};

// The rows of a subject that the as-of sees, gathered row by row.
std::vector<Row> seen_rows(const timeline::TimelineStore& store, std::span<const Run> own,
                           const AsOf& as_of) {
  std::vector<Row> rows;
  const auto& c = store.columns();
  for (const Run& run : own) {
    for (const Row row : store.run(run.handle)) {
      if (as_of.sees_link(run.known_from, run.known_until) &&
          as_of.sees(c.occurred_at[row], c.known_at[row], c.retracted_at[row]))
        rows.push_back(row);
    }
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

void expect_same_as_reference(const timeline::TimelineStore& store, const OwnRuns& subjects,
                              const StepFunnel& funnel) {
  const Attempts found = run_step_funnel(store, subjects, funnel);
  std::size_t attempt = 0;
  for (std::uint32_t subject = 0; subject < subjects.size(); ++subject) {
    const OwnRuns::Of own = subjects.of(subject);
    const std::vector<Row> rows = seen_rows(store, own.runs(), funnel.as_of);
    std::vector<std::int64_t> at;
    std::vector<std::uint32_t> masks;
    for (const Row row : rows) {
      at.push_back(store.columns().occurred_at[row]);
      masks.push_back(funnel.masks[store.columns().signal[row]]);
    }
    for (const Way& way : StepReference(funnel.query, at, masks).ways()) {
      ASSERT_LT(attempt, found.size());
      ASSERT_EQ(found.subject[attempt], subject);
      ASSERT_EQ(found.done[attempt], way.done);
      for (std::size_t step = 0; step < found.steps; ++step) {
        const bool done = found.has(attempt, step);
        ASSERT_EQ(found.row(attempt, step), done ? rows[way.place[step]] : kNoRow);
        ASSERT_EQ(done ? found.time(attempt, step) : 0, done ? at[way.place[step]] : 0);
      }
      ++attempt;
    }
  }
  EXPECT_EQ(attempt, found.size());
}

StepFunnel funnel_of(const timeline::TimelineStore& store, std::int64_t unit) {
  StepFunnel funnel;
  funnel.query.required = 3;
  funnel.query.window = 20 * unit;
  const std::vector<StepSelector> selectors{{0, 0}, {1, 1}, {2, 2}, {0, std::nullopt, 0}, {kExclusionBit, 3}};
  funnel.masks = step_masks(store.signals(), selectors);
  return funnel;
}

TEST(StepFunnel, finds_what_the_reference_finds_of_what_the_as_of_sees) {
  for (const std::int64_t unit : {kSecond, std::int64_t{3'000'000'007}}) {
    const RandomStore drawn(5, 300, unit);
    const timeline::TimelineStore& store = drawn.store();
    for (const AsOf& as_of : {AsOf{}, AsOf{event_time(25 * unit), kNeverKnown},
                              AsOf{event_time(25 * unit), known_time(25 * unit)},
                              AsOf{event_time(30 * unit), known_time(18 * unit)}}) {
      const identity::EntityLinks links = entity_links(store, as_of);
      const OwnRuns subjects = own_runs(store, links, timeline::kLead, as_of);
      StepFunnel funnel = funnel_of(store, unit);
      funnel.as_of = as_of;
      expect_same_as_reference(store, subjects, funnel);
      funnel.query.exclusions = {Exclusion{}};
      funnel.query.step_windows = {kNoWindow, 10 * unit, 5 * unit + 1};
      funnel.query.from = 3 * unit;
      funnel.query.to = 20 * unit;
      expect_same_as_reference(store, subjects, funnel);
      funnel.query.entry = Entry::every;
      expect_same_as_reference(store, subjects, funnel);
    }
  }
}

TEST(StepFunnel, does_not_depend_on_the_number_of_threads) {
  const RandomStore drawn(6, 5'000, kSecond);
  const identity::EntityLinks links = entity_links(drawn.store(), AsOf{});
  const OwnRuns subjects = own_runs(drawn.store(), links, timeline::kLead, AsOf{});
  StepFunnel funnel = funnel_of(drawn.store(), kSecond);
  const Attempts one = run_step_funnel(drawn.store(), subjects, funnel);
  funnel.threads = 4;
  const Attempts four = run_step_funnel(drawn.store(), subjects, funnel);
  EXPECT_EQ(one.subject, four.subject);
  EXPECT_EQ(one.done, four.done);
  EXPECT_EQ(one.places, four.places);
  funnel.query.entry = Entry::every;
  const Attempts every = run_step_funnel(drawn.store(), subjects, funnel);
  funnel.threads = 1;
  const Attempts same = run_step_funnel(drawn.store(), subjects, funnel);
  EXPECT_GT(every.size(), one.size());
  EXPECT_EQ(every.subject, same.subject);
  EXPECT_EQ(every.done, same.done);
  EXPECT_EQ(every.places, same.places);
}

TEST(StepFunnel, a_held_value_is_the_same_at_all_steps) {
  const RandomStore drawn(7, 300, kSecond);
  const identity::EntityLinks links = entity_links(drawn.store(), AsOf{});
  const OwnRuns subjects = own_runs(drawn.store(), links, timeline::kLead, AsOf{});
  StepFunnel funnel = funnel_of(drawn.store(), kSecond);
  const StepProperties properties(drawn.store(), links, subjects);
  const StepProperty campaign{false, timeline::kCampaign, std::nullopt};
  funnel.held = [&](std::uint32_t subject, Row row) { return properties.said_by(campaign, subject, row); };
  const Attempts held = run_step_funnel(drawn.store(), subjects, funnel);
  ASSERT_GT(held.size(), 100U);
  // The same, value by value: the deepest of the two, the first to arrive.
  std::vector<Attempts> by_value;
  for (const Handle value : {Handle{300}, Handle{301}}) {
    funnel.held = [&, value](std::uint32_t, Row row) {
      return drawn.store().columns().keys[timeline::kCampaign][row] == value ? 0 : kNoValue;
    };
    by_value.push_back(run_step_funnel(drawn.store(), subjects, funnel));
  }
  for (std::size_t i = 0; i < held.size(); ++i) {
    const auto depth = [](std::uint32_t done) { return std::popcount(done); };
    std::uint32_t best = 0;
    for (const Attempts& attempts : by_value) {
      for (std::size_t j = 0; j < attempts.size(); ++j) {
        if (attempts.subject[j] == held.subject[i] && depth(attempts.done[j]) > depth(best))
          best = attempts.done[j];
      }
    }
    EXPECT_EQ(held.done[i], best);
  }
}

Attempts three_attempts() {
  static constexpr std::array<Row, 6> kRows{0, 1, 2, 3, 4, 5};
  static constexpr std::array<std::uint32_t, 6> kTimes{0, 10, 10, 30, 40, 50};
  Attempts attempts;
  attempts.runs.rows = kRows;
  attempts.runs.codes32 = kTimes;
  attempts.steps = 3;  // a, c required; b (bit 2) optional between
  attempts.subject = {0, 0, 1};
  attempts.done = {0b111, 0b001, 0b101};
  attempts.places = {0, 4, 2, 5, 0, 0, 1, 0, 3};
  return attempts;
}

TEST(StepFunnel, places_above_four_thousand_million_are_kept) {
  Attempts attempts;
  attempts.steps = 1;
  attempts.subject = {0, 0};
  attempts.done = {1, 1};
  attempts.places = {7, 7};
  EXPECT_EQ(attempts.place(1, 0), 7U);
  attempts.above = {0, 3};
  EXPECT_EQ(attempts.place(0, 0), 7U);
  EXPECT_EQ(attempts.place(1, 0), (std::size_t{3} << 32U) + 7);
}

// Keys that were joined are looked up beside those that stand alone.
TEST(OwnRuns, only_subjects_of_several_keys_keep_their_runs) {
  OwnRuns runs;
  const auto add = [&](Handle handle, std::vector<funnel::Run> own) { runs.add(handle, own); };
  const auto handles = [&](std::size_t subject) {
    std::vector<Handle> found;
    const OwnRuns::Of own = runs.of(subject);
    for (const funnel::Run& run : own.runs()) found.push_back(run.handle);
    return found;
  };
  add(4, {{4}});
  add(5, {{5}});
  EXPECT_TRUE(runs.of(1).is_plain());
  add(6, {{6}, {9, 100}});
  add(7, {{7}});
  add(8, {{8, 50}});  // known late
  ASSERT_EQ(runs.size(), 5U);
  EXPECT_EQ(handles(0), (std::vector<Handle>{4}));
  EXPECT_EQ(handles(1), (std::vector<Handle>{5}));
  EXPECT_EQ(handles(2), (std::vector<Handle>{6, 9}));
  EXPECT_EQ(handles(3), (std::vector<Handle>{7}));
  EXPECT_TRUE(runs.of(3).is_plain());
  EXPECT_FALSE(runs.of(4).is_plain());
  const OwnRuns::Of late = runs.of(4);
  EXPECT_EQ(late.runs()[0].known_from, 50);
}

TEST(StepSummary, counts_and_drops_and_times) {
  const StepLayout layout{{0, 2, 1}, 2};
  const std::vector<std::uint32_t> all{0, 1, 2};
  const std::vector<StepQuantile> quantiles{{"p50", 500'000}, {"p51", 510'000}, {"p100", 1'000'000}};
  const StepTables tables = summarise_steps(three_attempts(), all, layout, quantiles);
  const StepTable& table = tables.whole;
  EXPECT_TRUE(tables.by_value.empty());
  EXPECT_EQ(table.steps[0].reached, 3);
  EXPECT_EQ(table.steps[0].dropped, 2);
  EXPECT_TRUE(table.steps[0].micros.empty());
  EXPECT_EQ(table.steps[1].reached, 2);
  EXPECT_EQ(table.steps[1].dropped, 1);
  EXPECT_EQ(table.steps[1].micros, (std::vector<std::int64_t>{10, 20, 20}));
  EXPECT_EQ(table.steps[2].reached, 1);
  EXPECT_EQ(table.steps[2].dropped, 0);
  EXPECT_EQ(table.steps[2].micros, (std::vector<std::int64_t>{30, 30, 30}));
  EXPECT_EQ(table.converted, 1);
  EXPECT_EQ(table.micros, (std::vector<std::int64_t>{40, 40, 40}));
}

TEST(StepSummary, nobody_has_no_times) {
  const StepTable table =
      summarise_steps(three_attempts(), {}, {{0, 2, 1}, 2}, std::vector<StepQuantile>{{}}).whole;
  EXPECT_EQ(table.steps[0].reached, 0);
  EXPECT_TRUE(table.micros.empty());
}

TEST(StepSummary, a_group_is_its_furthest_attempt) {
  const Attempts attempts = three_attempts();
  EXPECT_EQ(furthest_of_groups(attempts, attempts.subject, 2), (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(furthest_of_groups(attempts, std::vector<std::uint32_t>{9, kNoValue, 9}, 2),
            (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(furthest_of_groups(attempts, std::vector<std::uint32_t>{kNoValue, 9, 9}, 2),
            (std::vector<std::uint32_t>{2}));
}

TEST(StepSummary, values_add_up_to_the_whole) {
  const StepLayout layout{{0, 2, 1}, 2};
  const std::vector<std::uint32_t> which{0, 2};
  const std::vector<StepQuantile> quantiles{{"p50", 500'000}, {"p100", 1'000'000}};
  const StepTables tables =
      summarise_steps(three_attempts(), which, layout, quantiles, std::vector<std::uint32_t>{2, 0}, 3);
  ASSERT_EQ(tables.by_value.size(), 3U);
  EXPECT_EQ(tables.by_value[0].steps[1].micros, (std::vector<std::int64_t>{20, 20}));
  EXPECT_EQ(tables.by_value[0].steps[0].dropped, 1);
  EXPECT_EQ(tables.by_value[1].steps[0].reached, 0);
  EXPECT_TRUE(tables.by_value[1].steps[1].micros.empty());
  EXPECT_EQ(tables.by_value[2].steps[1].micros, (std::vector<std::int64_t>{10, 10}));
  EXPECT_EQ(tables.whole.steps[0].reached, 2);
  EXPECT_EQ(tables.whole.steps[0].dropped, 1);
  EXPECT_EQ(tables.whole.steps[1].micros, (std::vector<std::int64_t>{10, 20}));
  EXPECT_EQ(tables.whole.converted, 1);
}

}  // namespace
}  // namespace weir::funnel
