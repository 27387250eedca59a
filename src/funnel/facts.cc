#include "funnel/facts.h"

#include <algorithm>

namespace weir::funnel {

using timeline::Handle;
using timeline::Kind;
using timeline::kNoHandle;
using timeline::Row;

Handle Facts::last_named(const SubjectHandles& subject, Kind kind, Row row) const {
  const auto& c = store_.columns();
  const std::int64_t known_by = c.known_at[row];
  Handle found = kNoHandle;
  std::optional<Row> found_row;
  for (const Run& own : subject.own) {
    const auto run = store_.run(own.handle);
    auto at = std::upper_bound(run.begin(), run.end(), row);
    while (at != run.begin()) {
      const Row candidate = *--at;
      if (found_row && candidate <= *found_row) break;
      const bool known = c.known_at[candidate] <= known_by && c.retracted_at[candidate] > known_by;
      if (!known || c.keys[kind][candidate] == kNoHandle) continue;
      found = c.keys[kind][candidate];
      found_row = candidate;
      break;
    }
  }
  return found;
}

Handle Facts::related(Handle from, Kind kind, std::int64_t known_by) const {
  Handle found = kNoHandle;
  std::int64_t latest = INT64_MIN;
  for (const Handle member : links_.members(from)) {
    const auto all = store_.relations();
    auto at = std::lower_bound(
        all.begin(), all.end(), member,
        [](const timeline::Relation& relation, Handle wanted) { return relation.from < wanted; });
    for (; at != all.end() && at->from == member; ++at) {
      if (store_.handle_kind(at->to) != kind || at->known_from > known_by || at->known_until <= known_by)
        continue;
      if (found == kNoHandle || at->known_from > latest) {
        found = at->to;
        latest = at->known_from;
      }
    }
  }
  return found;
}

Handle Facts::entity_at(const SubjectHandles& subject, Kind kind, Row row) const {
  if (store_.handle_kind(subject.handle) == kind) return subject.handle;
  const std::int64_t known_by = store_.columns().known_at[row];
  Handle entity = last_named(subject, kind, row);
  if (entity == kNoHandle) entity = related(subject.handle, kind, known_by);
  if (entity == kNoHandle && kind == timeline::kAccount) {
    Handle contact = last_named(subject, timeline::kContact, row);
    if (contact == kNoHandle) contact = related(subject.handle, timeline::kContact, known_by);
    if (contact != kNoHandle) entity = related(contact, kind, known_by);
  }
  return entity;
}

std::optional<std::uint32_t> Facts::attribute_at(Handle entity, std::uint32_t name,
                                                 std::int64_t known_by) const {
  const auto all = store_.attributes();
  std::optional<std::uint32_t> value;
  std::int64_t latest = INT64_MIN;
  for (const Handle member : links_.members(entity)) {
    auto at = std::lower_bound(all.begin(), all.end(), std::pair(member, name),
                               [](const timeline::Attribute& attribute, const auto& wanted) {
                                 return std::pair(attribute.handle, attribute.name) < wanted;
                               });
    for (; at != all.end() && at->handle == member && at->name == name; ++at) {
      if (at->known_from > known_by || at->known_until <= known_by) continue;
      if (!value || at->known_from >= latest) {
        value = at->value;
        latest = at->known_from;
      }
    }
  }
  return value;
}

std::optional<std::uint32_t> Facts::attribute_name(std::string_view name) const {
  for (std::uint32_t i = 0; i < store_.attribute_name_count(); ++i) {
    if (store_.attribute_name(i) == name) return i;
  }
  return std::nullopt;
}

}  // namespace weir::funnel
