#include "engine/applied.h"

#include <algorithm>
#include <map>

#include "base/hash.h"
#include "store/writer_lock.h"

namespace weir::engine {
namespace {

// What changes nothing that was derived may change at any time.
bool binds(const std::string& kind) {
  return kind != "check" && kind != "context";
}

}  // namespace

std::vector<store::Definition> definitions_of(const CompiledWorkspace& workspace) {
  std::vector<store::Definition> definitions;
  for (const auto& [path, form] : workspace.definitions->normal_forms) {
    const std::size_t slash = path.find('/');
    store::Definition definition;
    definition.kind = path.substr(0, slash);
    definition.name = slash == std::string::npos ? path : path.substr(slash + 1);
    definition.version = version_of(form);
    definition.normal_form = form;
    definitions.push_back(std::move(definition));
  }
  for (const auto& plan : workspace.sources) {
    if (plan.source->contract.empty()) continue;  // an inferred contract is kept as it was
    definitions.push_back({"contract", plan.source->name, plan.contract_version, plan.contract.normal_form});
  }
  std::sort(definitions.begin(), definitions.end(),
            [](const auto& a, const auto& b) { return std::tie(a.kind, a.name) < std::tie(b.kind, b.name); });
  return definitions;
}

Result<Changes> unapplied_changes(const Environment& environment, const CompiledWorkspace& workspace) {
  Changes changes;
  auto control = store::ControlStore::open(*environment.files, *environment.clock, environment.state_dir(),
                                           store::StoreAccess::read);
  if (!control.has_value()) {
    if (control.error().code != Errc::not_found) return fail(control.error());
    changes.first = true;
    return changes;
  }
  WEIR_TRY(const auto applied, (*control)->applied_definitions());
  changes.first = applied.empty();
  if (changes.first) return changes;
  std::map<std::pair<std::string, std::string>, DefinitionChange> all;
  for (const auto& definition : applied) {
    all[{definition.kind, definition.name}] = {DefinitionChange::What::removed, definition.kind,
                                               definition.name, definition.version, ""};
  }
  for (const auto& definition : definitions_of(workspace)) {
    auto& change = all[{definition.kind, definition.name}];
    change.what = change.before.empty() ? DefinitionChange::What::added : DefinitionChange::What::changed;
    change.kind = definition.kind;
    change.name = definition.name;
    change.after = definition.version;
  }
  for (const auto& [key, change] : all) {
    if (change.before != change.after && binds(change.kind)) changes.changes.push_back(change);
  }
  return changes;
}

Status require_applied(const Environment& environment, const CompiledWorkspace& workspace) {
  WEIR_TRY(const Changes changes, unapplied_changes(environment, workspace));
  if (changes.first) {
    WEIR_TRY(const auto lock,
             store::WriterLock::acquire(*environment.files, environment.state_dir(), "apply"));
    WEIR_TRY(const auto control,
             store::ControlStore::open(*environment.files, *environment.clock, environment.state_dir(),
                                       store::StoreAccess::write));
    WEIR_TRY(const auto set, control->record_applied(definitions_of(workspace), "first run"));
    static_cast<void>(set);
    return {};
  }
  if (changes.changes.empty()) return {};
  std::string names;
  for (const auto& change : changes.changes)
    names +=
        (names.empty() ? "" : ", ") + change.kind + (change.kind == change.name ? "" : " " + change.name);
  return fail(Errc::state, "the workspace was changed since it was applied (" + names +
                               "); `weir plan` shows what that changes, `weir apply` makes it so");
}

Result<OpenWorkspace> open_workspace(const Environment& environment, timeline::Reads reads) {
  WEIR_TRY(CompiledWorkspace workspace, load_workspace(environment));
  WEIR_TRY_STATUS(require_applied(environment, workspace));
  WEIR_TRY(OpenTimelines timelines, open_timelines(environment, workspace, reads));
  return OpenWorkspace{std::move(workspace), std::move(timelines)};
}

}  // namespace weir::engine
