#include "engine/ingest.h"

#include <algorithm>

#include "engine/apply.h"
#include "engine/csv_layout.h"
#include "engine/inferred_contract.h"
#include "engine/quarantine.h"
#include "engine/rederive.h"
#include "engine/sealing_sink.h"
#include "engine/text_functions.h"
#include "ingest/delivery_time.h"
#include "store/control_store.h"
#include "store/quarantine.h"
#include "store/vault.h"
#include "store/workspace_key.h"
#include "store/writer_lock.h"

namespace weir::engine {

namespace {

// The files to take, each with the time its snapshot was taken.
Result<std::vector<ingest::InputFile>> input_files(const CompiledWorkspace& workspace, std::size_t index,
                                                   const IngestOptions& options,
                                                   const store::Manifest& manifest) {
  const workspace::Source& source = *workspace.sources[index].source;
  const std::vector<std::string> paths =
      options.file.empty() ? workspace.source_files[index] : std::vector<std::string>{options.file};
  std::vector<ingest::InputFile> files;
  for (const std::string& path : paths) {
    ingest::InputFile file{path, options.at};
    if (!source.snapshot_file_name.empty()) {
      WEIR_TRY(file.taken_at, ingest::delivery_time(source.snapshot_file_name, path, workspace.zone));
    }
    files.push_back(std::move(file));
  }
  const bool undated = source.kind == workspace::SourceKind::snapshot && source.changed_at.empty() &&
                       source.snapshot_column.empty() && source.snapshot_file_name.empty() && !options.at;
  if (undated) {
    const auto others = std::count_if(manifest.deliveries.begin(), manifest.deliveries.end(),
                                      [&](const store::Delivery& delivery) {
                                        return delivery.source == source.name && !delivery.taken_at;
                                      });
    const bool same =
        others == 1 &&
        files.size() == 1;  // the same file again, or a second delivery: told apart by hash below
    if (files.size() > 1 || (others > 0 && !same)) {
      return fail(Errc::configuration,
                  "the snapshot source '" + source.name +
                      "' has more than one delivery and none says when it was taken; declare `changed_at:` "
                      "or `snapshot_at:`, or ingest each with --at",
                  source.place);
    }
  }
  return files;
}

// A second undated delivery with other bytes cannot be ordered against the first.
Status refuse_second_undated(const workspace::Source& source, const ingest::SourceOutcome& outcome,
                             const store::Manifest& manifest) {
  if (source.kind != workspace::SourceKind::snapshot || !source.changed_at.empty() ||
      !source.snapshot_column.empty())
    return {};
  for (const auto& fresh : outcome.deliveries) {
    for (const auto& known : manifest.deliveries) {
      if (known.source != source.name || known.taken_at || fresh.taken_at || known.hash == fresh.hash)
        continue;
      return fail(Errc::configuration,
                  "the snapshot source '" + source.name +
                      "' was delivered again with other content and neither delivery says when it was taken; "
                      "declare `changed_at:` or `snapshot_at:`, or ingest it with --at",
                  source.place);
    }
  }
  return {};
}

// What was taken in under an inferred contract that the files at hand changed is drawn again, so that
// everything is as if all had come at once. Gives per source what to tell the user.
Result<std::vector<std::vector<std::string>>> redraw_settled(const Environment& environment,
                                                             const CompiledWorkspace& workspace) {
  std::vector<std::vector<std::string>> notes(workspace.sources.size());
  WEIR_TRY(const store::Manifest manifest, store::read_manifest(*environment.files, environment.state_dir()));
  bool redraws = false;
  for (std::size_t i = 0; i < workspace.sources.size(); ++i) {
    const ingest::SourcePlan& plan = workspace.sources[i];
    if (!plan.source->contract.empty() || !is_stale(plan, manifest)) continue;
    redraws = true;
    notes[i] = contract_changes(plan, workspace.settled[i]);
  }
  if (!redraws) return notes;
  WEIR_TRY(const ApplyReport applied, apply_changes(environment, workspace));
  for (const auto& source : applied.sources) {
    if (source.from_stored_records == 0) continue;
    WEIR_TRY(const auto replayed, replay_quarantine(environment, workspace, source.source));  // may fit now
    static_cast<void>(replayed);
  }
  for (std::size_t i = 0; i < notes.size() && !applied.notes.empty(); ++i) {
    if (notes[i].empty()) continue;
    notes[i].insert(notes[i].end(), applied.notes.begin(), applied.notes.end());
    break;
  }
  return notes;
}

SourceReport report_of(const std::string& source, const ingest::SourceOutcome& outcome) {
  SourceReport report;
  report.source = source;
  report.files = static_cast<std::int64_t>(outcome.deliveries.size());
  report.skipped_files = outcome.skipped_files;
  report.notes = outcome.notes;
  for (const auto& delivery : outcome.deliveries) {
    report.rows += delivery.rows;
    report.accepted += delivery.accepted;
    report.rejected += delivery.rejected;
    report.repeated += delivery.repeated;
  }
  return report;
}

}  // namespace

Result<IngestReport> ingest(const Environment& environment, const CompiledWorkspace& workspace,
                            const IngestOptions& options, const ShowProgress& show) {
  FileSystem& files = *environment.files;
  const std::string state = environment.state_dir();
  WEIR_TRY(const auto redrawn, redraw_settled(environment, workspace));
  WEIR_TRY(const auto lock, store::WriterLock::acquire(files, state, options.verb));
  WEIR_TRY(store::Manifest manifest, store::read_manifest(files, state));
  WEIR_TRY(const auto key,
           store::WorkspaceKey::open(files, state, environment.key, manifest.key_fingerprint));
  WEIR_TRY_STATUS(store::remove_orphans(files, state, manifest));
  WEIR_TRY(const auto control,
           store::ControlStore::open(files, *environment.clock, state, store::StoreAccess::write));
  store::Vault vault(*control, key.vault_key());
  store::Quarantine quarantine(*control, key.quarantine_key());
  WEIR_TRY_STATUS(files.make_directories(join_path(state, "tmp")));
  store::EngineOptions engine_options;
  engine_options.memory_limit = "1GB";
  engine_options.temporary_directory = join_path(state, "tmp");
  WEIR_TRY(const auto engine, store::QueryEngine::open(engine_options));
  WEIR_TRY(auto binder, store::ExpressionBinder::create(text_functions()));
  ingest::IngestEnvironment within{files, *engine, binder, state,
                                   mapping_context(workspace, key.identity_key(), key.personal_key())};

  IngestReport report;
  bool found = options.source.empty();
  for (std::size_t i = 0; i < workspace.sources.size(); ++i) {
    const ingest::SourcePlan& plan = workspace.sources[i];
    if (!options.source.empty() && plan.source->name != options.source) continue;
    found = true;
    WEIR_TRY(const auto inputs, input_files(workspace, i, options, manifest));
    IngestProgress progress{plan.source->name, 0, 0, 0};
    for (const auto& input : inputs) {
      WEIR_TRY(const std::uint64_t bytes, files.size_of(input.path));
      progress.bytes_total += bytes;
    }
    SealingSink sink(vault, quarantine);
    WEIR_TRY(auto outcome, ingest::ingest_source(within, plan, inputs, manifest, sink,
                                                 [&](std::uint64_t bytes, std::int64_t rows) {
                                                   progress.bytes_done = bytes;
                                                   progress.rows = rows;
                                                   show(progress);
                                                 }));
    WEIR_TRY_STATUS(refuse_second_undated(*plan.source, outcome, manifest));
    WEIR_TRY_STATUS(sink.finish());
    WEIR_TRY_STATUS(keep_layouts(*control, files, plan, inputs, outcome));
    WEIR_TRY_STATUS(keep_contract(environment, plan, workspace.settled[i]));
    report.sources.push_back(report_of(plan.source->name, outcome));
    auto& notes = report.sources.back().notes;
    notes.insert(notes.begin(), redrawn[i].begin(), redrawn[i].end());
    report.quarantined += report.sources.back().rejected;
    if (outcome.deliveries.empty()) continue;
    manifest.parts.insert(manifest.parts.end(), outcome.parts.begin(), outcome.parts.end());
    manifest.deliveries.insert(manifest.deliveries.end(), outcome.deliveries.begin(),
                               outcome.deliveries.end());
    manifest.key_fingerprint = key.fingerprint();
    ++manifest.generation;
    WEIR_TRY_STATUS(store::write_manifest(files, state, manifest));
  }
  if (!found) return fail(Errc::usage, "no source is named '" + options.source + "'");
  return report;
}

}  // namespace weir::engine
