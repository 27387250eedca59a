// The verb `bench`: what each step costs on the user's own data and this machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/compiled_workspace.h"

namespace weir::engine {

// One step of the daily job. Reading steps are the cheapest of `kBenchRuns` runs; taking in and building
// happen once.
struct BenchStep {
  std::string step;  // "ingest", "timelines", "open", "funnel deals", ...
  std::string unit;  // what is counted: "rows", "events", ...
  std::int64_t count{0};
  double cpu_seconds{0};  // user and system, all threads
  double wall_seconds{0};
  std::uint64_t peak_bytes{0};  // of the process up to the step's end
};
inline constexpr int kBenchRuns = 3;

// Takes the workspace's files in anew, into a folder of its own under the state folder that it removes at the
// end: what was taken in before is neither read nor changed, but for the champions that score. Steps without
// anything to do are left out.
[[nodiscard]] Result<std::vector<BenchStep>> run_bench(const Environment& environment);

}  // namespace weir::engine
