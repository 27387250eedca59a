// Checksums of the blocks of something long, so that a reader may check only those that it reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weir {

// CRC-32C of each block of `block_bytes` (> 0); the last may be shorter. None of no bytes.
[[nodiscard]] std::vector<std::uint32_t> crc32c_of_blocks(std::string_view bytes, std::size_t block_bytes);

}  // namespace weir
