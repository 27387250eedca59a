#include "features/alive_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/fixed_math.h"
#include "base/random.h"

namespace weir::features {
namespace {

constexpr std::int32_t kFirst = 19'600;
constexpr std::int32_t kDays = 700;
constexpr std::array<const char*, 3> kRegions{"north", "south", "west"};
constexpr std::array<const char*, 2> kIndustries{"energy", "retail"};

std::vector<std::uint8_t> every_day(std::int32_t days) {
  return std::vector<std::uint8_t>(static_cast<std::size_t>(days), 1);
}

// Region and industry pause at times of their own; nobody works much on weekends.
struct World {
  [[nodiscard]] static bool is_pause(int region, int industry, std::int32_t day) {
    const int of_year = (day - kFirst + 200) % 365;
    if (of_year >= 350 || of_year < 3) return true;
    if (region == 0 && of_year >= 180 && of_year < 201) return true;
    if (region == 1 && of_year >= 215 && of_year < 240) return true;
    return industry == 1 && of_year >= 60 && of_year < 74;
  }
  [[nodiscard]] static double factor(int region, int industry, std::int32_t day) {
    const bool weekend = (day % 7) >= 5;
    return (weekend ? 0.1 : 1.3) * (is_pause(region, industry, day) ? 0.12 : 1);
  }
};

struct Lead {
  int region{0}, industry{0};
  std::int32_t opened{0};
  std::int32_t gone{INT32_MAX};  // quiet from this day on, in truth
  ObservedDays days;
};

// Leads of different own rates; one in a hundred and twenty stops a day; those that stopped are closed late,
// if ever.
std::vector<Lead> draw_leads(std::uint64_t seed, int count) {
  Random random(seed);
  std::vector<Lead> leads;
  for (int i = 0; i < count; ++i) {
    Lead lead;
    lead.region = static_cast<int>(random.below(3));
    lead.industry = static_cast<int>(random.below(2));
    lead.opened = kFirst + static_cast<std::int32_t>(random.below(kDays - 60));
    // Mean .35 contacts a day, the middle half between .2 and .45.
    const double rate = 0.35 *
                        -(fixed_math::log(1 - random.uniform()) + fixed_math::log(1 - random.uniform()) +
                          fixed_math::log(1 - random.uniform())) /
                        3;
    const auto open_for = static_cast<std::int32_t>(-fixed_math::log(1 - random.uniform()) * 90) + 10;
    std::int32_t end = std::min(lead.opened + open_for, kFirst + kDays);
    lead.days.first_day = lead.opened + 1;
    lead.days.draw = random.next();
    for (std::int32_t day = lead.opened + 1; day < end; ++day) {
      if (lead.gone == INT32_MAX && random.chance(1.0 / 120)) {
        lead.gone = day;
        end = std::min(day + static_cast<std::int32_t>(-fixed_math::log(1 - random.uniform()) * 60) + 3,
                       kFirst + kDays);
      }
      const double mean =
          rate * World::factor(lead.region, lead.industry, day) * (lead.gone <= day ? 0.03 : 1);
      lead.days.contact.push_back(random.chance(-fixed_math::expm1(-mean)) ? 1 : 0);
    }
    leads.push_back(lead);
  }
  return leads;
}

std::vector<CalendarCell> cells() {
  std::vector<CalendarCell> all{{"", "", {}}};
  for (const char* region : kRegions) {
    all.push_back({region, "", {}});
    for (const char* industry : kIndustries) all.push_back({region, industry, {}});
  }
  return all;
}

struct Judged {
  double alarm{0};  // higher: quieter
  bool is_gone{false};
  bool in_pause{false};
};

double auc(std::vector<Judged> rows) {
  std::sort(rows.begin(), rows.end(), [](const Judged& a, const Judged& b) { return a.alarm < b.alarm; });
  double pairs = 0;
  double wins = 0;
  std::size_t gone = 0;
  std::size_t there = 0;
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t end = i;
    std::size_t ties_gone = 0;
    while (end < rows.size() && rows[end].alarm == rows[i].alarm) ties_gone += rows[end++].is_gone ? 1U : 0U;
    const std::size_t ties_there = end - i - ties_gone;
    wins +=
        static_cast<double>(ties_gone) * (static_cast<double>(there) + 0.5 * static_cast<double>(ties_there));
    gone += ties_gone;
    there += ties_there;
    i = end;
  }
  pairs = static_cast<double>(gone) * static_cast<double>(there);
  return wins / pairs;
}

// The share of alarms among those that are there and pause, at the threshold with 5 % alarms among those that
// do not.
double alarms_in_pauses(const std::vector<Judged>& rows) {
  std::vector<double> outside;
  for (const Judged& row : rows) {
    if (!row.is_gone && !row.in_pause) outside.push_back(row.alarm);
  }
  std::sort(outside.begin(), outside.end());
  const double threshold = outside[outside.size() * 95 / 100];
  double pausing = 0;
  double alarms = 0;
  for (const Judged& row : rows) {
    if (row.is_gone || !row.in_pause) continue;
    pausing += 1;
    alarms += row.alarm > threshold ? 1 : 0;
  }
  return alarms / pausing;
}

struct Study {
  std::vector<Judged> filter, since;  // 1 - alive; days since the last contact
  AliveTables tables;
};

Study study(std::uint64_t seed) {
  const std::vector<Lead> leads = draw_leads(seed, 3000);
  std::vector<ObservedDays> observed;
  AliveTables named;
  named.cells = cells();
  for (const Lead& lead : leads) {
    observed.push_back(lead.days);
    observed.back().cell = named.cell_of(kRegions.at(static_cast<std::size_t>(lead.region)),
                                         kIndustries.at(static_cast<std::size_t>(lead.industry)));
  }
  Study result;
  result.tables = build_alive_tables(cells(), observed, kFirst, every_day(kDays));
  for (std::size_t i = 0; i < leads.size(); ++i) {
    const Lead& lead = leads[i];
    std::vector<std::int32_t> contacts;
    for (std::size_t d = 0; d < lead.days.contact.size(); ++d) {
      const std::int32_t day = lead.days.first_day + static_cast<std::int32_t>(d);
      if (lead.days.contact[d] != 0) contacts.push_back(day);
      // Landmarks: the ends of Sundays, from two weeks of age on, when a year is known.
      if (day % 7 != 6 || day < kFirst + 300 || day < lead.opened + 14) continue;
      Judged row;
      row.is_gone = lead.gone <= day;
      row.in_pause = World::is_pause(lead.region, lead.industry, day);
      row.alarm = 1 - alive_probability(result.tables, observed[i].cell, lead.opened, contacts, day);
      result.filter.push_back(row);
      row.alarm = day - (contacts.empty() ? lead.opened : contacts.back());
      result.since.push_back(row);
    }
  }
  return result;
}

TEST(AliveFilter, tells_a_pause_from_an_end) {
  double filter_auc = 0;
  double since_auc = 0;
  double filter_alarms = 0;
  double since_alarms = 0;
  constexpr int kSeeds = 4;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    const Study s = study(static_cast<std::uint64_t>(seed));
    filter_auc += auc(s.filter) / kSeeds;
    since_auc += auc(s.since) / kSeeds;
    filter_alarms += alarms_in_pauses(s.filter) / kSeeds;
    since_alarms += alarms_in_pauses(s.since) / kSeeds;
  }
  std::printf(
      "AUC of being gone: filter %.3f, days since last %.3f; alarms in pauses at 5 %% outside: filter %.1f "
      "%%, days since last %.1f %%\n",
      filter_auc, since_auc, 100 * filter_alarms, 100 * since_alarms);
  EXPECT_GE(filter_auc, 0.885);
  EXPECT_GT(filter_auc, since_auc + 0.02);
  EXPECT_LE(filter_alarms, 0.06);
  EXPECT_GT(since_alarms, 0.15);
}

