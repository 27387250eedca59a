#include "timeline/build.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "ingest/event.h"
#include "timeline/assembler.h"
#include "timeline/revisions.h"

namespace weir::timeline {

using store::PartKind;
using store::QueryChunk;
using store::ValueType;

const store::Schema& event_schema() {
  static const store::Schema kSchema{
      {"id", ValueType::text},           {"source", ValueType::text},    {"type", ValueType::text},      {"occurred_at", ValueType::timestamp},
      {"known_at", ValueType::timestamp}, {"precision", ValueType::text}, {"lead", ValueType::text},      {"opportunity", ValueType::text},
      {"contact", ValueType::text},      {"account", ValueType::text},   {"anonymous", ValueType::text}, {"product", ValueType::text},
      {"campaign", ValueType::text},     {"content", ValueType::text},   {"owner", ValueType::text},     {"direction", ValueType::text},
      {"channel", ValueType::text},      {"amount", ValueType::number},  {"currency", ValueType::text},  {"properties", ValueType::text},
      {"text", ValueType::text}};
  return kSchema;
}

namespace {

// The canonical columns of event_schema() over a table with the part's columns and `source`.
std::string canonical_view(const std::string& from, bool with_text = false) {
  return "(SELECT event AS weir_event, record AS weir_record, content AS weir_content, revision_at AS weir_revision_at, rule AS weir_rule, "
         "flags AS weir_flags, rank AS weir_rank, sequence AS weir_sequence, also AS weir_also, amount_minor AS weir_amount, "
         "delivery AS weir_delivery, row AS weir_row, CAST(event AS VARCHAR) AS id, source, type, occurred_at, known_at, "
         "CASE WHEN flags & 1 = 1 THEN 'day' ELSE 'instant' END AS precision, lead, opportunity, contact, account, anonymous, product, "
         "campaign, content_key AS content, owner, direction, channel, "
         "amount_minor / CASE WHEN currency IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','VND','XAF','XOF') THEN 1.0 "
         "WHEN currency IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 ELSE 100.0 END AS amount, currency, properties, " +
         std::string(with_text ? "texts.text" : "CAST(NULL AS VARCHAR)") + " AS text FROM " + from +
         (with_text ? " AS given LEFT JOIN texts ON texts.text_record = given.record AND texts.text_content = given.content AND texts.text_rule = given.rule" : "") + ")";
}

// Columns of the query that event rows are read from, in this order.
enum Column : std::size_t {
  kEvent, kRecord, kRevisionContent, kRevisionAt, kRule, kType, kOccurred, kKnown, kFlags, kRank, kSequence, kFirstKeyColumn,
  kAlso = kFirstKeyColumn + kKinds, kDirection, kChannel, kAmountMinor, kCurrencyCode, kProperties, kDelivery, kRow, kFirstCondition,
};

std::string select_list(const BuildPlan& plan) {
  std::string sql =
      "weir_event, weir_record, weir_content, weir_revision_at, weir_rule, type, occurred_at, known_at, weir_flags, weir_rank, weir_sequence, "
      "lead, opportunity, contact, account, anonymous, product, campaign, content, owner, weir_also, direction, channel, weir_amount, currency, "
      "properties, weir_delivery, weir_row";
  for (const auto& condition : plan.condition_sql) sql += ", (" + condition + ")";
  for (const auto& value : plan.value_sql) sql += ", TRY_CAST((" + value + ") AS DECIMAL(18,4))";
  return sql;
}

std::int64_t integer_or(const QueryChunk& chunk, std::size_t column, std::size_t row, std::int64_t otherwise) {
  return chunk.is_null(column, row) ? otherwise : chunk.integer(column, row);
}

// One stored event row, owned: rows of one record are gathered before they are resolved.
struct StoredEvent {
  EventId id;
  ContentHash content;
  std::int64_t revision_at{kAlways};
  std::string rule, type, also, direction, channel, currency, properties;
  std::array<std::string, kKinds> keys;
  bool has_occurred{false};
  std::int64_t occurred_at{0};
  bool has_known{false};
  std::int64_t known_at{0};
  std::uint32_t flags{0};
  std::int32_t rank{0};
  std::int64_t sequence{0};
  std::int64_t amount_minor{kNoAmount};
  std::uint32_t delivery{0};
  std::int64_t row{0};
  std::vector<std::uint64_t> conditions;
  std::vector<std::int64_t> values;

