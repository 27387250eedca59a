// An ad-hoc funnel over steps: the attempts of all subjects of a kind, as seen at an as-of. Pure.
// Rules: docs/funnel-steps.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "funnel/stage_machine.h"
#include "funnel/step_query.h"
#include "identity/entity_links.h"
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

// Whose events are looked at: of subject i the runs [offsets[i], offsets[i + 1]), those of all its keys and,
// of a contact, of the visitors that it turned out to be.
struct OwnRuns {
  std::vector<timeline::Handle> subjects;  // sorted
  std::vector<std::uint32_t> offsets{0};
  std::vector<Run> runs;

  [[nodiscard]] std::size_t size() const noexcept { return subjects.size(); }
  [[nodiscard]] std::span<const Run> of(std::size_t subject) const noexcept {
    return std::span(runs).subspan(offsets[subject], offsets[subject + 1] - offsets[subject]);
  }
};
// `links` are those of the as-of.
[[nodiscard]] OwnRuns own_runs(const timeline::TimelineStore& store, const identity::EntityLinks& links,
                               timeline::Kind kind, const AsOf& as_of);

struct StepFunnel {
  StepQuery query;                   // in microseconds
  std::vector<std::uint32_t> masks;  // per signal
  AsOf as_of;
  // When set, a way holds this value: all its events have the same. kNoValue: the event belongs to no way.
  // Called by several threads at once.
  std::function<std::uint32_t(std::uint32_t subject, timeline::Row row)> held;
  int threads{1};  // > 0; changes no result
};

// By subject, then in the order they start. Columns: `rows` and `at` have one value per attempt and step.
struct Attempts {
  std::size_t steps{0};
  std::vector<std::uint32_t> subject;  // index into OwnRuns
  std::vector<std::uint32_t> done;     // a bit per step
  std::vector<timeline::Row> rows;     // kNoRow: not done
  std::vector<std::int64_t> at;        // UTC microseconds, where done

  [[nodiscard]] std::size_t size() const noexcept { return subject.size(); }
  [[nodiscard]] bool has(std::size_t attempt, std::size_t step) const noexcept {
    return ((done[attempt] >> step) & 1U) != 0;
  }
  [[nodiscard]] timeline::Row row(std::size_t attempt, std::size_t step) const noexcept {
    return rows[attempt * steps + step];
  }
  [[nodiscard]] std::int64_t time(std::size_t attempt, std::size_t step) const noexcept {
    return at[attempt * steps + step];
  }
};

[[nodiscard]] Attempts run_step_funnel(const timeline::TimelineStore& store, const OwnRuns& subjects,
                                       const StepFunnel& funnel);

}  // namespace weir::funnel
