#include "contract/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

namespace weir::contract {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view without_sign(std::string_view text, bool& negative) noexcept {
  negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text;
}

// A currency sign before or after the number, with an optional space between.
std::string_view without_currency(std::string_view text) noexcept {
  for (const std::string_view sign : {"$", "\xE2\x82\xAC", "\xC2\xA3", "\xC2\xA5"}) {
    if (text.starts_with(sign)) return trimmed(text.substr(sign.size()));
    if (text.ends_with(sign)) return trimmed(text.substr(0, text.size() - sign.size()));
  }
  return text;
}

// No-break spaces as plain ones.
std::string with_plain_spaces(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\xC2\xA0")) {
      plain += ' ';
      ++i;
    } else if (text.substr(i).starts_with("\xE2\x80\xAF")) {
      plain += ' ';
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// Digits in groups of three joined by `mark` ("1,234,567"), appended to `digits` without the marks.
bool read_groups(std::string_view text, char mark, std::string& digits) {
  std::size_t group = 0;
  bool first = true;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_digit(text[i])) {
      digits += text[i];
      ++group;
      continue;
    }
    if (i < text.size() && text[i] != mark) return false;
    if (first ? (group < 1 || group > 3) : group != 3) return false;
    first = false;
    group = 0;
  }
  return true;
}

// `-1234.56`, where the digits make a whole number below 10^15 and the fraction has at most 15 of them: both
// are doubles as they are, so that the quotient is the nearest one to what the text says (Clinger 1990).
std::optional<double> short_number(std::string_view text) noexcept {
  constexpr std::size_t kLongest = 15;
  static constexpr std::array<double, kLongest + 1> kPowers{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                            1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > kLongest || !is_digit(text.front()) || !is_digit(text.back()))
    return std::nullopt;
  std::uint64_t digits = 0;
  std::size_t point = text.size() - 1;
  bool has_point = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = static_cast<unsigned>(text[i] - '0');
    if (digit > 9) {
      if (text[i] != '.' || has_point) return std::nullopt;
      has_point = true;
      point = i;
      continue;
    }
    digits = digits * 10 + digit;
  }
  const double value = static_cast<double>(digits) / kPowers[text.size() - 1 - point];
  return negative ? -value : value;
}

std::optional<double> plain_number(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  if (const auto value = short_number(text)) return value;
  const char* begin = text.data();
  const char* const end = begin + text.size();
  if (*begin == '+') ++begin;
  const char* const first = begin != end && *begin == '-' && begin == text.data() ? begin + 1 : begin;
  if (first == end || !(is_digit(*first) || *first == '.')) return std::nullopt;  // no "inf", "nan"
  double value = 0;
  const auto [stop, code] = std::from_chars(begin, end, value);
  if (code != std::errc{} || stop != end) return std::nullopt;
  return value;
}

ParsedNumber good(bool negative, const std::string& digits) noexcept {
  const auto value = plain_number(digits);
  if (!value) return {};
  return {ParsedNumber::State::good, negative ? -*value : *value};
}

// "1234,5" with the marks already told apart.
ParsedNumber read_marked(std::string_view text, bool negative, char thousands, char decimal) {
  const std::size_t at = decimal == 0 ? std::string_view::npos : text.rfind(decimal);
  std::string digits;
  const std::string_view whole = text.substr(0, at);
  const bool grouped = thousands != 0 && whole.find(thousands) != std::string_view::npos;
  if (grouped) {
    if (!read_groups(whole, thousands, digits)) return {};
  } else {
    digits = whole;
  }
  if (at != std::string_view::npos) {
    const std::string_view fraction = text.substr(at + 1);
    if (fraction.empty() || !std::all_of(fraction.begin(), fraction.end(), is_digit)) return {};
    digits += '.';
    digits += fraction;
  }
  if (digits.empty() ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return is_digit(c) || c == '.'; }))
    return {};
  return good(negative, digits);
}

ParsedNumber read_one_mark(std::string_view text, bool negative, char mark, char decimal_mark) {
  const auto count = std::count(text.begin(), text.end(), mark);
  if (decimal_mark == mark && count == 1) return read_marked(text, negative, 0, mark);
  if (decimal_mark != 0 && decimal_mark != mark) return read_marked(text, negative, mark, 0);
  if (count > 1) return read_marked(text, negative, mark, 0);
  const std::size_t at = text.find(mark);
  const bool as_group = text.size() - at == 4 && at >= 1 && at <= 3 && text.front() != '0';
  if (mark == ',' && as_group) return {ParsedNumber::State::ambiguous, 0};
  return read_marked(text, negative, 0, mark);
}

