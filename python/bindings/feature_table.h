// Points of an Arrow table -> feature rows from a workspace's timelines and a plan. No Python here.
#pragma once

#include "arrow_reader.h"
#include "arrow_table.h"
#include "features/planned_features.h"

namespace weir::python {

// The timelines in a state folder that the plan was made for. Fails with Errc::state when they are not there any more.
[[nodiscard]] Result<features::PlannedFeatures> open_features(const std::string& state, const std::string& plan_path);

// `points` has the columns subject (text) and as_of (timestamp). Gives both and one column per feature, in the order of the
// points. Fails with Errc::not_found on a subject that is not there.
[[nodiscard]] Result<Table> feature_table(const features::PlannedFeatures& planned, ArrowInput points, unsigned threads);

}  // namespace weir::python
