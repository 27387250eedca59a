#include "risk/kolmogorov.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "base/fixed_math.h"

namespace weir::risk {
namespace {

constexpr double kPi = 3.14159265358979323846;

// P(D+ >= distance): distance * sum_j C(n, j) (distance + j/n)^(j - 1) (1 - distance - j/n)^(n - j).
double one_sided_tail(std::int64_t n, double distance) {
  const double size = static_cast<double>(n);
  const double last = std::floor(size * (1 - distance));
  double log_binomial = 0;
  double sum = 0;
  for (double j = 0; j <= last; j += 1) {
    if (j > 0) log_binomial += fixed_math::log((size - j + 1) / j);
    const double right = 1 - distance - j / size;
    if (right <= 0) continue;
    sum += fixed_math::exp(log_binomial + (j - 1) * fixed_math::log(distance + j / size) +
                           (size - j) * fixed_math::log(right));
  }
  return std::min(1.0, distance * sum);
}

using Matrix = std::vector<double>;  // row-major, square

Matrix product(const Matrix& left, const Matrix& right, std::size_t size) {
  Matrix out(size * size, 0.0);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < size; ++k) {
      for (std::size_t j = 0; j < size; ++j) out[i * size + j] += left[i * size + k] * right[k * size + j];
    }
  }
  return out;
}

double whole_power(double base, std::size_t exponent) noexcept {
  double result = 1;
  for (std::size_t i = 0; i < exponent; ++i) result *= base;
  return result;
}

Matrix step_matrix(std::size_t size, double h) {
  Matrix matrix(size * size, 0.0);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < std::min(size, i + 2); ++j) matrix[i * size + j] = 1;
  }
  for (std::size_t i = 0; i < size; ++i) {
    matrix[i * size] -= whole_power(h, i + 1);
    matrix[(size - 1) * size + i] -= whole_power(h, size - i);
  }
  if (2 * h > 1) matrix[(size - 1) * size] += whole_power(2 * h - 1, size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double factorial = 1;
      for (std::size_t g = 2; g <= i - j + 1; ++g) factorial *= static_cast<double>(g);
      matrix[i * size + j] /= factorial;
    }
  }
  return matrix;
}

// P(D_n < distance); n small enough that nothing leaves the range of a double.
double by_matrix_power(std::int64_t n, double distance) {
  const double steps = static_cast<double>(n) * distance;
  const auto k = static_cast<std::size_t>(steps) + 1;
  const std::size_t size = 2 * k - 1;
  Matrix base = step_matrix(size, static_cast<double>(k) - steps);
  Matrix power(size * size, 0.0);
  for (std::size_t i = 0; i < size; ++i) power[i * size + i] = 1;
  for (std::int64_t left = n; left > 0; left /= 2) {
    if (left % 2 == 1) power = product(power, base, size);
    if (left > 1) base = product(base, base, size);
  }
  double below = power[(k - 1) * size + k - 1];
  for (std::int64_t i = 1; i <= n; ++i) below *= static_cast<double>(i) / static_cast<double>(n);
  return below;
}

// P(D_n < distance), z = sqrt(n) distance.
double by_expansion(std::int64_t n, double distance) {
  const double z = std::sqrt(static_cast<double>(n)) * distance;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double z6 = z4 * z2;
  double sums[4] = {0, 0, 0, 0};
  double second_extra = 0;
  double third_extra = 0;
  for (int k = 0; k <= 20; ++k) {
    const double h = kPi * kPi * (k + 0.5) * (k + 0.5);
    const double decay = 2 * fixed_math::exp(-h / (2 * z2));  // +k and -k - 1
    sums[0] += decay;
    sums[1] += (h - z2) * decay;
    sums[2] += ((6 * z6 + 2 * z4) + h * (2 * z4 - 5 * z2) + h * h * (1 - 2 * z2)) * decay;
    sums[3] += (h * h * h * (5 - 30 * z2) + h * h * (-60 * z2 + 212 * z4) + h * (135 * z4 - 96 * z6) -
                (30 * z6 + 90 * z4 * z4)) *
               decay;
    const double g = kPi * kPi * k * k;
    const double whole_decay = 2 * fixed_math::exp(-g / (2 * z2));
    second_extra += g * whole_decay;
    third_extra += g * (3 * z2 - g) * whole_decay;
  }
  const double root_half_pi = std::sqrt(kPi / 2);
  const double root_n = std::sqrt(static_cast<double>(n));
  const double terms[4] = {sums[0] / z, sums[1] / (6 * z4),
                           sums[2] / (72 * z6 * z) - second_extra / (36 * z2 * z),
                           sums[3] / (6480 * z6 * z4) + third_extra / (216 * z6)};
  return root_half_pi * (terms[0] + (terms[1] + (terms[2] + terms[3] / root_n) / root_n) / root_n);
}

}  // namespace

double kolmogorov_tail(std::int64_t n, double distance) {
  const double size = static_cast<double>(n);
  if (distance >= 1) return 0;
  if (size * distance <= 0.5) return 1;
  const double reach = size * distance * distance;
  const bool tail = distance >= 0.5 || reach >= (n <= 140 ? 4.0 : 2.2);
  if (reach >= 370) return 0;
  if (tail) return std::clamp(2 * one_sided_tail(n, distance), 0.0, 1.0);
  return std::clamp(1 - (n <= 140 ? by_matrix_power(n, distance) : by_expansion(n, distance)), 0.0, 1.0);
}

}  // namespace weir::risk
