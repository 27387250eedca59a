#include "timeline/build.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "ingest/event.h"
#include "store/parquet_column.h"
#include "timeline/assembler.h"
#include "timeline/event_rows.h"
#include "timeline/repeated_records.h"
#include "timeline/revisions.h"

namespace weir::timeline {

using store::PartKind;
using store::QueryChunk;
using store::ValueType;

const store::Schema& event_schema() {
  static const store::Schema kSchema{{"id", ValueType::text},
                                     {"source", ValueType::text},
                                     {"type", ValueType::text},
                                     {"occurred_at", ValueType::timestamp},
                                     {"known_at", ValueType::timestamp},
                                     {"precision", ValueType::text},
                                     {"lead", ValueType::text},
                                     {"opportunity", ValueType::text},
                                     {"contact", ValueType::text},
                                     {"account", ValueType::text},
                                     {"anonymous", ValueType::text},
                                     {"product", ValueType::text},
                                     {"campaign", ValueType::text},
                                     {"content", ValueType::text},
                                     {"owner", ValueType::text},
                                     {"direction", ValueType::text},
                                     {"channel", ValueType::text},
                                     {"amount", ValueType::number},
                                     {"currency", ValueType::text},
                                     {"properties", ValueType::text},
                                     {"text", ValueType::text}};
  return kSchema;
}

std::optional<Kind> kind_named(std::string_view name) noexcept {
  const auto kind = workspace::entity_kind(name);
  return kind ? std::optional(kind_of(*kind)) : std::nullopt;
}

namespace {

std::vector<std::string> also_names(std::string_view also) {
  std::vector<std::string> names;
  const auto json = nlohmann::json::parse(also, nullptr, false);
  if (!json.is_array()) return names;
  for (const auto& item : json) names.push_back(item.get<std::string>());
  return names;
}

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

class Builder {
 public:
  Builder(FileSystem& files, const std::string& state, const store::Manifest& manifest, const BuildPlan& plan,
          const std::string& prefix)
      : files_(files),
        state_(state),
        manifest_(manifest),
        plan_(plan),
        reader_(plan),
        assembler_(reader_.condition_words(), static_cast<std::uint32_t>(plan.value_sql.size()), files,
                   prefix) {}

  Status build(const std::string& path) {
    WEIR_TRY_STATUS(open_engine());
    assembler_.expect(stored_rows(PartKind::events, std::nullopt));
    for (const SourceShape& source : plan_.sources) WEIR_TRY_STATUS(add_source(source));
    WEIR_TRY_STATUS(add_changes());
    engine_.reset();
    return std::move(assembler_).write(files_, path);
  }

 private:
  Status open_engine();
  Status add_source(const SourceShape& source);
  Status load_revisions(const SourceShape& source);
  Status load_texts(const SourceShape& source);
  Status add_events(const SourceShape& source);
  Status add_entities(const SourceShape& source);
  Status add_changes();
  [[nodiscard]] std::size_t stored_rows(PartKind kind, const std::optional<std::string>& source) const;
  [[nodiscard]] Result<bool> find_several(const std::string& table, std::size_t records);
  Status read_revisions(const SourceShape& source, const std::string& sql);
  Status add_single_events(const SourceShape& source, const std::string& view);
  Status add_resolved_events(const SourceShape& source, const std::string& view);
  void emit(const EventRow& event, std::string_view source, std::int64_t known_at, std::int64_t retracted_at);
  Status resolve_record(const SourceShape& source, const RecordId& record, std::vector<StoredEvent>& rows);
  void resolve_event(const SourceShape& source, const std::vector<Revision>& revisions,
                     const std::vector<const StoredEvent*>& rows);
  void draw_changes(const SourceShape& source, const RecordId& record, const std::vector<Revision>& revisions,
                    const std::vector<const StoredEvent*>& rows);
  void write_change(const StoredEvent& state, const std::string& source, const EventId& id,
                    std::int64_t occurred_at, std::int64_t known_at, std::uint32_t flags,
                    const std::string& properties);
  const std::vector<Revision>& revisions_of(const RecordId& record, const std::vector<StoredEvent>& rows);
  [[nodiscard]] std::vector<std::int64_t> delivery_times(const std::string& source) const;

