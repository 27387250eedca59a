#include "engine/undated.h"

#include <algorithm>
#include <set>

namespace weir::engine {
namespace {

std::string part_list(const Environment& environment, const store::Manifest& manifest, const std::string& source, store::PartKind kind) {
  std::string list;
  for (const auto& part : manifest.parts) {
    if (part.source != source || part.kind != kind) continue;
    list += (list.empty() ? "" : ", ") + store::sql_quote(join_path(environment.state_dir(), part.file));
  }
  return list;
}

bool has_event(const timeline::TimelineStore& store, timeline::Handle handle, const funnel::AsOf& as_of) {
  const auto run = store.run(handle);
  if (as_of.known_at == kNeverKnown) return !run.empty();
  const std::int64_t known = micros_of(as_of.known_at);
  return std::any_of(run.begin(), run.end(), [&](timeline::Row row) {
    return store.columns().known_at[row] <= known && store.columns().retracted_at[row] > known;
  });
}

// The column that holds the subject's id, when it is a plain, unclassed one.
std::string subject_column(const ingest::SourcePlan& plan, workspace::EntityKind kind) {
  for (const auto& key : plan.source->keys) {
    if (key.kind != kind || key.scheme != workspace::HandleScheme::id) continue;
    const contract::Field* field = plan.contract.find(key.value.sql);
    if (field != nullptr && field->personal == contract::PersonalClass::none) return field->name;
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> undated_subjects(const Environment& environment, const CompiledWorkspace& workspace,
                                                  const OpenTimelines& timelines, const CompiledFunnel& funnel,
                                                  const funnel::AsOf& as_of) {
  std::set<std::string> found;
  const timeline::TimelineStore& store = *timelines.store;
  for (const auto& plan : workspace.sources) {
    const std::string column = subject_column(plan, funnel.definition->subject);
    const std::string records = part_list(environment, timelines.manifest, plan.source->name, store::PartKind::records);
    if (column.empty() || records.empty()) continue;
    const std::string events = part_list(environment, timelines.manifest, plan.source->name, store::PartKind::events);
    WEIR_TRY(const auto engine, store::QueryEngine::open({}));
    std::string sql = "SELECT DISTINCT CAST(" + store::sql_name(column) + " AS VARCHAR) FROM read_parquet([" + records + "], union_by_name = true) WHERE " +
                      store::sql_name(column) + " IS NOT NULL";
    const bool past = as_of.known_at != kNeverKnown;
    const std::string no_event = events.empty() ? "TRUE" : "weir_record NOT IN (SELECT record FROM read_parquet([" + events + "], union_by_name = true) WHERE type IS NOT NULL)";
    // A dated revision was known by its time, whatever came of it later; a record of a log by its events.
    sql += past ? " AND CASE WHEN weir_revision_at IS NULL THEN " + no_event + " ELSE epoch_us(weir_revision_at) <= " + std::to_string(micros_of(as_of.known_at)) + " END"
                : " AND " + no_event;
    const std::string prefix = plan.source->name_space.empty() ? "" : plan.source->name_space + "/";
    WEIR_TRY_STATUS(engine->query(sql, [&](const store::QueryChunk& chunk) -> Status {
      for (std::size_t row = 0; row < chunk.row_count(); ++row) {
        const std::string key = prefix + std::string(chunk.text(0, row));
        const timeline::Handle handle = store.find_handle(funnel.shape.subject, key);
        if (handle == timeline::kNoHandle || !has_event(store, handle, as_of)) found.insert(key);
      }
      return {};
    }));
  }
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace weir::engine
