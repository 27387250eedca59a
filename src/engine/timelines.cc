#include "engine/timelines.h"

#include "engine/text_functions.h"
#include "store/control_store.h"
#include "store/vault.h"
#include "store/workspace_key.h"
#include "timeline/build.h"

namespace weir::engine {

namespace {

// Event rules whose free text is a plain column: what conditions read as `text`.
std::map<std::string, std::string> text_columns(const ingest::SourcePlan& plan) {
  std::map<std::string, std::string> columns;
  for (const auto& rule : plan.source->events) {
    if (!rule.text.empty() && plan.contract.find(rule.text.sql) != nullptr)
      columns[rule.name] = rule.text.sql;
  }
  return columns;
}

timeline::BuildPlan build_plan(const CompiledWorkspace& workspace) {
  timeline::BuildPlan plan;
  for (const auto& source : workspace.sources) {
    plan.sources.push_back({source.source->name, !source.source->changed_at.empty(), source.source->complete,
                            text_columns(source)});
  }
  plan.touch_types = workspace.touch_types;
  plan.condition_sql = workspace.condition_sql;
  plan.value_sql = workspace.value_sql;
  plan.text_functions = text_functions();
  return plan;
}

// The vault that a build reads while it lasts.
struct Secrets {
  std::unique_ptr<store::ControlStore> control;
  std::unique_ptr<store::Vault> vault;
};

Status add_secrets(const Environment& environment, const CompiledWorkspace& workspace,
                   const store::Manifest& manifest, timeline::BuildPlan& plan, Secrets& secrets) {
  WEIR_TRY(const auto key, store::WorkspaceKey::open(*environment.files, environment.state_dir(),
                                                     environment.key, manifest.key_fingerprint));
  plan.identity_key = key.identity_key();
  if (!workspace.conditions_read_text) return {};
  WEIR_TRY(secrets.control, store::ControlStore::open(*environment.files, *environment.clock,
                                                      environment.state_dir(), store::StoreAccess::read));
  secrets.vault = std::make_unique<store::Vault>(*secrets.control, key.vault_key());
  WEIR_TRY(plan.erasures, secrets.vault->erasure_count());
  plan.personal_fields = [&secrets](const RecordId& record,
                                    const ContentHash& content) -> Result<std::optional<std::string>> {
    WEIR_TRY(auto value, secrets.vault->get(record, content));
    if (value.state != store::VaultState::present) return std::optional<std::string>{};
    return std::optional<std::string>(std::move(value.text));
  };
  return {};
}

constexpr std::string_view kEnding = ".timelines";
// Held by who builds as long as that takes.
constexpr std::string_view kBuilding = ".building.lock";

// What a process left that was ended while it built; as far as it can be removed, and others may be at it
// too. Who still builds holds its lock.
void remove_left(FileSystem& files, const std::string& folder, const std::vector<std::string>& names,
                 const std::string& lock_name) {
  const auto lock = files.lock(join_path(folder, lock_name));
  if (!lock.has_value()) return;
  const std::string stem = lock_name.substr(0, lock_name.size() - std::string_view(".lock").size());
  for (const auto& name : names) {
    if (name.starts_with(stem)) static_cast<void>(files.remove(join_path(folder, name)).has_value());
  }
}

// Timelines of older parts or definitions are of no use any more. What another reader is building stays.
Status remove_others(FileSystem& files, const std::string& folder, const std::string& kept) {
  WEIR_TRY(const auto names, files.list(folder));
  for (const auto& name : names) {
    if (name.ends_with(kEnding) && name != kept) WEIR_TRY_STATUS(files.remove(join_path(folder, name)));
    if (name.ends_with(kBuilding)) remove_left(files, folder, names, name);
  }
  return {};
}

// Timelines of other parts under the same definitions: the largest file, so that the least has to be added.
std::string find_base(FileSystem& files, const std::string& folder, const std::string& definitions) {
  std::string base;
  std::uint64_t most = 0;
  const auto names = files.list(folder);
  if (!names.has_value()) return base;
  for (const auto& name : *names) {
    if (!name.ends_with("-" + definitions + std::string(kEnding))) continue;
    const std::string path = join_path(folder, name);
    const auto size = files.size_of(path);
    if (!size.has_value() || *size <= most) continue;
    base = path;
    most = *size;
  }
  return base;
}

// From those there are, where that can be done; whatever stands in the way of that, a whole build says it, or
// mends it.
Status write_timelines(FileSystem& files, const std::string& state, const store::Manifest& manifest,
                       const timeline::BuildPlan& plan, const std::string& base, const std::string& path) {
  if (!base.empty()) {
    const auto extended = timeline::extend_timelines(files, state, manifest, plan, base, path);
    if (extended.has_value() && *extended) return {};
  }
  return timeline::build_timelines(files, state, manifest, plan, path);
}

}  // namespace

Result<OpenTimelines> open_timelines(const Environment& environment, const CompiledWorkspace& workspace,
                                     timeline::Reads reads) {
  const std::string state = environment.state_dir();
  WEIR_TRY(auto manifest, store::read_manifest(*environment.files, state));
  if (manifest.generation == 0)
    return fail(Errc::state, "nothing has been taken in yet; run `weir ingest` or `weir run` first");
  return open_timelines_of(environment, workspace, std::move(manifest), join_path(state, "timelines"), reads);
}

Result<OpenTimelines> open_timelines_of(const Environment& environment, const CompiledWorkspace& workspace,
                                        store::Manifest manifest, const std::string& folder,
                                        timeline::Reads reads) {
  FileSystem& files = *environment.files;
  const std::string state = environment.state_dir();
  OpenTimelines opened;
  opened.manifest = std::move(manifest);
  const std::string name = store::content_version(opened.manifest) + "-" + workspace.version + ".timelines";
  opened.name = name;
  const std::string path = join_path(folder, name);
  timeline::BuildPlan plan = build_plan(workspace);
  if (files.exists(path)) {
    auto store = timeline::TimelineStore::open(files, path, reads);
    const bool stale = store.has_value() && !timeline::is_fresh(**store, opened.manifest, plan);
    if (store.has_value() && !stale) {
      opened.store = *std::move(store);
      return opened;
    }
    // Not found: a process with other definitions or newer parts removed it just now.
    if (!stale && store.error().code != Errc::damaged && store.error().code != Errc::not_found)
      return fail(store.error());
  }
  Secrets secrets;
  WEIR_TRY_STATUS(add_secrets(environment, workspace, opened.manifest, plan, secrets));
  WEIR_TRY_STATUS(files.make_directories(folder));
  WEIR_TRY_STATUS(files.make_directories(join_path(state, "tmp")));
  {
    // Two readers may build at once: each under a name of its own; the last rename wins, with the same bytes.
    const std::string own = path + "." + std::to_string(environment.clock->steady_micros()) + ".building";
    const auto building = files.lock(own + ".lock");  // not had: what an ended process leaves stays
    // Opened before anybody else can see it: what is mapped stays, also when another process removes the
    // file.
    const Status published = [&]() -> Status {
      WEIR_TRY_STATUS(write_timelines(files, state, opened.manifest, plan,
                                      find_base(files, folder, workspace.version), own));
      WEIR_TRY(opened.store, timeline::TimelineStore::open(files, own, reads));
      return files.rename(own, path);
    }();
    if (!published.has_value()) {  // a full disk should not be kept full by what nobody can read
      for (const std::string& left : {own, own + ".tmp", own + ".lock"}) {
        if (files.exists(left)) static_cast<void>(files.remove(left).has_value());
      }
      return fail(published.error());
    }
    WEIR_TRY_STATUS(files.sync_directory(folder));
  }
  WEIR_TRY_STATUS(remove_others(files, folder, name));
  return opened;
}

}  // namespace weir::engine
