// How much less happens on days off: learned per class of day from the time before the period.
#pragma once

#include <span>
#include <vector>

#include "leaks/exposure.h"

namespace weir::leaks {

// Hazard of the kind on each day of `input.day_factors.day_classes` against an ordinary one (class 0):
// (observed + 10) / (expected at the ordinary days' rate + 10) of its class, over the time before the period
// and all visits of all stages together; the pseudo-events are those of METHODS' calendar factor. Empty (1
// for every day) when no classes are given or ordinary days saw fewer than 30 events.
[[nodiscard]] std::vector<double> calendar_factors(const LeakInput& input, LeakKind kind,
                                                   std::span<const std::vector<Visit>> stages);

}  // namespace weir::leaks
