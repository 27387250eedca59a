// Makes a complete workspace of a made-up company: a mid-size software vendor that sells to businesses, 24
// months of exports ending on 2026-06-30, with planted leaks and known truth.
#pragma once

#include <cstdint>
#include <string>

#include "base/file_system.h"
#include "base/result.h"

namespace weir::demo {

struct DemoOptions {
  enum Size : std::uint8_t { small, medium };  // S and M: about 14,000 and 140,000 leads
  std::uint64_t seed{1};
  Size size{small};
};

struct DemoSummary {
  std::int64_t leads{0};
  std::int64_t deals{0};
  std::int64_t won_deals{0};
  std::int64_t files{0};  // of exports
  std::int64_t rows{0};   // in them
  std::int64_t broken_rows{0};
  std::string workspace_file;  // DIR/weir.yaml
  std::string truth_file;      // DIR/truth/truth.json: for tests only, no source reads it
};

// Writes DIR/weir.yaml, contracts, rates and exports/, and beside them DIR/truth/truth.json. Equal options
// give equal bytes on every machine. Files of the same names are overwritten; others in DIR stay.
[[nodiscard]] Result<DemoSummary> write_demo_company(FileSystem& files, const std::string& directory,
                                                     const DemoOptions& options);

}  // namespace weir::demo
