// Counts and conversions per stage of the stays that a question selects. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "funnel/stage_machine.h"
#include "funnel/survival.h"

namespace weir::funnel {

struct SummaryQuery {
  std::size_t stage_count{0};
  std::vector<Micros> windows;  // per stage; zero: the stage's longest observed stay
  EventTime as_of;
  bool all_stays{false};  // --count stays: every stay instead of each subject's first in the stage
};

struct StageSummary {
  Conversion conversion;
  std::int64_t advanced_at_last{0};  // subjects of which any stay in this stage advanced (stays: = advanced)
};

// `selected[i] != 0`: stay i of the table counts. One summary per stage.
[[nodiscard]] std::vector<StageSummary> summarise(const StayTable& table,
                                                  std::span<const std::uint8_t> selected,
                                                  const SummaryQuery& query);

// Whether a stay is a unit of counting: its subject's first in the stage, or any.
[[nodiscard]] inline bool counts(const Stay& stay, bool all_stays) noexcept {
  return all_stays || stay.visit == 0;
}

}  // namespace weir::funnel
