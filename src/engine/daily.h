// The verb `run`: the daily job, from files to what needs attention.
#pragma once

#include <optional>
#include <vector>

#include "engine/checks.h"
#include "engine/funnel_answer.h"
#include "engine/ingest.h"
#include "engine/leaks_answer.h"
#include "engine/score_answer.h"
#include "engine/train.h"

namespace weir::engine {

struct DailyReport {
  IngestReport ingest;
  std::vector<FunnelAnswer> funnels;  // as declared
  std::optional<LeaksAnswer> leaks;   // empty when the workspace declares no funnel
  std::vector<TrainedModel> trained;  // what had no champion, or an old one
  std::vector<ScoreAnswer> scores;    // of every prediction of what is lost, won or falls silent
  std::vector<CheckResult> checks;
};

// A champion that is older than this is trained again.
inline constexpr Micros kModelAge{28 * kMicrosPerDay};

// Timelines, funnels, leaks, models, scores and checks, once everything is taken in.
[[nodiscard]] Result<DailyReport> answer_daily(const Environment& environment,
                                               const CompiledWorkspace& workspace, IngestReport ingested);

}  // namespace weir::engine
