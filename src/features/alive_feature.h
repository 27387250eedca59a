// The alive probability between timelines and the filter: which days had contact, and whose calendar holds.
// Private to the room.
#pragma once

#include <string>
#include <vector>

#include "features/alive_filter.h"
#include "features/subject_sweep.h"

namespace weir::features {

// Region and industry of the gathered subject as known at the sweep's point; "" where not known.
struct CalendarNames {
  std::string_view region, industry;
};
[[nodiscard]] CalendarNames calendar_names(const FeatureInput& input, SubjectSweep& sweep);

// The chance that the subject is still there at the sweep's point: its touches on days that are over. Needs
// the context. Null (NaN) before its first event.
[[nodiscard]] double alive_at(const FeatureInput& input, SubjectSweep& sweep, const EventSeries& touches);

// Gathers what subjects did while they were open, subject by subject, each with its days in order.
class AliveObserver {
 public:
  // The subject was open at the ends of days [from, until): the days after these, on which `contact_days`
  // (sorted) had contact.
  void add(std::size_t subject, std::string_view handle, const CalendarNames& names,
           std::span<const std::int32_t> contact_days, std::int32_t from, std::int32_t until);
  // `covered`: as build_alive_tables has it.
  [[nodiscard]] AliveTables build(std::int32_t first_day, std::span<const std::uint8_t> covered);

 private:
  std::vector<ObservedDays> days_;
  std::vector<std::size_t> subjects_;                       // of days_
  std::vector<std::pair<std::string, std::string>> names_;  // likewise: region and industry
};

}  // namespace weir::features
