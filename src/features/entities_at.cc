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

namespace {

// Whether something known in [from, until) is known by then; if it changes later, `held` ends there.
bool is_known(std::int64_t from, std::int64_t until, std::int64_t known_by, std::int64_t& held) noexcept {
  if (from > known_by) held = std::min(held, from);
  if (until > known_by) held = std::min(held, until);
  return from <= known_by && until > known_by;
}

}  // namespace

EntitiesAt::Held<Handle> EntitiesAt::related(Handle from, timeline::Kind kind, std::int64_t known_by) const {
  const auto all = store_.relations();
  Held<Handle> found{kNoHandle};
  if (all.empty()) return found;
  std::int64_t latest = INT64_MIN;
  for (const Handle member : links_.members(from)) {
    if (!is_known(links_.connected_since(from, member), INT64_MAX, known_by, found.until)) continue;
    auto at = std::lower_bound(
        all.begin(), all.end(), member,
        [](const timeline::Relation& relation, Handle wanted) { return relation.from < wanted; });
    for (; at != all.end() && at->from == member; ++at) {
      if (store_.handle_kind(at->to) != kind ||
          !is_known(at->known_from, at->known_until, known_by, found.until))
        continue;
      if (found.value != kNoHandle && at->known_from <= latest) continue;
      found.value = at->to;
      latest = at->known_from;
    }
  }
  return found;
}

EntitiesAt::Held<std::optional<std::uint32_t>> EntitiesAt::attribute(Handle entity, std::uint32_t name,
                                                                     std::int64_t known_by) const {
  const auto all = store_.attributes();
  Held<std::optional<std::uint32_t>> found{std::nullopt};
  std::int64_t latest = INT64_MIN;
  for (const Handle member : links_.members(entity)) {
    if (!is_known(links_.connected_since(entity, member), INT64_MAX, known_by, found.until)) continue;
    auto at = std::lower_bound(all.begin(), all.end(), std::pair(member, name),
                               [](const timeline::Attribute& attribute, const auto& wanted) {
                                 return std::pair(attribute.handle, attribute.name) < wanted;
                               });
    for (; at != all.end() && at->handle == member && at->name == name; ++at) {
      if (!is_known(at->known_from, at->known_until, known_by, found.until)) continue;
      if (found.value && at->known_from < latest) continue;
      found.value = at->value;
      latest = at->known_from;
    }
  }
  return found;
}

}  // namespace weir::features
