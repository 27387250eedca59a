// A user's file of (subject, as_of) rows.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/zone.h"
#include "engine/compiled_workspace.h"

namespace weir::engine {

struct AskedPoint {
  std::string subject;
  std::int64_t as_of{0};
  std::int64_t row{0};  // of the file, the first after a header being 1
};

struct AskedPoints {
  std::vector<AskedPoint> points;                // in the order of the file
  std::map<std::int64_t, std::string> mistakes;  // by row: one sentence why it cannot be, with its place
};

// CSV or Parquet with the columns `subject` and `as_of` (a date, its first instant in the workspace's zone;
// or an instant). Fails when the file cannot be read or lacks a column; rows that cannot be are mistakes, and
// the others go on.
[[nodiscard]] Result<AskedPoints> read_points(const CompiledWorkspace& workspace, const std::string& path);

}  // namespace weir::engine
