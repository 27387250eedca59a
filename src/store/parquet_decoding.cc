#include "store/parquet_decoding.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace weir::store::parquet {
namespace {

constexpr std::size_t kGroup = 8;  // values of a bit-packed group
constexpr unsigned kWidest = 32;
constexpr unsigned kVarintBits = 64;

std::uint64_t load64(const char* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// `width` bits from bit `bit` on; up to 64.
std::uint64_t bits_at(const char* bytes, std::uint64_t bit, unsigned width) noexcept {
  const char* const at = bytes + bit / 8;
  const unsigned shift = bit % 8;
  std::uint64_t word = load64(at) >> shift;
  if (shift + width > 64) word |= std::uint64_t{static_cast<unsigned char>(at[8])} << (64 - shift);
  return width == 64 ? word : word & ((std::uint64_t{1} << width) - 1);
}

}  // namespace

std::optional<std::uint64_t> read_varint(const char*& at, const char* end) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < kVarintBits && at < end; shift += 7) {
    const auto part = static_cast<unsigned char>(*at++);
    value |= std::uint64_t{part & 0x7FU} << shift;
    if ((part & 0x80U) == 0) return value;
  }
  return std::nullopt;
}

bool HybridReader::next_run() noexcept {
  const auto head = read_varint(at_, end_);
  if (!head || width_ > kWidest) return false;
  const std::uint64_t count = *head >> 1U;
  const auto left = static_cast<std::uint64_t>(end_ - at_);
  if ((*head & 1U) != 0) {  // groups of eight packed values; the last may be cut where the values end
    if (count > (UINT64_MAX >> 8U)) return false;
    const std::uint64_t bytes = std::min(left, count * width_);
    packed_ = at_;
    bit_ = 0;
    packed_left_ = width_ == 0 ? count * kGroup : bytes * 8 / width_;
    at_ += bytes;
    return true;
  }
  const std::size_t bytes = (width_ + 7) / 8;
  if (bytes > left) return false;
  run_value_ = 0;
  std::memcpy(&run_value_, at_, bytes);
  at_ += bytes;
  run_left_ = count;
  return true;
}

template <typename Value>
bool HybridReader::read_values(Value* out, std::size_t count) noexcept {
  while (count > 0) {
    if (run_left_ > 0) {
      const std::size_t taken = std::min<std::uint64_t>(count, run_left_);
      std::fill_n(out, taken, static_cast<Value>(run_value_));
      run_left_ -= taken;
      out += taken;
      count -= taken;
    } else if (packed_left_ > 0) {
      const std::size_t taken = std::min<std::uint64_t>(count, packed_left_);
      const std::uint64_t mask = (std::uint64_t{1} << width_) - 1;
      const char* const packed = packed_;
      std::uint64_t bit = bit_;
      for (std::size_t i = 0; i < taken; ++i, bit += width_)
        out[i] = static_cast<Value>(load64(packed + bit / 8) >> (bit % 8) & mask);
      bit_ = bit;
      packed_left_ -= taken;
      out += taken;
      count -= taken;
    } else if (!next_run()) {
      return false;
    }
  }
  return true;
}

bool HybridReader::read(std::uint32_t* out, std::size_t count) noexcept {
  return read_values(out, count);
}

std::optional<std::size_t> HybridReader::read_levels(std::uint8_t* out, std::size_t count) noexcept {
  if (!read_values(out, count)) return std::nullopt;
  std::size_t present = 0;
  bool are_bits = true;
  for (std::size_t i = 0; i < count; ++i) {
    present += out[i];
    are_bits = are_bits && out[i] <= 1;
  }
  return are_bits ? std::optional(present) : std::nullopt;
}

std::optional<std::size_t> read_delta(std::string_view bytes, std::size_t most,
                                      std::vector<std::int64_t>& out) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  const auto block = read_varint(at, end), miniblocks = read_varint(at, end), total = read_varint(at, end),
             first = read_varint(at, end);
  constexpr std::uint64_t kMostMiniblocks = 512, kMostBlock = 65'536;
  const bool is_possible = block && miniblocks && total && first && *total <= most && *miniblocks > 0 &&
                           *miniblocks <= kMostMiniblocks && *block > 0 && *block <= kMostBlock &&
                           *block % *miniblocks == 0;
  if (!is_possible) return std::nullopt;
  out.clear();
  if (*total == 0) return static_cast<std::size_t>(at - bytes.data());
  auto value = static_cast<std::uint64_t>(unzigzag(*first));
  out.push_back(static_cast<std::int64_t>(value));
  const std::uint64_t each = *block / *miniblocks;
  while (out.size() < *total) {
    const auto least = read_varint(at, end);
    if (!least || static_cast<std::uint64_t>(end - at) < *miniblocks) return std::nullopt;
    const auto step = static_cast<std::uint64_t>(unzigzag(*least));
    const char* const widths = at;
    at += *miniblocks;
    for (std::uint64_t mini = 0; mini < *miniblocks && out.size() < *total; ++mini) {
      const auto width = static_cast<unsigned char>(widths[mini]);
      const std::uint64_t taken = std::min<std::uint64_t>(each, *total - out.size());
      const std::uint64_t whole = (each * width + 7) / 8;  // the last may be cut
      const auto left = static_cast<std::uint64_t>(end - at);
      if (width > 64 || (taken * width + 7) / 8 > left) return std::nullopt;
      for (std::uint64_t i = 0; i < taken; ++i) {
        value += step + bits_at(at, i * width, width);
        out.push_back(static_cast<std::int64_t>(value));
      }
      at += std::min(whole, left);
    }
  }
  return static_cast<std::size_t>(at - bytes.data());
}

}  // namespace weir::store::parquet
