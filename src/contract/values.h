// Single texts to typed values: what counts as a number, a boolean, an instant. Nothing is guessed: a text
// that could mean two things is no value.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "base/zone.h"

namespace weir::contract {

// Without spaces, tabs and no-break spaces at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

// A whole number of 64 bits; "2822.0" is one, "1,234" is one (a comma before three digits cannot be decimal
// here).
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

struct ParsedNumber {
  enum class State : std::uint8_t { good, ambiguous, bad };
  State state{State::bad};
  double value{0};
};
// Digits with a decimal mark, exponent, thousands groups (, . ' or space) and a currency sign ($ EUR GBP JPY
// signs). "1,234" and "1.234,5": the mark is `decimal_mark`; while that is 0 the first is ambiguous and the
// second is 1234.5.
[[nodiscard]] ParsedNumber parse_number(std::string_view text, char decimal_mark);

// true/false, yes/no, t/f, y/n, 1/0 in any case.
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view text) noexcept;

// The one reader of days and times in the order year, month, day: RFC 3339 and its relatives, `/` for `-`,
// single digits for months, days and hours, a blank before the offset, ` UTC` as one.
struct TimeText {
  CivilTime civil;
  bool has_time{false};  // false: a day
};
[[nodiscard]] std::optional<TimeText> parse_time_text(std::string_view text);

// Such a day, also with a time of 00:00:00.
[[nodiscard]] std::optional<Date> parse_iso_day(std::string_view text);

// Such a time, or a day (its first instant), read in `zone` when without an offset; UTC microseconds.
[[nodiscard]] std::optional<std::int64_t> parse_instant(std::string_view text, const Zone& zone);

// Seconds or milliseconds since 1970, with an optional fraction; UTC microseconds.
[[nodiscard]] std::optional<std::int64_t> parse_epoch(std::string_view text, bool in_millis) noexcept;

// Number of code points in UTF-8.
[[nodiscard]] std::size_t character_count(std::string_view text) noexcept;

// The first `size` bytes, cut before a code point that would be split.
[[nodiscard]] std::string_view cut_text(std::string_view text, std::size_t size) noexcept;

}  // namespace weir::contract
