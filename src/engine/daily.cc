#include "engine/daily.h"

namespace weir::engine {

Result<DailyReport> answer_daily(const Environment& environment, const CompiledWorkspace& workspace, IngestReport ingested) {
  DailyReport report;
  report.ingest = std::move(ingested);
  WEIR_TRY(const auto timelines, open_timelines(environment, workspace));
  for (const auto& funnel : workspace.funnels) {
    FunnelQuestion question;
    question.funnel = funnel.definition->name;
    WEIR_TRY(auto answer, answer_funnel(environment, workspace, timelines, question));
    report.funnels.push_back(std::move(answer));
  }
  if (!workspace.funnels.empty()) {
    WEIR_TRY(auto leaks, answer_leaks(environment, workspace, timelines, {}));
    report.leaks = std::move(leaks);
  }
  WEIR_TRY(report.checks, run_checks(environment, workspace, timelines, {}));
  return report;
}

}  // namespace weir::engine
