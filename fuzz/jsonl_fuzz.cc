// Any bytes as JSON lines: no crash while columns are discovered and records are read.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ingest/jsonl_reader.h"
#include "ingest/memory_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weir::ingest::MemoryFiles files("f.jsonl", std::string(reinterpret_cast<const char*>(data), size));
  const std::size_t block_bytes = 1 + size % 13;
  const auto columns = weir::ingest::discover_json_columns(files, "f.jsonl", "", 100, block_bytes);
  if (!columns) return 0;
  const auto reader = weir::ingest::JsonlReader::open(files, "f.jsonl", "", *columns, block_bytes);
  if (!reader) return 0;
  weir::contract::RawBatch batch;
  std::vector<weir::contract::Rejected> rejected;
  for (;;) {
    const auto more = (*reader)->next(batch, rejected, 10);
    if (!more || !*more) return 0;
  }
}
