// Rows (subject, as_of) that a user asks about: --points FILE.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/compiled_workspace.h"

namespace weir::engine {

struct GivenPoint {
  std::string subject;
  std::int64_t at{0};
  std::int64_t line{0};        // of the file; row + 1 of a Parquet file
};

struct GivenPoints {
  std::vector<GivenPoint> points;      // in the order of the file
  std::vector<std::string> refused;    // rows that say no time or no subject, with their place
};

// A .csv or .parquet file with the columns `subject` and `as_of` (a date: its first instant in the workspace's zone; or an
// instant). Other columns are left alone. A file without them is Errc::usage.
[[nodiscard]] Result<GivenPoints> read_points(const Environment& environment, const CompiledWorkspace& workspace, const std::string& path);

}  // namespace weir::engine
