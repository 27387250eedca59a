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

// Values one after the other, the lowest bit first.
class BitPacker {
 public:
  explicit BitPacker(std::string& out) noexcept : out_(out) {}
  void put(std::uint64_t value, unsigned width) {
    bits_ |= value << held_;
    if (held_ + width < 64) {
      held_ += width;
      return;
    }
    append_little_endian(out_, bits_, 8);
    const unsigned taken = 64 - held_;
    bits_ = taken == 64 ? 0 : value >> taken;
    held_ = width - taken;
  }
  void finish() {
    append_little_endian(out_, bits_, (held_ + 7) / 8);
    bits_ = 0;
    held_ = 0;
  }

 private:
  std::string& out_;
  std::uint64_t bits_{0};
  unsigned held_{0};
};

// Groups of values of up to eight bits each: a word per group.
void append_narrow(std::string& out, std::span<const std::uint32_t> values, unsigned width) {
  const std::size_t groups = (values.size() + kGroup - 1) / kGroup;
  const std::size_t begin = out.size();
  out.resize(begin + groups * width + sizeof(std::uint64_t));  // whole words are written
  char* to = out.data() + begin;
  for (std::size_t group = 0; group < groups; ++group, to += width) {
    std::array<std::uint32_t, kGroup> eight{};  // the last one may have fewer
    const std::size_t count = std::min(values.size() - group * kGroup, kGroup);
    std::copy_n(values.data() + group * kGroup, count, eight.data());
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < kGroup; ++i) word |= std::uint64_t{eight[i]} << (i * width);
    std::memcpy(to, &word, sizeof word);
  }
  out.resize(begin + groups * width);
}

void append_packed(std::string& out, std::span<const std::uint32_t> values, unsigned width) {
  const std::size_t groups = (values.size() + kGroup - 1) / kGroup;
  append_varint(out, (groups << 1U) | 1U);
  if (width <= kGroup) return append_narrow(out, values, width);
  BitPacker packer(out);
  for (const std::uint32_t value : values) packer.put(value, width);
  for (std::size_t i = values.size(); i < groups * kGroup; ++i) packer.put(0, width);
  packer.finish();
}

std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

void append_block(std::string& out, std::span<const std::int64_t> deltas) {
  const std::int64_t least = *std::min_element(deltas.begin(), deltas.end());
  std::array<std::uint64_t, kMiniblock * kMiniblocks> rest{};
  std::array<std::uint64_t, kMiniblocks> bits{};
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    rest[i] = static_cast<std::uint64_t>(deltas[i]) - static_cast<std::uint64_t>(least);
    bits[i / kMiniblock] |= rest[i];
  }
  append_varint(out, zigzag(least));
  for (const std::uint64_t mini : bits) out += static_cast<char>(bit_width(mini));
  for (std::size_t mini = 0; mini < kMiniblocks && mini * kMiniblock < deltas.size(); ++mini) {
    BitPacker packer(out);
    const unsigned width = bit_width(bits[mini]);
    for (std::size_t i = 0; width > 0 && i < kMiniblock; ++i) packer.put(rest[mini * kMiniblock + i], width);
    packer.finish();
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

void append_delta(std::string& out, std::span<const std::int64_t> values) {
  append_varint(out, kMiniblock * kMiniblocks);
  append_varint(out, kMiniblocks);
  append_varint(out, values.size());
  append_zigzag(out, values.empty() ? 0 : values.front());
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

}  // namespace weir::store::parquet
