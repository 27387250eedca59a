#include "demo/draws.h"

#include "base/fixed_math.h"

namespace weir::demo {

int Draws::between(int low, int high) noexcept {
  return low + static_cast<int>(random_.below(static_cast<std::uint64_t>(high - low + 1)));
}

double Draws::normal() noexcept {
  // Shifted by half a step, so that 0 and 1 never come.
  return fixed_math::normal_quantile(uniform() + 0x1.0p-54);
}

double Draws::exponential(double mean) noexcept {
  return -mean * fixed_math::log(1 - uniform());
}

int Draws::poisson(double mean) noexcept {
  constexpr double kLargest =
      20;  // beyond it the product below loses digits; a Poisson is a sum of smaller ones
  int count = 0;
  while (mean > kLargest) {
    count += poisson(kLargest);
    mean -= kLargest;
  }
  // Arrivals of rate 1 before `mean`: the product of uniforms stays above exp(-mean).
  const double end = fixed_math::exp(-mean);
  for (double product = uniform(); product > end; product *= uniform()) ++count;
  return count;
}

std::size_t Draws::pick(std::span<const double> weights) noexcept {
  double total = 0;
  for (const double weight : weights) total += weight;
  double left = uniform() * total;
  for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.size() - 1;
}

}  // namespace weir::demo
