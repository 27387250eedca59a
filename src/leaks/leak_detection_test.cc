#include "leaks/leak_detection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "leaks/consequences.h"
#include "leaks/leak_generator.h"

namespace weir::leaks {
namespace {

using testing::GeneratedFunnel;
using testing::GeneratorConfig;
using testing::random_segment;

// WEIR_LONG_TESTS=1: the full study of docs/methods/leaks.md. 400 runs would leave an F1 near .6 uncertain by
// .025.
int runs(int few, int many) {
  return std::getenv("WEIR_LONG_TESTS") != nullptr ? many : few;
}

LeakReport detect(const LeakInput& input) {
  auto report = detect_leaks(input);
  EXPECT_TRUE(report.has_value());
  return *std::move(report);
}

struct Score {
  int hits{0};
  int false_finds{0};
  int misses{0};
  int alarmed{0};
  [[nodiscard]] double f1() const { return 2.0 * hits / (2.0 * hits + false_finds + misses); }
};

Score study(GeneratorConfig config, int count) {
  Score score;
  for (int run = 0; run < count; ++run) {
    config.seed = 1000 + static_cast<std::uint64_t>(run);
    Random random(config.seed * 7919);
    config.segment = random_segment(config.sizes, random);
    const GeneratedFunnel funnel(config);
    const LeakReport report = detect(funnel.input());
    if (!report.leaks.empty()) ++score.alarmed;
    bool hit = false;
    for (const Leak& leak : report.leaks) {
      const bool right = config.cut > 0 && leak.kind == config.kind && leak.segment == config.segment && !hit;
      hit = hit || right;
      if (!right) ++score.false_finds;
    }
    hit ? ++score.hits : ++score.misses;
  }
  return score;
}

TEST(LeakStudy, half_of_the_hazard_cut_is_found_exactly) {
  GeneratorConfig config;
  config.cut = 0.5;
  const Score score = study(config, runs(60, 2000));
  RecordProperty("f1", std::to_string(score.f1()));
  EXPECT_GE(score.f1(), 0.88) << score.hits << " hits " << score.false_finds << " false " << score.misses
                              << " missed";
}

TEST(LeakStudy, thirty_percent_of_the_hazard_cut_is_found_often) {
  GeneratorConfig config;
  config.cut = 0.3;
  const Score score = study(config, runs(60, 2000));
  RecordProperty("f1", std::to_string(score.f1()));
  EXPECT_GE(score.f1(), 0.60) << score.hits << " hits " << score.false_finds << " false " << score.misses
                              << " missed";
}

TEST(LeakStudy, alarms_without_a_leak_stay_within_five_percent) {
  const int count = runs(60, 2000);
  const Score score = study(GeneratorConfig{}, count);
  EXPECT_LE(score.alarmed, count / 20);
}

TEST(LeakStudy, busy_and_quiet_weeks_of_everybody_raise_no_alarm) {
  GeneratorConfig config;
  config.week_noise = 0.3;
  const int count = runs(40, 400);
  EXPECT_LE(study(config, count).alarmed, count / 20 + 1);
}

GeneratorConfig planted(LeakKind kind, double cut, Segment segment) {
  GeneratorConfig config;
  config.seed = 42;
  config.kind = kind;
  config.cut = cut;
  config.segment = std::move(segment);
  return config;
}

TEST(LeakDetection, a_leak_tells_where_since_when_and_how_much) {
  const GeneratedFunnel funnel(planted(LeakKind::stall, 0.6, {{1, 2}}));
  const LeakReport report = detect(funnel.input());
  ASSERT_EQ(report.leaks.size(), 1U);
  const Leak& leak = report.leaks[0];
  EXPECT_EQ(leak.kind, LeakKind::stall);
  EXPECT_EQ(leak.from_stage, 0);
  EXPECT_EQ(leak.to_stage, 1);  // won
  EXPECT_EQ(leak.segment, (Segment{{1, 2}}));
  EXPECT_NEAR(days_of(funnel.end() - leak.since), 28, 3);
  EXPECT_NEAR(static_cast<double>(leak.observed) / leak.expected, 0.4, 0.1);
  EXPECT_LT(leak.chance_of_noise, 0.01);
  EXPECT_GT(leak.subjects_lost, 0);
  EXPECT_LT(leak.subjects_lost, leak.expected);
  EXPECT_FALSE(leak.value_known);
}

// Everywhere a little, in one segment much: the leak of the whole edge counts those outside of the segment.
TEST(LeakDetection, a_leak_of_the_whole_edge_leaves_out_what_its_segments_count) {
  GeneratorConfig config = planted(LeakKind::stall, 0.75, {{0, 1}});
  config.edge_cut = 0.3;
  const GeneratedFunnel funnel(config);
  const LeakInput input = funnel.input();
  const LeakReport report = detect(input);
  ASSERT_EQ(report.leaks.size(), 2U);
  const bool edge_first = report.leaks[0].segment.empty();
  const Leak& edge = report.leaks[edge_first ? 0 : 1];
  const Leak& segment = report.leaks[edge_first ? 1 : 0];
  ASSERT_TRUE(edge.segment.empty());
  ASSERT_EQ(segment.segment, (Segment{{0, 1}}));

  funnel::StayTable rest;
  rest.spells = input.stays->spells;
  std::vector<std::uint16_t> codes;
  const std::size_t width = input.dimensions.size();
  for (std::size_t i = 0; i < input.stays->stays.size(); ++i) {
    if (input.segment_codes[i * width] == 1) continue;
    rest.stays.push_back(input.stays->stays[i]);
    for (std::size_t d = 0; d < width; ++d) codes.push_back(input.segment_codes[i * width + d]);
  }
  LeakInput outside = input;
  outside.stays = &rest;
  outside.segment_codes = codes;
  const LeakReport alone = detect(outside);
  ASSERT_EQ(alone.leaks.size(), 1U);
  EXPECT_TRUE(alone.leaks[0].segment.empty());
  EXPECT_NEAR(edge.subjects_lost, alone.leaks[0].subjects_lost, 0.05 * alone.leaks[0].subjects_lost);
}

TEST(LeakDetection, a_loss_leak_does_not_count_as_a_stall) {
  const GeneratedFunnel funnel(planted(LeakKind::loss, 0.6, {{0, 1}}));
  const LeakReport report = detect(funnel.input());
  ASSERT_EQ(report.leaks.size(), 1U);
  EXPECT_EQ(report.leaks[0].kind, LeakKind::loss);
  EXPECT_EQ(report.leaks[0].segment, (Segment{{0, 1}}));
  EXPECT_GT(report.leaks[0].subjects_lost, 0);
}

TEST(LeakDetection, a_silence_leak_is_found) {
  GeneratorConfig config = planted(LeakKind::silence, 0.6, {{2, 0}});
  config.silence_per_day = 0.03;
  config.seed = 43;
  const GeneratedFunnel funnel(config);
  const LeakReport report = detect(funnel.input());
  ASSERT_EQ(report.leaks.size(), 1U);
  EXPECT_EQ(report.leaks[0].kind, LeakKind::silence);
  EXPECT_EQ(report.leaks[0].segment, (Segment{{2, 0}}));
  EXPECT_GT(report.leaks[0].subjects_lost, 0);
}

TEST(LeakDetection, advances_that_turn_into_losses_are_one_loss_leak) {
  GeneratorConfig config = planted(LeakKind::loss, 0.6, {{0, 1}});
  config.divert = true;
  const LeakReport report = detect(GeneratedFunnel(config).input());
  ASSERT_EQ(report.leaks.size(), 1U);
  EXPECT_EQ(report.leaks[0].kind, LeakKind::loss);
  EXPECT_EQ(report.leaks[0].seen_also, std::vector<LeakKind>{LeakKind::stall});
}

TEST(LeakDetection, a_leak_that_began_before_the_period_is_dated_there) {
  GeneratorConfig config = planted(LeakKind::stall, 0.5, {{1, 2}});
  config.leak_days = 50;
  const GeneratedFunnel funnel(config);
  const LeakReport report = detect(funnel.input());
  ASSERT_EQ(report.leaks.size(), 1U);
  EXPECT_NEAR(days_of(funnel.end() - report.leaks[0].since), 50, 5);
  EXPECT_EQ(days_of(report.leaks[0].period.to - report.leaks[0].period.from), 56);
}

TEST(LeakDetection, what_was_always_low_is_a_gap_and_no_leak) {
  GeneratorConfig config;
  config.always_low = {{0, 0}, {3, 1}};
  config.low_factor = 0.3;
  const LeakReport report = detect(GeneratedFunnel(config).input());
  EXPECT_TRUE(report.leaks.empty());
  const auto found = std::find_if(report.gaps.begin(), report.gaps.end(), [&](const Gap& gap) {
    return gap.kind == LeakKind::stall && gap.segment == config.always_low;
  });
  ASSERT_NE(found, report.gaps.end());
  EXPECT_LT(found->baseline_ratio, 0.5);
}

TEST(LeakDetection, a_young_funnel_makes_no_claim) {
  GeneratorConfig config = planted(LeakKind::stall, 0.6, {{1, 2}});
  config.weeks = 4;
  config.leads = 1'300;
  const LeakReport report = detect(GeneratedFunnel(config).input());
  EXPECT_TRUE(report.leaks.empty());
  EXPECT_EQ(report.smallest_detectable.size(), 3U);
  for (const SmallestDetectable& smallest : report.smallest_detectable) {
    EXPECT_FALSE(smallest.enough_evidence && smallest.edge_percent.has_value());
  }
}

TEST(LeakDetection, an_empty_funnel_makes_no_claim) {
  LeakInput input;
  const funnel::StayTable nothing;
  const std::vector<Micros> windows(2, Micros{kMicrosPerDay});
  input.stage_count = 2;
  input.stays = &nothing;
  input.stage_windows = windows;
  input.period = {event_time(0), event_time(28 * kMicrosPerDay)};
  input.as_of = input.period.to;
  const LeakReport report = detect(input);
  EXPECT_TRUE(report.leaks.empty());
  EXPECT_EQ(report.smallest_detectable.size(), 6U);
  EXPECT_EQ(report.cells_scanned, 0);
}

TEST(LeakDetection, the_smallest_detectable_leak_is_told) {
  const LeakReport report = detect(GeneratedFunnel(GeneratorConfig{}).input());
  const SmallestDetectable& stall = report.smallest_detectable.front();
  EXPECT_TRUE(stall.enough_evidence);
  ASSERT_TRUE(stall.edge_percent && stall.segment_percent);
  EXPECT_GT(*stall.edge_percent, 5);
  EXPECT_LT(*stall.edge_percent, 25);
  EXPECT_GT(*stall.segment_percent, *stall.edge_percent);
}

TEST(LeakDetection, a_dip_of_the_whole_edge_is_a_leak_unless_the_calendar_explains_it) {
  const GeneratedFunnel funnel(planted(LeakKind::stall, 0.5, {}));
  LeakInput input = funnel.input();
  const LeakReport unexplained = detect(input);
  ASSERT_EQ(unexplained.leaks.size(), 1U);
  EXPECT_TRUE(unexplained.leaks[0].segment.empty());
  input.day_factors.first_day = input.period.from;
  input.day_factors.calendar[0].assign(28, 0.5);
  EXPECT_TRUE(detect(input).leaks.empty());
}

// Weekends, a week of holidays some months ago, and twelve days of them in the period: known as such they are
// no leak.
TEST(LeakDetection, holidays_that_the_calendar_names_are_no_leak) {
  GeneratorConfig config;
  config.day_off_factor = 0.3;
  for (int day = 0; day < config.weeks * 7; ++day) {
    const bool holiday =
        (day >= 70 && day < 77) || (day >= config.weeks * 7 - 14 && day < config.weeks * 7 - 2);
    config.days_off.push_back(holiday ? 2 : day % 7 >= 5 ? 1 : 0);
  }
  const GeneratedFunnel funnel(config);
  LeakInput input = funnel.input();
  const LeakReport unexplained = detect(input);
  ASSERT_EQ(unexplained.leaks.size(), 1U);
  EXPECT_TRUE(unexplained.leaks[0].segment.empty());
  input.day_factors.first_day = GeneratedFunnel::at(0);
  input.day_factors.day_classes = config.days_off;
  EXPECT_TRUE(detect(input).leaks.empty());
}

TEST(LeakDetection, a_leak_beside_days_off_is_still_found) {
  GeneratorConfig config = planted(LeakKind::stall, 0.5, {{1, 2}});
  config.day_off_factor = 0.3;
  for (int day = 0; day < config.weeks * 7; ++day) config.days_off.push_back(day % 7 >= 5 ? 1 : 0);
  const GeneratedFunnel funnel(config);
  LeakInput input = funnel.input();
  input.day_factors.first_day = GeneratedFunnel::at(0);
  input.day_factors.day_classes = config.days_off;
  const LeakReport report = detect(input);
  ASSERT_EQ(report.leaks.size(), 1U);
  EXPECT_EQ(report.leaks[0].segment, config.segment);
}

// A source is silent for the last week: nothing it should have told counts against anybody.
TEST(LeakDetection, an_outage_is_no_leak) {
  GeneratedFunnel funnel{GeneratorConfig{}};
  const Period outage{funnel.end() - Micros{9 * kMicrosPerDay}, funnel.end()};
  for (funnel::Stay& stay : funnel.table().stays) {
    if (stay.ended == kEndOfTime || stay.ended < outage.from) continue;
    stay.ended = kEndOfTime;
    stay.ending = funnel::Ending::open;
  }
  LeakInput input = funnel.input();
  EXPECT_FALSE(detect(input).leaks.empty());
  const std::vector<Period> outages = {outage};
  input.outages = outages;
  const LeakReport report = detect(input);
  for (const Leak& leak : report.leaks)
    ADD_FAILURE() << to_text(leak.kind) << leak.observed << "/" << leak.expected;
}

// Losses are entered late: of those of the last days only a part is recorded by the as-of.
TEST(LeakDetection, a_known_reporting_delay_is_no_change) {
  GeneratorConfig config;
  config.loss_per_day = 0.08;
  GeneratedFunnel funnel{config};
  Random random(5);
  const std::vector<double> recorded = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95};
  for (funnel::Stay& stay : funnel.table().stays) {
    const auto age = static_cast<std::size_t>(days_of(funnel.end() - stay.ended));
    if (stay.ending != funnel::Ending::lost || age >= recorded.size() || random.chance(recorded[age]))
      continue;
    stay.ended = kEndOfTime;
    stay.ending = funnel::Ending::open;
  }
  LeakInput input = funnel.input();
  input.day_factors.recorded[1] = recorded;
  EXPECT_TRUE(detect(input).leaks.empty());
}

TEST(LeakDetection, money_at_stake_is_measured_or_marked_as_estimated) {
  const GeneratorConfig config = planted(LeakKind::stall, 0.6, {{1, 2}});
  const GeneratedFunnel funnel(config);
  LeakInput input = funnel.input();
  std::vector<std::int64_t> amounts(static_cast<std::size_t>(config.leads), 10'000);
  input.amounts_minor = amounts;
  const Leak all = detect(input).leaks.at(0);
  EXPECT_TRUE(all.value_known);
  EXPECT_FALSE(all.value_estimated);
  EXPECT_NEAR(static_cast<double>(all.value_at_stake_minor), all.subjects_lost * 10'000, 1);
  for (std::size_t i = 0; i < amounts.size(); i += 2) amounts[i] = kNoAmount;
  const Leak half = detect(input).leaks.at(0);
  EXPECT_TRUE(half.value_estimated);
  EXPECT_NEAR(static_cast<double>(half.value_at_stake_minor), all.subjects_lost * 10'000, 1);
}

TEST(LeakDetection, value_of_an_early_stage_counts_what_would_have_been_won) {
  GeneratorConfig config = planted(LeakKind::stall, 0.6, {{1, 2}});
  config.stages = 3;
  const GeneratedFunnel funnel(config);
  LeakInput input = funnel.input();
  const std::vector<std::int64_t> amounts(static_cast<std::size_t>(config.leads), 10'000);
  input.amounts_minor = amounts;
  const LeakReport report = detect(input);
  ASSERT_FALSE(report.leaks.empty());
  const Leak& leak = report.leaks[0];
  EXPECT_EQ(leak.from_stage, 0);
  EXPECT_LT(static_cast<double>(leak.value_at_stake_minor), leak.subjects_lost * 10'000 * 0.8);
  EXPECT_GT(leak.value_at_stake_minor, 0);
}

TEST(LeakDetection, the_same_input_gives_the_same_bits) {
  const GeneratedFunnel funnel(planted(LeakKind::stall, 0.5, {{1, 2}, {3, 0}}));
  const LeakReport first = detect(funnel.input());
  const LeakReport second = detect(funnel.input());
  ASSERT_EQ(first.leaks.size(), second.leaks.size());
  for (std::size_t i = 0; i < first.leaks.size(); ++i) {
    EXPECT_EQ(first.leaks[i].expected, second.leaks[i].expected);
    EXPECT_EQ(first.leaks[i].subjects_lost, second.leaks[i].subjects_lost);
  }
}

TEST(LeakDetection, unknown_segment_values_take_part_but_are_no_segment) {
  const GeneratedFunnel funnel(planted(LeakKind::stall, 0.7, {{1, 2}}));
  LeakInput input = funnel.input();
  std::vector<std::uint16_t> codes(input.segment_codes.begin(), input.segment_codes.end());
  for (std::size_t i = 1; i < codes.size(); i += 4) {
    if (codes[i] == 2) codes[i] = kUnknownValue;
  }
  input.segment_codes = codes;
  for (const Leak& leak : detect(input).leaks) {
    for (const SegmentValue& value : leak.segment) EXPECT_NE(value.value, kUnknownValue);
  }
}

TEST(LeakDetection, input_that_does_not_fit_together_is_refused) {
  const GeneratedFunnel funnel{GeneratorConfig{}};
  LeakInput input = funnel.input();
  input.segment_codes = input.segment_codes.first(7);
  EXPECT_FALSE(detect_leaks(input).has_value());
  input = funnel.input();
  input.period.to = input.as_of + Micros{1};
  EXPECT_FALSE(detect_leaks(input).has_value());
  input = funnel.input();
  input.stage_windows = {};
  EXPECT_FALSE(detect_leaks(input).has_value());
}

TEST(ChangePoint, is_the_day_the_rate_falls) {
  const std::vector<double> expected(60, 4);
  std::vector<double> observed(60, 4);
  for (std::size_t day = 41; day < observed.size(); ++day) observed[day] = 1;
  EXPECT_EQ(change_point(observed, expected, LeakKind::stall), 41U);
  EXPECT_EQ(change_point(observed, expected, LeakKind::loss), 0U);
}

TEST(Baseline, expects_what_was_observed_in_each_segment) {
  const GeneratedFunnel funnel{GeneratorConfig{}};
  const LeakInput input = funnel.input();
  const CellMap cells = map_cells(input);
  std::vector<std::uint32_t> all(input.stays->stays.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto visits = visits_of_stage(input, cells, all);
  const auto events = events_of_kind(input, visits, LeakKind::stall);
  const auto buckets = choose_buckets(events, -28);
  const DayScale scale(input, LeakKind::stall, -210);
  const EdgeTables tables =
      tabulate(input, visits, events, buckets, scale, LeakKind::stall, cells.cell_count);
  const EdgeWindow window = fit_window(input, cells, tables, 1, 210);
  std::array<Counts, 5> by_value{};
  Counts edge;
  for (std::size_t c = 0; c < cells.cell_count; ++c) {
    by_value[cells.code(c, 3)] += window.cells[c];
    edge += window.cells[c];
  }
  EXPECT_NEAR(edge.base_expected, edge.base_observed, 1e-6 * edge.base_observed);
  for (const Counts& value : by_value) EXPECT_NEAR(value.base_expected / value.base_observed, 1, 0.02);
}

TEST(Baseline, weekly_batches_show_as_dispersion_and_a_season_does_not) {
  std::vector<Week> even;
  std::vector<Week> batches;
  std::vector<Week> season;
  for (int week = 0; week < 26; ++week) {
    even.push_back({30, 30});
    batches.push_back({week % 3 == 0 ? 70.0 : 10.0, 30});
    const double exposure = week == 9 || week == 10 ? 8 : 30;  // a holiday with its person-time
    season.push_back({week == 17 ? 0 : exposure, week == 17 ? 0 : exposure});  // and an outage without
  }
  EXPECT_EQ(weekly_dispersion(even), 1);
  EXPECT_GT(weekly_dispersion(batches), 5);
  EXPECT_EQ(weekly_dispersion(season), 1);
}

}  // namespace
}  // namespace weir::leaks