  FileSystem& files_;
  std::string state_;
  const store::Manifest& manifest_;
  const BuildPlan& plan_;
  EventReader reader_;
  Assembler assembler_;
  std::unique_ptr<store::QueryEngine> engine_;
  std::unique_ptr<store::TableWriter> changes_;
  std::int64_t change_count_{0};
  std::map<RecordId, std::vector<Revision>>
      revisions_;  // of the source's records with more than one; table `several` has their ids
  std::vector<Revision> single_;
  std::vector<OtherHandle> also_;
  bool has_revisions_{false};
  bool has_texts_{false};  // the table `texts` holds the source's free texts
  std::int64_t first_delivery_{kNever};
};

Status Builder::open_engine() {
  store::EngineOptions options;
  options.memory_limit = "1GB";
  options.temporary_directory = join_path(state_, "tmp");
  if (plan_.personal_fields) {  // free text must not spill to disk
    options.memory_limit = "4GB";
    options.temporary_directory.clear();
  }
  options.text_functions = plan_.text_functions;
  WEIR_TRY(engine_, store::QueryEngine::open(options));
  // From here on the engine opens nothing but parts: what users wrote runs in it.
  WEIR_TRY_STATUS(engine_->execute("SET allowed_directories = [" +
                                   store::sql_quote(join_path(state_, "parts")) + ", " +
                                   store::sql_quote(join_path(state_, "tmp")) + "]"));
  WEIR_TRY_STATUS(engine_->execute("SET enable_external_access = false"));
  WEIR_TRY_STATUS(engine_->execute("SET lock_configuration = true"));
  WEIR_TRY_STATUS(engine_->execute("CREATE TABLE change_events (" +
                                   store::sql_columns(ingest::event_columns()) + ", source VARCHAR)"));
  WEIR_TRY(changes_, engine_->writer("change_events"));
  return {};
}

// Of one source, or of all.
std::size_t Builder::stored_rows(PartKind kind, const std::optional<std::string>& source) const {
  std::size_t rows = 0;
  for (const auto& part : manifest_.parts) {
    if (part.kind == kind && (!source || part.source == *source)) rows += static_cast<std::size_t>(part.rows);
  }
  return rows;
}

std::vector<std::int64_t> Builder::delivery_times(const std::string& source) const {
  std::set<std::int64_t> times;
  for (const auto& delivery : manifest_.deliveries) {
    if (delivery.source == source && delivery.taken_at) times.insert(*delivery.taken_at);
  }
  return {times.begin(), times.end()};
}

Status Builder::add_source(const SourceShape& source) {
  WEIR_TRY_STATUS(load_revisions(source));
  WEIR_TRY_STATUS(load_texts(source));
  WEIR_TRY_STATUS(add_events(source));
  return add_entities(source);
}

// Fills the table `several` with the records that come more than once.
Result<bool> Builder::find_several(const std::string& table, std::size_t records) {
  WEIR_TRY(const auto several, repeated_records(*engine_, table, records));
  if (several.empty()) return false;
  WEIR_TRY(const auto writer, engine_->writer("several"));
  WEIR_TRY_STATUS(engine_->query("SELECT weir_record FROM " + table, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto [high, low] = chunk.uuid(0, row);
      if (!std::binary_search(several.begin(), several.end(), high)) continue;
      writer->uuid(high, low);
      writer->end_row();
    }
    return {};
  }));
  WEIR_TRY_STATUS(writer->flush());
  return true;
}

// Only records with more than one revision are kept in memory; all others hold from their only one on.
Status Builder::load_revisions(const SourceShape& source) {
  revisions_.clear();
  has_revisions_ = false;
  first_delivery_ = kNever;
  WEIR_TRY_STATUS(engine_->execute("CREATE OR REPLACE TABLE several (several_record UUID)"));
  const std::string table = store::parts_table(manifest_, state_, PartKind::records, source.name);
  if (table.empty()) return {};
  WEIR_TRY_STATUS(
      engine_->query("SELECT min(weir_revision_at) FROM " + table, [&](const QueryChunk& chunk) -> Status {
        has_revisions_ = !chunk.is_null(0, 0);
        if (has_revisions_) first_delivery_ = chunk.integer(0, 0);
        return {};
      }));
  std::string some;
  if (!source.complete) {
    WEIR_TRY(const bool has_several, find_several(table, stored_rows(PartKind::records, source.name)));
    if (!has_several) return {};
    some = " WHERE weir_record IN (SELECT several_record FROM several)";
  }
  return read_revisions(source, "SELECT weir_record, weir_content, weir_revision_at FROM " + table + some +
                                    " ORDER BY weir_record");
}

