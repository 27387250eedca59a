// Which keys are one entity, as of a time: links between keys, each known from a time on. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace weir::identity {

using Key = std::uint32_t;

// Two keys are one entity from `known_at` on.
struct KeyLink {
  Key left{0};
  Key right{0};
  std::int64_t known_at{0};
};

// A union-find that remembers when: links are applied in the order they were known, the smaller tree under
// the larger, without path compression, so that every edge keeps its time and a look-up is O(log n).
class EntityLinks {
 public:
  EntityLinks(std::size_t key_count, std::span<const KeyLink> links);

  // One key for all keys of an entity, whatever the time: the smallest of them.
  [[nodiscard]] Key entity(Key key) const noexcept;
  // All keys of the entity, sorted.
  [[nodiscard]] std::span<const Key> members(Key key) const noexcept;
  // The time from which the two are known to be one (INT64_MIN for the same key; INT64_MAX: never).
  [[nodiscard]] std::int64_t connected_since(Key left, Key right) const noexcept;

 private:
  [[nodiscard]] Key root(Key key) const noexcept;
  std::vector<Key> parent_;
  std::vector<std::int64_t> joined_at_;  // when the key's edge to its parent was known
  std::vector<Key> entity_;              // smallest member, by root
  std::vector<std::uint32_t> offsets_;   // by root: its members
  std::vector<Key> members_;
};

}  // namespace weir::identity
