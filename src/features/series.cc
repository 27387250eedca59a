#include "features/series.h"

#include <algorithm>

#include "base/fixed_math.h"

namespace weir::features {

std::optional<double> velocity(std::span<const std::int64_t> times, std::int64_t begin, std::int64_t at,
                               Micros window) {
  const std::int64_t from = at - window.count();
  if (window.count() <= 0 || from - begin < window.count()) return std::nullopt;
  const auto recent = std::lower_bound(times.begin(), times.end(), from);
  const auto recent_count = static_cast<double>(times.end() - recent);
  const auto earlier_count = static_cast<double>(recent - times.begin());
  const double expected = earlier_count * days_of(window) / days_of(Micros{from - begin});
  return fixed_math::log((recent_count + 1) / (expected + 1));
}

std::optional<double> median_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Cadence cadence_of(std::span<const std::int64_t> times, std::int64_t at) {
  Cadence cadence;
  if (times.empty()) return cadence;
  std::int64_t contact = times.front();
  for (const std::int64_t time : times) {
    if (time - contact < kMicrosPerDay) continue;
    cadence.gaps.push_back(days_of(Micros{time - contact}));
    cadence.total += cadence.gaps.back();
    cadence.longest = std::max(cadence.longest, cadence.gaps.back());
    contact = time;
  }
  cadence.middle = median_of(cadence.gaps).value_or(0);
  cadence.current = days_of(Micros{at - times.back()});
  return cadence;
}

std::optional<double> Cadence::mean() const {
  if (gaps.empty()) return std::nullopt;
  return total / static_cast<double>(gaps.size());
}

std::optional<double> Cadence::median() const {
  return gaps.empty() ? std::nullopt : std::optional(middle);
}
std::optional<double> Cadence::max() const {
  return gaps.empty() ? std::nullopt : std::optional(longest);
}

std::optional<double> Cadence::ratio() const {
  if (gaps.size() < 2) return std::nullopt;
  return current / middle;  // a gap is at least a day
}

std::optional<double> Cadence::is_broken() const {
  if (gaps.size() < 3) return std::nullopt;
  return current > longest && current > 2 * middle ? 1.0 : 0.0;
}

bool Conversation::add(const Message& message) {
  if (message.is_question) {
    if (!unanswered) unanswered = message;
    return false;
  }
  if (!unanswered) return false;
  answers.push_back({*unanswered, message});
  unanswered.reset();
  return true;
}

}  // namespace weir::features
