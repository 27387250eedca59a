#include "leaks/calendar_factors.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace weir::leaks {
namespace {

constexpr double kPseudoEvents = 10;
constexpr double kLeastOrdinaryEvents = 30;

// Days of each class up to a time; before the first and after the last day that has a class, all are
// ordinary.
class ClassDays {
 public:
  ClassDays(const LeakInput& input)
      : first_(days_before_end(input, input.day_factors.first_day)), classes_(input.day_factors.day_classes) {
    for (const std::uint8_t day_class : classes_)
      sums_.resize(std::max(sums_.size(), std::size_t{day_class} + 1));
    for (auto& sum : sums_) sum.assign(classes_.size() + 1, 0);
    for (std::size_t day = 0; day < classes_.size(); ++day) {
      for (std::size_t c = 0; c < sums_.size(); ++c)
        sums_[c][day + 1] = sums_[c][day] + (classes_[day] == c ? 1 : 0);
    }
  }

  [[nodiscard]] std::size_t class_count() const noexcept { return sums_.size(); }
  [[nodiscard]] std::size_t class_at(Days time) const noexcept {
    const double day = std::floor(time - first_);
    return day < 0 || day >= static_cast<double>(classes_.size()) ? 0
                                                                  : classes_[static_cast<std::size_t>(day)];
  }
  void add(Days from, Days to, std::vector<double>& exposure) const {
    double known = 0;
    for (std::size_t c = 0; c < sums_.size(); ++c) {
      const double days = up_to(to, c) - up_to(from, c);
      exposure[c] += days;
      known += days;
    }
    exposure[0] += (to - from) - known;
  }

 private:
  [[nodiscard]] double up_to(Days time, std::size_t day_class) const noexcept {
    const double into = std::clamp(time - first_, 0.0, static_cast<double>(classes_.size()));
    const auto day = static_cast<std::size_t>(into);
    const double rest =
        day < classes_.size() && classes_[day] == day_class ? into - static_cast<double>(day) : 0;
    return sums_[day_class][day] + rest;
  }
  Days first_;
  std::span<const std::uint8_t> classes_;
  std::vector<std::vector<double>> sums_;  // [class][day]: days of the class before it
};

}  // namespace

std::vector<double> calendar_factors(const LeakInput& input, LeakKind kind,
                                     std::span<const std::vector<Visit>> stages) {
  if (input.day_factors.day_classes.empty()) return {};
  const ClassDays days(input);
  const Days before = -period_days(input);
  std::vector<double> exposure(days.class_count(), 0);
  std::vector<double> observed(days.class_count(), 0);
  std::vector<std::array<Days, 2>> active;
  for (const auto& visits : stages) {
    for (const Visit& visit : visits) {
      active_time(input, visit, kind, active);
      for (const auto& [from, to] : active) {
        if (from < before) days.add(from, std::min(to, before), exposure);
      }
    }
    for (const TimedEvent& event : events_of_kind(input, visits, kind)) {
      if (event.at < before) observed[days.class_at(event.at)] += 1;
    }
  }
  if (observed[0] < kLeastOrdinaryEvents || !(exposure[0] > 0)) return {};
  std::vector<double> factor(days.class_count(), 1);
  for (std::size_t c = 1; c < factor.size(); ++c) {
    factor[c] = (observed[c] + kPseudoEvents) / (exposure[c] * observed[0] / exposure[0] + kPseudoEvents);
  }
  std::vector<double> by_day;
  by_day.reserve(input.day_factors.day_classes.size());
  for (const std::uint8_t day_class : input.day_factors.day_classes) by_day.push_back(factor[day_class]);
  return by_day;
}

}  // namespace weir::leaks
