// The timeline store of a workspace: opened when it is fresh, built when it is not.
#pragma once

#include <memory>
#include <string>

#include "engine/compiled_workspace.h"
#include "store/manifest.h"
#include "timeline/timeline_store.h"

namespace weir::engine {

struct OpenTimelines {
  store::Manifest manifest;
  std::string name;  // of its file: follows from parts and definitions
  std::unique_ptr<timeline::TimelineStore> store;
};

// Derived: named by the hashes of parts and definitions, so a stale one is never read; a damaged one is built
// again.
[[nodiscard]] Result<OpenTimelines> open_timelines(const Environment& environment,
                                                   const CompiledWorkspace& workspace,
                                                   timeline::Reads reads = timeline::Reads::everything);
// The same of another manifest over parts in the state folder, kept in `folder`: what a plan compares with.
[[nodiscard]] Result<OpenTimelines> open_timelines_of(const Environment& environment,
                                                      const CompiledWorkspace& workspace,
                                                      store::Manifest manifest, const std::string& folder,
                                                      timeline::Reads reads = timeline::Reads::everything);

}  // namespace weir::engine