TEST(AliveFilter, em_finds_the_parameters_that_made_the_days) {
  const Study s = study(9);
  ASSERT_FALSE(s.tables.epochs.empty());
  const AliveParameters& p = s.tables.epochs.back().parameters;
  EXPECT_NEAR(p.dies, 1.0 / 120, 0.003);
  EXPECT_LT(p.revives, 0.004);
  EXPECT_LT(p.quiet, 0.08);
  EXPECT_NEAR(p.shape / p.days, 0.30, 0.08);  // contact days, a little fewer than contacts
}

// What comes later changes no earlier day: tables of the days up to one are those of the log cut there.
TEST(AliveFilter, tables_are_frozen) {
  std::vector<ObservedDays> full, cut;
  constexpr std::int32_t kCut = kFirst + 430;
  for (Lead& lead : draw_leads(3, 800)) {
    lead.days.cell = 1;
    full.push_back(lead.days);
    if (lead.days.first_day >= kCut) continue;
    lead.days.contact.resize(
        std::min(lead.days.contact.size(), static_cast<std::size_t>(kCut - lead.days.first_day)));
    cut.push_back(lead.days);
  }
  const std::vector<CalendarCell> two{{"", "", {}}, {"north", "", {}}};
  const AliveTables all = build_alive_tables(two, full, kFirst, every_day(kDays));
  const AliveTables early = build_alive_tables(two, cut, kFirst, every_day(kCut - kFirst));
  for (std::int32_t day = kFirst; day < kCut; ++day) {
    ASSERT_EQ(all.factor(1, day), early.factor(1, day)) << day;
    ASSERT_EQ(all.parameters_at(day), early.parameters_at(day)) << day;
  }
}

TEST(AliveFilter, a_busy_one_that_stops_is_doubted_sooner_than_a_quiet_one) {
  AliveTables tables;
  tables.cells = {{"", "", {}}};
  std::vector<std::int32_t> busy, quiet;
  for (std::int32_t day = 1; day <= 60; ++day) {
    if (day % 2 == 0) busy.push_back(day);
    if (day % 15 == 0) quiet.push_back(day);
  }
  EXPECT_LT(alive_probability(tables, 0, 0, busy, 70), 0.4);
  EXPECT_GT(alive_probability(tables, 0, 0, quiet, 70), 0.6);
  EXPECT_GT(alive_probability(tables, 0, 0, busy, 60), 0.95);
}

TEST(AliveFilter, cells_fall_back_to_region_and_all) {
  AliveTables tables;
  tables.cells = {{"", "", {}}, {"north", "", {}}, {"north", "retail", {}}};
  EXPECT_EQ(tables.cell_of("north", "retail"), 2U);
  EXPECT_EQ(tables.cell_of("north", "energy"), 1U);
  EXPECT_EQ(tables.cell_of("north", ""), 1U);
  EXPECT_EQ(tables.cell_of("east", "retail"), 0U);
  EXPECT_EQ(tables.cell_of("", "retail"), 0U);
}

}  // namespace
}  // namespace weir::features
