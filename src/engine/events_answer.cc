#include "engine/events_answer.h"

#include <map>

namespace weir::engine {

using timeline::Handle;
using timeline::Kind;
using timeline::Row;

namespace {

std::string key_text(const timeline::TimelineStore& store, Kind kind, Row row) {
  const Handle handle = store.columns().keys[kind][row];
  return handle == timeline::kNoHandle ? std::string{} : std::string(store.handle_text(handle));
}

bool names(const timeline::TimelineStore& store, Row row, const std::string& subject) {
  for (std::size_t kind = 0; kind < timeline::kKinds; ++kind) {
    if (key_text(store, static_cast<Kind>(kind), row) == subject) return true;
  }
  return false;
}

std::map<std::int64_t, std::string> files_of(const OpenTimelines& timelines) {
  std::map<std::int64_t, std::string> files;
  for (const auto& delivery : timelines.manifest.deliveries) files[delivery.id] = delivery.name;
  return files;
}

ListedEvent listed(const CompiledWorkspace& workspace, const timeline::TimelineStore& store,
                   const std::map<std::int64_t, std::string>& files, Row row) {
  const auto& c = store.columns();
  ListedEvent event;
  const auto& proofs = store.proofs();
  event.id = proofs.event[row];
  event.source = store.source(c.source[row]);
  event.type = store.type(c.type[row]);
  event.occurred_at = c.occurred_at[row];
  event.known_at = c.known_at[row];
  event.known_assumed = (c.flags[row] & timeline::kRowKnownAssumed) != 0;
  event.lead = key_text(store, timeline::kLead, row);
  event.opportunity = key_text(store, timeline::kOpportunity, row);
  event.contact = key_text(store, timeline::kContact, row);
  event.account = key_text(store, timeline::kAccount, row);
  if (c.amount_minor[row] != timeline::kNoAmount) {
    const auto currency = Currency::parse(store.currency(c.currency[row]));
    event.amount = Money{c.amount_minor[row], currency ? *currency : workspace.definitions->currency};
  }
  const auto file = files.find(proofs.delivery[row]);
  if (file != files.end()) event.file = file->second;
  event.row = proofs.source_row[row];
  return event;
}

}  // namespace

Result<EventsAnswer> list_events(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                                 const EventQuestion& question) {
  const timeline::TimelineStore& store = *timelines.store;
  const auto files = files_of(timelines);
  EventsAnswer answer;
  for (Row row = 0; row < store.row_count(); ++row) {
    if (store.columns().retracted_at[row] != INT64_MAX) continue;
    if (!question.type.empty() && store.type(store.columns().type[row]) != question.type) continue;
    if (!question.subject.empty() && !names(store, row, question.subject)) continue;
    ++answer.found;
    if (question.limit > 0 && answer.found > question.limit) continue;
    answer.events.push_back(listed(workspace, store, files, row));
  }
  return answer;
}

ListedEvent event_in(const CompiledWorkspace& workspace, const OpenTimelines& timelines, Row row) {
  return listed(workspace, *timelines.store, files_of(timelines), row);
}

Status each_record_id(const Environment& environment, const CompiledWorkspace& workspace,
                      const std::function<void(std::string_view)>& visit) {
  WEIR_TRY(const auto manifest, store::read_manifest(*environment.files, environment.state_dir()));
  WEIR_TRY(const auto engine, store::QueryEngine::open({}));
  for (const auto& plan : workspace.sources) {
    const std::string parts =
        store::parts_table(manifest, environment.state_dir(), store::PartKind::records, plan.source->name);
    if (parts.empty()) continue;
    std::string key;
    for (const auto& name : plan.source->key)
      key += (key.empty() ? "" : ", ") + ("coalesce(CAST(" + store::sql_name(name) + " AS VARCHAR), '')");
    const std::string id =
        key.empty() ? "replace(CAST(weir_record AS VARCHAR), '-', '')" : "concat_ws('|', " + key + ")";
    const std::string sql = "SELECT " + id + " FROM " + parts + " ORDER BY weir_delivery, weir_row";
    WEIR_TRY_STATUS(engine->query(sql, [&](const store::QueryChunk& chunk) -> Status {
      for (std::size_t row = 0; row < chunk.row_count(); ++row) visit(chunk.text(0, row));
      return {};
    }));
  }
  return {};
}

}  // namespace weir::engine
