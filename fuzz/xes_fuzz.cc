// Any bytes as an XES log, packed or not: no crash, and the same events whatever the size of the blocks and
// batches is.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "ingest/memory_files.h"
#include "ingest/xes_reader.h"

namespace {

std::string all_of(const std::string& bytes, const std::vector<weir::ingest::XesColumn>& columns,
                   std::size_t block_bytes, std::size_t batch_rows) {
  weir::ingest::MemoryFiles files("f.xes", bytes);
  const auto reader = weir::ingest::XesReader::open(files, "f.xes", columns, block_bytes);
  if (!reader) return reader.error().message;
  std::string all;
  weir::contract::RawBatch batch;
  std::vector<weir::contract::Rejected> rejected;
  for (;;) {
    const auto more = (*reader)->next(batch, rejected, batch_rows);
    if (!more || !*more) return all + (more ? " end" : " damaged");
    for (std::size_t row = 0; row < batch.row_count(); ++row) {
      all += std::to_string(batch.rows[row]) + ':' + std::to_string(batch.lines[row]) + ' ';
      for (std::size_t column = 0; column < batch.column_count; ++column)
        all += std::string(batch.cell(row, column).text()) + '\x1F';
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  weir::ingest::MemoryFiles files("f.xes", bytes);
  const auto columns = weir::ingest::discover_xes_columns(files, "f.xes", ~std::uint64_t{0}, 1 << 16);
  if (!columns) return 0;
  WEIR_CHECK(all_of(bytes, *columns, 1 << 16, 100) == all_of(bytes, *columns, 1 + size % 7, 1000),
             "the size of blocks changed the events");
  return 0;
}
