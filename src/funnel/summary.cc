#include "funnel/summary.h"

#include <algorithm>

namespace weir::funnel {
namespace {

// How long a stay has been watched: to its end, or to the as-of while it is open.
Micros watched(const Stay& stay, EventTime as_of) noexcept {
  const EventTime end = stay.ended == kEndOfTime ? as_of : stay.ended;
  return std::max(end, stay.entered) - stay.entered;
}

Micros longest(const std::vector<StayOutcome>& outcomes) noexcept {
  Micros most{1};
  for (const StayOutcome& outcome : outcomes) most = std::max(most, outcome.duration);
  return most;
}

}  // namespace

std::vector<StageSummary> summarise(const StayTable& table, std::span<const std::uint8_t> selected,
                                    const SummaryQuery& query) {
  std::vector<std::vector<StayOutcome>> outcomes(query.stage_count);
  std::vector<StageSummary> summaries(query.stage_count);
  // Stays are sorted by subject: one pass sees all of a subject's stays together.
  std::vector<std::uint8_t> counted(query.stage_count);
  std::vector<std::uint8_t> advanced(query.stage_count);
  const auto close_subject = [&] {
    for (std::size_t stage = 0; stage < query.stage_count; ++stage)
      summaries[stage].advanced_at_last += counted[stage] & advanced[stage];
    std::fill(counted.begin(), counted.end(), std::uint8_t{0});
    std::fill(advanced.begin(), advanced.end(), std::uint8_t{0});
  };
  for (std::size_t i = 0; i < table.stays.size(); ++i) {
    const Stay& stay = table.stays[i];
    if (i > 0 && stay.subject != table.stays[i - 1].subject) close_subject();
    if (stay.ending == Ending::advanced) advanced[stay.stage] = 1;
    if (selected[i] == 0 || !counts(stay, query.all_stays)) continue;
    counted[stay.stage] = 1;
    outcomes[stay.stage].push_back({watched(stay, query.as_of), stay.ending});
  }
  close_subject();
  for (std::size_t stage = 0; stage < query.stage_count; ++stage) {
    const Micros window = query.windows[stage].count() > 0 ? query.windows[stage] : longest(outcomes[stage]);
    summaries[stage].conversion = stage_conversion(outcomes[stage], window);
    if (query.all_stays) summaries[stage].advanced_at_last = summaries[stage].conversion.advanced;
  }
  return summaries;
}

}  // namespace weir::funnel
