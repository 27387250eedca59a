// The `checks:` of a workspace: conditions over open subjects.
#pragma once

#include <vector>

#include "engine/checks.h"

namespace weir::engine {

// Over the open subjects of every funnel that has the columns that the condition reads: stage.name,
// stage.days, amount (major units of the base currency), owner, account, subject, and the funnel's segments
// as known at stage entry. A condition that is unknown is no breach. Fails when no funnel has them.
[[nodiscard]] Result<CheckResult> run_declared_check(const CompiledWorkspace& workspace,
                                                     const timeline::TimelineStore& store,
                                                     const std::vector<EvaluatedFunnel>& funnels,
                                                     const workspace::Check& check,
                                                     const funnel::AsOf& as_of);

}  // namespace weir::engine
