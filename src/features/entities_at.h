// Entities and their attributes as known at a time. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "identity/entity_links.h"
#include "timeline/timeline_store.h"

namespace weir::features {

class EntitiesAt {
 public:
  EntitiesAt(const timeline::TimelineStore& store, const identity::EntityLinks& links)
      : store_(store), links_(links) {}

  // What is known, and until when readers know the same: for all that know what was known before `until`.
  template <typename Value>
  struct Held {
    Value value;
    std::int64_t until{INT64_MAX};
  };

  // One handle for all that were known to be the same entity: the smallest of them.
  [[nodiscard]] timeline::Handle entity(timeline::Handle handle, std::int64_t known_by) const;
  // Whether it is one handle and stays that, whatever is known.
  [[nodiscard]] bool is_alone(timeline::Handle handle) const noexcept {
    return links_.members(handle).size() == 1;
  }
  // The entity of a kind that an entity's records name, the one known last; kNoHandle: none.
  [[nodiscard]] Held<timeline::Handle> related(timeline::Handle from, timeline::Kind kind,
                                               std::int64_t known_by) const;
  // The value (index of an attribute value) known last of the entity; empty: unknown.
  [[nodiscard]] Held<std::optional<std::uint32_t>> attribute(timeline::Handle entity, std::uint32_t name,
                                                             std::int64_t known_by) const;

 private:
  const timeline::TimelineStore& store_;
  const identity::EntityLinks& links_;
};

}  // namespace weir::features
