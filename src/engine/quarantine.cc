#include "engine/quarantine.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/csv_layout.h"
#include "engine/sealing_sink.h"
#include "engine/text_functions.h"
#include "engine/writing_state.h"
#include "ingest/kept_records.h"
#include "ingest/source_run.h"

namespace weir::engine {

using ingest::KeptForm;
using ingest::KeptRecord;
using store::QuarantinedRecord;
using store::QuarantineState;

namespace {

constexpr std::int64_t kRecordsAtOnce = 10'000;

store::QuarantineFilter filter_of(const QuarantineQuestion& question) {
  store::QuarantineFilter filter;
  filter.source = question.source;
  filter.clause = question.clause;
  if (!question.all) filter.state = QuarantineState::open;
  return filter;
}

// Empty when there is no control store yet.
Result<std::unique_ptr<store::ControlStore>> read_control(const Environment& environment) {
  auto control = store::ControlStore::open(*environment.files, *environment.clock, environment.state_dir(),
                                           store::StoreAccess::read);
  if (control.has_value()) return control;
  if (control.error().code == Errc::not_found) return std::unique_ptr<store::ControlStore>{};
  return fail(control.error());
}

Result<store::WorkspaceKey> reading_key(const Environment& environment) {
  WEIR_TRY(const auto manifest, store::read_manifest(*environment.files, environment.state_dir()));
  return store::WorkspaceKey::open(*environment.files, environment.state_dir(), environment.key,
                                   manifest.key_fingerprint);
}

// Remembers which rows of the delivery at hand were held back again.
class ReplaySink final : public SealingSink {
 public:
  using SealingSink::SealingSink;
  Status rejected(const store::Delivery& delivery, const contract::Rejected& record) override {
    held_.insert(record.row);
    return SealingSink::rejected(delivery, record);
  }
  std::set<std::int64_t> take_held() { return std::exchange(held_, {}); }

 private:
  std::set<std::int64_t> held_;
};

// The replay of one source.
class Replay {
 public:
  Replay(const Environment& environment, WritingState& state, const CompiledWorkspace& workspace,
         std::size_t source, store::ExpressionBinder& binder)
      : files_(*environment.files),
        state_(state),
        plan_(workspace.sources[source]),
        within_{files_, *state.engine, binder, environment.state_dir(),
                mapping_context(workspace, state.key.identity_key(), state.key.personal_key())},
        sink_(*state.vault, *state.quarantine) {
    report_.source = plan_.source->name;
  }

  Result<ReplayReport> run() {
    std::vector<Error> errors;
    ingest::Mapping mapping =
        ingest::Mapping::compile(*plan_.source, plan_.contract, within_.binder, within_.context, errors);
    if (!errors.empty()) return fail(errors.front());
    ingest::SourceRun run(within_, plan_, sink_, mapping);
    WEIR_TRY_STATUS(run.open(state_.manifest));
    store::QuarantineFilter filter;
    filter.source = plan_.source->name;
    filter.state = QuarantineState::open;
    filter.limit = kRecordsAtOnce;
    for (;;) {
      std::vector<QuarantinedRecord> page;
      WEIR_TRY_STATUS(state_.quarantine->visit(filter, [&](const QuarantinedRecord& record) -> Status {
        page.push_back(record);
        return {};
      }));
      if (page.empty()) break;
      filter.after_id = page.back().entry.id;
      WEIR_TRY_STATUS(take_page(run, page));
    }
    WEIR_TRY_STATUS(run.close());
    WEIR_TRY_STATUS(commit(run.outcome()));
    return report_;
  }

 private:
  // A value that was there twice is still there twice: only a contract without `unique` lets it in.
  [[nodiscard]] bool is_repeat(const store::QuarantineEntry& entry) const {
    if (entry.clause != "unique") return false;
    const contract::Field* field = plan_.contract.find(entry.field);
    return field != nullptr && field->unique;
  }

  Status take_page(ingest::SourceRun& run, const std::vector<QuarantinedRecord>& page) {
    report_.records += static_cast<std::int64_t>(page.size());
    std::map<std::string, std::vector<const QuarantinedRecord*>> by_file;
    for (const auto& record : page) {
      if (!record.payload || is_repeat(record.entry)) {
        ++report_.held;
      } else {
        by_file[record.entry.file_hash].push_back(&record);
      }
    }
    for (const auto& [hash, records] : by_file) WEIR_TRY_STATUS(take_file(run, hash, records));
    return {};
  }

