// Any bytes as a CSV file: no crash, and the same records whatever the size of the blocks is.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "ingest/csv_reader.h"
#include "ingest/memory_files.h"

namespace {

std::string all_of(const std::string& bytes, std::size_t block_bytes) {
  weir::ingest::MemoryFiles files("f.csv", bytes);
  const auto reader = weir::ingest::CsvReader::open(files, "f.csv", {}, block_bytes);
  if (!reader) return reader.error().message;
  std::string all;
  weir::contract::RawBatch batch;
  std::vector<weir::contract::Rejected> rejected;
  for (;;) {
    const auto more = (*reader)->next(batch, rejected, 100);
    if (!more) all += more.error().message;
    if (!more || !*more) break;
    for (const weir::contract::Cell& cell : batch.cells) all += std::string(cell.text()) + '\x1F';
  }
  for (const auto& record : rejected) all += record.reason + record.payload;
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  WEIR_CHECK(all_of(bytes, 1 << 16) == all_of(bytes, 1 + size % 7), "the size of blocks changed the records");
  return 0;
}
