#include "base/process_usage.h"

#include <sys/resource.h>

namespace weir {

ProcessUsage process_usage() noexcept {
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) != 0) return {};
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return {seconds(used.ru_utime) + seconds(used.ru_stime), static_cast<std::uint64_t>(used.ru_maxrss) * 1024};
}

}  // namespace weir
