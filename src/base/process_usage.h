// What this process has used so far. For measurements only: no result depends on it.
#pragma once

#include <cstdint>

namespace weir {

struct ProcessUsage {
  double cpu_seconds{0};        // user and system, all threads
  std::uint64_t peak_bytes{0};  // of resident memory, since the start
};
[[nodiscard]] ProcessUsage process_usage() noexcept;

}  // namespace weir
