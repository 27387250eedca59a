#include "timeline/event_rows.h"

namespace weir::timeline {

using store::QueryChunk;

namespace {

// The columns of EventReader::columns(), in this order.
enum Column : std::size_t {
  kEvent,
  kType,
  kOccurred,
  kKnown,
  kRevisionAt,
  kFlags,
  kRank,
  kSequence,
  kKeys,
  kAlso = kKeys + kKinds,
  kHasDirection,
  kAmountMinor,
  kCurrencyCode,
  kDelivery,
  kRow,
  kFirstCondition,
};

// Copies what the event's views look at.
void own_texts(StoredEvent& stored) {
  EventRow& event = stored.event;
  std::vector<std::string_view*> views{&event.type, &event.also, &event.currency};
  for (std::string_view& key : event.keys) views.push_back(&key);
  for (const std::string_view* view : views)
    stored.texts.insert(stored.texts.end(), view->begin(), view->end());
  const char* at = stored.texts.data();
  for (std::string_view* view : views) {
    *view = std::string_view(at, view->size());
    at += view->size();
  }
}

}  // namespace

// The canonical columns of event_schema() over a table with the part's columns and `source`.
std::string canonical_view(const std::string& from, bool with_text) {
  return "(SELECT event AS weir_event, record AS weir_record, content AS weir_content, revision_at AS "
         "weir_revision_at, rule AS weir_rule, "
         "flags AS weir_flags, rank AS weir_rank, sequence AS weir_sequence, also AS weir_also, amount_minor "
         "AS weir_amount, "
         "delivery AS weir_delivery, row AS weir_row, CAST(event AS VARCHAR) AS id, source, type, "
         "occurred_at, known_at, "
         "CASE WHEN flags & 1 = 1 THEN 'day' ELSE 'instant' END AS precision, lead, opportunity, contact, "
         "account, anonymous, product, "
         "campaign, content_key AS content, owner, direction, channel, "
         "amount_minor / CASE WHEN currency IN "
         "('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','VND','XAF','XOF') THEN 1.0 "
         "WHEN currency IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 1000.0 ELSE 100.0 END AS amount, "
         "currency, properties, " +
         std::string(with_text ? "texts.text" : "CAST(NULL AS VARCHAR)") + " AS text FROM " + from +
         (with_text ? " AS given LEFT JOIN texts ON texts.text_record = given.record AND texts.text_content "
                      "= given.content AND texts.text_rule = given.rule"
                    : "") +
         ")";
}

std::string EventReader::columns() const {
  static_assert(std::size_t{kKeys} == kFirstKeyColumn);
  std::string sql =
      "weir_event, type, occurred_at, known_at, weir_revision_at, weir_flags, weir_rank, weir_sequence, "
      "lead, opportunity, contact, account, anonymous, product, campaign, content, owner, weir_also, "
      "coalesce(direction, '') <> '', weir_amount, "
      "currency, weir_delivery, weir_row";
  for (const auto& condition : plan_.condition_sql) sql += ", (" + condition + ")";
  for (const auto& value : plan_.value_sql) sql += ", TRY_CAST((" + value + ") AS DECIMAL(18,4))";
  return sql;
}

std::size_t EventReader::further_column() const noexcept {
  return kFirstCondition + plan_.condition_sql.size() + plan_.value_sql.size();
}

void EventReader::read(const QueryChunk& chunk, std::size_t row, EventRow& event) const {
  const auto text = [&](std::size_t column) {
    return chunk.is_null(column, row) ? std::string_view{} : chunk.text(column, row);
  };
  const auto time = [&](std::size_t column) {
    return chunk.is_null(column, row) ? std::nullopt : std::optional(chunk.integer(column, row));
  };
  const auto [event_high, event_low] = chunk.uuid(kEvent, row);
  event.id = EventId{event_high, event_low};
  event.type = text(kType);
  event.occurred_at = time(kOccurred);
  event.known_at = time(kKnown);
  event.revision_at = integer_or(chunk, kRevisionAt, row, kAlways);
  event.flags = static_cast<std::uint32_t>(chunk.integer(kFlags, row));
  event.rank = static_cast<std::int32_t>(chunk.integer(kRank, row));
  event.sequence = integer_or(chunk, kSequence, row, 0);
  for (std::size_t kind = 0; kind < kKinds; ++kind) event.keys[kind] = text(kFirstKeyColumn + kind);
  event.also = text(kAlso);
  event.has_direction = chunk.integer(kHasDirection, row) != 0;
  event.amount_minor = integer_or(chunk, kAmountMinor, row, kNoAmount);
  event.currency = text(kCurrencyCode);
  event.delivery = static_cast<std::uint32_t>(chunk.integer(kDelivery, row));
  event.row = chunk.integer(kRow, row);
  event.conditions.assign(condition_words(), 0);
  const std::size_t conditions = plan_.condition_sql.size();
  for (std::size_t i = 0; i < conditions; ++i) {
    const std::size_t column = kFirstCondition + i;
    if (!chunk.is_null(column, row) && chunk.integer(column, row) != 0)
      event.conditions[i / 64] |= std::uint64_t{1} << (i % 64);
  }
  event.values.resize(plan_.value_sql.size());
  for (std::size_t i = 0; i < event.values.size(); ++i)
    event.values[i] = integer_or(chunk, kFirstCondition + conditions + i, row, kNoAmount);
}

StoredEvent EventReader::stored(const QueryChunk& chunk, std::size_t row) const {
  const auto text = [&](std::size_t column) {
    return chunk.is_null(column, row) ? std::string{} : std::string(chunk.text(column, row));
  };
  StoredEvent stored;
  EventRow& event = stored.event;
  read(chunk, row, event);
  const std::size_t further = further_column();
  const auto [content_high, content_low] = chunk.uuid(further + 1, row);
  stored.content = ContentHash{content_high, content_low};
  stored.rule = text(further + 2);
  stored.direction = text(further + 3);
  stored.channel = text(further + 4);
  stored.properties = text(further + 5);
  own_texts(stored);
  return stored;
}

}  // namespace weir::timeline
