// Any bytes as the body of a file of context tables, under a checksum that holds: no crash, and what is read
// is what was written, byte by byte.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/hash.h"
#include "features/context_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes = "WEIRCX01";
  bytes.append(reinterpret_cast<const char*>(data), size);
  const std::uint32_t checksum = weir::crc32c(bytes);
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  const auto file = weir::features::read_context_bytes(bytes, "c");
  if (file.has_value()) {
    WEIR_CHECK(weir::features::context_bytes(file.value().context, file.value().key) == bytes,
               "context tables are read that nobody wrote");
  }
  return 0;
}
