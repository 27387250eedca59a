// The scale on which the linear part sees skewed numbers. Private to the room.
#pragma once

#include "base/fixed_math.h"

namespace weir::risk {

// sign(x) log(1 + |x|): log1p for counts and times, and defined for a negative value that training never saw.
[[nodiscard]] inline double signed_log1p(double x) noexcept {
  return x < 0 ? -fixed_math::log1p(-x) : fixed_math::log1p(x);
}

}  // namespace weir::risk
