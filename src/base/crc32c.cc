#include <array>
#include <cstring>

#include "base/crc32c_blocks.h"
#include "base/hash.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace weir {
namespace {

// Eight tables, so that eight bytes go in at once.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() noexcept {
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
    tables[0][i] = crc;
  }
  for (std::size_t slice = 1; slice < 8; ++slice) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t previous = tables[slice - 1][i];
      tables[slice][i] = (previous >> 8U) ^ tables[0][previous & 255U];
    }
  }
  return tables;
}

std::uint32_t by_tables(std::uint32_t crc, const char* at, std::size_t size) noexcept {
  static constexpr Tables kTables = make_tables();
  for (; size >= 8; size -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    word ^= crc;
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) crc ^= kTables[7 - i][(word >> (8 * i)) & 255U];
  }
  for (; size > 0; --size, ++at)
    crc = (crc >> 8U) ^ kTables[0][(crc ^ static_cast<unsigned char>(*at)) & 255U];
  return crc;
}

#if defined(__x86_64__)
// Three stripes at a time, because the instruction's result is there only three cycles later.
constexpr std::size_t kStripe = 128;

// What a checksum becomes by a stripe of zero bytes, byte by byte: it is linear.
constexpr std::array<std::array<std::uint32_t, 256>, 4> make_stripe_tables() noexcept {
  constexpr Tables kTables = make_tables();
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (std::size_t byte = 0; byte < 4; ++byte) {
    for (std::uint32_t bit = 1; bit < 256; bit <<= 1U) {
      std::uint32_t crc = bit << (8 * byte);
      for (std::size_t i = 0; i < kStripe; ++i) crc = (crc >> 8U) ^ kTables[0][crc & 255U];
      for (std::uint32_t lower = 0; lower < bit; ++lower)
        tables[byte][bit + lower] = crc ^ tables[byte][lower];
    }
  }
  return tables;
}

std::uint32_t after_stripe(std::uint32_t crc) noexcept {
  static constexpr auto kTables = make_stripe_tables();
  return kTables[0][crc & 255U] ^ kTables[1][(crc >> 8U) & 255U] ^ kTables[2][(crc >> 16U) & 255U] ^
         kTables[3][crc >> 24U];
}

__attribute__((target("sse4.2"))) std::uint32_t three_stripes(std::uint32_t crc, const char* at) noexcept {
  const auto word_at = [](const char* place) {
    std::uint64_t word = 0;
    std::memcpy(&word, place, 8);
    return word;
  };
  std::uint64_t first = crc, second = 0, third = 0;
  for (const char* const end = at + kStripe; at != end; at += 8) {
    first = _mm_crc32_u64(first, word_at(at));
    second = _mm_crc32_u64(second, word_at(at + kStripe));
    third = _mm_crc32_u64(third, word_at(at + 2 * kStripe));
  }
  const std::uint32_t two =
      after_stripe(static_cast<std::uint32_t>(first)) ^ static_cast<std::uint32_t>(second);
  return after_stripe(two) ^ static_cast<std::uint32_t>(third);
}

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t crc, const char* at,
                                                               std::size_t size) noexcept {
  for (; size >= 3 * kStripe; size -= 3 * kStripe, at += 3 * kStripe) crc = three_stripes(crc, at);
  std::uint64_t wide = crc;
  for (; size >= 8; size -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; size > 0; --size, ++at) crc = _mm_crc32_u8(crc, static_cast<unsigned char>(*at));
  return crc;
}
#endif

}  // namespace

std::vector<std::uint32_t> crc32c_of_blocks(std::string_view bytes, std::size_t block_bytes) {
  std::vector<std::uint32_t> checksums((bytes.size() + block_bytes - 1) / block_bytes);
  for (std::size_t block = 0; block < checksums.size(); ++block)
    checksums[block] = crc32c(bytes.substr(block * block_bytes, block_bytes));
  return checksums;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ~by_instruction(~before, bytes.data(), bytes.size());
#endif
  return ~by_tables(~before, bytes.data(), bytes.size());
}

}  // namespace weir
