#include "engine/daily.h"

#include "engine/landmark_rows.h"

namespace weir::engine {

Result<DailyReport> answer_daily(const Environment& environment, const CompiledWorkspace& workspace,
                                 IngestReport ingested) {
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
  WEIR_TRY(report.trained, train_where_needed(environment, workspace, timelines, kModelAge));
  for (const auto& risk : risks_of(workspace)) {
    // What advances stands beside what is lost.
    if (risk.outcome == workspace::RiskOutcome::advance && risks_of(workspace).size() > 1) continue;
    ScoreQuestion question;
    question.name = risk.name;
    WEIR_TRY(auto scored, score_subjects(environment, workspace, timelines, question));
    report.scores.push_back(std::move(scored));
  }
  WEIR_TRY(report.checks, run_checks(environment, workspace, timelines, {}));
  return report;
}

}  // namespace weir::engine
