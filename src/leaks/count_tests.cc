#include "leaks/count_tests.h"

#include <algorithm>
#include <limits>

#include "base/fixed_math.h"

namespace weir::leaks {
namespace {

using fixed_math::exp;
using fixed_math::log;

constexpr double kNearlyPoisson = 1e7;  // a shape above makes no difference that a double could show
constexpr double kNegligible = 1e-17;
constexpr double kLargestFactor = 20;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double log_negative_binomial(std::int64_t count, double mean, double shape) noexcept {
  const double k = static_cast<double>(count);
  const double log_total = log(mean + shape);
  return fixed_math::lgamma(k + shape) - fixed_math::lgamma(shape) - fixed_math::lgamma(k + 1) +
         shape * (log(shape) - log_total) + k * (log(mean) - log_total);
}

// The largest count (fewer) whose lower tail, or the smallest (more) whose upper tail, is within the level.
std::int64_t critical_count(double expected, double log_level, Direction direction) noexcept {
  const auto middle = static_cast<std::int64_t>(expected);
  std::int64_t inside = direction == Direction::fewer ? -1 : 2 * middle + 1000;
  std::int64_t outside = middle + (direction == Direction::fewer ? 1 : 0);
  while (inside - outside > 1 || outside - inside > 1) {
    const std::int64_t probe = inside + (outside - inside) / 2;
    const double tail = direction == Direction::fewer ? fixed_math::log_poisson_lower(probe, expected)
                                                      : fixed_math::log_poisson_upper(probe, expected);
    (tail <= log_level ? inside : outside) = probe;
  }
  return inside;
}

}  // namespace

double log_predictive_lower(std::int64_t count, double mean, double shape, double share_of_count) noexcept {
  if (count < 0) return -kInfinity;
  if (static_cast<double>(count) > mean) {
    return fixed_math::log1mexp(log_predictive_upper(count, mean, shape, 1 - share_of_count));
  }
  shape = std::min(shape, kNearlyPoisson);
  const double odds = mean / (mean + shape);
  double term = 1;
  double sum = share_of_count;
  for (std::int64_t k = count; k > 0 && term > sum * kNegligible; --k) {
    term *= static_cast<double>(k) / ((static_cast<double>(k) - 1 + shape) * odds);
    sum += term;
  }
  return std::min(0.0, log_negative_binomial(count, mean, shape) + log(sum));
}

double log_predictive_upper(std::int64_t count, double mean, double shape, double share_of_count) noexcept {
  if (count < 0) return 0;
  if (static_cast<double>(count) <= mean) {
    return fixed_math::log1mexp(log_predictive_lower(count, mean, shape, 1 - share_of_count));
  }
  shape = std::min(shape, kNearlyPoisson);
  const double odds = mean / (mean + shape);
  double term = 1;
  double sum = share_of_count;
  for (std::int64_t k = count; term > sum * kNegligible; ++k) {
    term *= (static_cast<double>(k) + shape) * odds / (static_cast<double>(k) + 1);
    sum += term;
  }
  return std::min(0.0, log_negative_binomial(count, mean, shape) + log(sum));
}

double poisson_log_likelihood_ratio(double count, double expected) noexcept {
  if (!(expected > 0)) return 0;
  if (!(count > 0)) return expected;
  return count * log(count / expected) - count + expected;
}

std::optional<double> smallest_detectable_percent(double expected, double log_level, Direction direction,
                                                  double power) noexcept {
  if (!(expected > 0)) return std::nullopt;
  const std::int64_t critical = critical_count(expected, log_level, direction);
  const double log_power = log(power);
  const auto found = [&](double factor) {
    const double mean = expected * factor;
    return (direction == Direction::fewer ? fixed_math::log_poisson_lower(critical, mean)
                                          : fixed_math::log_poisson_upper(critical, mean)) >= log_power;
  };
  double good = direction == Direction::fewer ? 0 : kLargestFactor;
  if (!found(good)) return std::nullopt;
  double bad = 1;
  for (int step = 0; step < 40; ++step) {
    const double middle = 0.5 * (good + bad);
    (found(middle) ? good : bad) = middle;
  }
  return 100 * (direction == Direction::fewer ? 1 - good : good - 1);
}

}  // namespace weir::leaks
