#include "engine/fail_safe.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::engine {
namespace {

// Longer without any event at all the sources are broken.
constexpr double kSilentDays = 14;

// Of the newest event that is seen at the time; the time itself where there is none.
std::int64_t newest_event(const timeline::TimelineStore& store, std::int64_t at) {
  const auto& c = store.columns();
  std::int64_t newest = INT64_MIN;
  for (timeline::Row row = 0; row < store.row_count(); ++row) {
    if (c.occurred_at[row] < at && c.known_at[row] < at) newest = std::max(newest, c.occurred_at[row]);
  }
  return newest == INT64_MIN ? at : newest;
}

}  // namespace

FailSafe judge_inputs(const OpenTimelines& timelines, const risk::Model& model,
                      const features::FeatureMatrix& open_rows, std::int64_t at) {
  FailSafe judged;
  const double silent_days = days_of(Micros{at - newest_event(*timelines.store, at)});
  if (silent_days > kSilentDays) {
    judged.sentence =
        fmt::format("No source has said anything for {:.0f} days: the stage rate answers.", silent_days);
    return judged;
  }
  judged.drift = risk::drift_since(model.reference, open_rows);
  if (judged.drift.fails()) {
    judged.sentence = fmt::format(
        "Features that make up {:.0f} % of the model are unlike those it was learned from ({}, ...): the "
        "stage "
        "rate answers; run: weir train",
        100 * judged.drift.major_weight, judged.drift.drifted.front().name);
  }
  return judged;
}

}  // namespace weir::engine
