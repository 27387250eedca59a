#include "base/fixed_math.h"

#include <array>
#include <bit>
#include <cmath>  // std::sqrt and std::floor only: both are exactly rounded by IEEE 754
#include <limits>

namespace weir::fixed_math {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLn2 = 0x1.62e42fefa39efp-1;
constexpr double kLn2High = 0x1.62e42fee00000p-1;  // 33 bits: k * kLn2High is exact for every exponent k
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kInverseLn2 = 0x1.71547652b82fep+0;
constexpr double kHalfLogTwoPi = 0.9189385332046728;
constexpr double kTwoPi = 6.283185307179586;
constexpr double kSqrtHalf = 0.7071067811865476;
constexpr double kEpsilon = 0x1.0p-53;

template <std::size_t size>
double horner(const std::array<double, size>& coefficients, double x) noexcept {
  double sum = coefficients[size - 1];
  for (std::size_t k = size - 1; k-- > 0;) sum = sum * x + coefficients[k];
  return sum;
}

// (exp(r) - 1 - r) / r^2 by Taylor's series; |r| <= 0.5: the first term left out is below 3e-20 of the sum.
double exp_remainder(double r) noexcept {
  static constexpr std::array<double, 14> kInverseFactorials = {
      1.0 / 2,         1.0 / 6,          1.0 / 24,          1.0 / 120,          1.0 / 720,
      1.0 / 5040,      1.0 / 40320,      1.0 / 362880,      1.0 / 3628800,      1.0 / 39916800,
      1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200, 1.0 / 1307674368000};
  return horner(kInverseFactorials, r);
}

double power_of_two(int exponent) noexcept {  // -1022 <= exponent <= 1023
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52U);
}

// 2 * (z/3 + z^2/5 + ...) with z = s^2, so that log(1 + f) = f - s * (f - series) for s = f / (2 + f);
// from log(1 + f) = 2 atanh(s) and 2 s = f - s f. |s| <= 0.1716.
double atanh_series(double s) noexcept {
  static constexpr std::array<double, 12> kOdd = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11, 2.0 / 13,
                                                  2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23, 2.0 / 25};
  const double z = s * s;
  return z * horner(kOdd, z);
}

// Splits a positive, finite x into 2^exponent * fraction with fraction in [sqrt(1/2), sqrt(2)).
double split(double x, int& exponent) noexcept {
  exponent = 0;
  if (x < 0x1.0p-1022) {
    x *= 0x1.0p54;
    exponent = -54;
  }
  const auto bits = std::bit_cast<std::uint64_t>(x);
  exponent += static_cast<int>(bits >> 52U) - 1022;
  double fraction = std::bit_cast<double>((bits & 0x000F'FFFF'FFFF'FFFFULL) | 0x3FE0'0000'0000'0000ULL);
  if (fraction < kSqrtHalf) {
    fraction *= 2;
    --exponent;
  }
  return fraction;
}

// u - log(1 + u), without cancellation near 0; u > -1.
double log1p_deficit(double u) noexcept {
  if (u > -0.29 && u < 0.41) {
    const double s = u / (2 + u);
    return s * (u - atanh_series(s));
  }
  return u - log1p(u);
}

// Stirling's series of log(gamma(a + 1)) - (a + 1/2) log(a) + a - log(2 pi)/2 for a >= 10 (Abramowitz &
// Stegun 6.1.41).
double stirling_series(double a) noexcept {
  static constexpr std::array<double, 10> kTerms = {
      0.08333333333333333,   -0.002777777777777778,  0.0007936507936507937, -0.0005952380952380953,
      0.0008417508417508417, -0.0019175269175269176, 0.00641025641025641,   -0.029550653594771242,
      0.17964437236883057,   -1.3924322169059011};
  return horner(kTerms, 1 / (a * a)) / a;
}

double stirling_error(double a) noexcept {
  if (a >= 10) return stirling_series(a);
  return lgamma(a + 1) - (a + 0.5) * log(a) + a - kHalfLogTwoPi;
}

// log(x^a exp(-x) / gamma(a + 1)), by the saddle-point form of Loader (2000), "Fast and accurate computation
// of binomial probabilities": no cancellation for large a.
double log_gamma_prefactor(double a, double x) noexcept {
  if (a < 1) return a * log(x) - x - lgamma(a + 1);
  const double deviance = a * log1p_deficit((x - a) / a);
  return -stirling_error(a) - deviance - 0.5 * log(kTwoPi * a);
}

// log P(a, x) by the series of Abramowitz & Stegun 6.5.29; for x < a + 1.
double log_lower_series(double a, double x) noexcept {
  double term = 1;
  double sum = 1;
  for (double k = 1; term > sum * kEpsilon; ++k) {
    term *= x / (a + k);
    sum += term;
  }
  return log_gamma_prefactor(a, x) + log(sum);
}

// log Q(a, x) by the continued fraction of Abramowitz & Stegun 6.5.31 in its even form, evaluated by the
// method of Lentz (1976); for x >= a + 1.
double log_upper_fraction(double a, double x) noexcept {
  constexpr double kTiny = 1e-300;
  double denominator = x + 1 - a;
  double c = 1 / kTiny;
  double d = 1 / denominator;
  double value = d;
  for (double k = 1; k < 1e7; ++k) {
    const double numerator = -k * (k - a);
    denominator += 2;
    d = numerator * d + denominator;
    if (d == 0) d = kTiny;
    c = denominator + numerator / c;
    if (c == 0) c = kTiny;
    d = 1 / d;
    const double factor = d * c;
    value *= factor;
    if (factor - 1 <= 2 * kEpsilon && 1 - factor <= 2 * kEpsilon) break;
  }
  return log_gamma_prefactor(a, x) + log(a) + log(value);
}

// Relative to the peak's end: the side that is computed directly keeps its relative accuracy.
bool lower_is_direct(double a, double x) noexcept {
  return x < a + 1;
}

bool is_whole(double y) noexcept {
  return std::floor(y) == y;
}
bool is_odd(double y) noexcept {
  return is_whole(y) && !is_whole(y / 2);
}

}  // namespace

