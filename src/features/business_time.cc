#include "features/business_time.h"

#include <algorithm>
#include <utility>

namespace weir::features {

bool BusinessCalendar::is_business_day(Date day) const noexcept {
  return !weekend[static_cast<std::size_t>(weekday_of(day))] &&
         !std::binary_search(holidays.begin(), holidays.end(), day);
}

BusinessTime::BusinessTime(const Zone& zone, BusinessCalendar calendar, Date first, Date last)
    : zone_(zone), calendar_(std::move(calendar)), first_(first.days) {
  std::int64_t elapsed = 0;
  std::int64_t start = zone_.start_of_day(first);
  for (std::int32_t day = first.days; day <= last.days + 1; ++day) {
    starts_.push_back(start);
    elapsed_.push_back(elapsed);
    const std::int64_t next = zone_.start_of_day(Date{day + 1});
    if (calendar_.is_business_day(Date{day})) elapsed += next - start;
    start = next;
  }
}

std::int64_t BusinessTime::elapsed(std::int64_t at) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), at);
  if (after != starts_.begin() && after != starts_.end()) {
    const auto day = static_cast<std::size_t>(after - starts_.begin()) - 1;
    const bool counts = calendar_.is_business_day(Date{first_ + static_cast<std::int32_t>(day)});
    return elapsed_[day] + (counts ? at - starts_[day] : 0);
  }
  // Outside the prepared days: day by day from the nearest end.
  const bool is_before = after == starts_.begin();
  std::int32_t day = is_before ? first_ : first_ + static_cast<std::int32_t>(starts_.size()) - 1;
  std::int64_t start = is_before ? starts_.front() : starts_.back();
  std::int64_t total = is_before ? 0 : elapsed_.back();
  while (at < start) {
    const std::int64_t earlier = zone_.start_of_day(Date{--day});
    if (calendar_.is_business_day(Date{day})) total -= start - std::max(at, earlier);
    start = earlier;
  }
  if (is_before) return total;
  for (;;) {
    const std::int64_t next = zone_.start_of_day(Date{day + 1});
    if (calendar_.is_business_day(Date{day})) total += std::min(at, next) - start;
    if (at < next) return total;
    start = next;
    ++day;
  }
}

double BusinessTime::hours_between(std::int64_t from, std::int64_t until) const {
  if (until <= from) return 0;
  constexpr double kMicrosPerHour = 3600.0 * 1e6;
  return static_cast<double>(elapsed(until) - elapsed(from)) / kMicrosPerHour;
}

}  // namespace weir::features
