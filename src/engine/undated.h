// Subjects that a source knows and that have no event at the as-of: in no funnel count, but in the list of
// data gaps.
#pragma once

#include <string>
#include <vector>

#include "engine/evaluated_funnel.h"

namespace weir::engine {

// Keys of records, known at the as-of, whose source names the funnel's subject, when no event of any source
// that the as-of sees names them or a key that `links` joins with them. Sorted, unique.
[[nodiscard]] Result<std::vector<std::string>> undated_subjects(
    const Environment& environment, const CompiledWorkspace& workspace, const OpenTimelines& timelines,
    const CompiledFunnel& funnel, const funnel::AsOf& as_of, const identity::EntityLinks& links);

}  // namespace weir::engine
