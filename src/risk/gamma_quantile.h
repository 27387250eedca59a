// Quantiles that no closed form gives. Private to the room.
#pragma once

namespace weir::risk {

// x with P(shape, x) = probability, unit rate; shape > 0. 0 and infinity at the ends. Relative error below
// 1e-10 where x > 1e-290.
[[nodiscard]] double gamma_quantile(double shape, double probability) noexcept;

// Regularised incomplete beta function I_x(a, b), a and b > 0 (continued fraction by the modified method of
// Lentz 1976), and its inverse by bisection.
[[nodiscard]] double beta_cdf(double a, double b, double x) noexcept;
[[nodiscard]] double beta_quantile(double a, double b, double probability) noexcept;

}  // namespace weir::risk
