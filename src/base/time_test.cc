#include "base/time.h"

#include <gtest/gtest.h>

#include "base/zone.h"

namespace weir {
namespace {

TEST(Time, rfc3339_round_trip) {
  const auto civil = parse_civil_time("2026-03-01T09:30:15.250Z");
  ASSERT_TRUE(civil.has_value());
  EXPECT_EQ(rfc3339(Zone::utc().instant_of(*civil)), "2026-03-01T09:30:15.25Z");
}

TEST(Time, dates_that_do_not_exist_are_refused) {
  EXPECT_FALSE(parse_date("2026-02-29").has_value());
  EXPECT_TRUE(parse_date("2024-02-29").has_value());
  EXPECT_FALSE(parse_date("2026-13-01").has_value());
}

TEST(Zone, a_day_of_daylight_saving_has_23_or_25_hours) {
  const auto zone = Zone::find("America/New_York");
  ASSERT_TRUE(zone.has_value());
  const auto hours = [&](Date day) {
    return (zone->start_of_day(Date{day.days + 1}) - zone->start_of_day(day)) / (3600 * kMicrosPerSecond);
  };
  EXPECT_EQ(hours(date_of(2026, 3, 8)), 23);
  EXPECT_EQ(hours(date_of(2026, 11, 1)), 25);
  EXPECT_EQ(hours(date_of(2026, 6, 1)), 24);
  EXPECT_EQ(rfc3339(zone->start_of_day(date_of(2018, 1, 1))), "2018-01-01T05:00:00Z");
}

TEST(Zone, midnight_that_does_not_exist_moves_to_the_first_instant) {
  const auto zone = Zone::find("America/Sao_Paulo");
  ASSERT_TRUE(zone.has_value());
  // 2017-10-15: clocks went from 00:00 to 01:00.
  EXPECT_EQ(rfc3339(zone->start_of_day(date_of(2017, 10, 15))), "2017-10-15T03:00:00Z");
  EXPECT_EQ(to_text(zone->day_of(zone->start_of_day(date_of(2017, 10, 15)))), "2017-10-15");
}

TEST(Duration, units) {
  EXPECT_EQ(to_text(*parse_duration("14d")), "14d");
  EXPECT_EQ(to_text(*parse_duration("2w")), "14d");
  EXPECT_EQ(to_text(*parse_duration("90m")), "90m");
  EXPECT_FALSE(parse_duration("14").has_value());
  EXPECT_FALSE(parse_duration("d").has_value());
}

}  // namespace
}  // namespace weir
