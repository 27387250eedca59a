// One funnel in the weekly report: its week beside the week before and the weeks before that.
#pragma once

#include <vector>

#include "engine/weekly_report.h"

namespace weir::engine {

struct Moments {
  funnel::AsOf now;     // the end of the week, as known at the as-of
  funnel::AsOf before;  // a week earlier, as known at the as-of
  funnel::AsOf said;    // a week earlier, as known then
};

// One funnel at the end of the week and at the end of the week before, as known now and then.
class WeeklyFunnel {
 public:
  WeeklyFunnel(const CompiledWorkspace& workspace, const OpenTimelines& timelines, IsoWeek week)
      : workspace_(workspace), timelines_(timelines), week_(week) {}

  [[nodiscard]] FunnelReport report(const EvaluatedFunnel& now, const EvaluatedFunnel& before,
                                    const EvaluatedFunnel& said, const Moments& moments) const;
  // What the weeks up to the week before said then, against what they say now.
  void add_late(const EvaluatedFunnel& before, const EvaluatedFunnel& said,
                std::vector<LateChange>& late) const;

 private:
  void add_outcomes(FunnelReport& report) const;

  const CompiledWorkspace& workspace_;
  const OpenTimelines& timelines_;
  IsoWeek week_;
};

}  // namespace weir::engine
