// The true daily hazards of a pursuit, with and without the planted leaks.
#pragma once

#include "demo/pursuit.h"

namespace weir::demo {

struct DayHazards {
  double advance{0};
  double loss{0};
};
struct Hazards {
  DayHazards baseline;  // as if no leak worked
  DayHazards actual;
};
// `rhythm`: the day's factor of moves; 1 is an average day.
[[nodiscard]] Hazards hazards_on(const Pursuit& pursuit, int day, double rhythm);

struct DayChances {
  double advance{0};
  double loss{0};
};
// Chances that one of two competing hazards ends the day's stay.
[[nodiscard]] DayChances chances(const DayHazards& hazards);

// How many fewer (as a chance) advance from `day` to the end of the stage's window because of the leak that
// works now.
[[nodiscard]] double missing_at_window(const Pursuit& pursuit, int day);

// Daily chances that interest fades and comes back.
inline constexpr double kFade = 0.008;
inline constexpr double kRecover = 0.02;

}  // namespace weir::demo
