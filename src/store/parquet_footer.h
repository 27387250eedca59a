// Page headers and the footer of a Parquet file, in Thrift's compact protocol (apache/parquet-format,
// parquet.thrift). Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "store/parquet_column.h"
#include "store/parquet_format.h"

namespace weir::store::parquet {

struct PageShape {
  bool dictionary{false};
  std::size_t plain_bytes{0};
  std::size_t bytes{0};
  std::size_t values{0};  // with nulls
  int encoding{kPlain};
};
void append_page_header(std::string& out, const PageShape& page);

struct RowGroup {
  std::int64_t rows{0};
  std::uint64_t begin{0};            // in the file
  std::vector<ColumnPages> columns;  // in the order of the schema, one behind the other
};
// The metadata of the footer, without its length and the file's last four bytes.
[[nodiscard]] std::string footer(const std::vector<StoredColumn>& columns,
                                 const std::vector<RowGroup>& groups);

}  // namespace weir::store::parquet
