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

// The old numbers of what a column's values mean, and the members of the union that says it now.
inline constexpr int kUtf8 = 0, kDate = 6, kTimestampMillis = 9, kTimestampMicros = 10, kInt8 = 15,
                     kInt32 = 17, kInt64 = 18;
inline constexpr int kLogicalString = 1, kLogicalDate = 6, kLogicalTimestamp = 8, kLogicalInteger = 10,
                     kLogicalUuid = 14;

enum class Codec : std::uint8_t { none = 0, snappy = 1, zstd = 6 };

}  // namespace weir::store::parquet
