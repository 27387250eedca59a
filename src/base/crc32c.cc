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
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t crc, const char* at,
                                                               std::size_t size) noexcept {
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

// Three at once, of as many bytes each, a multiple of eight.
__attribute__((target("sse4.2"))) void three_by_instruction(const char* at, std::size_t size,
                                                            std::uint32_t* out) noexcept {
  std::array<std::uint64_t, 3> wide{0xFFFFFFFFU, 0xFFFFFFFFU, 0xFFFFFFFFU};
  for (std::size_t i = 0; i < size; i += 8) {
    std::array<std::uint64_t, 3> word{};
    for (std::size_t k = 0; k < 3; ++k) std::memcpy(&word[k], at + k * size + i, 8);
    for (std::size_t k = 0; k < 3; ++k) wide[k] = _mm_crc32_u64(wide[k], word[k]);
  }
  for (std::size_t k = 0; k < 3; ++k) out[k] = ~static_cast<std::uint32_t>(wide[k]);
}
#endif

}  // namespace

std::vector<std::uint32_t> crc32c_of_blocks(std::string_view bytes, std::size_t block_bytes) {
  std::vector<std::uint32_t> checksums((bytes.size() + block_bytes - 1) / block_bytes);
  std::size_t block = 0;
#if defined(__x86_64__)
  const bool in_threes = __builtin_cpu_supports("sse4.2") != 0 && block_bytes % 8 == 0;
  for (; in_threes && (block + 3) * block_bytes <= bytes.size(); block += 3)
    three_by_instruction(bytes.data() + block * block_bytes, block_bytes, checksums.data() + block);
#endif
  for (; block < checksums.size(); ++block)
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
