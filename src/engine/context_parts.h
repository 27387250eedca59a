// Context tables as kept parts of the state: read when they were computed before, else computed and kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/compiled_workspace.h"
#include "engine/timelines.h"
#include "features/context_tables.h"
#include "features/point_features.h"

namespace weir::engine {

struct ContextQuestion {
  // The subjects are those of this as-of; empty: those of everything known.
  std::optional<std::int64_t> as_of;
  // Of these kept tables instead of what the data say now: a version that some row names; "": those of now.
  std::string version;
  bool with_alive{false};
};

struct OpenContext {
  features::ContextTables tables;
  std::optional<std::int32_t>
      until;                       // the day that a version asked for ends with; rows of later days have none
  std::vector<std::string> notes;  // damage that was found; what came late
};

// The bits are the same whether they were read or computed. A state that cannot be written to gives the same
// answer and keeps nothing. Fails with Errc::usage for a version that is not kept. `input.context` is not
// read.
[[nodiscard]] Result<OpenContext> open_context(const Environment& environment,
                                               const CompiledWorkspace& workspace,
                                               const OpenTimelines& timelines, const CompiledFunnel& funnel,
                                               const features::FeatureInput& input,
                                               const ContextQuestion& question);

}  // namespace weir::engine
