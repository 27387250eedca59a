// The workspace as it was applied, compiled from the normal forms that the control store keeps.
#pragma once

#include <string>
#include <vector>

#include "engine/compiled_workspace.h"
#include "store/control_store.h"

namespace weir::engine {

// weir.yaml with the same meaning as the one that was applied.
[[nodiscard]] std::string yaml_of(const std::vector<store::Definition>& definitions);

// Contracts are read from their files as they are now; their versions are those that were applied.
[[nodiscard]] Result<CompiledWorkspace> load_applied_workspace(const Environment& environment,
                                                               const std::vector<store::Definition>& applied);

}  // namespace weir::engine