  Status take_file(ingest::SourceRun& run, const std::string& hash,
                   const std::vector<const QuarantinedRecord*>& records) {
    store::Delivery* delivery = nullptr;
    for (auto& known : state_.manifest.deliveries) {
      if (known.source == plan_.source->name && known.hash == hash) delivery = &known;
    }
    if (delivery ==
        nullptr) {  // its ingest did not come to its end: the file will be taken in again as a whole
      report_.held += static_cast<std::int64_t>(records.size());
      report_.notes.push_back("the file " + records.front()->entry.file_name +
                              " is not in the log; ingest it again");
      return {};
    }
    WEIR_TRY(const auto format, ingest::format_of(delivery->name, plan_.read.format));
    std::vector<KeptRecord> sent, normalised;
    for (const auto* record : records) {
      // What a mapping refused is kept as typed columns, without a line; so are records of Parquet files.
      (record->entry.line == 0 ? normalised : sent)
          .push_back({record->entry.row, record->entry.line, *record->payload});
    }
    store::Delivery counts = *delivery;
    counts.rows = counts.accepted = counts.rejected = counts.repeated = 0;
    counts.contract_version = plan_.contract_version;
    ingest::ReadOptions options = plan_.read;
    if (format == workspace::FileFormat::csv && !sent.empty()) {
      WEIR_TRY(const CsvLayout layout, layout_of(*state_.control, plan_, hash));
      options.csv = layout.csv;
      WEIR_TRY_STATUS(take_records(run, KeptForm::sent_csv, options, layout.header, sent, counts));
    } else {
      // Events of XES are kept as their cells.
      const KeptForm form = format == workspace::FileFormat::xes ? KeptForm::sent_named : KeptForm::sent_json;
      WEIR_TRY_STATUS(take_records(run, form, options, {}, sent, counts));
    }
    WEIR_TRY_STATUS(take_records(run, KeptForm::normalised, plan_.read, {}, normalised, counts));
    const std::set<std::int64_t> held = sink_.take_held();
    for (const auto* record : records) {
      if (!held.contains(record->entry.row)) accepted_.push_back(record->entry.id);
    }
    delivery->accepted += counts.accepted;
    delivery->repeated += counts.repeated;
    delivery->rejected = std::max<std::int64_t>(0, delivery->rejected - counts.accepted - counts.repeated);
    report_.accepted += counts.accepted;
    report_.repeated += counts.repeated;
    report_.held += counts.rejected;
    return {};
  }

  Status take_records(ingest::SourceRun& run, KeptForm form, const ingest::ReadOptions& options,
                      const std::vector<std::string>& header, const std::vector<KeptRecord>& records,
                      store::Delivery& counts) {
    WEIR_TRY(const auto again,
             ingest::read_again(*state_.engine, plan_.contract, options, form, header, records));
    WEIR_TRY_STATUS(run.take_block(contract::RecordBatch{}, again.rejected, counts));
    for (const auto& batch : again.batches) WEIR_TRY_STATUS(run.take_block(batch, {}, counts));
    return {};
  }

  // First what the parts need, then the parts, then the marks: ended anywhere, the next replay finds the rest
  // repeated.
  Status commit(const ingest::SourceOutcome& outcome) {
    WEIR_TRY_STATUS(sink_.finish());
    if (accepted_.empty()) return {};
    auto& manifest = state_.manifest;
    manifest.parts.insert(manifest.parts.end(), outcome.parts.begin(), outcome.parts.end());
    ++manifest.generation;
    WEIR_TRY_STATUS(store::write_manifest(files_, within_.state, manifest));
    return state_.quarantine->mark_replayed(accepted_);
  }

  FileSystem& files_;
  WritingState& state_;
  const ingest::SourcePlan& plan_;
  ingest::IngestEnvironment within_;
  ReplaySink sink_;
  ReplayReport report_;
  std::vector<std::int64_t> accepted_;
};

}  // namespace

Result<std::vector<QuarantineGroup>> quarantine_groups(const Environment& environment,
                                                       const QuarantineQuestion& question) {
  WEIR_TRY(const auto entries, quarantine_records(environment, question));
  std::map<std::tuple<std::string, std::string, std::string>, QuarantineGroup> groups;
  for (const auto& entry : entries) {
    QuarantineGroup& group = groups[{entry.source, entry.clause, entry.field}];
    if (group.records++ == 0) {
      group.source = entry.source;
      group.clause = entry.clause;
      group.field = entry.field;
      group.first = entry;
    }
  }
  std::vector<QuarantineGroup> sorted;
  for (auto& [key, group] : groups) sorted.push_back(std::move(group));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.records > b.records; });
  return sorted;
}

Result<std::vector<store::QuarantineEntry>> quarantine_records(const Environment& environment,
                                                               const QuarantineQuestion& question) {
  WEIR_TRY(const auto control, read_control(environment));
  if (control == nullptr) return std::vector<store::QuarantineEntry>{};
  WEIR_TRY(const auto key, reading_key(environment));
  store::Quarantine quarantine(*control, key.quarantine_key());
  return quarantine.list(filter_of(question));
}

Result<store::QuarantinedRecord> quarantined_record(const Environment& environment, std::int64_t id) {
  WEIR_TRY(const auto control, read_control(environment));
  if (control == nullptr) return fail(Errc::not_found, "nothing is in quarantine");
  WEIR_TRY(const auto key, reading_key(environment));
  store::Quarantine quarantine(*control, key.quarantine_key());
  return quarantine.show(id);
}

Result<std::vector<ReplayReport>> replay_quarantine(const Environment& environment,
                                                    const CompiledWorkspace& workspace,
                                                    const std::string& source) {
  WEIR_TRY(WritingState state, open_for_writing(environment, "quarantine replay"));
  WEIR_TRY(auto binder, store::ExpressionBinder::create(text_functions()));
  std::vector<ReplayReport> reports;
  bool found = source.empty();
  for (std::size_t i = 0; i < workspace.sources.size(); ++i) {
    if (!source.empty() && workspace.sources[i].source->name != source) continue;
    found = true;
    Replay replay(environment, state, workspace, i, binder);
    WEIR_TRY(ReplayReport report, replay.run());
    reports.push_back(std::move(report));
  }
  if (!found) return fail(Errc::usage, "no source is named '" + source + "'");
  return reports;
}

}  // namespace weir::engine
