#include "demo/wall_clock.h"

#include <array>

#include "base/zone.h"

namespace weir::demo {
namespace {

constexpr int kOffsetsBegin = -60;
constexpr int kOffsetsEnd = kDays + 60;
// Monday to Sunday.
constexpr std::array<double, 7> kTouchesByWeekday{1.15, 1.25, 1.25, 1.2, 1.0, 0.12, 0.12};
constexpr std::array<double, 7> kMovesByWeekday{1.3, 1.4, 1.4, 1.35, 1.1, 0.03, 0.02};

void append_digits(std::string& out, int number, int width) {
  std::array<char, 8> digits{};
  for (int at = width - 1; at >= 0; --at) {
    digits[static_cast<std::size_t>(at)] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  out.append(digits.data(), static_cast<std::size_t>(width));
}

void append_day(std::string& out, Date date) {
  const YearMonthDay civil = year_month_day(date);
  append_digits(out, civil.year, 4);
  out += '-';
  append_digits(out, static_cast<int>(civil.month), 2);
  out += '-';
  append_digits(out, static_cast<int>(civil.day), 2);
}

void append_clock(std::string& out, int second_of_day) {
  append_digits(out, second_of_day / 3600, 2);
  out += ':';
  append_digits(out, second_of_day / 60 % 60, 2);
  out += ':';
  append_digits(out, second_of_day % 60, 2);
}

}  // namespace

const std::vector<Season>& seasons() {
  static const std::vector<Season> kAll = [] {
    std::vector<Season> all;
    for (const int year : {2024, 2025}) {
      all.push_back({day_at(date_of(year, 8, 5)), day_at(date_of(year, 8, 26)), 0.55, 0.60});
      all.push_back({day_at(date_of(year, 12, 20)), day_at(date_of(year + 1, 1, 7)), 0.15, 0.12});
    }
    return all;
  }();
  return kAll;
}

Rhythm rhythm() {
  Rhythm result;
  for (int day = 0; day < kDays + kDaysAfterEnd; ++day) {
    const auto weekday = static_cast<std::size_t>(weekday_at(day));
    result.touches.push_back(kTouchesByWeekday[weekday]);
    result.moves.push_back(kMovesByWeekday[weekday]);
    for (const Season& season : seasons()) {
      if (day < season.begin || day >= season.end) continue;
      result.touches.back() *= season.touches;
      result.moves.back() *= season.moves;
    }
  }
  return result;
}

Result<WallClock> WallClock::create() {
  WEIR_TRY(const Zone zone, Zone::find(kZoneName));
  WallClock clock;
  for (int day = kOffsetsBegin; day < kOffsetsEnd; ++day) {
    clock.offset_seconds_.push_back(zone.offset_seconds(wall_at(day, 12 * 3600) * kMicrosPerSecond));
  }
  return clock;
}

void WallClock::append_local(std::string& out, Wall wall) {
  append_day(out, date_at(day_of(wall)));
  out += ' ';
  append_clock(out, static_cast<int>(wall % kSecondsPerDay));
}

void WallClock::append_date(std::string& out, int day) {
  append_day(out, date_at(day));
}

void WallClock::append_german_date(std::string& out, int day) {
  const YearMonthDay civil = year_month_day(date_at(day));
  out += std::to_string(civil.day) + "." + std::to_string(civil.month) + "." + std::to_string(civil.year);
}

void WallClock::append_utc(std::string& out, Wall wall, int milliseconds) const {
  const Wall utc = wall - offset_seconds_[static_cast<std::size_t>(day_of(wall) - kOffsetsBegin)];
  append_day(out, date_at(day_of(utc)));
  out += 'T';
  append_clock(out, static_cast<int>(utc % kSecondsPerDay));
  out += '.';
  append_digits(out, milliseconds, 3);
  out += 'Z';
}

std::string WallClock::date_text(int day) {
  std::string text;
  append_date(text, day);
  return text;
}

std::string WallClock::local_text(Wall wall) {
  std::string text;
  append_local(text, wall);
  return text;
}

}  // namespace weir::demo
