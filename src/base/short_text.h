// Copying, comparing and hashing of texts that are mostly short: without a call each.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir {

namespace short_text {
struct Pair {
  std::uint64_t low, high;
};
template <typename Word>
[[nodiscard]] inline Word load(const char* at) noexcept {
  Word word{};
  std::memcpy(&word, at, sizeof word);
  return word;
}
}  // namespace short_text

// As memcpy; of up to 32 bytes by two words that overlap.
inline void copy_text(char* to, const char* from, std::size_t size) noexcept {
  using short_text::load;
  if (size > 32) {
    std::memcpy(to, from, size);
  } else if (size > 16) {
    const auto first = load<short_text::Pair>(from);
    const auto last = load<short_text::Pair>(from + size - 16);
    std::memcpy(to, &first, 16);
    std::memcpy(to + size - 16, &last, 16);
  } else if (size >= 8) {
    const auto first = load<std::uint64_t>(from);
    const auto last = load<std::uint64_t>(from + size - 8);
    std::memcpy(to, &first, 8);
    std::memcpy(to + size - 8, &last, 8);
  } else if (size >= 4) {
    const auto first = load<std::uint32_t>(from);
    const auto last = load<std::uint32_t>(from + size - 4);
    std::memcpy(to, &first, 4);
    std::memcpy(to + size - 4, &last, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  }
}

// A text of at most eight bytes as one word; a longer one by its last eight.
[[nodiscard]] inline std::uint64_t last_word(std::string_view text) noexcept {
  using short_text::load;
  const char* const at = text.data();
  const std::size_t size = text.size();
  if (size >= 8) return load<std::uint64_t>(at + size - 8);
  if (size >= 4) return load<std::uint32_t>(at) | (std::uint64_t{load<std::uint32_t>(at + size - 4)} << 32U);
  if (size == 0) return 0;
  const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
  return byte(0) | (byte(size / 2) << 8U) | (byte(size - 1) << 16U);
}

[[nodiscard]] inline bool same_text(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  if (a.size() <= 8) return last_word(a) == last_word(b);
  if (a.size() > 16) return std::memcmp(a.data(), b.data(), a.size()) == 0;
  const char* const first = a.data();
  const char* const second = b.data();
  return short_text::load<std::uint64_t>(first) == short_text::load<std::uint64_t>(second) &&
         last_word(a) == last_word(b);
}

// For tables in memory; not kept anywhere.
[[nodiscard]] inline std::uint64_t quick_hash(std::string_view text) noexcept {
  constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ULL;
  std::uint64_t hash = text.size() * kMix;
  for (std::size_t at = 0; at + 8 < text.size(); at += 8) {
    hash = (std::rotl(hash, 23) ^ short_text::load<std::uint64_t>(text.data() + at)) * kMix;
  }
  hash = (std::rotl(hash, 23) ^ last_word(text)) * kMix;
  return hash ^ (hash >> 29U);
}

}  // namespace weir
