#include "features/entities_at.h"

#include <algorithm>
#include <utility>

namespace weir::features {

using timeline::Handle;
using timeline::kNoHandle;

Handle EntitiesAt::entity(Handle handle, std::int64_t known_by) const {
  for (const Handle member : links_.members(handle)) {
    if (member == handle || links_.connected_since(handle, member) <= known_by) return member;  // sorted
  }
  return handle;
}

Handle EntitiesAt::related(Handle from, timeline::Kind kind, std::int64_t known_by) const {
  const auto all = store_.relations();
  Handle found = kNoHandle;
  std::int64_t latest = INT64_MIN;
  for (const Handle member : links_.members(from)) {
    if (links_.connected_since(from, member) > known_by) continue;
    auto at = std::lower_bound(all.begin(), all.end(), member, [](const timeline::Relation& relation, Handle wanted) { return relation.from < wanted; });
    for (; at != all.end() && at->from == member; ++at) {
      if (store_.handle_kind(at->to) != kind || at->known_from > known_by || at->known_until <= known_by) continue;
      if (found != kNoHandle && at->known_from <= latest) continue;
      found = at->to;
      latest = at->known_from;
    }
  }
  return found;
}

std::optional<std::uint32_t> EntitiesAt::attribute(Handle entity, std::uint32_t name, std::int64_t known_by) const {
  const auto all = store_.attributes();
  std::optional<std::uint32_t> value;
  std::int64_t latest = INT64_MIN;
  for (const Handle member : links_.members(entity)) {
    if (links_.connected_since(entity, member) > known_by) continue;
    auto at = std::lower_bound(all.begin(), all.end(), std::pair(member, name), [](const timeline::Attribute& attribute, const auto& wanted) {
      return std::pair(attribute.handle, attribute.name) < wanted;
    });
    for (; at != all.end() && at->handle == member && at->name == name; ++at) {
      if (at->known_from > known_by || at->known_until <= known_by) continue;
      if (value && at->known_from < latest) continue;
      value = at->value;
      latest = at->known_from;
    }
  }
  return value;
}

}  // namespace weir::features
