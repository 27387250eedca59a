#include "ingest/delivery_time.h"

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/file_system.h"

namespace weir::ingest {
namespace {

struct Parts {
  int year{1970};
  int month{1};
  int day{1};
  int hour{0};
  int minute{0};
  int second{0};
  bool has_time{false};
};

// Reads `count` digits from the front.
std::optional<int> digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(char field, std::string_view& name, Parts& parts) {
  const auto value = digits(name, field == 'Y' ? 4 : 2);
  if (!value) return false;
  switch (field) {
    case 'Y':
      parts.year = *value;
      return true;
    case 'm':
      parts.month = *value;
      return *value >= 1 && *value <= 12;
    case 'd':
      parts.day = *value;
      return *value >= 1 && *value <= 31;
    case 'H':
      parts.hour = *value;
      break;
    case 'M':
      parts.minute = *value;
      break;
    case 'S':
      parts.second = *value;
      break;
    default:
      return false;
  }
  parts.has_time = true;
  return parts.hour <= 23 && parts.minute <= 59 && parts.second <= 59;
}

bool fits(std::string_view pattern, std::string_view name, Parts& parts) {
  while (!pattern.empty()) {
    if (pattern.front() == '*') {
      for (std::size_t skip = 0; skip <= name.size(); ++skip) {
        Parts tried = parts;
        if (!fits(pattern.substr(1), name.substr(skip), tried)) continue;
        parts = tried;
        return true;
      }
      return false;
    }
    if (pattern.front() == '%' && pattern.size() > 1 && pattern[1] != '%') {
      if (!take(pattern[1], name, parts)) return false;
      pattern.remove_prefix(2);
      continue;
    }
    if (pattern.front() == '%') pattern.remove_prefix(1);  // %% is a %
    if (pattern.empty() || name.empty() || name.front() != pattern.front()) return false;
    pattern.remove_prefix(1);
    name.remove_prefix(1);
  }
  return name.empty();
}

}  // namespace

Result<std::int64_t> delivery_time(const std::string& pattern, const std::string& path, const Zone& zone) {
  Parts parts;
  const std::string name = file_name(path);
  if (!fits(pattern, name, parts)) {
    return fail(Errc::configuration,
                "the file name '" + name + "' does not fit the pattern '" + pattern + "' of `snapshot_at`");
  }
  const Date day = date_of(parts.year, static_cast<unsigned>(parts.month), static_cast<unsigned>(parts.day));
  if (static_cast<int>(year_month_day(day).day) != parts.day) {
    return fail(Errc::configuration, "the file name '" + name + "' names a day that does not exist");
  }
  if (!parts.has_time) return zone.end_of_day(day);
  const std::int64_t second = (std::int64_t{parts.hour} * 60 + parts.minute) * 60 + parts.second;
  return zone.instant_of(CivilTime{day, second * kMicrosPerSecond, std::nullopt});
}

}  // namespace weir::ingest
