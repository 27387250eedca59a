// Subjects that a source knows and that have no dated event: in no funnel count, but in the list of data gaps.
#pragma once

#include <string>
#include <vector>

#include "engine/evaluated_funnel.h"

namespace weir::engine {

// Keys of records whose source names the funnel's subject and that gave no event, when no event of any source names
// them either, as known at the as-of. Sorted, unique.
[[nodiscard]] Result<std::vector<std::string>> undated_subjects(const Environment& environment, const CompiledWorkspace& workspace,
                                                                const OpenTimelines& timelines, const CompiledFunnel& funnel,
                                                                const funnel::AsOf& as_of);

}  // namespace weir::engine
