#include "engine/iso_week.h"

#include <fmt/format.h>

#include <charconv>

namespace weir::engine {
namespace {

constexpr std::int32_t kDays = 7;
constexpr std::int32_t kThursday = 3;  // after Monday

// January 4 is always in week 1.
Date first_monday(int year) noexcept {
  return week_of(date_of(year, 1, 4)).monday;
}

}  // namespace

IsoWeek week_of(Date date) noexcept {
  return IsoWeek{Date{date.days - weekday_of(date)}};
}

IsoWeek weeks_before(IsoWeek week, int count) noexcept {
  return IsoWeek{Date{week.monday.days - kDays * count}};
}

std::string to_text(IsoWeek week) {
  const int year = year_month_day(Date{week.monday.days + kThursday}).year;
  return fmt::format("{:04}-W{:02}", year, (week.monday.days - first_monday(year).days) / kDays + 1);
}

Result<IsoWeek> parse_iso_week(std::string_view text) {
  int year = 0;
  int number = 0;
  const auto all_digits = [](std::string_view part, int& into) {
    const auto end = std::from_chars(part.data(), part.data() + part.size(), into);
    return end.ec == std::errc{} && end.ptr == part.data() + part.size() && part.front() != '-';
  };
  const bool has_form = text.size() == 8 && text[4] == '-' && text[5] == 'W' &&
                        all_digits(text.substr(0, 4), year) && all_digits(text.substr(6), number) && year > 0;
  if (!has_form) return fail(Errc::usage, "'" + std::string(text) + "' is no week; write one like 2026-W46");
  const IsoWeek week{Date{first_monday(year).days + kDays * (number - 1)}};
  if (number < 1 || to_text(week) != text)
    return fail(Errc::usage, "the year " + std::to_string(year) + " has no week " + std::to_string(number));
  return week;
}

IsoWeek closed_week(const Zone& zone, std::int64_t moment) {
  return weeks_before(week_of(zone.day_of(moment)), 1);
}

}  // namespace weir::engine
