// What moved in a funnel, week by week, out of its evaluated stays. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/evaluated_funnel.h"
#include "engine/iso_week.h"
#include "funnel/summary.h"

namespace weir::engine {

// Of subjects' first stays in one stage, as `funnel` counts them.
struct StageFlow {
  std::int64_t entered{0}, advanced{0}, lost{0}, back{0};
  std::int64_t silenced{0};       // silences that began
  std::int64_t silence_ended{0};  // by a touch or by leaving the stage
  friend bool operator==(const StageFlow&, const StageFlow&) = default;
};

struct WeekFlow {
  IsoWeek week;
  std::vector<StageFlow> stages;  // in funnel order
  std::int64_t won{0};
  std::optional<std::int64_t> won_minor;
  std::int64_t lost{0};  // last loss in this week, and still lost
};

struct WeeklyFlow {
  WeekFlow earlier;  // all that stands before the first of `weeks`
  std::vector<WeekFlow>
      weeks;  // oldest first; earlier + weeks = what `funnel` counts at the end of the last one
  std::optional<IsoWeek> first;  // the week of the first entry, win or loss
};

// The `count` weeks that end with `last`; the funnel is evaluated at the end of `last`.
[[nodiscard]] WeeklyFlow weekly_flow(const timeline::TimelineStore& store, const EvaluatedFunnel& evaluated,
                                     const Zone& zone, IsoWeek last, int count);

// Per stage what `funnel` says at the as-of.
[[nodiscard]] std::vector<funnel::StageSummary> stage_summaries(const EvaluatedFunnel& evaluated,
                                                                EventTime as_of);

}  // namespace weir::engine
