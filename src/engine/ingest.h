// The verb `ingest`: files of declared sources into the event log, under the writer lock.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/compiled_workspace.h"

namespace weir::engine {

struct IngestOptions {
  std::string source;              // "" = all
  std::string file;                // takes this file for `source` instead of what it declares
  std::optional<std::int64_t> at;  // when an undated snapshot was taken
  std::string verb{"ingest"};      // for the lock's message
};

struct SourceReport {
  std::string source;
  std::int64_t files{0};
  std::int64_t skipped_files{0};  // taken in before, byte for byte
  std::int64_t rows{0};
  std::int64_t accepted{0};
  std::int64_t rejected{0};
  std::int64_t repeated{0};
  std::vector<std::string> notes;
};

struct IngestReport {
  std::vector<SourceReport> sources;
  std::int64_t quarantined{0};  // records of this run
};

struct IngestProgress {
  std::string source;
  std::uint64_t bytes_done{0};
  std::uint64_t bytes_total{0};
  std::int64_t rows{0};
};
using ShowProgress = std::function<void(const IngestProgress&)>;

// `workspace` was loaded with ContractUse::settle. Durable when it returns. Interrupted anywhere, the next
// run starts from the last source that was finished.
[[nodiscard]] Result<IngestReport> ingest(const Environment& environment, const CompiledWorkspace& workspace,
                                          const IngestOptions& options, const ShowProgress& show);

}  // namespace weir::engine
