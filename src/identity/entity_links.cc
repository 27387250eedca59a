#include "identity/entity_links.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace weir::identity {

EntityLinks::EntityLinks(std::size_t key_count, std::span<const KeyLink> links) : members_(key_count) {
  std::iota(members_.begin(), members_.end(), Key{0});
  if (links.empty()) return;
  parent_ = members_;
  joined_at_.assign(key_count, INT64_MAX);
  entity_.resize(key_count);
  offsets_.assign(key_count + 1, 0);
  std::vector<std::uint32_t> size(key_count, 1);
  std::vector<KeyLink> ordered(links.begin(), links.end());
  std::sort(ordered.begin(), ordered.end(), [](const KeyLink& a, const KeyLink& b) {
    return std::tie(a.known_at, a.left, a.right) < std::tie(b.known_at, b.left, b.right);
  });
  for (const KeyLink& link : ordered) {
    Key left = root(link.left);
    Key right = root(link.right);
    if (left == right) continue;
    if (size[left] < size[right]) std::swap(left, right);
    parent_[right] = left;
    joined_at_[right] = link.known_at;
    size[left] += size[right];
  }
  for (Key key = 0; key < key_count; ++key) ++offsets_[root(key) + 1];
  std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
  std::vector<std::uint32_t> next(offsets_.begin(), offsets_.end() - 1);
  for (Key key = 0; key < key_count; ++key) members_[next[root(key)]++] = key;
  for (Key key = 0; key < key_count; ++key) entity_[key] = members_[offsets_[root(key)]];
}

Key EntityLinks::root(Key key) const noexcept {
  while (parent_[key] != key) key = parent_[key];
  return key;
}

Key EntityLinks::entity(Key key) const noexcept {
  return entity_.empty() ? key : entity_[key];
}

std::span<const Key> EntityLinks::members(Key key) const noexcept {
  if (parent_.empty()) return std::span(members_).subspan(key, 1);
  const Key top = root(key);
  return std::span(members_).subspan(offsets_[top], offsets_[top + 1] - offsets_[top]);
}

// Times grow towards the root, so the later of the two last edges below the meeting point decides.
std::int64_t EntityLinks::connected_since(Key left, Key right) const noexcept {
  std::int64_t since = INT64_MIN;
  if (parent_.empty() && left != right) return INT64_MAX;
  while (left != right) {
    if (joined_at_[left] > joined_at_[right]) std::swap(left, right);
    if (joined_at_[left] == INT64_MAX) return INT64_MAX;
    since = std::max(since, joined_at_[left]);
    left = parent_[left];
  }
  return since;
}

}  // namespace weir::identity
