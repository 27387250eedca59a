// Files that are deliveries of one source: deals_2026-01-05.csv, deals_2026-01-12.csv. Private to the draft.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"

namespace weir::engine {

struct Delivery {
  std::string sample;  // the largest of its files, of equal ones the last by name
  std::string
      pattern;  // what matches all of them: exports/deals_????-??-??.csv; the path itself of a single file
  std::string name;        // without the date: deals
  std::string dated_name;  // "deals_%Y-%m-%d.csv" where each name has a whole date; else ""
  std::size_t files{1};
};

// In the order in which their first files were named. Fails on a path that is none.
[[nodiscard]] Result<std::vector<Delivery>> group_deliveries(FileSystem& files,
                                                             const std::vector<std::string>& paths);

}  // namespace weir::engine
