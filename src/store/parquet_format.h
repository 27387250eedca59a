// Numbers of the Parquet format (apache/parquet-format, parquet.thrift). Private to the room.
#pragma once

#include <cstdint>

namespace weir::store::parquet {

// Encodings.
inline constexpr int kPlain = 0, kPlainDictionary = 2, kRle = 3, kDeltaBinaryPacked = 5,
                     kDeltaLengthByteArray = 6, kRleDictionary = 8, kByteStreamSplit = 9;

enum class Physical : std::uint8_t {
  boolean = 0,
  int32 = 1,
  int64 = 2,
  int96 = 3,
  real = 4,
  number = 5,
  bytes = 6,
  fixed = 7
};

enum class Codec : std::uint8_t { none = 0, snappy = 1, zstd = 6 };

}  // namespace weir::store::parquet
