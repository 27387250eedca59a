// Whom to work on this week: who is at risk, who is ready to advance, of each funnel.
#pragma once

#include "engine/weekly_report.h"

namespace weir::engine {

// Adds to `work`, and to `not_said` what no list can be made of. Per funnel the first prediction that is
// declared; what is at risk comes before what advances. `given`: the as-of is not the workspace's own.
[[nodiscard]] Status add_work_lists(const Environment& environment, const CompiledWorkspace& workspace,
                                    const OpenTimelines& timelines, const funnel::AsOf& as_of, bool given,
                                    WeeklyReport& report);

}  // namespace weir::engine