// Of a complete source's records also those may have an absence that come once: all are read, and `several`
// is filled here.
Status Builder::read_revisions(const SourceShape& source, const std::string& sql) {
  const std::vector<std::int64_t> deliveries =
      source.complete ? delivery_times(source.name) : std::vector<std::int64_t>{};
  RecordId current;
  std::vector<Revision> seen;
  std::vector<RecordId> several;
  const auto close = [&] {
    if (seen.empty()) return;
    std::int64_t conflicts = 0;
    const bool is_single = seen.size() == 1;
    auto revisions = effective_revisions(std::exchange(seen, {}), deliveries, conflicts);
    assembler_.add_conflicts(conflicts);
    if (is_single && revisions.size() == 1) return;
    if (source.complete) several.push_back(current);
    revisions_[current] = std::move(revisions);
  };
  WEIR_TRY_STATUS(engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto [high, low] = chunk.uuid(0, row);
      const RecordId record{high, low};
      if (record != current) close();
      current = record;
      const auto [content_high, content_low] = chunk.uuid(1, row);
      seen.push_back(
          Revision{integer_or(chunk, 2, row, kAlways), ContentHash{content_high, content_low}, false});
    }
    return {};
  }));
  close();
  if (several.empty()) return {};
  WEIR_TRY(const auto writer, engine_->writer("several"));
  for (const RecordId& record : several) {
    writer->uuid(record.high, record.low);
    writer->end_row();
  }
  return writer->flush();
}

const std::vector<Revision>& Builder::revisions_of(const RecordId& record,
                                                   const std::vector<StoredEvent>& rows) {
  const auto found = revisions_.find(record);
  if (found != revisions_.end()) return found->second;
  single_.assign(1, Revision{rows.front().event.revision_at, rows.front().content, false});
  return single_;
}

// The free texts of the source's events, from the vault into memory.
Status Builder::load_texts(const SourceShape& source) {
  has_texts_ = false;
  const std::string parts = store::parts_table(manifest_, state_, PartKind::events, source.name);
  if (!plan_.personal_fields || source.text_columns.empty() || parts.empty()) return {};
  WEIR_TRY_STATUS(
      engine_->execute("CREATE OR REPLACE TABLE texts (text_record UUID, text_content UUID, text_rule "
                       "VARCHAR, text VARCHAR)"));
  WEIR_TRY(const auto writer, engine_->writer("texts"));
  const std::string sql = "SELECT record, content, rule FROM " + parts + " WHERE flags & " +
                          std::to_string(ingest::kHasText) + " <> 0";
  WEIR_TRY_STATUS(engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto column = source.text_columns.find(std::string(chunk.text(2, row)));
      if (column == source.text_columns.end()) continue;
      const auto [record_high, record_low] = chunk.uuid(0, row);
      const auto [content_high, content_low] = chunk.uuid(1, row);
      WEIR_TRY(const auto fields, plan_.personal_fields(RecordId{record_high, record_low},
                                                        ContentHash{content_high, content_low}));
      if (!fields) continue;  // erased: the event stays, its text is gone
      const auto json = nlohmann::json::parse(*fields, nullptr, false);
      if (!json.is_object() || !json.contains(column->second)) continue;
      writer->uuid(record_high, record_low);
      writer->uuid(content_high, content_low);
      writer->text(column->first);
      writer->text(json[column->second].get<std::string>());
      writer->end_row();
    }
    return {};
  }));
  has_texts_ = true;
  return writer->flush();
}

Status Builder::add_events(const SourceShape& source) {
  const std::string parts = store::parts_table(manifest_, state_, PartKind::events, source.name);
  if (parts.empty()) return {};
  const std::string view = canonical_view(
      "(SELECT *, " + store::sql_quote(source.name) + " AS source FROM " + parts + ")", has_texts_);
  WEIR_TRY_STATUS(add_single_events(source, view));
  return has_revisions_ || !revisions_.empty() ? add_resolved_events(source, view) : Status{};
}

