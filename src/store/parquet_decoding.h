// Reads the bit-level encodings of Parquet's pages (apache/parquet-format, Encodings.md). Any bytes may come;
// what they cannot be makes a reader fail. Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::store::parquet {

// Behind the bytes that a HybridReader or read_delta() is given, so many more can be read.
inline constexpr std::size_t kReadableBehind = 8;

// Moves `at` behind it; nothing when the bytes end before it does.
[[nodiscard]] std::optional<std::uint64_t> read_varint(const char*& at, const char* end) noexcept;
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>((value >> 1U) ^ (0 - (value & 1U)));
}

// The hybrid of runs and bit-packed groups.
class HybridReader {
 public:
  HybridReader() = default;
  HybridReader(std::string_view bytes, unsigned width) noexcept
      : at_(bytes.data()), end_(bytes.data() + bytes.size()), width_(width) {}
  // The next `count` values; false when there are fewer.
  [[nodiscard]] bool read(std::uint32_t* out, std::size_t count) noexcept;
  // Of values that are each 0 or 1: how many of the next are 1; nothing when there are fewer.
  [[nodiscard]] std::optional<std::size_t> read_levels(std::uint8_t* out, std::size_t count) noexcept;

 private:
  template <typename Value>
  [[nodiscard]] bool read_values(Value* out, std::size_t count) noexcept;
  [[nodiscard]] bool next_run() noexcept;
  const char* at_{nullptr};
  const char* end_{nullptr};
  unsigned width_{0};
  std::uint64_t run_left_{0};
  std::uint32_t run_value_{0};
  std::uint64_t packed_left_{0};
  const char* packed_{nullptr};
  std::uint64_t bit_{0};  // of the packed values, that of the next
};

// DELTA_BINARY_PACKED: all values, at most `most` of them, and the bytes they took; nothing when they cannot
// be.
[[nodiscard]] std::optional<std::size_t> read_delta(std::string_view bytes, std::size_t most,
                                                    std::vector<std::int64_t>& out);

}  // namespace weir::store::parquet
