// What the footer of a Parquet file says of its columns (apache/parquet-format, parquet.thrift). Private to
// the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/parquet_file.h"
#include "store/parquet_format.h"

namespace weir::store::parquet {

struct Field {
  std::string name;
  ParquetKind kind{ParquetKind::other};
  Physical physical{Physical::boolean};
  std::int64_t scale{1};  // of instants and days: microseconds
  bool may_be_null{false};
  std::size_t column{0};  // in each group
};

// The pages of one column of one group: bytes of the file.
struct Chunk {
  std::uint64_t begin{0};
  std::uint64_t bytes{0};
  Codec codec{Codec::none};
  bool is_readable{false};
};

struct Group {
  std::uint64_t rows{0};
  std::vector<Chunk> columns;
};

struct Metadata {
  std::vector<Field> fields;  // of the schema's first level, but for those that hold others
  std::vector<Group> groups;
};

// Nothing when it is not what a footer can be, or of a file of `file_bytes` that is encrypted or in parts.
[[nodiscard]] std::optional<Metadata> read_metadata(std::string_view footer, std::uint64_t file_bytes);

struct PageHeader {
  enum class Kind : std::uint8_t { data = 0, index = 1, dictionary = 2, data_v2 = 3 };
  Kind kind{Kind::data};
  std::uint32_t plain_bytes{0}, bytes{0};  // behind the header, as they are read and as they stand
  std::uint32_t values{0};                 // with nulls
  int encoding{0};
  int level_encoding{0};        // of data
  std::uint32_t levels{0};      // of data_v2: bytes of definition levels
  std::uint32_t repetition{0};  // of data_v2: bytes of repetition levels
  bool is_compressed{true};
  std::size_t header_bytes{0};
};
// Nothing when the bytes do not begin with a page's header, or end within it.
[[nodiscard]] std::optional<PageHeader> read_page_header(std::string_view bytes);

}  // namespace weir::store::parquet