  // Whether two revisions assert the same thing.
  [[nodiscard]] bool same_assertion(const StoredEvent& other) const {
    return occurred_at == other.occurred_at && type == other.type && keys == other.keys && amount_minor == other.amount_minor &&
           currency == other.currency && properties == other.properties && also == other.also && direction == other.direction &&
           channel == other.channel && flags == other.flags && rank == other.rank;
  }
};

class Builder {
 public:
  Builder(FileSystem& files, const std::string& state, const store::Manifest& manifest, const BuildPlan& plan)
      : files_(files), state_(state), manifest_(manifest), plan_(plan),
        words_(static_cast<std::uint32_t>(plan.condition_sql.size() / 64 + 1)),
        assembler_(words_, static_cast<std::uint32_t>(plan.value_sql.size())) {}

  Result<TimelineData> build() {
    WEIR_TRY_STATUS(open_engine());
    for (const SourceShape& source : plan_.sources) WEIR_TRY_STATUS(add_source(source));
    WEIR_TRY_STATUS(add_changes());
    return assembler_.finish();
  }

 private:
  Status open_engine();
  Status add_source(const SourceShape& source);
  Status load_revisions(const SourceShape& source);
  Status load_texts(const SourceShape& source);
  Status add_events(const SourceShape& source);
  Status add_entities(const SourceShape& source);
  Status add_changes();
  void read_event(const QueryChunk& chunk, std::size_t row, StoredEvent& event) const;
  void emit(const StoredEvent& event, const std::string& source, std::int64_t known_at, std::int64_t retracted_at);
  Status resolve_record(const SourceShape& source, const RecordId& record, std::vector<StoredEvent>& rows);
  void resolve_event(const SourceShape& source, const std::vector<Revision>& revisions, std::vector<const StoredEvent*> rows);
  void draw_changes(const SourceShape& source, const RecordId& record, const std::vector<Revision>& revisions,
                    const std::vector<const StoredEvent*>& rows);
  void write_change(const StoredEvent& state, const std::string& source, const EventId& id, std::int64_t occurred_at, std::int64_t known_at,
                    std::int64_t retracted_at, std::uint32_t flags, const std::string& properties);
  const std::vector<Revision>& revisions_of(const RecordId& record, const std::vector<StoredEvent>& rows);
  [[nodiscard]] std::vector<std::int64_t> delivery_times(const std::string& source) const;

