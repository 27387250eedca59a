// Makes the context tables of a funnel. Pure.
#pragma once

#include "features/context_tables.h"
#include "features/point_features.h"

namespace weir::features {

// Each closed day as it was known at its end: what arrives later with a later known time changes no earlier
// day. `input.context` is not read. `with_alive`: also what the feature `alive` needs.
[[nodiscard]] ContextTables build_context(const FeatureInput& input, bool with_alive);

}  // namespace weir::features
