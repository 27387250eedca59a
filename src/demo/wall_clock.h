// The company's days and its wall clock (Europe/Berlin), and how they stand in its exports.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::demo {

// Seconds of local wall-clock time since 1970-01-01 00:00 local.
using Wall = std::int64_t;
inline constexpr Wall kSecondsPerDay = 86'400;
inline constexpr const char* kZoneName = "Europe/Berlin";

// Days count from the first day of the history, 2024-07-01; the last one is 2026-06-30.
inline constexpr std::int32_t kFirstDate = 19'905;
inline constexpr int kDays = 730;
// 2026-06-01 and 2026-06-29: the last four closed weeks before the as-of, 2026-07-01.
inline constexpr int kPeriodBegin = 700;
inline constexpr int kPeriodEnd = 728;

[[nodiscard]] constexpr Date date_at(int day) noexcept {
  return Date{kFirstDate + day};
}
[[nodiscard]] constexpr int day_at(Date date) noexcept {
  return date.days - kFirstDate;
}
[[nodiscard]] constexpr Wall wall_at(int day, int second_of_day = 0) noexcept {
  return (kFirstDate + Wall{day}) * kSecondsPerDay + second_of_day;
}
[[nodiscard]] constexpr int day_of(Wall wall) noexcept {
  return static_cast<int>(wall / kSecondsPerDay) - kFirstDate;
}
// 0 = Monday; the first day is one.
[[nodiscard]] constexpr int weekday_at(int day) noexcept {
  return ((day % 7) + 7) % 7;
}

// A stretch of days in which everybody touches and moves less.
struct Season {
  int begin{0};  // [begin, end)
  int end{0};
  double touches{1};
  double moves{1};
};
[[nodiscard]] const std::vector<Season>& seasons();

// Weekly rhythm times season, per day of the history and of the 30 days after it.
inline constexpr int kDaysAfterEnd = 30;
struct Rhythm {
  std::vector<double> touches;
  std::vector<double> moves;
};
[[nodiscard]] Rhythm rhythm();

// Writes times as exports do. Immutable once made.
class WallClock {
 public:
  [[nodiscard]] static Result<WallClock> create();
  // "2026-06-30 14:05:09": local, without an offset.
  static void append_local(std::string& out, Wall wall);
  static void append_date(std::string& out, int day);
  // "30.6.2026".
  static void append_german_date(std::string& out, int day);
  // "2026-06-30T12:05:09.123Z".
  void append_utc(std::string& out, Wall wall, int milliseconds) const;
  [[nodiscard]] static std::string date_text(int day);
  [[nodiscard]] static std::string local_text(Wall wall);

 private:
  std::vector<std::int32_t> offset_seconds_;  // at noon of every day from kOffsetsBegin on
};

}  // namespace weir::demo