double exp(double x) noexcept {
  if (x != x) return x;
  if (x > 709.782712893384) return kInfinity;
  if (x < -745.1332191019412) return 0;
  const double k = std::floor(x * kInverseLn2 + 0.5);
  const double high = x - k * kLn2High;
  const double low = k * kLn2Low;
  const double r = high - low;
  const double lost = (high - r) - low;  // what the rounding of r left behind
  const double mantissa = 1 + (r + (r * r * exp_remainder(r) + lost * (1 + r)));
  const int exponent = static_cast<int>(k);
  if (exponent > 1023) return mantissa * 2 * power_of_two(1023);
  if (exponent < -1022) return mantissa * power_of_two(exponent + 60) * 0x1.0p-60;
  return mantissa * power_of_two(exponent);
}

double log(double x) noexcept {
  if (x != x || x == kInfinity) return x;
  if (x <= 0) return x == 0 ? -kInfinity : kNan;
  int exponent = 0;
  const double f = split(x, exponent) - 1;  // exact
  const double s = f / (2 + f);
  const double correction = s * (f - atanh_series(s));
  const double k = exponent;
  if (exponent == 0) return f - correction;
  return k * kLn2High - ((correction - k * kLn2Low) - f);
}

double expm1(double x) noexcept {
  if (x > -0.5 && x < 0.5) return x + x * x * exp_remainder(x);
  if (x < -40) return -1;
  return exp(x) - 1;
}

double log1p(double x) noexcept {
  if (x > -0.29 && x < 0.41) {
    const double s = x / (2 + x);
    return x - s * (x - atanh_series(s));
  }
  if (!(x < 0x1.0p54)) return log(x);
  const double sum = 1 + x;
  if (sum <= 0) return log(sum);
  const double lost = x < 1 ? x - (sum - 1) : 1 - (sum - x);
  return log(sum) + lost / sum;
}

double pow(double x, double y) noexcept {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return kNan;
  if (y == 1) return x;
  if (x < 0) {
    if (!is_whole(y)) return kNan;
    const double magnitude = pow(-x, y);
    return is_odd(y) ? -magnitude : magnitude;
  }
  if (x == 0) return y > 0 ? 0 : kInfinity;
  return exp(y * log(x));
}

double log1mexp(double x) noexcept {
  if (x > 0) return kNan;
  return x > -kLn2 ? log(-expm1(x)) : log1p(-exp(x));
}

double log_add_exp(double a, double b) noexcept {
  const double larger = a > b ? a : b;
  if (larger == -kInfinity || larger == kInfinity) return larger;
  return larger + log1p(exp((a > b ? b : a) - larger));
}

