// Everything that a verb opens to write to a state folder, in the order in which it must be opened.
#pragma once

#include <memory>
#include <string>

#include "engine/compiled_workspace.h"
#include "store/control_store.h"
#include "store/manifest.h"
#include "store/quarantine.h"
#include "store/vault.h"
#include "store/workspace_key.h"
#include "store/writer_lock.h"

namespace weir::engine {

// Holds the writer lock while it lives.
struct WritingState {
  store::WriterLock lock;
  store::Manifest manifest;
  store::WorkspaceKey key;
  std::unique_ptr<store::ControlStore> control;
  std::unique_ptr<store::QueryEngine> engine;
  std::unique_ptr<store::Vault> vault;
  std::unique_ptr<store::Quarantine> quarantine;
};

[[nodiscard]] Result<WritingState> open_for_writing(const Environment& environment, const std::string& verb);

// Spills into `<state>/tmp`.
[[nodiscard]] Result<std::unique_ptr<store::QueryEngine>> open_engine(FileSystem& files,
                                                                      const std::string& state);

}  // namespace weir::engine
