#include "base/random.h"

#include <bit>

namespace weir {
namespace {
std::uint64_t split_mix(std::uint64_t& state) noexcept {  // SplitMix64 (Steele, Lea & Flood 2014)
  std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}
}  // namespace

Random::Random(std::uint64_t seed) noexcept : seed_(seed) {
  for (auto& word : state_) word = split_mix(seed);
}

std::uint64_t Random::next() noexcept {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() noexcept {
  return static_cast<double>(next() >> 11U) * 0x1.0p-53;
}

std::uint64_t Random::below(std::uint64_t bound) noexcept {
  const std::uint64_t threshold = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t value = next();
    if (value >= threshold) return value % bound;
  }
}

Random Random::split(std::uint64_t part) const noexcept {
  std::uint64_t state = seed_ ^ (part * 0xD1342543DE82EF95ULL);
  return Random{split_mix(state)};
}

}  // namespace weir
