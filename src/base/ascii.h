// Whether bytes are all ASCII, eight at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir {

[[nodiscard]] inline bool is_ascii(std::string_view text) noexcept {
  std::uint64_t high = 0;
  std::size_t at = 0;
  for (; at + sizeof high <= text.size(); at += sizeof high) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    high |= word;
  }
  for (; at < text.size(); ++at) high |= static_cast<unsigned char>(text[at]);
  return (high & 0x8080808080808080ULL) == 0;
}

}  // namespace weir
