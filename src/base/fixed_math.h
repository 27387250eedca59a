// Elementary and special functions with the same bits on every machine: only IEEE additions, multiplications,
// divisions and square roots in a fixed order, without contraction and without the C library's functions.
// Pure and thread-safe. A NaN goes in and comes out.
#pragma once

#include <cstdint>

namespace weir::fixed_math {

// Error below 1 ulp in the normal range; 0 below -745.14, infinity above 709.79.
[[nodiscard]] double exp(double x) noexcept;
// Error below 1 ulp; log(0) = -infinity; NaN for x < 0.
[[nodiscard]] double log(double x) noexcept;
// exp(x) - 1 and log(1 + x), exact near 0; error below 4 ulp.
[[nodiscard]] double expm1(double x) noexcept;
[[nodiscard]] double log1p(double x) noexcept;
// x^y; relative error below 1e-12. A negative x takes whole y only, else NaN. pow(x, 0) = 1.
[[nodiscard]] double pow(double x, double y) noexcept;
// log(1 - exp(x)) for x <= 0, without cancellation.
[[nodiscard]] double log1mexp(double x) noexcept;
// log(exp(a) + exp(b)).
[[nodiscard]] double log_add_exp(double a, double b) noexcept;

// log of the gamma function for x > 0 (infinity at 0, NaN below); relative error below 1e-12, also near its
// zeros.
[[nodiscard]] double lgamma(double x) noexcept;

// Regularised incomplete gamma functions: P(a, x) lower, Q(a, x) = 1 - P upper; a > 0, x >= 0; and their
// logarithms, which do not underflow. Relative error below 1e-12 for a up to 1e6 (time grows as the square
// root of a).
[[nodiscard]] double gamma_p(double a, double x) noexcept;
[[nodiscard]] double gamma_q(double a, double x) noexcept;
[[nodiscard]] double log_gamma_p(double a, double x) noexcept;
[[nodiscard]] double log_gamma_q(double a, double x) noexcept;

// Standard normal distribution function, relative error below 1e-12 down to x = -37.
[[nodiscard]] double normal_cdf(double x) noexcept;
// Its inverse: -infinity at 0, infinity at 1, NaN outside [0, 1].
[[nodiscard]] double normal_quantile(double probability) noexcept;

// Logarithms of the tails of a Poisson count N with mean >= 0: P(N >= count) and P(N <= count).
[[nodiscard]] double log_poisson_upper(std::int64_t count, double mean) noexcept;
[[nodiscard]] double log_poisson_lower(std::int64_t count, double mean) noexcept;

}  // namespace weir::fixed_math
