#include "engine/apply.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/hash.h"
#include "engine/definitions_before.h"
#include "engine/funnel_answer.h"
#include "engine/rederive.h"
#include "engine/sealing_sink.h"
#include "engine/text_functions.h"
#include "engine/writing_state.h"

namespace weir::engine {

namespace {

// What a plan would put into vault and quarantine is not kept.
class CountingSink final : public ingest::RecordSink {
 public:
  Status personal(const std::string&, const RecordId&, const ContentHash&, const std::string&) override {
    return {};
  }
  Status rejected(const store::Delivery&, const contract::Rejected&) override {
    ++rejected_;
    return {};
  }
  [[nodiscard]] std::int64_t count() const noexcept { return rejected_; }

 private:
  std::int64_t rejected_{0};
};

// Tells which rows of which file were held back.
class ApplySink final : public SealingSink {
 public:
  using SealingSink::SealingSink;
  Status rejected(const store::Delivery& delivery, const contract::Rejected& record) override {
    held_.emplace(delivery.source, delivery.hash, record.row);
    return SealingSink::rejected(delivery, record);
  }
  [[nodiscard]] bool holds(const store::QuarantineEntry& entry) const {
    return held_.contains({entry.source, entry.file_hash, entry.row});
  }

 private:
  std::set<std::tuple<std::string, std::string, std::int64_t>> held_;
};

// A folder for a state that is only looked at: `<state>/tmp/<name>`, where queries may read. Removed at the
// end.
class Scratch {
 public:
  static Result<std::unique_ptr<Scratch>> make(const Environment& environment, const std::string& name) {
    std::unique_ptr<Scratch> scratch(
        new Scratch(*environment.files, "tmp/" + name, join_path(environment.state_dir(), "tmp/" + name)));
    WEIR_TRY_STATUS(scratch->clear());
    WEIR_TRY_STATUS(environment.files->make_directories(scratch->path_));
    return scratch;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { static_cast<void>(clear().has_value()); }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string timelines() const { return join_path(path_, "timelines"); }
  // Parts that were written here, as the real state folder sees them.
  [[nodiscard]] std::vector<store::Part> seen_from_state(std::vector<store::Part> parts) const {
    for (auto& part : parts) part.file = join_path(name_, part.file);
    return parts;
  }

 private:
  Scratch(FileSystem& files, std::string name, std::string path)
      : files_(files), name_(std::move(name)), path_(std::move(path)) {}
  [[nodiscard]] Status clear() { return files_.exists(path_) ? files_.remove(path_) : Status{}; }
  FileSystem& files_;
  std::string name_, path_;
};

// All that is compared of one state.
struct FunnelState {
  FunnelAnswer answer;
  std::map<std::string, std::string> subjects;  // key -> where it stands
};

std::string standing(const EvaluatedFunnel& evaluated, std::size_t subject, const funnel::Stay* last) {
  switch (evaluated.run.subjects[subject].state) {
    case funnel::SubjectState::won:
      return "won";
    case funnel::SubjectState::lost:
      return "lost";
    case funnel::SubjectState::none:
      return "none";
    case funnel::SubjectState::in_stage:
      break;
  }
  if (last == nullptr) return "none";
  return evaluated.stages[last->stage]->name +
         (last->ending == funnel::Ending::dormant ? ":dormant" : ":open");
}

Result<std::map<std::string, FunnelState>> funnel_states(const Environment& environment,
                                                         const CompiledWorkspace& workspace,
                                                         const OpenTimelines& timelines) {
  std::map<std::string, FunnelState> states;
  for (const auto& compiled : workspace.funnels) {
    FunnelState state;
    FunnelQuestion question;
    question.funnel = compiled.definition->name;
    WEIR_TRY(state.answer, answer_funnel(environment, workspace, timelines, question));
    WEIR_TRY(const auto evaluated,
             evaluate_funnel(environment, workspace, timelines, compiled, state.answer.as_of,
                             links_at(timelines, state.answer.as_of)));
    std::vector<const funnel::Stay*> last(evaluated.run.subjects.size(), nullptr);
    for (const auto& stay : evaluated.run.table.stays) last[stay.subject] = &stay;
    for (std::size_t i = 0; i < evaluated.run.subjects.size(); ++i) {
      const std::string stands = standing(evaluated, i, last[i]);
      if (stands != "none")
        state.subjects[std::string(timelines.store->handle_text(evaluated.run.subjects[i].handle))] = stands;
    }
    states[question.funnel] = std::move(state);
  }
  return states;
}

StageCounts counts_of(const funnel::Conversion& c) {
  return {c.entered, c.advanced, c.lost, c.dormant, c.back, c.open};
}

std::int64_t changed_subjects(const FunnelState* before, const FunnelState* after) {
  static const std::map<std::string, std::string> kNone;
  const auto& left = before == nullptr ? kNone : before->subjects;
  const auto& right = after == nullptr ? kNone : after->subjects;
  std::int64_t changed = 0;
  for (const auto& [key, stands] : left) {
    const auto found = right.find(key);
    if (found == right.end() || found->second != stands) ++changed;
  }
  for (const auto& [key, stands] : right) changed += left.contains(key) ? 0 : 1;
  return changed;
}

void compare(const std::string& name, const FunnelState* before, const FunnelState* after,
             PlanReport& report) {
  FunnelChange change;
  change.funnel = name;
  std::vector<StageChange> stages;
  if (before != nullptr) {
    change.won_before = before->answer.table.won.count;
    change.lost_before = before->answer.table.lost.count;
    change.subjects_before = static_cast<std::int64_t>(before->subjects.size());
  }
  if (after != nullptr) {
    change.won_after = after->answer.table.won.count;
    change.lost_after = after->answer.table.lost.count;
    change.subjects_after = static_cast<std::int64_t>(after->subjects.size());
    for (const auto& stage : after->answer.table.stages)
      stages.push_back({name, stage.stage, std::nullopt, counts_of(stage.summary.conversion)});
  }
  if (before != nullptr) {
    for (const auto& stage : before->answer.table.stages) {
      auto found = std::find_if(stages.begin(), stages.end(),
                                [&](const StageChange& known) { return known.stage == stage.stage; });
      if (found == stages.end())
        found = stages.insert(stages.end(), {name, stage.stage, std::nullopt, std::nullopt});
      found->before = counts_of(stage.summary.conversion);
    }
  }
  change.subjects_changed = changed_subjects(before, after);
  report.stages.insert(report.stages.end(), stages.begin(), stages.end());
  report.funnels.push_back(change);
}

void replace_source(store::Manifest& manifest, const std::string& source, const Rederived& drawn) {
  const auto is_of_source = [&](const auto& item) { return item.source == source; };
  std::erase_if(manifest.parts, is_of_source);
  std::erase_if(manifest.deliveries, is_of_source);
  manifest.parts.insert(manifest.parts.end(), drawn.parts.begin(), drawn.parts.end());
  manifest.deliveries.insert(manifest.deliveries.end(), drawn.deliveries.begin(), drawn.deliveries.end());
  std::sort(manifest.deliveries.begin(), manifest.deliveries.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
}

// The state as it would be: its parts in the scratch folder, what does not change from the real one.
Result<store::Manifest> draw_for_plan(const Environment& environment, const Scratch& scratch,
                                      const CompiledWorkspace& workspace, const store::Manifest& manifest,
                                      PlanReport& report) {
  FileSystem& files = *environment.files;
  WEIR_TRY(const auto key, store::WorkspaceKey::open(files, environment.state_dir(), environment.key,
                                                     manifest.key_fingerprint));
  WEIR_TRY(const auto control, store::ControlStore::open(files, *environment.clock, environment.state_dir(),
                                                         store::StoreAccess::read));
  store::Vault vault(*control, key.vault_key());
  WEIR_TRY(const auto engine, open_engine(files, environment.state_dir()));
  WEIR_TRY(auto binder, store::ExpressionBinder::create(text_functions()));
  ingest::IngestEnvironment within{files, *engine, binder, scratch.path(),
                                   mapping_context(workspace, key.identity_key(), key.personal_key())};
  store::Manifest after = manifest;
  for (std::size_t i = 0; i < workspace.sources.size(); ++i) {
    const auto& plan = workspace.sources[i];
    if (!is_stale(plan, manifest)) continue;
    WEIR_TRY(const auto personal, personal_columns_before(environment, plan.source->name));
    CountingSink sink;
    WEIR_TRY(auto drawn, rederive_source(within, environment, plan, workspace.source_files[i], manifest,
                                         personal, &vault, sink));
    drawn.parts = scratch.seen_from_state(std::move(drawn.parts));
    replace_source(after, plan.source->name, drawn);
    report.drawn_again.push_back(plan.source->name);
    report.notes.insert(report.notes.end(), drawn.notes.begin(), drawn.notes.end());
    if (sink.count() > 0)
      report.notes.push_back(std::to_string(sink.count()) + " records of '" + plan.source->name +
                             "' would be in quarantine");
  }
  return after;
}

// Timelines of the applied workspace are there already, unless a contract's file changed.
Result<std::map<std::string, FunnelState>> states_before(const Environment& environment,
                                                         const Scratch& scratch,
                                                         const CompiledWorkspace& before,
                                                         const store::Manifest& manifest) {
  const std::string folder = join_path(environment.state_dir(), "timelines");
  const std::string name = store::content_version(manifest) + "-" + before.version + ".timelines";
  const bool there = environment.files->exists(join_path(folder, name));
  WEIR_TRY(const auto timelines,
           open_timelines_of(environment, before, manifest, there ? folder : scratch.timelines()));
  return funnel_states(environment, before, timelines);
}

}  // namespace

Result<PlanReport> plan_changes(const Environment& environment, const CompiledWorkspace& workspace) {
  PlanReport report;
  WEIR_TRY(report.changes, unapplied_changes(environment, workspace));
  if (report.changes.first || report.changes.changes.empty()) return report;
  WEIR_TRY(const auto manifest, store::read_manifest(*environment.files, environment.state_dir()));
  if (manifest.generation == 0) return report;
  WEIR_TRY(const auto control, store::ControlStore::open(*environment.files, *environment.clock,
                                                         environment.state_dir(), store::StoreAccess::read));
  WEIR_TRY(const auto applied, control->applied_definitions());
  WEIR_TRY(const auto scratch, Scratch::make(environment, "plan-" + workspace.version));
  std::map<std::string, FunnelState> before;
  if (const auto old = load_applied_workspace(environment, applied); old.has_value()) {
    WEIR_TRY(before, states_before(environment, *scratch, *old, manifest));
  } else {
    report.notes.push_back(
        "what the numbers were is not shown: the applied definitions do not fit the contracts as they are "
        "now (" +
        old.error().message + ")");
  }
  WEIR_TRY(auto after_manifest, draw_for_plan(environment, *scratch, workspace, manifest, report));
  WEIR_TRY(const auto timelines,
           open_timelines_of(environment, workspace, std::move(after_manifest), scratch->timelines()));
  WEIR_TRY(const auto after, funnel_states(environment, workspace, timelines));
  report.has_counts = true;
  const auto find = [](const auto& states, const std::string& name) {
    const auto found = states.find(name);
    return found == states.end() ? nullptr : &found->second;
  };
  for (const auto& funnel : workspace.funnels)
    compare(funnel.definition->name, find(before, funnel.definition->name),
            find(after, funnel.definition->name), report);
  for (const auto& [name, state] : before) {
    if (!after.contains(name)) compare(name, &state, nullptr, report);
  }
  return report;
}

Result<ApplyReport> apply_changes(const Environment& environment, const CompiledWorkspace& workspace) {
  ApplyReport report;
  WEIR_TRY(WritingState state, open_for_writing(environment, "apply"));
  WEIR_TRY(report.changes, unapplied_changes(environment, workspace));
  WEIR_TRY(auto binder, store::ExpressionBinder::create(text_functions()));
  ingest::IngestEnvironment within{
      *environment.files, *state.engine, binder, environment.state_dir(),
      mapping_context(workspace, state.key.identity_key(), state.key.personal_key())};
  store::Manifest after = state.manifest;
  std::vector<std::int64_t> replayed;
  ApplySink sink(*state.vault, *state.quarantine);
  for (std::size_t i = 0; i < workspace.sources.size(); ++i) {
    const auto& plan = workspace.sources[i];
    if (!is_stale(plan, state.manifest)) continue;
    WEIR_TRY(const auto personal, personal_columns_before(environment, plan.source->name));
    WEIR_TRY(const auto drawn, rederive_source(within, environment, plan, workspace.source_files[i],
                                               state.manifest, personal, state.vault.get(), sink));
    replace_source(after, plan.source->name, drawn);
    ApplyReport::Source done{
        plan.source->name, static_cast<std::int64_t>(drawn.read_again.size()), 0, 0, 0, 0};
    done.from_stored_records = static_cast<std::int64_t>(drawn.deliveries.size()) - done.files_read;
    for (const auto& delivery : drawn.deliveries) {
      done.accepted += delivery.accepted;
      done.rejected += delivery.rejected;
    }
    store::QuarantineFilter filter;
    filter.source = plan.source->name;
    filter.state = store::QuarantineState::open;
    WEIR_TRY(const auto held, state.quarantine->list(filter));
    for (const auto& entry : held) {
      if (!drawn.read_again.contains(entry.file_hash) || sink.holds(entry)) continue;
      replayed.push_back(entry.id);
      ++done.replayed;
    }
    report.sources.push_back(done);
    report.notes.insert(report.notes.end(), drawn.notes.begin(), drawn.notes.end());
  }
  WEIR_TRY_STATUS(sink.finish());
  if (!report.sources.empty()) {
    ++after.generation;
    WEIR_TRY_STATUS(store::write_manifest(*environment.files, environment.state_dir(), after));
    WEIR_TRY_STATUS(state.quarantine->mark_replayed(replayed));
  }
  WEIR_TRY(const auto set, state.control->record_applied(definitions_of(workspace), "apply"));
  static_cast<void>(set);
  return report;
}

}  // namespace weir::engine