  FileSystem& files_;
  std::string state_;
  const store::Manifest& manifest_;
  const BuildPlan& plan_;
  std::uint32_t words_;
  Assembler assembler_;
  std::unique_ptr<store::QueryEngine> engine_;
  std::unique_ptr<store::TableWriter> changes_;
  std::int64_t change_count_{0};
  std::map<RecordId, std::vector<Revision>> revisions_;  // of records with more than one, of the source at hand
  std::vector<Revision> single_;
  bool has_revisions_{false};
  bool has_texts_{false};   // the table `texts` holds the source's free texts
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
  WEIR_TRY_STATUS(engine_->execute("SET allowed_directories = [" + store::sql_quote(join_path(state_, "parts")) + ", " +
                                   store::sql_quote(join_path(state_, "tmp")) + "]"));
  WEIR_TRY_STATUS(engine_->execute("SET enable_external_access = false"));
  WEIR_TRY_STATUS(engine_->execute("SET lock_configuration = true"));
  WEIR_TRY_STATUS(engine_->execute("CREATE TABLE change_events (" + store::sql_columns(ingest::event_columns()) + ", retracted_at TIMESTAMP, source VARCHAR)"));
  WEIR_TRY(changes_, engine_->writer("change_events"));
  return {};
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

// Only records with more than one revision are kept in memory; all others hold from their only one on.
Status Builder::load_revisions(const SourceShape& source) {
  revisions_.clear();
  has_revisions_ = false;
  first_delivery_ = kNever;
  const std::string table = store::parts_table(manifest_, state_, PartKind::records, source.name);
  if (table.empty()) return {};
  const std::vector<std::int64_t> deliveries = source.complete ? delivery_times(source.name) : std::vector<std::int64_t>{};
  const std::string several = source.complete ? "" : " QUALIFY count(*) OVER (PARTITION BY weir_record) > 1";
  RecordId current;
  std::vector<Revision> seen;
  const auto close = [&] {
    if (seen.empty()) return;
    std::int64_t conflicts = 0;
    revisions_[current] = effective_revisions(std::move(seen), deliveries, conflicts);
    assembler_.add_conflicts(conflicts);
    seen.clear();
  };
  WEIR_TRY_STATUS(engine_->query("SELECT min(weir_revision_at) FROM " + table, [&](const QueryChunk& chunk) -> Status {
    has_revisions_ = !chunk.is_null(0, 0);
    if (has_revisions_) first_delivery_ = chunk.integer(0, 0);
    return {};
  }));
  const std::string sql = "SELECT weir_record, weir_content, weir_revision_at FROM " + table + several + " ORDER BY weir_record";
  WEIR_TRY_STATUS(engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto [high, low] = chunk.uuid(0, row);
      const RecordId record{high, low};
      if (record != current) close();
      current = record;
      const auto [content_high, content_low] = chunk.uuid(1, row);
      seen.push_back(Revision{integer_or(chunk, 2, row, kAlways), ContentHash{content_high, content_low}, false});
    }
    return {};
  }));
  close();
  return {};
}

const std::vector<Revision>& Builder::revisions_of(const RecordId& record, const std::vector<StoredEvent>& rows) {
  const auto found = revisions_.find(record);
  if (found != revisions_.end()) return found->second;
  single_.assign(1, Revision{rows.front().revision_at, rows.front().content, false});
  return single_;
}

void Builder::read_event(const QueryChunk& chunk, std::size_t row, StoredEvent& event) const {
  const auto text = [&](std::size_t column) { return chunk.is_null(column, row) ? std::string{} : std::string(chunk.text(column, row)); };
  const auto [event_high, event_low] = chunk.uuid(kEvent, row);
  const auto [content_high, content_low] = chunk.uuid(kRevisionContent, row);
  event.id = EventId{event_high, event_low};
  event.content = ContentHash{content_high, content_low};
  event.revision_at = integer_or(chunk, kRevisionAt, row, kAlways);
  event.rule = text(kRule);
  event.type = text(kType);
  event.has_occurred = !chunk.is_null(kOccurred, row);
  event.occurred_at = event.has_occurred ? chunk.integer(kOccurred, row) : 0;
  event.has_known = !chunk.is_null(kKnown, row);
  event.known_at = event.has_known ? chunk.integer(kKnown, row) : 0;
  event.flags = static_cast<std::uint32_t>(chunk.integer(kFlags, row));
  event.rank = static_cast<std::int32_t>(chunk.integer(kRank, row));
  event.sequence = integer_or(chunk, kSequence, row, 0);
  for (std::size_t kind = 0; kind < kKinds; ++kind) event.keys[kind] = text(kFirstKeyColumn + kind);
  event.also = text(kAlso);
  event.direction = text(kDirection);
  event.channel = text(kChannel);
  event.amount_minor = integer_or(chunk, kAmountMinor, row, kNoAmount);
  event.currency = text(kCurrencyCode);
  event.properties = text(kProperties);
  event.delivery = static_cast<std::uint32_t>(chunk.integer(kDelivery, row));
  event.row = chunk.integer(kRow, row);
  event.conditions.assign(words_, 0);
  const std::size_t conditions = plan_.condition_sql.size();
  for (std::size_t i = 0; i < conditions; ++i) {
    const std::size_t column = kFirstCondition + i;
    if (!chunk.is_null(column, row) && chunk.integer(column, row) != 0) event.conditions[i / 64] |= std::uint64_t{1} << (i % 64);
  }
  event.values.clear();
  for (std::size_t i = 0; i < plan_.value_sql.size(); ++i) {
    event.values.push_back(integer_or(chunk, kFirstCondition + conditions + i, row, kNoAmount));
  }
}

