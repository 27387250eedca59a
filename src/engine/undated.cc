#include "engine/undated.h"

#include <algorithm>
#include <set>

namespace weir::engine {
namespace {

// Whether any handle of the subject has an event at the as-of.
bool has_event(const timeline::TimelineStore& store, const identity::EntityLinks& links,
               timeline::Handle handle, const funnel::AsOf& as_of) {
  const auto& c = store.columns();
  const auto members = links.members(handle);
  return std::any_of(members.begin(), members.end(), [&](timeline::Handle member) {
    const auto run = store.run(member);
    return std::any_of(run.begin(), run.end(), [&](timeline::Row row) {
      return as_of.sees(c.occurred_at[row], c.known_at[row], c.retracted_at[row]);
    });
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

Result<std::vector<std::string>> undated_subjects(const Environment& environment,
                                                  const CompiledWorkspace& workspace,
                                                  const OpenTimelines& timelines,
                                                  const CompiledFunnel& funnel, const funnel::AsOf& as_of,
                                                  const identity::EntityLinks& links) {
  std::set<std::string> found;
  const timeline::TimelineStore& store = *timelines.store;
  const std::string state = environment.state_dir();
  for (const auto& plan : workspace.sources) {
    const std::string column = subject_column(plan, funnel.definition->subject);
    const std::string records =
        store::parts_table(timelines.manifest, state, store::PartKind::records, plan.source->name);
    if (column.empty() || records.empty()) continue;
    const std::string events =
        store::parts_table(timelines.manifest, state, store::PartKind::events, plan.source->name);
    WEIR_TRY(const auto engine, store::QueryEngine::open({}));
    // A dated revision was known by its time, whatever came of it later; a record of a log by its events, so
    // that one without any was always known.
    const std::string key = store::sql_name(column);
    const std::string no_event =
        events.empty() ? "TRUE"
                       : "weir_record NOT IN (SELECT record FROM " + events + " WHERE type IS NOT NULL)";
    const std::string sql =
        "SELECT CAST(" + key +
        " AS VARCHAR), min(epoch_us(weir_revision_at)), bool_or(weir_revision_at IS NULL) FROM " + records +
        " WHERE " + key + " IS NOT NULL AND (weir_revision_at IS NOT NULL OR " + no_event + ") GROUP BY 1";
    const std::string prefix = plan.source->name_space.empty() ? "" : plan.source->name_space + "/";
    WEIR_TRY_STATUS(engine->query(sql, [&](const store::QueryChunk& chunk) -> Status {
      for (std::size_t row = 0; row < chunk.row_count(); ++row) {
        const bool always_known = chunk.integer(2, row) != 0;
        if (!always_known && !as_of.sees_link(chunk.integer(1, row), INT64_MAX)) continue;
        const std::string subject = prefix + std::string(chunk.text(0, row));
        const timeline::Handle handle = store.find_handle(funnel.shape.subject, subject);
        if (handle == timeline::kNoHandle || !has_event(store, links, handle, as_of)) found.insert(subject);
      }
      return {};
    }));
  }
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace weir::engine
