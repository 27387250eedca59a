#include "engine/writing_state.h"

namespace weir::engine {

Result<std::unique_ptr<store::QueryEngine>> open_engine(FileSystem& files, const std::string& state) {
  const std::string spill = join_path(state, "tmp");
  WEIR_TRY_STATUS(files.make_directories(spill));
  store::EngineOptions options;
  options.memory_limit = "1GB";
  options.temporary_directory = spill;
  return store::QueryEngine::open(options);
}

Result<WritingState> open_for_writing(const Environment& environment, const std::string& verb) {
  FileSystem& files = *environment.files;
  const std::string state = environment.state_dir();
  WEIR_TRY(auto lock, store::WriterLock::acquire(files, state, verb));
  WEIR_TRY(auto manifest, store::read_manifest(files, state));
  WEIR_TRY(auto key, store::WorkspaceKey::open(files, state, environment.key, manifest.key_fingerprint));
  WEIR_TRY_STATUS(store::remove_orphans(files, state, manifest));
  WEIR_TRY(auto control,
           store::ControlStore::open(files, *environment.clock, state, store::StoreAccess::write));
  WEIR_TRY(auto engine, open_engine(files, state));
  auto vault = std::make_unique<store::Vault>(*control, key.vault_key());
  auto quarantine = std::make_unique<store::Quarantine>(*control, key.quarantine_key());
  return WritingState{std::move(lock),   std::move(manifest), std::move(key),       std::move(control),
                      std::move(engine), std::move(vault),    std::move(quarantine)};
}

}  // namespace weir::engine
