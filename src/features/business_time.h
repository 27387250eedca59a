// Business days of a workspace: its weekend, holidays and zone. Pure; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/zone.h"

namespace weir::features {

struct BusinessCalendar {
  std::array<bool, 7> weekend{false, false, false, false, false, true, true};  // 0 = Monday
  std::vector<Date> holidays;                                                  // sorted
  [[nodiscard]] bool is_business_day(Date day) const noexcept;
};

// Hours of business days (all hours of the local day: 23 or 25 when clocks change) between two instants; 0
// when `until` is not later.
class BusinessTime {
 public:
  // Days outside [first, last] are worked out one by one.
  BusinessTime(const Zone& zone, BusinessCalendar calendar, Date first, Date last);
  [[nodiscard]] double hours_between(std::int64_t from, std::int64_t until) const;

 private:
  // Business microseconds from the start of `first_` to the instant.
  [[nodiscard]] std::int64_t elapsed(std::int64_t at) const;
  Zone zone_;
  BusinessCalendar calendar_;
  std::int32_t first_{0};
  std::vector<std::int64_t> starts_;   // of the days first ... last + 1
  std::vector<std::int64_t> elapsed_;  // business microseconds before each of these
};

}  // namespace weir::features
