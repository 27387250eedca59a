#include "features/business_time.h"

#include <gtest/gtest.h>

namespace weir::features {
namespace {

std::int64_t at(const Zone& zone, const char* text) {
  return zone.instant_of(*parse_civil_time(text));
}

TEST(BusinessTime, weekend_does_not_count) {
  const Zone zone = *Zone::find("Europe/Berlin");
  const BusinessTime business(zone, {}, *parse_date("2026-03-01"), *parse_date("2026-03-31"));
  // Friday 18:00 to Monday 09:00: six hours of Friday and nine of Monday.
  EXPECT_DOUBLE_EQ(business.hours_between(at(zone, "2026-03-06T18:00"), at(zone, "2026-03-09T09:00")), 15);
  EXPECT_DOUBLE_EQ(business.hours_between(at(zone, "2026-03-07T01:00"), at(zone, "2026-03-08T23:00")), 0);
  EXPECT_DOUBLE_EQ(business.hours_between(at(zone, "2026-03-09T09:00"), at(zone, "2026-03-06T18:00")), 0);
}

TEST(BusinessTime, holidays_and_a_weekend_of_its_own) {
  BusinessCalendar calendar;
  calendar.weekend = {false, false, false, false, true, true, false};
  calendar.holidays = {*parse_date("2026-03-10")};
  const BusinessTime business(Zone::utc(), calendar, *parse_date("2026-03-01"), *parse_date("2026-03-31"));
  const Zone zone = Zone::utc();
  // Sunday works, Tuesday is a holiday.
  EXPECT_DOUBLE_EQ(business.hours_between(at(zone, "2026-03-08T00:00"), at(zone, "2026-03-11T00:00")), 48);
  EXPECT_DOUBLE_EQ(business.hours_between(at(zone, "2026-03-05T00:00"), at(zone, "2026-03-08T12:00")), 36);
}

TEST(BusinessTime, day_of_changed_clocks_is_as_long_as_it_is) {
  const Zone zone = *Zone::find("Europe/Berlin");
  BusinessCalendar calendar;
  calendar.weekend.fill(false);
  const BusinessTime business(zone, calendar, *parse_date("2026-03-01"), *parse_date("2026-11-30"));
  EXPECT_DOUBLE_EQ(business.hours_between(at(zone, "2026-03-29T00:00"), at(zone, "2026-03-30T00:00")), 23);
  EXPECT_DOUBLE_EQ(business.hours_between(at(zone, "2026-10-25T00:00"), at(zone, "2026-10-26T00:00")), 25);
}

TEST(BusinessTime, days_outside_the_prepared_ones) {
  const Zone zone = Zone::utc();
  const BusinessTime narrow(zone, {}, *parse_date("2026-03-10"), *parse_date("2026-03-12"));
  const BusinessTime wide(zone, {}, *parse_date("2026-01-01"), *parse_date("2026-12-31"));
  const char* times[] = {"2026-02-20T05:00", "2026-03-09T23:30", "2026-03-11T10:00",
                         "2026-03-13T00:00", "2026-03-21T12:00", "2026-04-06T07:00"};
  for (const char* from : times) {
    for (const char* until : times) {
      EXPECT_DOUBLE_EQ(narrow.hours_between(at(zone, from), at(zone, until)),
                       wide.hours_between(at(zone, from), at(zone, until)))
          << from << " " << until;
    }
  }
}

}  // namespace
}  // namespace weir::features
