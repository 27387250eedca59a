// One subject's stays while its events come one after the other: where it stands after each of them, without
// reading the earlier ones again. The rules are those of run_funnel (stage_moves.h). Pure kernel.
#pragma once

#include <memory>
#include <span>

#include "funnel/stage_machine.h"

namespace weir::funnel {

// Not thread-safe: one per thread.
class StageSweep {
 public:
  // All three outlive it.
  StageSweep(const timeline::TimelineStore& store, const FunnelShape& funnel, const Zone& zone);
  ~StageSweep();
  StageSweep(const StageSweep&) = delete;
  StageSweep& operator=(const StageSweep&) = delete;

  // Another subject, or the same once more from its first event.
  void begin(timeline::Handle handle);
  // The next visible event; rows rise. False: it comes via a contact or the account while the subject is not
  // open, so it is not in its timeline.
  bool append(const HistoryEvent& event);

  // After what was appended, as run_funnel says of these events alone. Valid until the next append.
  [[nodiscard]] SubjectState state();
  // In the order they happened; a stay that has not ended is `open` here, whether silent or not, and has no
  // spells.
  [[nodiscard]] std::span<const Stay> stays();
  // The last stay while it has not ended; nullptr: none.
  [[nodiscard]] const Stay* open_stay();
  // Whether the open stay, if any, has been silent for long at the time, which is after all that was
  // appended.
  [[nodiscard]] bool is_dormant(std::int64_t at);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir::funnel
