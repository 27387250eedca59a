// The verb `run`: the daily job, from files to what needs attention.
#pragma once

#include <optional>
#include <vector>

#include "engine/checks.h"
#include "engine/funnel_answer.h"
#include "engine/ingest.h"
#include "engine/leaks_answer.h"

namespace weir::engine {

struct DailyReport {
  IngestReport ingest;
  std::vector<FunnelAnswer> funnels;      // as declared
  std::optional<LeaksAnswer> leaks;       // empty when the workspace declares no funnel
  std::vector<CheckResult> checks;
};

// Timelines, funnels, leaks and checks, once everything is taken in.
[[nodiscard]] Result<DailyReport> answer_daily(const Environment& environment, const CompiledWorkspace& workspace, IngestReport ingested);

}  // namespace weir::engine
