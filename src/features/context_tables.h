// What features need beyond a subject's own timeline: sums over accounts and owners and the pulse of the
// calendar, per closed day and as known at its end. Frozen: each closed day has a version, the hash of
// everything up to its end, which what becomes known later does not change. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/zone.h"
#include "features/alive_filter.h"
#include "timeline/timeline_store.h"

namespace weir::features {

// A value that holds from a day on, until the entity's next one.
struct DayValue {
  timeline::Handle entity{timeline::kNoHandle};
  std::int32_t day{0};  // closed day: a point reads the last day that was over before it
  std::int64_t value{0};
};

struct ContextTables {
  std::int32_t first_day{0};  // days the tables cover; before, sums are 0 and the factor is 1
  std::int32_t last_day{-1};
  std::vector<DayValue> account_open;  // sorted by (entity, day): open subjects of the account
  std::vector<DayValue>
      account_touches;  // touches of all the account's handles in the 30 days up to the day's end
  std::vector<DayValue> owner_open;  // open subjects of the owner
  std::vector<double>
      calendar_factor;  // per day from first_day on: the day's events against the expected ones
  AliveTables alive;    // empty: no feature asks for it
  // Per day from first_day on: the first 48 bits of the hash chained over the days up to its end
  // (context_versions.h). Empty in the tables of a plan file.
  std::vector<std::uint64_t> day_versions;
  std::string version;  // of the last day

  // The version that a row reads whose last closed day this is: 12 hexadecimal digits. Days before the tables
  // have that of no tables, days after them that of the last day.
  [[nodiscard]] std::string version_at(std::int32_t day) const;

  // nullptr when the entity has no value by then.
  [[nodiscard]] static const DayValue* find(const std::vector<DayValue>& table, timeline::Handle entity,
                                            std::int32_t day) noexcept;
};

}  // namespace weir::features
