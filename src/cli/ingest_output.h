// How a run of ingest shows itself: a bar while it goes, a table and remarks at its end.
#pragma once

#include "cli/verb.h"
#include "engine/ingest.h"

namespace weir::cli {

[[nodiscard]] Result<engine::IngestReport> ingest_with_progress(const Context& context,
                                                                const engine::CompiledWorkspace& workspace,
                                                                const engine::IngestOptions& options);
[[nodiscard]] Table ingest_table(const engine::IngestReport& report);
// Remarks to standard error; the count of quarantined records is the last line.
void print_ingest_notes(const engine::IngestReport& report);

}  // namespace weir::cli
