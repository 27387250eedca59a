#include "engine/iso_week.h"

#include <gtest/gtest.h>

namespace weir::engine {
namespace {

constexpr std::int64_t kHour = 3600 * kMicrosPerSecond;

TEST(IsoWeek, BelongsToTheYearOfItsThursday) {
  EXPECT_EQ(to_text(week_of(date_of(2026, 11, 21))), "2026-W47");
  EXPECT_EQ(to_text(week_of(date_of(2024, 12, 30))), "2025-W01");  // a Monday
  EXPECT_EQ(to_text(week_of(date_of(2027, 1, 3))), "2026-W53");    // a Sunday
  EXPECT_EQ(to_text(week_of(date_of(2016, 1, 3))), "2015-W53");
  EXPECT_EQ(to_text(week_of(date_of(2018, 1, 1))), "2018-W01");
}

TEST(IsoWeek, ReadsWhatItWritesForEveryWeekOfFortyYears) {
  for (IsoWeek week = week_of(date_of(2000, 1, 1)); week < week_of(date_of(2040, 1, 1));
       week = weeks_before(week, -1)) {
    const auto read = parse_iso_week(to_text(week));
    ASSERT_TRUE(read.has_value()) << to_text(week);
    EXPECT_EQ(*read, week);
    EXPECT_EQ(weekday_of(week.monday), 0);
  }
}

TEST(IsoWeek, RefusesWhatIsNoWeek) {
  for (const char* text : {"", "2026", "2026-46", "2026-W4", "2026-W00", "2026-W54", "2025-W53", "2026-w46",
                           "2026-W-1", "-026-W10", "2026-W046", "0000-W01"}) {
    EXPECT_FALSE(parse_iso_week(text).has_value()) << text;
  }
}

TEST(IsoWeek, TakesAnHourLessOrMoreWhereClocksChange) {
  const auto zone = Zone::find("Europe/Berlin");
  ASSERT_TRUE(zone.has_value());
  const auto length = [&](Date day) {
    return (end_of(*zone, week_of(day)) - begin_of(*zone, week_of(day))) / kHour;
  };
  EXPECT_EQ(length(date_of(2026, 3, 29)), 167);
  EXPECT_EQ(length(date_of(2026, 4, 1)), 168);
  EXPECT_EQ(length(date_of(2026, 10, 25)), 169);
}

TEST(IsoWeek, ClosesWithTheFirstInstantOfTheNextMondayOfTheZone) {
  const auto zone = Zone::find("America/New_York");
  ASSERT_TRUE(zone.has_value());
  const std::int64_t monday = zone->start_of_day(date_of(2026, 3, 9));  // the day after clocks went forward
  EXPECT_EQ(to_text(closed_week(*zone, monday)), "2026-W10");
  EXPECT_EQ(to_text(closed_week(*zone, monday - 1)), "2026-W09");
  EXPECT_EQ(to_text(closed_week(*zone, monday + 6 * 24 * kHour)), "2026-W10");
  EXPECT_EQ(to_text(closed_week(*zone, zone->start_of_day(date_of(2027, 1, 1)))), "2026-W52");
  EXPECT_EQ(to_text(closed_week(*zone, zone->start_of_day(date_of(2027, 1, 4)))), "2026-W53");
}

}  // namespace
}  // namespace weir::engine
