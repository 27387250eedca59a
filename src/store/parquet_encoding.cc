#include "store/parquet_encoding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace weir::store::parquet {
namespace {

constexpr std::size_t kGroup = 8;         // values of a bit-packed group
constexpr std::size_t kShortestRun = 16;  // below it packing is as small
constexpr std::size_t kMiniblock = 32;
constexpr std::size_t kMiniblocks = 4;

// Values one after the other, the lowest bit first, into room that the caller has made.
class BitPacker {
 public:
  explicit BitPacker(char* to) noexcept : to_(to) {}
  void put(std::uint64_t value, unsigned width) noexcept {
    bits_ |= value << held_;
    if (held_ + width < 64) {
      held_ += width;
      return;
    }
    std::memcpy(to_, &bits_, 8);
    to_ += 8;
    const unsigned taken = 64 - held_;
    bits_ = taken == 64 ? 0 : value >> taken;
    held_ = width - taken;
  }
  // Gives the end of what was written.
  char* finish() noexcept {
    const std::size_t bytes = (held_ + 7) / 8;
    std::memcpy(to_, &bits_, bytes);
    return to_ + bytes;
  }

 private:
  char* to_;
  std::uint64_t bits_{0};
  unsigned held_{0};
};

// A group of eight small values takes a word of `width` bytes.
template <typename Value>
std::uint64_t group_word(const Value* values, unsigned width) noexcept {
  std::uint64_t word = 0;
  for (unsigned i = 0; i < kGroup; ++i) word |= std::uint64_t{values[i]} << (i * width);
  return word;
}

template <typename Value>
void append_packed(std::string& out, std::span<const Value> values, unsigned width) {
  const std::size_t groups = (values.size() + kGroup - 1) / kGroup;
  append_varint(out, (groups << 1U) | 1U);
  const std::size_t before = out.size();
  out.resize(before + groups * width + 8);  // with room for a whole last word
  char* to = out.data() + before;
  std::size_t whole = 0;
  if (width <= 8) {
    for (; whole + kGroup <= values.size(); whole += kGroup, to += width) {
      const std::uint64_t word = group_word(values.data() + whole, width);
      std::memcpy(to, &word, 8);
    }
  }
  BitPacker packer(to);
  for (std::size_t i = whole; i < values.size(); ++i) packer.put(values[i], width);
  for (std::size_t i = values.size(); i < groups * kGroup; ++i) packer.put(0, width);
  packer.finish();
  out.resize(before + groups * width);
}

std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

void append_block(std::string& out, std::span<const std::int64_t> deltas) {
  std::int64_t least = deltas[0];
  for (const std::int64_t delta : deltas) least = std::min(least, delta);
  std::array<std::uint64_t, kMiniblock * kMiniblocks> rest{};
  std::array<std::uint64_t, kMiniblocks> bits{};
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    rest[i] = static_cast<std::uint64_t>(deltas[i]) - static_cast<std::uint64_t>(least);
    bits[i / kMiniblock] |= rest[i];
  }
  append_varint(out, zigzag(least));
  for (const std::uint64_t mini : bits) out += static_cast<char>(bit_width(mini));
  std::array<char, kMiniblock * kMiniblocks * 8 + 8> packed;
  char* to = packed.data();
  for (std::size_t mini = 0; mini < kMiniblocks && mini * kMiniblock < deltas.size(); ++mini) {
    BitPacker packer(to);
    const unsigned width = bit_width(bits[mini]);
    for (std::size_t i = 0; width > 0 && i < kMiniblock; ++i) packer.put(rest[mini * kMiniblock + i], width);
    to = packer.finish();
  }
  out.append(packed.data(), static_cast<std::size_t>(to - packed.data()));
}

template <typename Value>
void append_runs(std::string& out, std::span<const Value> values, unsigned width) {
  std::size_t packed = 0;  // where the values that wait for packing begin
  std::size_t at = 0;
  while (at + kShortestRun <= values.size()) {
    // No run that begins before the one at the far end of the shortest is long enough: most places are passed
    // over.
    std::size_t begin = at + kShortestRun - 1;
    while (begin > at && values[begin - 1] == values[begin]) --begin;
    if (begin > at) {
      at = begin;
      continue;
    }
    std::size_t end = at + kShortestRun;
    while (end < values.size() && values[end] == values[at]) ++end;
    const std::size_t fill = (kGroup - (at - packed) % kGroup) % kGroup;  // packed values go by whole groups
    if (end - at < kShortestRun + fill) {
      at = end;
      continue;
    }
    if (at + fill > packed) append_packed(out, values.subspan(packed, at + fill - packed), width);
    append_run(out, values[at], end - at - fill, width);
    packed = at = end;
  }
  if (packed < values.size()) append_packed(out, values.subspan(packed), width);
}

template <typename Value>
void append_differences(std::string& out, std::span<const Value> values) {
  append_varint(out, kMiniblock * kMiniblocks);
  append_varint(out, kMiniblocks);
  append_varint(out, values.size());
  append_zigzag(out, values.empty() ? 0 : static_cast<std::int64_t>(values.front()));
  std::array<std::int64_t, kMiniblock * kMiniblocks> deltas{};
  for (std::size_t first = 1; first < values.size(); first += deltas.size()) {
    const std::size_t count = std::min(deltas.size(), values.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      deltas[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(values[first + i]) -
                                            static_cast<std::uint64_t>(values[first + i - 1]));
    }
    append_block(out, std::span(deltas).first(count));
  }
}

}  // namespace

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>(static_cast<unsigned char>(value | 0x80U));
  out += static_cast<char>(static_cast<unsigned char>(value));
}

void append_zigzag(std::string& out, std::int64_t value) {
  append_varint(out, zigzag(value));
}

void append_little_endian(std::string& out, std::uint64_t value, std::size_t bytes) {
  std::array<char, 8> text{};
  for (std::size_t i = 0; i < bytes; ++i)
    text[i] = static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
  out.append(text.data(), bytes);
}

unsigned bit_width(std::uint64_t value) noexcept {
  return static_cast<unsigned>(std::bit_width(value));
}

void append_run(std::string& out, std::uint32_t value, std::size_t count, unsigned width) {
  append_varint(out, count << 1U);
  append_little_endian(out, value, (width + 7) / 8);
}

void append_hybrid(std::string& out, std::span<const std::uint32_t> values, unsigned width) {
  append_runs(out, values, width);
}

void append_levels(std::string& out, std::span<const std::uint8_t> levels) {
  append_runs(out, levels, 1);
}

void append_delta(std::string& out, std::span<const std::int64_t> values) {
  append_differences(out, values);
}

void append_delta(std::string& out, std::span<const std::uint32_t> values) {
  append_differences(out, values);
}

}  // namespace weir::store::parquet
