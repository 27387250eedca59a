// Draws from the distributions that the generator needs, equal on every machine: seeded integers and
// fixed_math only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/random.h"

namespace weir::demo {

class Draws {
 public:
  explicit Draws(Random random) noexcept : random_(random) {}

  [[nodiscard]] double uniform() noexcept { return random_.uniform(); }
  [[nodiscard]] bool chance(double probability) noexcept { return random_.chance(probability); }
  // low..high, both included.
  [[nodiscard]] int between(int low, int high) noexcept;
  // An index of `count` things; count > 0.
  [[nodiscard]] std::size_t index(std::size_t count) noexcept { return random_.below(count); }
  [[nodiscard]] double normal() noexcept;
  [[nodiscard]] double exponential(double mean) noexcept;
  [[nodiscard]] int poisson(double mean) noexcept;
  // An index with the given chances, which need not add up to 1.
  [[nodiscard]] std::size_t pick(std::span<const double> weights) noexcept;
  template <typename T, std::size_t N>
  [[nodiscard]] const T& one_of(const std::array<T, N>& things) noexcept {
    return things[index(N)];
  }
  [[nodiscard]] Draws split(std::uint64_t part) const noexcept { return Draws{random_.split(part)}; }
  [[nodiscard]] std::uint64_t bits() noexcept { return random_.next(); }

 private:
  Random random_;
};

}  // namespace weir::demo