// Events of records with one revision hold from it on; their order does not matter.
Status Builder::add_single_events(const SourceShape& source, const std::string& view) {
  const bool is_plain = !has_revisions_ && revisions_.empty();
  std::string sql = "SELECT " + reader_.columns() + " FROM " + view;
  if (!is_plain) sql += " WHERE weir_flags & " + std::to_string(ingest::kChangeState) + " = 0";
  if (!revisions_.empty())
    sql += " AND NOT EXISTS (SELECT 1 FROM several WHERE several_record = weir_record)";
  constexpr std::size_t kAhead = 8;  // while so many events pass, a place in memory is fetched
  EventRow event;
  return engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      if (row + kAhead < chunk.row_count()) {
        reader_.for_each_key(chunk, row + kAhead,
                             [&](Kind kind, std::string_view key) { assembler_.fetch(kind, key); });
      }
      reader_.read(chunk, row, event);
      emit(event, source.name, event.known_at.value_or(is_plain ? 0 : event.revision_at), kNever);
    }
    return {};
  });
}

// Changes are drawn, and events of records with several revisions resolved, record by record.
Status Builder::add_resolved_events(const SourceShape& source, const std::string& view) {
  std::string sql = "SELECT " + reader_.columns() + EventReader::kFurther + " FROM " + view +
                    " WHERE weir_flags & " + std::to_string(ingest::kChangeState) + " <> 0";
  if (!revisions_.empty()) sql += " OR weir_record IN (SELECT several_record FROM several)";
  sql += " ORDER BY weir_record";
  RecordId current;
  std::vector<StoredEvent> rows;
  WEIR_TRY_STATUS(engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto [high, low] = chunk.uuid(reader_.further_column(), row);
      const RecordId record{high, low};
      if (record != current && !rows.empty()) WEIR_TRY_STATUS(resolve_record(source, current, rows));
      current = record;
      rows.push_back(reader_.stored(chunk, row));
    }
    return {};
  }));
  if (!rows.empty()) WEIR_TRY_STATUS(resolve_record(source, current, rows));
  return {};
}

Status Builder::resolve_record(const SourceShape& source, const RecordId& record,
                               std::vector<StoredEvent>& rows) {
  const std::vector<Revision>& revisions = revisions_of(record, rows);
  std::map<EventId, std::vector<const StoredEvent*>> by_event;
  for (const StoredEvent& row : rows) by_event[row.event.id].push_back(&row);
  for (const auto& [id, group] : by_event) {
    if ((group.front()->event.flags & ingest::kChangeState) != 0) {
      draw_changes(source, record, revisions, group);
    } else {
      resolve_event(source, revisions, group);
    }
  }
  rows.clear();
  return {};
}

// An event holds from the first revision that asserts it until the first one that does not.
void Builder::resolve_event(const SourceShape& source, const std::vector<Revision>& revisions,
                            const std::vector<const StoredEvent*>& rows) {
  const std::vector<const StoredEvent*> by_revision = rows_by_revision(revisions, rows);
  for (std::size_t i = 0; i < revisions.size(); ++i) {
    if (by_revision[i] == nullptr) continue;
    const StoredEvent& stored = *by_revision[i];
    std::size_t end = i + 1;
    while (end < revisions.size() && by_revision[end] != nullptr && by_revision[end]->same_assertion(stored))
      ++end;
    emit(stored.event, source.name, stored.event.known_at.value_or(revisions[i].at),
         end < revisions.size() ? revisions[end].at : kNever);
    i = end - 1;
  }
}

// What one column said over time: the first value, and an event wherever it changed.
void Builder::draw_changes(const SourceShape& source, const RecordId& record,
                           const std::vector<Revision>& revisions,
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
          !state->event.occurred_at && at <= first_delivery_ ? kRowLeftTruncated : 0U;
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

void Builder::write_change(const StoredEvent& state, const std::string& source, const EventId& id,
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

Status Builder::add_changes() {
  WEIR_TRY_STATUS(changes_->flush());
  if (change_count_ == 0) return {};
  // `source` is no canonical selection column: it comes last, behind the conditions.
  const std::string sql = "SELECT " + reader_.columns() + ", source FROM " + canonical_view("change_events");
  EventRow event;
  return engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      reader_.read(chunk, row, event);
      emit(event, chunk.text(reader_.further_column(), row), event.known_at.value_or(0), kNever);
    }
    return {};
  });
}

