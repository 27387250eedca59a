// Binding the sources of a workspace: files, contracts, mappings.
#pragma once

#include "engine/compiled_workspace.h"
#include "store/query_engine.h"

namespace weir::engine {

// Appends to `workspace`: source plans, their files, the attributes that segments may use, and all mistakes.
[[nodiscard]] Status compile_sources(const Environment& environment, const ContractUse& use,
                                     store::QueryEngine& engine, store::ExpressionBinder& binder,
                                     CompiledWorkspace& workspace);

void report(CompiledWorkspace& workspace, const Error& error);

}  // namespace weir::engine
