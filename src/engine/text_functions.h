// The product's own functions of a text: what every engine that binds or evaluates expressions registers.
#pragma once

#include "store/query_engine.h"

namespace weir::engine {

// objection(text): the kind of the first stated reason against buying, or null; objections(text): all kinds,
// sorted, with commas, or null.
[[nodiscard]] const store::TextFunctions& text_functions();

}  // namespace weir::engine
