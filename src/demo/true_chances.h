// The true chances of an open subject over all stages to come, from the generator's own hazards: no draws.
#pragma once

#include "demo/engagement.h"

namespace weir::demo {

struct TrueChances {
  double lost{0};      // in truth, from the present stage or a later one; 1 when it is lost already
  double recorded{0};  // the loss is written down within the time, whenever it happened
  double advanced{0};  // leaves the present stage for the next one
};

// Within [day, day + days) for a subject that nobody has closed before `day`, days <= kDaysAfterEnd. The
// course of its mood, silence, replies, meetings and objections is rolled out day by day; given mood and
// silence, how long it stays keen, objects or waits for a meeting are taken as independent, which the day's
// competing hazards break by little (the test compares with what happened).
[[nodiscard]] TrueChances true_chances(const Pursuit& pursuit, int day, int days, const Rhythm& rhythm);

// P(written down within `days` | lost within `days`), a loss being as likely on each day.
[[nodiscard]] double recorded_in_time(FunnelName funnel, int days);

}  // namespace weir::demo
