// Bit-level encodings of Parquet 2 data pages (apache/parquet-format, Encodings.md). Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace weir::store::parquet {

void append_varint(std::string& out, std::uint64_t value);
void append_zigzag(std::string& out, std::int64_t value);
void append_little_endian(std::string& out, std::uint64_t value, std::size_t bytes);

// Bits that `value` takes; 0 for 0.
[[nodiscard]] unsigned bit_width(std::uint64_t value) noexcept;

// The hybrid of runs and bit-packed groups, without a length in front. Values take at most `width` <= 32
// bits.
void append_hybrid(std::string& out, std::span<const std::uint32_t> values, unsigned width);
// The same for definition levels, each 0 or 1.
void append_levels(std::string& out, std::span<const std::uint8_t> levels);
// The same for one value over and over.
void append_run(std::string& out, std::uint32_t value, std::size_t count, unsigned width);

// DELTA_BINARY_PACKED: blocks of 128 values in four miniblocks. Differences wrap around, as readers undo
// them.
void append_delta(std::string& out, std::span<const std::int64_t> values);
void append_delta(std::string& out, std::span<const std::uint32_t> values);

}  // namespace weir::store::parquet
