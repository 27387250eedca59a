#include "base/time.h"

#include <array>
#include <cstdio>
#include <utility>

namespace weir {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// Reads exactly `count` digits at `position`.
std::optional<int> digits(std::string_view text, std::size_t position, std::size_t count) noexcept {
  if (position + count > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = position; i < position + count; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

unsigned days_in_month(int year, unsigned month) noexcept {
  static constexpr std::array<unsigned, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

Failure not_a_time(std::string_view text) {
  return fail(Errc::invalid_data,
              "'" + std::string(text.substr(0, 40)) + "' is no date and time like 2026-03-01T09:30:00Z");
}

// "Z", "+02:00", "+0200", "+02", "UTC" at the end of a time; empty text means none.
Result<std::optional<std::int32_t>> parse_offset(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (text.empty()) return std::optional<std::int32_t>{};
  if (text == "Z" || text == "z" || text == "UTC" || text == "GMT") return std::optional<std::int32_t>{0};
  if (text.front() != '+' && text.front() != '-') return not_a_time(text);
  const int sign = text.front() == '-' ? -1 : 1;
  const auto hours = digits(text, 1, 2);
  std::optional<int> minutes = 0;
  if (text.size() == 6 && text[3] == ':') {
    minutes = digits(text, 4, 2);
  } else if (text.size() == 5) {
    minutes = digits(text, 3, 2);
  } else if (text.size() != 3) {
    return not_a_time(text);
  }
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return not_a_time(text);
  return std::optional<std::int32_t>{sign * (*hours * 3600 + *minutes * 60)};
}

}  // namespace

// Days from civil and back: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013.
Date date_of(int year, unsigned month, unsigned day) noexcept {
  const int y = month <= 2 ? year - 1 : year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(y - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return Date{era * 146097 + static_cast<std::int32_t>(day_of_era) - 719468};
}

YearMonthDay year_month_day(Date date) noexcept {
  const std::int32_t z = date.days + 719468;
  const std::int32_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(z - era * 146097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * shifted + 2) / 5 + 1;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<int>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int weekday_of(Date date) noexcept {
  const int shifted = (date.days + 3) % 7;  // 1970-01-01 was a Thursday
  return shifted < 0 ? shifted + 7 : shifted;
}

Result<Date> parse_date(std::string_view text) {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !year || !month || !day || *year < 1 ||
      *month < 1 || *month > 12 || *day < 1 ||
      static_cast<unsigned>(*day) > days_in_month(*year, static_cast<unsigned>(*month))) {
    return fail(Errc::invalid_data, "'" + std::string(text.substr(0, 40)) + "' is no date like 2026-03-01");
  }
  return date_of(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
}

std::string to_text(Date date) {
  const YearMonthDay parts = year_month_day(date);
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u", parts.year, parts.month, parts.day);
  return buffer.data();
}

Result<CivilTime> parse_civil_time(std::string_view text) {
  if (text.size() < 16 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) return not_a_time(text);
  WEIR_TRY(const Date date, parse_date(text.substr(0, 10)));
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  if (!hour || !minute || text[13] != ':' || *hour > 23 || *minute > 59) return not_a_time(text);
  std::size_t at = 16;
  std::int64_t micros = (std::int64_t{*hour} * 3600 + std::int64_t{*minute} * 60) * kMicrosPerSecond;
  if (at < text.size() && text[at] == ':') {
    const auto second = digits(text, at + 1, 2);
    if (!second || *second > 60) return not_a_time(text);
    micros += std::int64_t{*second == 60 ? 59 : *second} *
              kMicrosPerSecond;  // a leap second counts as the one before
    at += 3;
    if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
      std::int64_t scale = 100'000;
      const std::size_t first = ++at;
      for (; at < text.size() && is_digit(text[at]); ++at, scale /= 10) micros += (text[at] - '0') * scale;
      if (at == first || at - first > 9) return not_a_time(text);
    }
  }
  WEIR_TRY(const auto offset, parse_offset(text.substr(at)));
  return CivilTime{date, micros, offset};
}

std::string rfc3339(std::int64_t micros) {
  std::int64_t days = micros / kMicrosPerDay;
  std::int64_t rest = micros % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  const std::int64_t seconds = rest / kMicrosPerSecond;
  const std::int64_t fraction = rest % kMicrosPerSecond;
  std::array<char, 48> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "T%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  std::string text = to_text(Date{static_cast<std::int32_t>(days)}) + buffer.data();
  if (fraction != 0) {
    std::snprintf(buffer.data(), buffer.size(), ".%06d", static_cast<int>(fraction));
    text += buffer.data();
    while (text.back() == '0') text.pop_back();
  }
  return text + "Z";
}

namespace {
constexpr std::array<std::pair<char, std::int64_t>, 5> kUnits{{{'w', 7 * kMicrosPerDay},
                                                               {'d', kMicrosPerDay},
                                                               {'h', 3600 * kMicrosPerSecond},
                                                               {'m', 60 * kMicrosPerSecond},
                                                               {'s', kMicrosPerSecond}}};
}  // namespace

Result<Micros> parse_duration(std::string_view text) {
  const auto bad = [&] {
    return fail(Errc::invalid_data,
                "'" + std::string(text.substr(0, 40)) + "' is no duration like 30d, 12h or 45m");
  };
  if (text.size() < 2 || text.size() > 10) return bad();
  std::int64_t number = 0;
  for (const char c : text.substr(0, text.size() - 1)) {
    if (!is_digit(c)) return bad();
    number = number * 10 + (c - '0');
  }
  for (const auto& [unit, micros] : kUnits) {
    if (unit != text.back()) continue;
    if (number == 0 || number > 36'500 * kMicrosPerDay / micros) return bad();  // at most 100 years
    return Micros{number * micros};
  }
  return bad();
}

std::string to_text(Micros duration) {
  for (const auto& [unit, micros] : kUnits) {
    if (unit != 'w' && duration.count() % micros == 0)
      return std::to_string(duration.count() / micros) + unit;
  }
  return std::to_string(duration.count()) + "us";
}

}  // namespace weir
