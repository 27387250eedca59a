// Time zones: the one source is the system's tzdata, read through Howard Hinnant's date library.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"

namespace weir {

// An IANA zone, e.g. "America/New_York". Immutable; copies share it. Thread-safe.
class Zone {
 public:
  [[nodiscard]] static Result<Zone> find(std::string_view name);
  [[nodiscard]] static Zone utc();

  [[nodiscard]] const std::string& name() const noexcept;
  // The first instant of the day (after a gap at midnight: the first instant that exists), UTC microseconds.
  [[nodiscard]] std::int64_t start_of_day(Date date) const;
  // The last microsecond of the day.
  [[nodiscard]] std::int64_t end_of_day(Date date) const { return start_of_day(Date{date.days + 1}) - 1; }
  // The local day that holds the instant.
  [[nodiscard]] Date day_of(std::int64_t micros) const;
  // Seconds east of UTC at the instant.
  [[nodiscard]] std::int32_t offset_seconds(std::int64_t micros) const;
  // A wall-clock time as an instant: its own offset if it has one, else this zone; a time inside a gap moves
  // forward by the gap, an ambiguous one is the earlier.
  [[nodiscard]] std::int64_t instant_of(const CivilTime& civil) const;

 private:
  struct Impl;
  explicit Zone(std::shared_ptr<const Impl> impl) noexcept : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace weir