// The free texts of the source's events, from the vault into memory.
Status Builder::load_texts(const SourceShape& source) {
  has_texts_ = false;
  const std::string parts = store::parts_table(manifest_, state_, PartKind::events, source.name);
  if (!plan_.personal_fields || source.text_columns.empty() || parts.empty()) return {};
  WEIR_TRY_STATUS(engine_->execute("CREATE OR REPLACE TABLE texts (text_record UUID, text_content UUID, text_rule VARCHAR, text VARCHAR)"));
  WEIR_TRY(const auto writer, engine_->writer("texts"));
  const std::string sql = "SELECT record, content, rule FROM " + parts + " WHERE flags & " +
                          std::to_string(ingest::kHasText) + " <> 0";
  WEIR_TRY_STATUS(engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto column = source.text_columns.find(std::string(chunk.text(2, row)));
      if (column == source.text_columns.end()) continue;
      const auto [record_high, record_low] = chunk.uuid(0, row);
      const auto [content_high, content_low] = chunk.uuid(1, row);
      WEIR_TRY(const auto fields, plan_.personal_fields(RecordId{record_high, record_low}, ContentHash{content_high, content_low}));
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
  const std::string from = "(SELECT *, " + store::sql_quote(source.name) + " AS source FROM " + parts + ")";
  const bool plain = !has_revisions_ && revisions_.empty();
  const std::string sql = "SELECT " + select_list(plan_) + " FROM " + canonical_view(from, has_texts_) + (plain ? "" : " ORDER BY weir_record");
  RecordId current;
  std::vector<StoredEvent> rows;
  StoredEvent event;
  WEIR_TRY_STATUS(engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      read_event(chunk, row, event);
      if (plain) {
        emit(event, source.name, event.known_at, kNever);
        continue;
      }
      const auto [high, low] = chunk.uuid(kRecord, row);
      const RecordId record{high, low};
      if (record != current && !rows.empty()) WEIR_TRY_STATUS(resolve_record(source, current, rows));
      current = record;
      rows.push_back(event);
    }
    return {};
  }));
  if (!rows.empty()) WEIR_TRY_STATUS(resolve_record(source, current, rows));
  return {};
}

Status Builder::resolve_record(const SourceShape& source, const RecordId& record, std::vector<StoredEvent>& rows) {
  const std::vector<Revision>& revisions = revisions_of(record, rows);
  std::map<EventId, std::vector<const StoredEvent*>> by_event;
  for (const StoredEvent& row : rows) by_event[row.id].push_back(&row);
  for (const auto& [id, group] : by_event) {
    if ((group.front()->flags & ingest::kChangeState) != 0) {
      draw_changes(source, record, revisions, group);
    } else {
      resolve_event(source, revisions, group);
    }
  }
  rows.clear();
  return {};
}

