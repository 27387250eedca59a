#include "contract/time_format.h"

#include <array>
#include <utility>

namespace weir::contract {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};
constexpr std::string_view kNumbers = "YymdeHIMSf";

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool starts_with_word(std::string_view text, std::string_view word) noexcept {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[i]) != word[i]) return false;
  }
  return true;
}

// What has been read so far; `text` is what is left.
struct Reading {
  std::string_view text;
  int year{1970};
  unsigned month{1};
  unsigned day{1};
  int hour{0};
  int minute{0};
  int second{0};
  std::int64_t fraction_us{0};
  bool twelve_hours{false};
  std::optional<bool> afternoon;
  std::optional<std::int32_t> offset;

  // A number of 1 to `width` digits (exactly `width` if `full`); -1 when there is none.
  int number(std::size_t width, bool full) noexcept {
    int value = 0;
    std::size_t length = 0;
    while (length < width && length < text.size() && is_digit(text[length]))
      value = value * 10 + (text[length++] - '0');
    if (length == 0 || (full && length != width)) return -1;
    text.remove_prefix(length);
    return value;
  }

  bool month_name() noexcept {
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
      for (const std::string_view name : {kMonths[i], kMonths[i].substr(0, 3)}) {
        if (!starts_with_word(text, name)) continue;
        text.remove_prefix(name.size());
        month = static_cast<unsigned>(i + 1);
        return true;
      }
    }
    return false;
  }

  bool half_of_day() noexcept {
    if (!starts_with_word(text, "am") && !starts_with_word(text, "pm")) return false;
    afternoon = lower(text.front()) == 'p';
    text.remove_prefix(2);
    return true;
  }

  bool zone_offset() noexcept {
    if (!text.empty() && (text.front() == 'Z' || text.front() == 'z')) {
      text.remove_prefix(1);
      offset = 0;
      return true;
    }
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return false;
    const int sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    const int hours = number(2, true);
    if (!text.empty() && text.front() == ':') text.remove_prefix(1);
    const int minutes = text.empty() ? 0 : number(2, true);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
    offset = sign * (hours * 3600 + minutes * 60);
    return true;
  }

  bool fraction() noexcept {
    std::int64_t scale = 100'000;
    std::size_t length = 0;
    for (; length < text.size() && length < 9 && is_digit(text[length]); ++length, scale /= 10) {
      fraction_us += (text[length] - '0') * scale;
    }
    text.remove_prefix(length);
    return length > 0;
  }

  bool year_of_four(bool full) noexcept {
    const std::size_t before = text.size();
    year = number(4, full);
    return before - text.size() == 4 && year >= 1;
  }

  bool year_of_two() noexcept {
    year = number(2, true);
    const bool good = year >= 0;
    year += year < 69 ? 2000 : 1900;  // as POSIX
    return good;
  }

  template <typename T>
  bool within(T& field, std::size_t width, bool full, int lowest, int highest) noexcept {
    const int value = number(width, full);
    field = static_cast<T>(value < 0 ? 0 : value);
    return value >= lowest && value <= highest;
  }

  bool read(char directive, bool full) noexcept {
    switch (directive) {
      case 'Y':
        return year_of_four(full);
      case 'y':
        return year_of_two();
      case 'm':
        return within(month, 2, full, 1, 12);
      case 'e':
        while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
        return within(day, 2, full, 1, 31);
      case 'd':
        return within(day, 2, full, 1, 31);
      case 'b':
      case 'B':
        return month_name();
      case 'H':
        return within(hour, 2, full, 0, 23);
      case 'I':
        twelve_hours = true;
        return within(hour, 2, full, 1, 12);
      case 'M':
        return within(minute, 2, full, 0, 59);
      case 'S':
        return within(second, 2, full, 0, 60);
      case 'f':
        return fraction();
      case 'p':
        return half_of_day();
      case 'z':
        return zone_offset();
      default:
        return false;
    }
  }

  [[nodiscard]] std::optional<CivilTime> finish() const noexcept {
    if (!text.empty()) return std::nullopt;
    const Date date = date_of(year, month, day);
    if (day > 28 && year_month_day(date).day != day) return std::nullopt;
    int hours = hour;
    if (afternoon) {
      if (hours > 12 || (hours == 0 && twelve_hours)) return std::nullopt;
      hours = hours % 12 + (*afternoon ? 12 : 0);
    }
    const int seconds = second == 60 ? 59 : second;  // a leap second counts as the one before
    const std::int64_t of_day =
        (std::int64_t{hours} * 3600 + minute * 60 + seconds) * kMicrosPerSecond + fraction_us;
    return CivilTime{date, of_day, offset};
  }
};

}  // namespace

Result<TimeFormat> TimeFormat::compile(std::string_view format) {
  std::string spelled;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const std::string_view two = format.substr(i, 2);
    const std::string_view longer = two == "%T"   ? "%H:%M:%S"
                                    : two == "%D" ? "%m/%d/%y"
                                    : two == "%F" ? "%Y-%m-%d"
                                                  : "";
    if (!longer.empty() || two == "%%") {
      spelled += longer.empty() ? two : longer;
      ++i;
    } else {
      spelled += format[i];
    }
  }
  TimeFormat compiled;
  bool has_date = false;
  for (std::size_t i = 0; i < spelled.size(); ++i) {
    Token token;
    if (spelled[i] != '%') {
      token.literal = spelled[i];
    } else if (++i < spelled.size() && spelled[i] == '%') {
      token.literal = '%';
    } else if (i < spelled.size() &&
               std::string_view("YymdebBHIMSfpz").find(spelled[i]) != std::string_view::npos) {
      token.directive = spelled[i];
      has_date = has_date || std::string_view("YymdebB").find(spelled[i]) != std::string_view::npos;
      compiled.has_time_ =
          compiled.has_time_ || std::string_view("HI").find(spelled[i]) != std::string_view::npos;
    } else {
      return fail(Errc::configuration,
                  "the date format '" + std::string(format.substr(0, 60)) + "' has an unknown directive '%" +
                      (i < spelled.size() ? std::string(1, spelled[i]) : std::string()) + "'");
    }
    const bool is_number = kNumbers.find(token.directive) != std::string_view::npos && token.directive != 0;
    if (is_number && !compiled.tokens_.empty()) {
      Token& previous = compiled.tokens_.back();
      const bool runs_on =
          previous.directive != 0 && kNumbers.find(previous.directive) != std::string_view::npos;
      previous.full_width = runs_on;
      token.full_width = runs_on;
    }
    compiled.tokens_.push_back(token);
  }
  if (!has_date) {
    return fail(Errc::configuration,
                "'" + std::string(format.substr(0, 60)) + "' is no date format such as %m/%d/%Y");
  }
  return compiled;
}

std::optional<CivilTime> TimeFormat::parse(std::string_view text) const noexcept {
  Reading reading;
  reading.text = text;
  for (const Token& token : tokens_) {
    if (token.directive == 0) {
      if (reading.text.empty() || reading.text.front() != token.literal) return std::nullopt;
      reading.text.remove_prefix(1);
    } else if (!reading.read(token.directive, token.full_width)) {
      return std::nullopt;
    }
  }
  return reading.finish();
}

}  // namespace weir::contract
