// The verbs `plan` and `apply`: what a change of definitions would change, and making it so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/applied.h"

namespace weir::engine {

struct StageCounts {
  std::int64_t entered{0}, advanced{0}, lost{0}, dormant{0}, back{0}, open{0};
  friend bool operator==(const StageCounts&, const StageCounts&) = default;
};

// Empty where the funnel or stage is not there.
struct StageChange {
  std::string funnel, stage;
  std::optional<StageCounts> before, after;
};

struct FunnelChange {
  std::string funnel;
  std::optional<std::int64_t> won_before, won_after, lost_before, lost_after;
  std::int64_t subjects_before{0}, subjects_after{0};
  std::int64_t subjects_changed{0};  // stand elsewhere than before, came in or went
};

struct PlanReport {
  Changes changes;
  bool has_counts{false};           // false: nothing was taken in yet, or nothing changed
  std::vector<StageChange> stages;  // in funnel order
  std::vector<FunnelChange> funnels;
  std::vector<std::string> drawn_again;  // sources whose events and entities are
  std::vector<std::string> notes;
};

// Computes both states; the scratch one in a folder of its own under the state folder, removed at the end.
[[nodiscard]] Result<PlanReport> plan_changes(const Environment& environment,
                                              const CompiledWorkspace& workspace);

struct ApplyReport {
  Changes changes;
  struct Source {
    std::string source;
    std::int64_t files_read{0}, from_stored_records{0};  // deliveries
    std::int64_t accepted{0}, rejected{0}, replayed{0};  // replayed: left the quarantine
  };
  std::vector<Source> sources;  // that were drawn again
  std::vector<std::string> notes;
};

// Draws again what contracts and mappings changed, replaces it in one commit, and records what holds from now
// on. Ended anywhere, the next one finishes it.
[[nodiscard]] Result<ApplyReport> apply_changes(const Environment& environment,
                                                const CompiledWorkspace& workspace);

}  // namespace weir::engine
