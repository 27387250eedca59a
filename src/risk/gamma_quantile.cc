#include "risk/gamma_quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/fixed_math.h"

namespace weir::risk {
namespace {

// Wilson & Hilferty (1931), in logs; for small shapes the leading term of the series.
double start_of_search(double shape, double probability) noexcept {
  const double third =
      1 - 1 / (9 * shape) + fixed_math::normal_quantile(probability) / (3 * std::sqrt(shape));
  if (shape > 1 && third > 0.1) return fixed_math::log(shape * third * third * third);
  return (fixed_math::log(probability) + fixed_math::lgamma(shape + 1)) / shape;
}

double beta_fraction(double a, double b, double x) noexcept {
  constexpr double kTiny = 1e-300;
  const auto away_from_zero = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int m = 1; m <= 10000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    fraction *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    fraction *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

}  // namespace

double gamma_quantile(double shape, double probability) noexcept {
  if (probability <= 0) return 0;
  if (probability >= 1) return std::numeric_limits<double>::infinity();
  // Newton in log x, kept inside a bracket that shrinks with every look.
  double low = -700;
  double high = 700;
  double log_x = std::clamp(start_of_search(shape, probability), low, high);
  for (int look = 0; look < 200 && high - low > 1e-13; ++look) {
    const double x = fixed_math::exp(log_x);
    const double miss = fixed_math::gamma_p(shape, x) - probability;
    (miss > 0 ? high : low) = log_x;
    const double density = fixed_math::exp(shape * log_x - x - fixed_math::lgamma(shape));  // per log x
    const double next = log_x - miss / density;
    const bool usable = density > 0 && next > low && next < high;
    const double reached = usable ? next : (low + high) / 2;
    if (std::abs(reached - log_x) < 1e-14) return fixed_math::exp(reached);
    log_x = reached;
  }
  return fixed_math::exp(log_x);
}

double beta_cdf(double a, double b, double x) noexcept {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double log_front = fixed_math::lgamma(a + b) - fixed_math::lgamma(a) - fixed_math::lgamma(b) +
                           a * fixed_math::log(x) + b * fixed_math::log1p(-x);
  if (x < (a + 1) / (a + b + 2)) return fixed_math::exp(log_front) * beta_fraction(a, b, x) / a;
  return 1 - fixed_math::exp(log_front) * beta_fraction(b, a, 1 - x) / b;
}

double beta_quantile(double a, double b, double probability) noexcept {
  double low = 0;
  double high = 1;
  for (int look = 0; look < 60; ++look) {
    const double middle = (low + high) / 2;
    (beta_cdf(a, b, middle) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace weir::risk
