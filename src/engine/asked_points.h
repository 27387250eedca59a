// A user's file of (subject, as_of) rows.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/text_list.h"
#include "base/zone.h"
#include "engine/compiled_workspace.h"

namespace weir::engine {

struct AskedPoints {
  TextList subjects;                             // in the order of the file, like the two below
  std::vector<std::int64_t> as_of;               // UTC microseconds
  std::vector<std::int64_t> row;                 // of the file, the first after a header being 1
  std::map<std::int64_t, std::string> mistakes;  // by row: one sentence why it cannot be, with its place
  [[nodiscard]] std::size_t size() const noexcept { return subjects.size(); }
};

// CSV or Parquet with the columns `subject` and `as_of` (a date, its first instant in the workspace's zone;
// or an instant). Fails when the file cannot be read or lacks a column; rows that cannot be are mistakes, and
// the others go on.
[[nodiscard]] Result<AskedPoints> read_points(const CompiledWorkspace& workspace, const std::string& path);

}  // namespace weir::engine