// An event holds from the first revision that asserts it until the first one that does not.
void Builder::resolve_event(const SourceShape& source, const std::vector<Revision>& revisions, std::vector<const StoredEvent*> rows) {
  std::vector<const StoredEvent*> by_revision(revisions.size(), nullptr);
  for (const StoredEvent* row : rows) {
    const int at = find_revision(revisions, row->content, row->revision_at);
    if (at >= 0) by_revision[static_cast<std::size_t>(at)] = row;
  }
  for (std::size_t i = 0; i < revisions.size(); ++i) {
    if (by_revision[i] == nullptr) continue;
    const StoredEvent& event = *by_revision[i];
    std::size_t end = i + 1;
    while (end < revisions.size() && by_revision[end] != nullptr && by_revision[end]->same_assertion(event)) ++end;
    const std::int64_t known = event.has_known ? event.known_at : revisions[i].at;
    emit(event, source.name, known, end < revisions.size() ? revisions[end].at : kNever);
    i = end - 1;
  }
}

// What one column said over time: the first value, and an event wherever it changed.
void Builder::draw_changes(const SourceShape& source, const RecordId& record, const std::vector<Revision>& revisions,
                           const std::vector<const StoredEvent*>& rows) {
  std::vector<const StoredEvent*> by_revision(revisions.size(), nullptr);
  for (const StoredEvent* row : rows) {
    const int at = find_revision(revisions, row->content, row->revision_at);
    if (at >= 0) by_revision[static_cast<std::size_t>(at)] = row;
  }
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
      const std::int64_t occurred = state->has_occurred ? state->occurred_at : at;
      const std::uint32_t truncated = !state->has_occurred && at <= first_delivery_ ? kRowLeftTruncated : 0U;
      if (has_value) write_change(*state, source.name, hasher.finish<EventId>(), occurred, at, kNever, truncated, state->properties);
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
      write_change(*state, source.name, hasher.finish<EventId>(), at, at, kNever, 0, properties.text());
    }
    before = state;
    before_at = at;
  }
}

void Builder::write_change(const StoredEvent& state, const std::string& source, const EventId& id, std::int64_t occurred_at,
                           std::int64_t known_at, std::int64_t retracted_at, std::uint32_t flags, const std::string& properties) {
  store::TableWriter& out = *changes_;
  const auto text = [&](const std::string& value) {
    if (value.empty()) {
      out.null();
    } else {
      out.text(value);
    }
  };
  const std::uint32_t day = state.has_occurred ? state.flags & (ingest::kDayPrecision | ingest::kDayEnd) : 0U;
  const bool first = (flags & kRowLeftTruncated) != 0 || (state.has_occurred && occurred_at == state.occurred_at);
  out.uuid(id.high, id.low);
  out.uuid(0, 0);
  out.uuid(0, 0);
  out.null();
  out.text(state.rule);
  out.text(state.type);
  out.timestamp(occurred_at);
  out.timestamp(known_at);
  out.small(static_cast<std::int32_t>(flags | (first ? day : 0U)));
  out.small(state.rank);
  out.null();
  for (const std::string& key : state.keys) text(key);
  text(state.also);
  out.null();
  out.null();
  out.null();
  out.null();
  text(properties);
  out.small(static_cast<std::int32_t>(state.delivery));
  out.integer(state.row);
  if (retracted_at == kNever) {
    out.null();
  } else {
    out.timestamp(retracted_at);
  }
  out.text(source);
  out.end_row();
  ++change_count_;
}

Status Builder::add_changes() {
  WEIR_TRY_STATUS(changes_->flush());
  if (change_count_ == 0) return {};
  // `source` is no canonical selection column: it comes last, behind the conditions.
  const std::string sql = "SELECT " + select_list(plan_) + ", source FROM " + canonical_view("change_events");
  const std::size_t source_column = kFirstCondition + plan_.condition_sql.size() + plan_.value_sql.size();
  StoredEvent event;
  return engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      read_event(chunk, row, event);
      emit(event, std::string(chunk.text(source_column, row)), event.known_at, kNever);
    }
    return {};
  });
}

