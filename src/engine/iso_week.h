// Weeks as reports count them: ISO 8601, Monday to Sunday, in a time zone. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/zone.h"

namespace weir::engine {

// Week 1 of a year is the one with its first Thursday.
struct IsoWeek {
  Date monday;
  friend auto operator<=>(const IsoWeek&, const IsoWeek&) = default;
};

[[nodiscard]] IsoWeek week_of(Date date) noexcept;
[[nodiscard]] IsoWeek weeks_before(IsoWeek week, int count) noexcept;
// "2026-W46".
[[nodiscard]] std::string to_text(IsoWeek week);
[[nodiscard]] Result<IsoWeek> parse_iso_week(std::string_view text);

// [first instant of Monday, first instant of the next Monday): 167 or 169 hours where clocks change.
[[nodiscard]] inline std::int64_t begin_of(const Zone& zone, IsoWeek week) {
  return zone.start_of_day(week.monday);
}
[[nodiscard]] inline std::int64_t end_of(const Zone& zone, IsoWeek week) {
  return zone.start_of_day(Date{week.monday.days + 7});
}

// The newest week that has ended at the moment, or ends with it.
[[nodiscard]] IsoWeek closed_week(const Zone& zone, std::int64_t moment);

}  // namespace weir::engine
