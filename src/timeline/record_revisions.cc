#include "timeline/record_revisions.h"

#include <algorithm>
#include <set>
#include <utility>

#include "timeline/event_rows.h"
#include "timeline/repeated_records.h"

namespace weir::timeline {

using store::PartKind;
using store::QueryChunk;

namespace {

// Fills the table `several` with the records that come more than once.
Result<bool> find_several(store::QueryEngine& engine, const std::string& table, std::size_t records) {
  WEIR_TRY(const auto several, repeated_records(engine, table, records));
  if (several.empty()) return false;
  WEIR_TRY(const auto writer, engine.writer("several"));
  WEIR_TRY_STATUS(engine.query("SELECT weir_record FROM " + table, [&](const QueryChunk& chunk) -> Status {
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

}  // namespace

std::vector<std::int64_t> delivery_times(const store::Manifest& manifest, const std::string& source) {
  std::set<std::int64_t> times;
  for (const auto& delivery : manifest.deliveries) {
    if (delivery.source == source && delivery.taken_at) times.insert(*delivery.taken_at);
  }
  return {times.begin(), times.end()};
}

Result<std::int64_t> earliest_revision(store::QueryEngine& engine, const std::string& table) {
  std::int64_t earliest = kNever;
  WEIR_TRY_STATUS(
      engine.query("SELECT min(weir_revision_at) FROM " + table, [&](const QueryChunk& chunk) -> Status {
        earliest = integer_or(chunk, 0, 0, kNever);
        return {};
      }));
  return earliest;
}

Status RecordRevisions::load(store::QueryEngine& engine, const BuildParts& parts, const SourceShape& source) {
  WEIR_TRY_STATUS(engine.execute("CREATE OR REPLACE TABLE several (several_record UUID)"));
  const std::string table = parts.table(PartKind::records, source.name);
  if (table.empty()) return {};
  if (const auto found = parts.earliest.find(source.name); found != parts.earliest.end()) {
    first_delivery_ = found->second;
  } else {
    const std::string all = store::parts_table(parts.all, parts.state, PartKind::records, source.name);
    WEIR_TRY(first_delivery_, earliest_revision(engine, all));
  }
  std::string some;
  if (!source.complete) {
    WEIR_TRY(const bool has_several, find_several(engine, table, parts.rows(PartKind::records, source.name)));
    if (!has_several) return {};
    some = " WHERE weir_record IN (SELECT several_record FROM several)";
  }
  return read(
      engine,
      "SELECT weir_record, weir_content, weir_revision_at FROM " + table + some + " ORDER BY weir_record",
      source.complete ? delivery_times(parts.all, source.name) : std::vector<std::int64_t>{},
      source.complete);
}

// Of a complete source's records also those may have an absence that come once: all are read, and `several`
// is filled here.
Status RecordRevisions::read(store::QueryEngine& engine, const std::string& sql,
                             const std::vector<std::int64_t>& deliveries, bool complete) {
  RecordId current;
  std::vector<Revision> seen;
  std::vector<RecordId> several;
  const auto close = [&] {
    if (seen.empty()) return;
    const bool is_single = seen.size() == 1;
    auto revisions = effective_revisions(std::exchange(seen, {}), deliveries, conflicts_);
    if (is_single && revisions.size() == 1) return;
    if (complete) several.push_back(current);
    revisions_[current] = std::move(revisions);
  };
  WEIR_TRY_STATUS(engine.query(sql, [&](const QueryChunk& chunk) -> Status {
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
  WEIR_TRY(const auto writer, engine.writer("several"));
  for (const RecordId& record : several) {
    writer->uuid(record.high, record.low);
    writer->end_row();
  }
  return writer->flush();
}

}  // namespace weir::timeline
