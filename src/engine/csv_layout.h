// How the lines of a CSV file that was taken in are cut: what payloads in quarantine need when their file is
// gone.
#pragma once

#include <string>
#include <vector>

#include "base/file_system.h"
#include "ingest/ingest_source.h"
#include "store/control_store.h"

namespace weir::engine {

struct CsvLayout {
  std::vector<std::string> header;  // as it stands in the file
  workspace::CsvOptions csv;        // delimiter and quote are set
};

// For the deliveries of `outcome` that had records rejected.
[[nodiscard]] Status keep_layouts(store::ControlStore& control, FileSystem& files,
                                  const ingest::SourcePlan& plan,
                                  const std::vector<ingest::InputFile>& inputs,
                                  const ingest::SourceOutcome& outcome);
// What was kept for a file, else the contract's order.
[[nodiscard]] Result<CsvLayout> layout_of(store::ControlStore& control, const ingest::SourcePlan& plan,
                                          const std::string& file_hash);

}  // namespace weir::engine
