#include "timeline/changed_records.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "ingest/event.h"
#include "store/parquet_column.h"

namespace weir::timeline {

using store::QueryChunk;

namespace {

// The row that each revision gave; nullptr: none.
std::vector<const StoredEvent*> rows_by_revision(const std::vector<Revision>& revisions,
                                                 const std::vector<const StoredEvent*>& rows) {
  std::vector<const StoredEvent*> by_revision(revisions.size(), nullptr);
  for (const StoredEvent* row : rows) {
    const int at = find_revision(revisions, row->content, row->event.revision_at);
    if (at >= 0) by_revision[static_cast<std::size_t>(at)] = row;
  }
  return by_revision;
}

}  // namespace

Status ChangedRecords::open(store::QueryEngine& engine) {
  engine_ = &engine;
  WEIR_TRY_STATUS(engine.execute("CREATE TABLE change_events (" +
                                 store::sql_columns(ingest::event_columns()) + ", source VARCHAR)"));
  WEIR_TRY(changes_, engine.writer("change_events"));
  return {};
}

// Changes are drawn, and events of records with several revisions resolved, record by record.
Status ChangedRecords::add_source(const SourceShape& source, const RecordRevisions& known,
                                  const std::string& view) {
  std::string sql = "SELECT " + reader_.columns() + EventReader::kFurther + " FROM " + view +
                    " WHERE weir_flags & " + std::to_string(ingest::kChangeState) + " <> 0";
  if (known.has_several()) sql += " OR weir_record IN (SELECT several_record FROM several)";
  sql += " ORDER BY weir_record";
  RecordId current;
  std::vector<StoredEvent> rows;
  WEIR_TRY_STATUS(engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto [high, low] = chunk.uuid(reader_.further_column(), row);
      const RecordId record{high, low};
      if (record != current && !rows.empty()) WEIR_TRY_STATUS(resolve_record(source, known, current, rows));
      current = record;
      rows.push_back(reader_.stored(chunk, row));
    }
    return {};
  }));
  if (!rows.empty()) WEIR_TRY_STATUS(resolve_record(source, known, current, rows));
  return {};
}

Status ChangedRecords::resolve_record(const SourceShape& source, const RecordRevisions& known,
                                      const RecordId& record, std::vector<StoredEvent>& rows) {
  const std::vector<Revision>* several = known.find(record);
  const std::vector<Revision> single{Revision{rows.front().event.revision_at, rows.front().content, false}};
  const std::vector<Revision>& revisions = several != nullptr ? *several : single;
  std::map<EventId, std::vector<const StoredEvent*>> by_event;
  for (const StoredEvent& row : rows) by_event[row.event.id].push_back(&row);
  for (const auto& [id, group] : by_event) {
    if ((group.front()->event.flags & ingest::kChangeState) != 0) {
      draw_changes(source, known, record, revisions, group);
    } else {
      resolve_event(source, revisions, group);
    }
  }
  rows.clear();
  return {};
}

// An event holds from the first revision that asserts it until the first one that does not.
void ChangedRecords::resolve_event(const SourceShape& source, const std::vector<Revision>& revisions,
                                   const std::vector<const StoredEvent*>& rows) {
  const std::vector<const StoredEvent*> by_revision = rows_by_revision(revisions, rows);
  for (std::size_t i = 0; i < revisions.size(); ++i) {
    if (by_revision[i] == nullptr) continue;
    const StoredEvent& stored = *by_revision[i];
    std::size_t end = i + 1;
    while (end < revisions.size() && by_revision[end] != nullptr && by_revision[end]->same_assertion(stored))
      ++end;
    emitter_.emit(stored.event, source.name, stored.event.known_at.value_or(revisions[i].at),
                  end < revisions.size() ? revisions[end].at : kNever);
    i = end - 1;
  }
}

// What one column said over time: the first value, and an event wherever it changed.
void ChangedRecords::draw_changes(const SourceShape& source, const RecordRevisions& known,
                                  const RecordId& record, const std::vector<Revision>& revisions,
                                  const std::vector<const StoredEvent*>& rows) {
  const std::vector<const StoredEvent*> by_revision = rows_by_revision(revisions, rows);
  const StoredEvent* before = nullptr;
  std::int64_t before_at = 0;
  for (std::size_t i = 0; i < revisions.size(); ++i) {
    const StoredEvent* state = by_revision[i];
    if (state == nullptr) continue;
    const std::int64_t at = revisions[i].at;
    IdentityHasher hasher(plan_.identity_key);
    hasher.add(record);
    hasher.add(state->rule);
    if (before == nullptr) {
      hasher.add("first");
      const auto to = nlohmann::json::parse(state->properties, nullptr, false);
      const bool has_value = to.is_object() && to.contains("to") && !to["to"].is_null();
      const std::int64_t occurred = state->event.occurred_at.value_or(at);
      const std::uint32_t truncated =
          !state->event.occurred_at && at <= known.first_delivery() ? kRowLeftTruncated : 0U;
      if (has_value)
        write_change(*state, source.name, hasher.finish<EventId>(), occurred, at, truncated,
                     state->properties);
    } else if (state->properties != before->properties) {
      hasher.add(at);
      const auto from = nlohmann::json::parse(before->properties, nullptr, false);
      const auto to = nlohmann::json::parse(state->properties, nullptr, false);
      JsonWriter properties(0);
      properties.begin_object();
      properties.key("from").raw(from.at("to").dump());
      properties.key("to").raw(to.at("to").dump());
      if (!source.exact_changes) properties.field("after", rfc3339(before_at));
      properties.end_object();
      write_change(*state, source.name, hasher.finish<EventId>(), at, at, 0, properties.text());
    }
    before = state;
    before_at = at;
  }
}

void ChangedRecords::write_change(const StoredEvent& state, const std::string& source, const EventId& id,
                                  std::int64_t occurred_at, std::int64_t known_at, std::uint32_t flags,
                                  const std::string& properties) {
  store::TableWriter& out = *changes_;
  const auto text = [&](std::string_view value) {
    if (value.empty()) {
      out.null();
    } else {
      out.text(value);
    }
  };
  const EventRow& event = state.event;
  const std::uint32_t day = event.occurred_at ? event.flags & (ingest::kDayPrecision | ingest::kDayEnd) : 0U;
  const bool first = (flags & kRowLeftTruncated) != 0 || occurred_at == event.occurred_at;
  out.uuid(id.high, id.low);
  out.uuid(0, 0);
  out.uuid(0, 0);
  out.null();
  out.text(state.rule);
  out.text(event.type);
  out.timestamp(occurred_at);
  out.timestamp(known_at);
  out.small(static_cast<std::int32_t>(flags | (first ? day : 0U)));
  out.small(event.rank);
  out.null();
  for (const std::string_view key : event.keys) text(key);
  text(event.also);
  out.null();
  out.null();
  out.null();
  out.null();
  text(properties);
  out.small(static_cast<std::int32_t>(event.delivery));
  out.integer(event.row);
  out.text(source);
  out.end_row();
  ++change_count_;
}

// The changes of all sources, with the plan's conditions.
Status ChangedRecords::finish() {
  WEIR_TRY_STATUS(changes_->flush());
  if (change_count_ == 0) return {};
  // `source` is no canonical selection column: it comes last, behind the conditions.
  const std::string sql = "SELECT " + reader_.columns() + ", source FROM " + canonical_view("change_events");
  EventRow event;
  return engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      reader_.read(chunk, row, event);
      emitter_.emit(event, chunk.text(reader_.further_column(), row), event.known_at.value_or(0), kNever);
    }
    return {};
  });
}

}  // namespace weir::timeline
