// Seeded random numbers with a fixed algorithm, equal on every machine (xoshiro256++ 1.0, Blackman & Vigna
// 2019).
#pragma once

#include <array>
#include <cstdint>

namespace weir {

class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept;
  [[nodiscard]] std::uint64_t next() noexcept;
  // [0, 1), 53 bits.
  [[nodiscard]] double uniform() noexcept;
  // [0, bound); bound > 0. Unbiased by rejection.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept;
  [[nodiscard]] bool chance(double probability) noexcept { return uniform() < probability; }
  // An independent stream for a named part: adding a part never changes the others.
  [[nodiscard]] Random split(std::uint64_t part) const noexcept;

 private:
  std::array<std::uint64_t, 4> state_{};
  std::uint64_t seed_{0};
};

}  // namespace weir
