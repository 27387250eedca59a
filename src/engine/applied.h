// Which definitions hold: the applied ones. The first run applies a workspace; later changes want `plan` and
// `apply`.
#pragma once

#include <string>
#include <vector>

#include "engine/compiled_workspace.h"
#include "engine/timelines.h"
#include "store/control_store.h"

namespace weir::engine {

struct DefinitionChange {
  enum class What : std::uint8_t { added, changed, removed };
  What what{What::changed};
  std::string kind, name;     // "funnel", "deals"
  std::string before, after;  // versions; "" where there is none
};

// The definitions of a workspace with their versions.
[[nodiscard]] std::vector<store::Definition> definitions_of(const CompiledWorkspace& workspace);

// Against what is applied; empty when nothing was applied yet or nothing changed. `first`: nothing was
// applied yet.
struct Changes {
  bool first{false};
  std::vector<DefinitionChange> changes;
};
[[nodiscard]] Result<Changes> unapplied_changes(const Environment& environment,
                                                const CompiledWorkspace& workspace);

// Good when all is applied; applies a workspace that never was; else an error that names `weir plan`.
[[nodiscard]] Status require_applied(const Environment& environment, const CompiledWorkspace& workspace);

// What most verbs that read begin with: the workspace, all of it applied, and its timelines.
struct OpenWorkspace {
  CompiledWorkspace workspace;
  OpenTimelines timelines;
};
[[nodiscard]] Result<OpenWorkspace> open_workspace(const Environment& environment,
                                                   timeline::Reads reads = timeline::Reads::everything);

}  // namespace weir::engine