void Builder::emit(const StoredEvent& event, const std::string& source, std::int64_t known_at, std::int64_t retracted_at) {
  ResolvedEvent resolved;
  resolved.id = event.id;
  resolved.occurred_at = event.occurred_at;
  resolved.known_at = known_at;
  resolved.retracted_at = retracted_at;
  resolved.flags = event.flags & (kRowDay | kRowDayEnd | kRowKnownAssumed | kRowLeftTruncated);
  const bool engagement = !event.direction.empty() || std::binary_search(plan_.touch_types.begin(), plan_.touch_types.end(), event.type);
  if (engagement && source != "weir") resolved.flags |= kRowTouch;
  resolved.rank = event.rank;
  resolved.sequence = event.sequence;
  resolved.type = event.type;
  resolved.source = source;
  resolved.currency = event.currency;
  for (std::size_t kind = 0; kind < kKinds; ++kind) resolved.keys[kind] = event.keys[kind];
  resolved.also = event.also;
  resolved.amount_minor = event.amount_minor;
  resolved.delivery = event.delivery;
  resolved.source_row = event.row;
  assembler_.add_event(resolved, event.conditions.data(), event.values.data());
}

Status Builder::add_entities(const SourceShape& source) {
  const std::string parts = store::parts_table(manifest_, state_, PartKind::entities, source.name);
  if (parts.empty()) return {};
  static const std::map<std::string, Kind, std::less<>> kKindNames{
      {"lead", kLead},       {"opportunity", kOpportunity}, {"contact", kContact}, {"account", kAccount}, {"anonymous", kAnonymous},
      {"product", kProduct}, {"campaign", kCampaign},       {"content", kContent}, {"owner", kOwner}};
  struct Seen {
    Revision revision;
    Kind kind{kLead};
    std::string handle, also, relations, attributes;
  };
  RecordId current;
  std::vector<Seen> rows;
  const auto value_text = [](const nlohmann::json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); };
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
      const auto relations = nlohmann::json::parse(seen.relations.empty() ? "{}" : seen.relations, nullptr, false);
      const auto attributes = nlohmann::json::parse(seen.attributes.empty() ? "{}" : seen.attributes, nullptr, false);
      for (const auto& other : also) {
        const std::string text = other.get<std::string>();
        assembler_.add_link(seen.kind, seen.handle, std::string_view(text).substr(text.find(' ') + 1), from);
      }
      for (const auto& [name, to] : relations.items()) {
        assembler_.add_relation(seen.kind, seen.handle, kKindNames.at(name), to.get<std::string>(), from, until);
      }
      for (const auto& [name, value] : attributes.items()) {
        assembler_.add_attribute(seen.kind, seen.handle, name, value_text(value), from, until);
      }
    }
    rows.clear();
  };
  const std::string sql = "SELECT record, content, revision_at, kind, handle, also, relations, attributes FROM " + parts +
                          " ORDER BY record, revision_at, kind, handle";
  WEIR_TRY_STATUS(engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      const auto text = [&](std::size_t column) { return chunk.is_null(column, row) ? std::string{} : std::string(chunk.text(column, row)); };
      const auto [high, low] = chunk.uuid(0, row);
      const RecordId record{high, low};
      if (record != current && !rows.empty()) resolve();
      current = record;
      const auto [content_high, content_low] = chunk.uuid(1, row);
      Seen seen;
      seen.revision = Revision{integer_or(chunk, 2, row, kAlways), ContentHash{content_high, content_low}, false};
      const auto kind = kKindNames.find(text(3));
      if (kind == kKindNames.end()) return fail(Errc::damaged, "an entity part names a kind that does not exist");
      seen.kind = kind->second;
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

Result<TimelineData> build_timelines(FileSystem& files, const std::string& state, const store::Manifest& manifest, const BuildPlan& plan) {
  Builder builder(files, state, manifest, plan);
  return builder.build();
}

}  // namespace weir::timeline
