// The axes of time, durations and dates. All instants are UTC microseconds since 1970.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

using Micros = std::chrono::duration<std::int64_t, std::micro>;

// No now() on either axis: event time comes from the record, known time from the source or an injected Clock.
struct EventAxis {
  using duration = Micros;
  using rep = duration::rep;
  using period = duration::period;
  static constexpr bool is_steady = false;
};
struct KnownAxis {
  using duration = Micros;
  using rep = duration::rep;
  using period = duration::period;
  static constexpr bool is_steady = false;
};
using EventTime = std::chrono::time_point<EventAxis, Micros>;  // when it happened
using KnownTime = std::chrono::time_point<KnownAxis, Micros>;  // when the source knew it

inline constexpr EventTime kBeginOfTime{Micros{std::numeric_limits<std::int64_t>::min()}};
inline constexpr EventTime kEndOfTime{Micros{std::numeric_limits<std::int64_t>::max()}};
inline constexpr KnownTime kAlwaysKnown{Micros{std::numeric_limits<std::int64_t>::min()}};
inline constexpr KnownTime kNeverKnown{Micros{std::numeric_limits<std::int64_t>::max()}};

[[nodiscard]] constexpr std::int64_t micros_of(EventTime time) noexcept {
  return time.time_since_epoch().count();
}
[[nodiscard]] constexpr std::int64_t micros_of(KnownTime time) noexcept {
  return time.time_since_epoch().count();
}
[[nodiscard]] constexpr EventTime event_time(std::int64_t micros) noexcept {
  return EventTime{Micros{micros}};
}
[[nodiscard]] constexpr KnownTime known_time(std::int64_t micros) noexcept {
  return KnownTime{Micros{micros}};
}

inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
[[nodiscard]] constexpr double days_of(Micros duration) noexcept {
  return static_cast<double>(duration.count()) / static_cast<double>(kMicrosPerDay);
}

// A calendar day: days since 1970-01-01, proleptic Gregorian.
struct Date {
  std::int32_t days{0};
  friend auto operator<=>(const Date&, const Date&) = default;
};
[[nodiscard]] Date date_of(int year, unsigned month, unsigned day) noexcept;
struct YearMonthDay {
  int year{1970};
  unsigned month{1};
  unsigned day{1};
};
[[nodiscard]] YearMonthDay year_month_day(Date date) noexcept;
// 0 = Monday ... 6 = Sunday.
[[nodiscard]] int weekday_of(Date date) noexcept;

// "2026-03-01"; years 0001 to 9999.
[[nodiscard]] Result<Date> parse_date(std::string_view text);
[[nodiscard]] std::string to_text(Date date);

// A date and time as written, before a zone is applied.
struct CivilTime {
  Date date;
  std::int64_t micros_of_day{0};               // [0, 86400 s)
  std::optional<std::int32_t> offset_seconds;  // "Z", "+02:00"; empty: the text names no offset
};
// RFC 3339 and its usual relatives: 'T' or a space between date and time, seconds optional, up to 9 digits of
// fraction (cut to microseconds), offset "Z", "+02:00", "+0200", "+02", " UTC" or none.
[[nodiscard]] Result<CivilTime> parse_civil_time(std::string_view text);

// RFC 3339 in UTC: "2026-03-01T00:00:00Z", with a fraction only when there is one.
[[nodiscard]] std::string rfc3339(std::int64_t micros);
[[nodiscard]] inline std::string to_text(EventTime time) {
  return rfc3339(micros_of(time));
}
[[nodiscard]] inline std::string to_text(KnownTime time) {
  return rfc3339(micros_of(time));
}

// "30d", "12h", "45m", "10s", "2w"; a whole number and one unit; more than zero.
[[nodiscard]] Result<Micros> parse_duration(std::string_view text);
// The shortest of these forms: "14d", "36h".
[[nodiscard]] std::string to_text(Micros duration);

}  // namespace weir