void Builder::emit(const EventRow& event, std::string_view source, std::int64_t known_at,
                   std::int64_t retracted_at) {
  ResolvedEvent resolved;
  resolved.id = event.id;
  resolved.occurred_at = event.occurred_at.value_or(0);
  resolved.known_at = known_at;
  resolved.retracted_at = retracted_at;
  resolved.flags = event.flags & (kRowDay | kRowDayEnd | kRowKnownAssumed | kRowLeftTruncated);
  const bool engagement = event.has_direction ||
                          std::binary_search(plan_.touch_types.begin(), plan_.touch_types.end(), event.type);
  if (engagement && source != "weir") resolved.flags |= kRowTouch;
  resolved.rank = event.rank;
  resolved.sequence = event.sequence;
  resolved.type = event.type;
  resolved.source = source;
  resolved.currency = event.currency;
  resolved.keys = event.keys;
  resolved.amount_minor = event.amount_minor;
  resolved.delivery = event.delivery;
  resolved.source_row = event.row;
  std::vector<std::string> names;
  if (!event.also.empty()) names = also_names(event.also);
  also_.clear();
  for (const std::string& name : names) {  // "contact email:ab12"
    const std::size_t space = name.find(' ');
    const auto kind = kind_named(std::string_view(name).substr(0, space));
    if (kind && space != std::string::npos)
      also_.push_back({*kind, std::string_view(name).substr(space + 1)});
  }
  resolved.also = also_;
  assembler_.add_event(resolved, event.conditions.data(), event.values.data());
}

Status Builder::add_entities(const SourceShape& source) {
  const std::string parts = store::parts_table(manifest_, state_, PartKind::entities, source.name);
  if (parts.empty()) return {};
  struct Seen {
    Revision revision;
    Kind kind{kLead};
    std::string handle, also, relations, attributes;
  };
  RecordId current;
  std::vector<Seen> rows;
  const auto value_text = [](const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  const auto resolve = [&] {
    std::vector<Revision> single;
    const auto found = revisions_.find(current);
    if (found == revisions_.end()) single.push_back(rows.front().revision);
    const std::vector<Revision>& revisions = found == revisions_.end() ? single : found->second;
    for (const Seen& seen : rows) {
      const int at = find_revision(revisions, seen.revision.content, seen.revision.at);
      if (at < 0) continue;
      const std::int64_t from = seen.revision.at;
      const auto next = static_cast<std::size_t>(at) + 1;
      const std::int64_t until = next < revisions.size() ? revisions[next].at : kNever;
      const auto also = nlohmann::json::parse(seen.also.empty() ? "[]" : seen.also, nullptr, false);
      const auto relations =
          nlohmann::json::parse(seen.relations.empty() ? "{}" : seen.relations, nullptr, false);
      const auto attributes =
          nlohmann::json::parse(seen.attributes.empty() ? "{}" : seen.attributes, nullptr, false);
      for (const auto& other : also) {
        const std::string text = other.get<std::string>();
        assembler_.add_link(seen.kind, seen.handle, std::string_view(text).substr(text.find(' ') + 1), from);
      }
      for (const auto& [name, to] : relations.items()) {
        if (const auto kind = kind_named(name))
          assembler_.add_relation(seen.kind, seen.handle, *kind, to.get<std::string>(), from, until);
      }
      for (const auto& [name, value] : attributes.items()) {
        assembler_.add_attribute(seen.kind, seen.handle, name, value_text(value), from, until);
      }
    }
    rows.clear();
  };
  const std::string sql =
      "SELECT record, content, revision_at, kind, handle, also, relations, attributes FROM " + parts +
      " ORDER BY record, revision_at, kind, handle";
  WEIR_TRY_STATUS(engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto text = [&](std::size_t column) {
        return chunk.is_null(column, row) ? std::string{} : std::string(chunk.text(column, row));
      };
      const auto [high, low] = chunk.uuid(0, row);
      const RecordId record{high, low};
      if (record != current && !rows.empty()) resolve();
      current = record;
      const auto [content_high, content_low] = chunk.uuid(1, row);
      Seen seen;
      seen.revision =
          Revision{integer_or(chunk, 2, row, kAlways), ContentHash{content_high, content_low}, false};
      const auto kind = kind_named(text(3));
      if (!kind) return fail(Errc::damaged, "an entity part names a kind that does not exist");
      seen.kind = *kind;
      seen.handle = text(4);
      seen.also = text(5);
      seen.relations = text(6);
      seen.attributes = text(7);
      rows.push_back(std::move(seen));
    }
    return {};
  }));
  if (!rows.empty()) resolve();
  return {};
}

}  // namespace

Status build_timelines(FileSystem& files, const std::string& state, const store::Manifest& manifest,
                       const BuildPlan& plan, const std::string& path) {
  Builder builder(files, state, manifest, plan, path + ".rows.");
  return builder.build(path);
}

}  // namespace weir::timeline