// Digits at `at`, one or two of them, as two; false when there is none or a third.
bool append_two_digits(std::string_view text, std::size_t& at, std::string& out) {
  const std::size_t first = at;
  while (at < text.size() && at - first < 3 && is_digit(text[at])) ++at;
  if (at == first || at - first > 2) return false;
  if (at - first == 1) out += '0';
  out += text.substr(first, at - first);
  return true;
}

// `2019/9/5 2:50:54 UTC` as `2019-09-05T02:50:54Z`; "" when it does not begin like a day of this kind.
std::string iso_form(std::string_view text) {
  constexpr std::size_t kLongest = 48;
  if (text.size() < 8 || text.size() > kLongest || (text[4] != '-' && text[4] != '/')) return {};
  if (!std::all_of(text.begin(), text.begin() + 4, is_digit)) return {};
  std::string iso(text.substr(0, 4));
  std::size_t at = 5;
  iso += '-';
  if (!append_two_digits(text, at, iso) || at >= text.size() || text[at] != text[4]) return {};
  iso += '-';
  if (!append_two_digits(text, ++at, iso) || at == text.size())
    return at == text.size() ? iso : std::string();
  if (text[at] != 'T' && text[at] != 't' && text[at] != ' ') return {};
  iso += 'T';
  if (!append_two_digits(text, ++at, iso)) return {};
  std::string_view rest = text.substr(at);
  const bool is_utc = rest.ends_with(" UTC") || rest.ends_with(" GMT");
  if (is_utc) rest.remove_suffix(4);
  iso += rest;
  if (is_utc) iso += 'Z';
  if (const std::size_t blank = iso.find(' '); blank != std::string::npos)
    iso.erase(blank, 1);  // before the offset
  return iso;
}

// `2019-09-05T02:50:54Z`, of a year that is not 0, without a fraction; nothing for any other text.
std::optional<TimeText> parse_plain_instant(std::string_view text) noexcept {
  if (text.size() != 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text[19] != 'Z')
    return std::nullopt;
  unsigned no_digit = 0;
  const auto two = [&](std::size_t at) {
    const auto tens = static_cast<unsigned char>(text[at]) - unsigned{'0'};
    const auto ones = static_cast<unsigned char>(text[at + 1]) - unsigned{'0'};
    no_digit |= unsigned{tens > 9} | unsigned{ones > 9};
    return tens * 10 + ones;
  };
  const unsigned year = two(0) * 100 + two(2);
  const unsigned month = two(5);
  const unsigned day = two(8);
  const unsigned hour = two(11);
  const unsigned minute = two(14);
  const unsigned second = two(17);
  static constexpr std::array<std::uint8_t, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool usual = no_digit == 0 && year > 0 && month - 1 < 12 && day - 1 < kDays[month - 1] && hour < 24 &&
                     minute < 60 && second < 60;  // leap days and seconds go the long way
  if (!usual) return std::nullopt;
  const std::int64_t seconds = (std::int64_t{hour} * 60 + minute) * 60 + second;
  return TimeText{CivilTime{date_of(static_cast<int>(year), month, day), seconds * kMicrosPerSecond, 0},
                  true};
}

// `2019-09-05` and `2019-09-05T02:50:54Z` as they stand: nearly all times of all sources, without a copy.
std::optional<TimeText> parse_usual_form(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  if (text.size() < 10 || text.size() > kLongest || text[4] != '-' || text[7] != '-') return std::nullopt;
  if (text.size() == 10) {
    const auto date = parse_date(text);
    return date ? std::optional(TimeText{CivilTime{*date, 0, std::nullopt}, false}) : std::nullopt;
  }
  if (text.find(' ', 11) != std::string_view::npos) return std::nullopt;
  const auto civil = parse_civil_time(text);
  return civil ? std::optional(TimeText{*civil, true}) : std::nullopt;
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  // What begins and ends with letters, digits and the like is as it should be.
  const auto is_plain = [](char c) { return c > ' ' && static_cast<unsigned char>(c) < 0x80; };
  if (!text.empty() && is_plain(text.front()) && is_plain(text.back())) return text;
  while (!text.empty()) {
    if (is_blank(text.front())) {
      text.remove_prefix(1);
    } else if (text.starts_with("\xC2\xA0")) {
      text.remove_prefix(2);
    } else {
      break;
    }
  }
  while (!text.empty()) {
    if (is_blank(text.back())) {
      text.remove_suffix(1);
    } else if (text.ends_with("\xC2\xA0")) {
      text.remove_suffix(2);
    } else {
      break;
    }
  }
  return text;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const char* begin = text.data() + (text.front() == '+' && text.size() > 1 && is_digit(text[1]) ? 1 : 0);
  const char* const end = text.data() + text.size();
  std::int64_t value = 0;
  const auto [stop, code] = std::from_chars(begin, end, value);
  if (code == std::errc{} && stop == end) return value;
  if (code != std::errc{}) return std::nullopt;
  if (*stop == '.') {
    return stop + 1 != end && std::all_of(stop + 1, end, [](char c) { return c == '0'; })
               ? std::optional(value)
               : std::nullopt;
  }
  if (*stop != ',' || text.size() > 26) return std::nullopt;
  bool negative = false;
  std::string digits;
  if (!read_groups(without_sign(text, negative), ',', digits)) return std::nullopt;
  if (negative) digits.insert(0, "-");
  const auto grouped = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return grouped.ec == std::errc{} ? std::optional(value) : std::nullopt;
}