// Between 0.5 and 2.5 the series of log(gamma(2 + z)) around 2: z (1 - Euler's constant) +
// sum (-1)^k (zeta(k) - 1) z^k / k (Abramowitz & Stegun 6.1.33); above, Stirling's series after a shift
// past 10.
double lgamma(double x) noexcept {
  static constexpr std::array<double, 28> kZeta = {
      0.42278433509846713,     0.3224670334241132,     -0.0673523010531981,     0.020580808427784546,
      -0.007385551028673986,   0.0028905103307415234,  -0.001192753911703261,   0.0005096695247430425,
      -0.00022315475845357939, 9.945751278180853e-05,  -4.492623673813314e-05,  2.050721277567069e-05,
      -9.439488275268397e-06,  4.374866789907488e-06,  -2.039215753801366e-06,  9.55141213040742e-07,
      -4.492469198764566e-07,  2.1207184805554665e-07, -1.0043224823968099e-07, 4.7698101693639804e-08,
      -2.2711094608943164e-08, 1.0838659214896955e-08, -5.183475041970047e-09,  2.4836745438024785e-09,
      -1.1921401405860912e-09, 5.731367241678862e-10,  -2.7595228851242334e-10, 1.330476437424449e-10};
  if (x != x || x < 0) return kNan;
  if (x == 0 || x == kInfinity) return kInfinity;
  if (x < 0.5) return lgamma(x + 1) - log(x);
  if (x < 1.5) return (x - 1) * horner(kZeta, x - 1) - log1p(x - 1);
  if (x < 2.5) return (x - 2) * horner(kZeta, x - 2);
  double product = 1;
  for (; x < 10; ++x) product *= x;
  const double stirling = (x - 0.5) * log(x) - x + kHalfLogTwoPi + stirling_series(x);
  return stirling - log(product);
}

double log_gamma_p(double a, double x) noexcept {
  if (!(a > 0) || !(x >= 0)) return kNan;
  if (x == 0) return -kInfinity;
  if (x == kInfinity) return 0;
  return lower_is_direct(a, x) ? log_lower_series(a, x) : log1mexp(log_upper_fraction(a, x));
}

double log_gamma_q(double a, double x) noexcept {
  if (!(a > 0) || !(x >= 0)) return kNan;
  if (x == 0) return 0;
  if (x == kInfinity) return -kInfinity;
  return lower_is_direct(a, x) ? log1mexp(log_lower_series(a, x)) : log_upper_fraction(a, x);
}

double gamma_p(double a, double x) noexcept {
  return exp(log_gamma_p(a, x));
}
double gamma_q(double a, double x) noexcept {
  return exp(log_gamma_q(a, x));
}

// Phi(-x) = Q(1/2, x^2/2) / 2 (Abramowitz & Stegun 26.2.30).
double normal_cdf(double x) noexcept {
  if (x != x) return x;
  const double half_square = 0.5 * x * x;
  return x < 0 ? 0.5 * gamma_q(0.5, half_square) : 0.5 + 0.5 * gamma_p(0.5, half_square);
}

// Start: the rational approximation of Hastings (Abramowitz & Stegun 26.2.23, error below 4.5e-4), then three
// steps of Halley's method.
double normal_quantile(double probability) noexcept {
  if (!(probability >= 0 && probability <= 1)) return kNan;
  if (probability == 0) return -kInfinity;
  if (probability == 1) return kInfinity;
  if (probability == 0.5) return 0;
  if (probability > 0.5) return -normal_quantile(1 - probability);
  const double t = std::sqrt(-2 * log(probability));
  double x =
      (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (int step = 0; step < 3; ++step) {
    const double density = exp(-0.5 * x * x - kHalfLogTwoPi);
    const double newton = (normal_cdf(x) - probability) / density;
    x -= newton / (1 + 0.5 * x * newton);
  }
  return x;
}

// P(N >= n) = P(n, mean), P(N <= n) = Q(n + 1, mean) (Abramowitz & Stegun 26.4.21).
double log_poisson_upper(std::int64_t count, double mean) noexcept {
  return count <= 0 ? 0 : log_gamma_p(static_cast<double>(count), mean);
}
double log_poisson_lower(std::int64_t count, double mean) noexcept {
  return count < 0 ? -kInfinity : log_gamma_q(static_cast<double>(count) + 1, mean);
}

}  // namespace weir::fixed_math
