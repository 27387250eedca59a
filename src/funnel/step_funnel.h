// An ad-hoc funnel over steps: the attempts of all subjects of a kind, as seen at an as-of. Pure.
// Rules: docs/funnel-steps.md.
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/large_pages.h"
#include "funnel/own_runs.h"
#include "funnel/step_query.h"
#include "timeline/timeline_store.h"

namespace weir::funnel {

inline constexpr timeline::Row kNoRow = 0xFFFFFFFF;
inline constexpr std::uint32_t kNoValue = 0xFFFFFFFF;

// Events of a type, or for which a condition of the store holds, have this bit in their mask.
struct StepSelector {
  std::uint32_t bit{0};
  std::optional<std::uint16_t> type;
  std::uint32_t condition{kNoCondition};
};
// The mask of each signal.
[[nodiscard]] std::vector<std::uint32_t> step_masks(const timeline::Signals& signals,
                                                    std::span<const StepSelector> selectors);

struct StepFunnel {
  StepQuery query;                   // in microseconds
  std::vector<std::uint32_t> masks;  // per signal
  AsOf as_of;
  // When set, a way holds this value: all its events have the same. kNoValue: the event belongs to no way.
  // Called by several threads at once.
  std::function<std::uint32_t(std::uint32_t subject, timeline::Row row)> held;
  int threads{1};  // > 0; changes no result
};

// By subject, then in the order they start. Columns; of the event that did a step the place in the runs is
// kept, one per attempt and step.
struct Attempts {
  template <typename T>
  using Room = std::vector<T, LargeRoomAllocator<T>>;

  timeline::Runs runs;  // of the store, which outlives it
  std::size_t steps{0};
  Room<std::uint32_t> subject;  // index into OwnRuns
  Room<std::uint32_t> done;     // a bit per step
  Room<std::uint32_t> places;   // the lower 32 bits, where done
  Room<std::uint8_t> above;     // the bits above; empty where there are fewer than 2^32 places

  [[nodiscard]] std::size_t size() const noexcept { return subject.size(); }
  void resize(std::size_t attempts);
  [[nodiscard]] bool has(std::size_t attempt, std::size_t step) const noexcept {
    return ((done[attempt] >> step) & 1U) != 0;
  }
  // Of a step that was done.
  [[nodiscard]] std::size_t place(std::size_t attempt, std::size_t step) const noexcept {
    const std::size_t i = attempt * steps + step;
    return places[i] | (above.empty() ? 0 : std::size_t{above[i]} << 32U);
  }
  // kNoRow: not done.
  [[nodiscard]] timeline::Row row(std::size_t attempt, std::size_t step) const noexcept {
    return has(attempt, step) ? runs.rows[place(attempt, step)] : kNoRow;
  }
  // UTC microseconds, of a step that was done.
  [[nodiscard]] std::int64_t time(std::size_t attempt, std::size_t step) const noexcept {
    return runs.occurred_at(place(attempt, step));
  }
  void fetch_row(std::size_t attempt, std::size_t step) const noexcept {
    prefetch(&runs.rows[place(attempt, step)]);
  }
  // Asks the memory for times: those of an attempt lie close to each other.
  void fetch_times(std::size_t attempt) const noexcept {
    if (done[attempt] <= 1) return;  // nothing, or a first step
    runs.fetch_time(place(attempt, 0));
    runs.fetch_time(place(attempt, static_cast<std::size_t>(std::bit_width(done[attempt])) - 1));
  }
};

[[nodiscard]] Attempts run_step_funnel(const timeline::TimelineStore& store, const OwnRuns& subjects,
                                       const StepFunnel& funnel);

}  // namespace weir::funnel