ParsedNumber parse_number(std::string_view text, char decimal_mark) {
  if (decimal_mark != ',' || text.find('.') == std::string_view::npos) {
    if (const auto value = plain_number(text)) return {ParsedNumber::State::good, *value};
  }
  if (text.empty() || text.size() > 64) return {};
  bool negative = false;
  text = without_currency(without_sign(text, negative));
  if (!negative) text = without_sign(text, negative);  // "$-5"
  std::string plain = with_plain_spaces(text);
  for (const char space : {' ', '\''}) {
    if (plain.find(space) == std::string::npos) continue;
    const std::size_t end = std::min(plain.find_first_of(".,"), plain.size());
    std::string digits;
    if (!read_groups(std::string_view(plain).substr(0, end), space, digits)) return {};
    plain = digits + plain.substr(end);
  }
  const std::size_t comma = plain.rfind(',');
  const std::size_t dot = plain.rfind('.');
  if (comma == std::string::npos && dot == std::string::npos) return read_marked(plain, negative, 0, 0);
  if (comma == std::string::npos) return read_one_mark(plain, negative, '.', decimal_mark);
  if (dot == std::string::npos) return read_one_mark(plain, negative, ',', decimal_mark);
  const char decimal = comma > dot ? ',' : '.';
  if (decimal_mark != 0 && decimal != decimal_mark) return {};
  return read_marked(plain, negative, decimal == ',' ? '.' : ',', decimal);
}

std::optional<bool> parse_boolean(std::string_view text) noexcept {
  std::array<char, 5> small{};
  if (text.empty() || text.size() > small.size()) return std::nullopt;
  for (std::size_t i = 0; i < small.size() && i < text.size(); ++i) {
    small[i] = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + ('a' - 'A')) : text[i];
  }
  const std::string_view word(small.data(), text.size());
  if (word == "true" || word == "1" || word == "yes" || word == "t" || word == "y") return true;
  if (word == "false" || word == "0" || word == "no" || word == "f" || word == "n") return false;
  return std::nullopt;
}

std::optional<TimeText> parse_time_text(std::string_view text) {
  if (const auto time = parse_plain_instant(text)) return time;
  if (const auto time = parse_usual_form(text)) return time;
  const std::string iso = iso_form(text);
  if (iso.size() == 10) {
    const auto date = parse_date(iso);
    return date ? std::optional(TimeText{CivilTime{*date, 0, std::nullopt}, false}) : std::nullopt;
  }
  const auto civil = parse_civil_time(iso);
  return civil ? std::optional(TimeText{*civil, true}) : std::nullopt;
}

std::optional<Date> parse_iso_day(std::string_view text) {
  const auto time = parse_time_text(text);
  return time && time->civil.micros_of_day == 0 ? std::optional(time->civil.date) : std::nullopt;
}

std::optional<std::int64_t> parse_instant(std::string_view text, const Zone& zone) {
  const auto time = parse_time_text(text);
  if (!time) return std::nullopt;
  return time->has_time ? zone.instant_of(time->civil) : zone.start_of_day(time->civil.date);
}

std::optional<std::int64_t> parse_epoch(std::string_view text, bool in_millis) noexcept {
  std::int64_t whole = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, whole);
  const std::int64_t unit = in_millis ? 1'000 : kMicrosPerSecond;
  constexpr std::int64_t kLastSecond = 253'402'300'799;  // the end of the year 9999
  const std::int64_t limit = kLastSecond * (kMicrosPerSecond / unit);
  if (code != std::errc{} || whole > limit || whole < -limit) return std::nullopt;
  std::int64_t fraction = 0;
  if (stop != end) {
    if (*stop != '.' || stop + 1 == end) return std::nullopt;
    std::int64_t scale = unit / 10;
    for (const char* at = stop + 1; at != end; ++at, scale /= 10) {
      if (!is_digit(*at)) return std::nullopt;
      fraction += (*at - '0') * scale;
    }
  }
  return whole * unit + (text.front() == '-' ? -fraction : fraction);
}

std::size_t character_count(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

std::string_view cut_text(std::string_view text, std::size_t size) noexcept {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace weir::contract
