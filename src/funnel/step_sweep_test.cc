#include "funnel/step_sweep.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "funnel/step_reference.h"

namespace weir::funnel {
namespace {

// "a0 b3 c5": events that are step a, b, c, ... at these times; "x" excludes, "." is nothing, "ab3" is two
// steps at once.
struct Log {
  std::vector<std::int64_t> at;
  std::vector<std::uint32_t> masks;
};

Log log_of(const std::string& text) {
  Log log;
  std::uint32_t mask = 0;
  std::string digits;
  for (const char c : text + " ") {
    if (c == ' ' && !digits.empty()) {
      log.at.push_back(std::stoll(digits));
      log.masks.push_back(mask);
      mask = 0;
      digits.clear();
    } else if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c == 'x' || c == 'y') {
      mask |= 1U << (kExclusionBit + static_cast<std::uint32_t>(c - 'x'));
    } else if (c != '.' && c != ' ') {
      mask |= 1U << static_cast<std::uint32_t>(c - 'a');
    }
  }
  return log;
}

// "a0 b3;a7": the attempts, each with the steps it did in the order of the steps; in any order "a" is the
// first that was done.
std::string swept(const StepQuery& query, const std::string& text) {
  const Log log = log_of(text);
  std::vector<Way> ways;
  StepSweep sweep(query);
  sweep.run(log.at, log.masks, ways);
  std::string out;
  for (const Way& way : ways) {
    out += out.empty() ? "" : ";";
    for (std::uint32_t step = 0; step < kMaxSteps; ++step) {
      if (((way.done >> step) & 1U) != 0)
        out += (out.empty() || out.back() == ';' ? "" : " ") + std::string(1, static_cast<char>('a' + step)) +
               std::to_string(log.at[way.place[step]]);
    }
  }
  return out;
}

StepQuery three() {
  StepQuery query;
  query.required = 3;
  return query;
}

TEST(StepSweep, other_events_may_stand_between) {
  EXPECT_EQ(swept(three(), "b0 a1 .2 b3 a4 c5"), "a1 b3 c5");
}

TEST(StepSweep, no_first_step_is_no_attempt) {
  EXPECT_EQ(swept(three(), "b0 c1"), "");
  EXPECT_EQ(swept(three(), ""), "");
}

TEST(StepSweep, the_start_nearest_to_the_arrival_is_told) {
  EXPECT_EQ(swept(three(), "a0 a1 b2 b3 c4"), "a1 b2 c4");
}

TEST(StepSweep, a_window_holds_its_own_length) {
  StepQuery query = three();
  query.window = 5;
  EXPECT_EQ(swept(query, "a0 b3 c5"), "a0 b3 c5");
  EXPECT_EQ(swept(query, "a0 b3 c6"), "a0 b3");
  EXPECT_EQ(swept(query, "a0 b3 a4 c6 b7 c9"), "a4 b7 c9");
}

TEST(StepSweep, an_event_is_one_step_of_a_way) {
  EXPECT_EQ(swept(three(), "a0 bc1"), "a0 b1");
  EXPECT_EQ(swept(three(), "a0 bc1 bc2"), "a0 b1 c2");
  EXPECT_EQ(swept(three(), "ab0 ab0 c1"), "a0 b0 c1");
}

TEST(StepSweep, a_step_may_wait_for_a_later_event_when_its_own_window_asks_for_it) {
  StepQuery query = three();
  query.step_windows = {kNoWindow, 5, 5};
  EXPECT_EQ(swept(query, "a0 b1 b5 c9"), "a0 b5 c9");
  EXPECT_EQ(swept(query, "a0 b1 c7"), "a0 b1");
}

TEST(StepSweep, strict_order_suffers_nothing_between) {
  StepQuery query = three();
  query.order = StepOrder::strict;
  EXPECT_EQ(swept(query, "a0 b1 .2 c3"), "a0 b1");
  EXPECT_EQ(swept(query, "a0 a1 b2 c3"), "a1 b2 c3");
}

TEST(StepSweep, any_order_counts_what_the_window_holds) {
  StepQuery query = three();
  query.order = StepOrder::any;
  query.window = 5;
  EXPECT_EQ(swept(query, "c0 a3 b5"), "a0 b3 c5");
  EXPECT_EQ(swept(query, "c0 a3 b6"), "a0 b3");
  EXPECT_EQ(swept(query, "c0 a3 b6 c7"), "a3 b6 c7");
}

TEST(StepSweep, an_exclusion_ends_what_stands_in_its_gaps) {
  StepQuery query = three();
  query.exclusions = {Exclusion{1U << 2}};  // between b and c
  EXPECT_EQ(swept(query, "a0 x1 b2 c3"), "a0 b2 c3");
  EXPECT_EQ(swept(query, "a0 b1 x2 c3"), "a0 b1");
  EXPECT_EQ(swept(query, "a0 b1 x2 b3 c4"), "a0 b3 c4");
  query.exclusions = {Exclusion{}};
  EXPECT_EQ(swept(query, "a0 b1 x2 b3 c4"), "a0 b1");
}

TEST(StepSweep, optional_steps_are_told_where_the_way_has_room) {
  StepQuery query;
  query.required = 2;
  query.optional = {OptionalStep{0}};  // a (c) b
  EXPECT_EQ(swept(query, "a0 b1"), "a0 b1");
  EXPECT_EQ(swept(query, "a0 c1 b2 c3"), "a0 b2 c1");
  EXPECT_EQ(swept(query, "a0 c1"), "a0 c1");
}

TEST(StepSweep, attempts_in_turn_do_not_overlap) {
  StepQuery query;
  query.required = 2;
  query.window = 5;
  query.entry = Entry::every;
  EXPECT_EQ(swept(query, "a0 a1 b2 b3 a4 a8 a10 b12"), "a0 b2;a4;a10 b12");
  query.entry = Entry::first;
  EXPECT_EQ(swept(query, "a0 a1 b6"), "a0");
}

TEST(StepSweep, the_worked_example_of_the_docs_holds) {
  StepQuery query = three();
  query.window = 5;
  EXPECT_EQ(swept(query, "a1 b3 a4 c7 b8 c9"), "a4 b8 c9");
  EXPECT_EQ(swept(query, "a1 b2 c6 a7 b8"), "a1 b2 c6");
  query.entry = Entry::first;
  EXPECT_EQ(swept(query, "a1 b3 a4 c7 b8 c9"), "a1 b3");
  EXPECT_EQ(swept(query, "a1 b2 c6 a7 b8"), "a1 b2 c6");
  query.entry = Entry::every;
  EXPECT_EQ(swept(query, "a1 b3 a4 c7 b8 c9"), "a1 b3");
  EXPECT_EQ(swept(query, "a1 b2 c6 a7 b8"), "a1 b2 c6;a7 b8");
}

TEST(StepSweep, first_steps_lie_in_the_range_asked) {
  StepQuery query;
  query.required = 2;
  query.from = 2;
  query.to = 5;
  EXPECT_EQ(swept(query, "a0 b1 a4 a5 b9"), "a4 b9");
  query.order = StepOrder::any;
  EXPECT_EQ(swept(query, "b1 a4 a6 b9"), "a4 b9");
}

TEST(StepSweep, signals_say_the_same_as_masks) {
  const StepQuery query = three();
  const Log log = log_of("a0 .1 b2 c3");
  const std::vector<std::uint32_t> at{0, 1, 2, 3};
  const std::vector<std::uint16_t> signals{7, 0, 8, 9};
  std::vector<std::uint32_t> table(10, 0);
  table[7] = 1;
  table[8] = 2;
  table[9] = 4;
  std::vector<Way> by_masks;
  std::vector<Way> by_signals;
  StepSweep sweep(query, table);
  sweep.run(log.at, log.masks, by_masks);
  sweep.run(at, signals, by_signals);
  ASSERT_EQ(by_signals.size(), 1U);
  EXPECT_EQ(by_signals[0].place, by_masks[0].place);
}

// Numbers of events around those that are looked at together; signals that are several steps, and more of
// them than are listed.
TEST(StepSweep, signals_of_many_events_say_the_same_as_masks) {
  Random random(11);
  std::size_t told = 0;
  for (int round = 0; round < 20'000; ++round) {
    StepQuery query;
    query.required = 1 + random.below(4);
    if (random.below(3) == 0 && query.required > 1) query.optional = {OptionalStep{0}};
    if (random.below(4) != 0) query.window = static_cast<std::int64_t>(random.below(60));
    std::vector<std::uint32_t> table(1 + random.below(40), 0);
    for (auto& mask : table) {
      if (random.below(3) == 0) mask |= 1U << random.below(query.required + query.optional.size());
      if (random.below(12) == 0) mask |= 1U << random.below(query.required);
    }
    std::vector<std::int64_t> at;
    std::vector<std::uint32_t> times, masks;
    std::vector<std::uint16_t> signals;
    for (std::uint64_t i = random.below(80); i-- > 0;) {
      at.push_back((at.empty() ? 0 : at.back()) + static_cast<std::int64_t>(random.below(4)));
      times.push_back(static_cast<std::uint32_t>(at.back()));
      signals.push_back(static_cast<std::uint16_t>(random.below(table.size())));
      masks.push_back(table[signals.back()]);
    }
    std::vector<Way> by_masks, by_signals;
    StepSweep sweep(query, table);
    sweep.run(at, masks, by_masks);
    sweep.run(times, signals, by_signals);
    ASSERT_EQ(by_signals.size(), by_masks.size()) << round;
    for (std::size_t i = 0; i < by_masks.size(); ++i) {
      ASSERT_EQ(by_signals[i].done, by_masks[i].done) << round;
      for (std::size_t step = 0; step < kMaxSteps; ++step) {
        if (((by_masks[i].done >> step) & 1U) == 0) continue;
        ASSERT_EQ(by_signals[i].place[step], by_masks[i].place[step]) << round << ", step " << step;
        ++told;
      }
    }
  }
  EXPECT_GT(told, 20'000U);
}

struct Drawn {
  StepQuery query;
  Log log;
  std::string text;
};

// Few times, so that ties are the rule; steps that overlap, twice the same step among them.
Drawn draw(Random& random) {
  Drawn drawn;
  StepQuery& query = drawn.query;
  const auto below = [&](std::uint64_t n) { return random.below(n); };
  query.order = static_cast<StepOrder>(below(3));
  query.entry = static_cast<Entry>(below(3));
  query.required = 1 + below(4);
  if (query.order == StepOrder::ordered) {
    for (std::uint32_t after = 0; after + 1 < query.required; ++after) {
      if (below(4) == 0)
        query.optional.push_back({after, below(2) == 0 ? static_cast<std::int64_t>(below(5)) : kNoWindow});
    }
  }
  if (below(3) != 0) query.window = static_cast<std::int64_t>(below(12));
  if (query.order != StepOrder::any && below(3) == 0) {
    for (std::size_t step = 0; step < query.required; ++step)
      query.step_windows.push_back(below(3) == 0 ? kNoWindow : static_cast<std::int64_t>(below(6)));
  }
  for (std::uint64_t x = below(3); x-- > 0;)
    query.exclusions.push_back(
        {query.order == StepOrder::any ? ~0U : static_cast<std::uint32_t>(1 + below(31))});
  if (below(3) == 0) query.from = static_cast<std::int64_t>(below(6));
  if (below(3) == 0) query.to = static_cast<std::int64_t>(4 + below(8));
  const std::size_t steps = query.required + query.optional.size();
  std::int64_t at = 0;
  for (std::uint64_t i = below(11); i-- > 0;) {
    at += static_cast<std::int64_t>(below(3));
    std::uint32_t mask = 0;
    if (below(8) != 0) mask |= 1U << below(steps);
    if (below(6) == 0) mask |= 1U << below(steps);
    if (!query.exclusions.empty() && below(5) == 0)
      mask |= 1U << (kExclusionBit + below(query.exclusions.size()));
    drawn.log.at.push_back(at);
    drawn.log.masks.push_back(mask);
    drawn.text += " " + std::to_string(at) + ":" + std::to_string(mask & kStepBits) +
                  (mask >> kExclusionBit != 0 ? "x" + std::to_string(mask >> kExclusionBit) : "");
  }
  return drawn;
}

TEST(StepSweep, finds_exactly_what_trying_every_way_finds) {
  Random random(20240517);
  for (int round = 0; round < 30'000; ++round) {
    const Drawn drawn = draw(random);
    std::vector<Way> found;
    StepSweep sweep(drawn.query);
    sweep.run(drawn.log.at, drawn.log.masks, found);
    const std::vector<Way> expected = StepReference(drawn.query, drawn.log.at, drawn.log.masks).ways();
    const std::string where = "round " + std::to_string(round) + ", order " +
                              std::to_string(static_cast<int>(drawn.query.order)) + ", entry " +
                              std::to_string(static_cast<int>(drawn.query.entry)) + ", required " +
                              std::to_string(drawn.query.required) + ", window " +
                              std::to_string(drawn.query.window) + ":" + drawn.text;
    ASSERT_EQ(found.size(), expected.size()) << where;
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(found[i].done, expected[i].done) << where << ", attempt " << i;
      for (std::size_t step = 0; step < kMaxSteps; ++step) {
        const bool done = ((found[i].done >> step) & 1U) != 0;
        ASSERT_EQ(done ? found[i].place[step] : 0, done ? expected[i].place[step] : 0)
            << where << ", attempt " << i << ", step " << step;
      }
    }
  }
}

}  // namespace
}  // namespace weir::funnel
