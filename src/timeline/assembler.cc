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

void Assembler::add_event(const ResolvedEvent& event, const std::uint64_t* conditions,
                          const std::int64_t* values) {
  const auto row = static_cast<Row>(table_.size());
  table_.occurred_at.push_back(event.occurred_at);
  table_.known_after.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(event.known_at) -
                                                         static_cast<std::uint64_t>(event.occurred_at)));
  table_.retracted_at.push_back(event.retracted_at);
  table_.ids.push_back(event.id);
  table_.rank.push_back(event.rank);
  table_.sequence.push_back(event.sequence);
  table_.signal.push_back(table_.signals.add(
      {table_.types.add(event.type), table_.sources.add(event.source), flags_of(event)}, conditions));
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    table_.keys[kind].push_back(event.keys[kind].empty() ? kNoHandle
                                                         : table_.handles[kind].add(event.keys[kind]));
  }
  table_.amount_minor.push_back(event.amount_minor);
  table_.currency.push_back(table_.currencies.add(event.currency));
  for (std::size_t i = 0; i < table_.values.size(); ++i) table_.values[i].push_back(values[i]);
  table_.delivery.push_back(event.delivery);
  table_.source_row.push_back(event.source_row);
  for (const OtherHandle& other : event.also) {
    table_.also.push_back({handle(other.kind, other.text), row});
    add_link(other.kind, event.keys[other.kind], other.text, event.known_at);
  }
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
  if (table_.size() >= std::numeric_limits<Row>::max())
    return fail(Errc::out_of_range, "more than 4 billion events in one workspace");
  if (table_.types.size() > 0xFFFF) {
    return fail(
        Errc::out_of_range,
        "more than 65,535 event types; is a `type: { from: ... }` expression drawing on free values?");
  }
  return write_timelines(files, path, std::move(table_));
}

}  // namespace weir::timeline
