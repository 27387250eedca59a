#include "timeline/assembler.h"

#include <limits>
#include <utility>

#include "timeline/store_writer.h"

namespace weir::timeline {
namespace {

std::uint32_t flags_of(const ResolvedEvent& event) noexcept {
  std::uint32_t flags = event.flags;
  if (event.known_at != event.occurred_at) flags |= kRowKnownApart;
  if (event.retracted_at != INT64_MAX) flags |= kRowRetracted;
  if (event.amount_minor != kNoAmount) flags |= kRowHasAmount;
  if (!event.keys[kLead].empty() || !event.keys[kOpportunity].empty()) flags |= kRowNamesSubject;
  if (!event.keys[kContact].empty()) flags |= kRowNamesContact;
  return flags;
}

}  // namespace

Assembler::Assembler(std::uint32_t condition_words, std::uint32_t value_count)
    : table_(condition_words, value_count, nullptr, kChunkRows) {}

Assembler::Assembler(std::uint32_t condition_words, std::uint32_t value_count, FileSystem& files,
                     const std::string& prefix, std::size_t chunk_rows)
    : place_{&files, prefix, 0}, table_(condition_words, value_count, &place_, chunk_rows) {}

void Assembler::add_event(const ResolvedEvent& event, const std::uint64_t* conditions,
                          const std::int64_t* values) {
  if (!laid_.has_value()) return;
  RowColumns& rows = table_.rows.arriving();
  rows.push(kRowOccurred, event.occurred_at);
  rows.push(kRowKnownAfter, static_cast<std::int64_t>(static_cast<std::uint64_t>(event.known_at) -
                                                      static_cast<std::uint64_t>(event.occurred_at)));
  rows.push(kRowRetractedAt, event.retracted_at);
  rows.push_unsigned(kRowIdHigh, event.id.high);
  rows.push_unsigned(kRowIdLow, event.id.low);
  rows.push(kRowRank, event.rank);
  rows.push(kRowSequence, event.sequence);
  rows.push_unsigned(kRowSignal, table_.signals.add({table_.types.add(event.type),
                                                     table_.sources.add(event.source), flags_of(event)},
                                                    conditions));
  for (std::uint32_t kind = 0; kind < kKinds; ++kind) {
    std::uint32_t number = kNoHandle;
    if (!event.keys[kind].empty()) {
      number = table_.handles[kind].add(event.keys[kind]);
      auto& uses = table_.uses[kind];
      if (number >= uses.size()) uses.resize(number + std::size_t{1}, 0);
      ++uses[number];
    }
    rows.push_unsigned(kRowFirstKey + kind, number);
  }
  rows.push(kRowAmount, event.amount_minor);
  rows.push_unsigned(kRowCurrency, table_.currencies.add(event.currency));
  for (std::uint32_t i = 0; i < table_.values; ++i) rows.push(kRowFirstValue + i, values[i]);
  rows.push_unsigned(kRowDelivery, event.delivery);
  rows.push(kRowSourceRow, event.source_row);
  for (const OtherHandle& other : event.also) {
    table_.rows.name(handle(other.kind, other.text));
    add_link(other.kind, event.keys[other.kind], other.text, event.known_at);
  }
  table_.rows.end_row();
  if (table_.rows.is_full()) laid_ = table_.rows.lay_down();
}

void Assembler::add_link(Kind kind, std::string_view left, std::string_view right, std::int64_t known_at) {
  if (left.empty() || right.empty() || left == right) return;
  table_.links.push_back({handle(kind, left), handle(kind, right), known_at});
}

void Assembler::add_relation(Kind from_kind, std::string_view from, Kind to_kind, std::string_view to,
                             std::int64_t known_from, std::int64_t known_until) {
  table_.relations.push_back({handle(from_kind, from), handle(to_kind, to), known_from, known_until});
}

void Assembler::add_attribute(Kind kind, std::string_view owner, std::string_view name,
                              std::string_view value, std::int64_t known_from, std::int64_t known_until) {
  table_.attributes.push_back({handle(kind, owner), table_.attribute_names.add(name),
                               table_.attribute_values.add(value), known_from, known_until});
}

Status Assembler::write(FileSystem& files, const std::string& path) && {
  WEIR_TRY_STATUS(laid_);
  if (table_.rows.size() >= std::numeric_limits<Row>::max())
    return fail(Errc::out_of_range, "more than 4 billion events in one workspace");
  if (table_.types.size() > 0xFFFF) {
    return fail(
        Errc::out_of_range,
        "more than 65,535 event types; is a `type: { from: ... }` expression drawing on free values?");
  }
  if (place_.files == nullptr) place_ = {&files, path + ".rows.", 0};
  return write_timelines(files, path, place_, std::move(table_));
}

}  // namespace weir::timeline
