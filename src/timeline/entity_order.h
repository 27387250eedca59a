// The order in which links, relations and attributes stand in a timeline file, for its writers alone.
#pragma once

#include <tuple>

#include "timeline/timeline_store.h"

namespace weir::timeline {

[[nodiscard]] inline auto place_of(const Link& link) noexcept {
  return std::tie(link.left, link.right, link.known_at);
}
[[nodiscard]] inline auto place_of(const Relation& relation) noexcept {
  return std::tie(relation.from, relation.to, relation.known_from, relation.known_until);
}
[[nodiscard]] inline auto place_of(const Attribute& a) noexcept {
  return std::tie(a.handle, a.name, a.known_from, a.known_until, a.value);
}
template <typename T>
[[nodiscard]] bool comes_before(const T& a, const T& b) noexcept {
  return place_of(a) < place_of(b);
}
// Of those only the first, which is the earliest, stands.
[[nodiscard]] inline bool is_same_link(const Link& a, const Link& b) noexcept {
  return a.left == b.left && a.right == b.right;
}

}  // namespace weir::timeline
