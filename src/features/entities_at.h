// Entities and their attributes as known at a time. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "identity/entity_links.h"
#include "timeline/timeline_store.h"

namespace weir::features {

class EntitiesAt {
 public:
  EntitiesAt(const timeline::TimelineStore& store, const identity::EntityLinks& links) : store_(store), links_(links) {}

  // One handle for all that were known to be the same entity: the smallest of them.
  [[nodiscard]] timeline::Handle entity(timeline::Handle handle, std::int64_t known_by) const;
  // The entity of a kind that an entity's records name, the one known last; kNoHandle: none.
  [[nodiscard]] timeline::Handle related(timeline::Handle from, timeline::Kind kind, std::int64_t known_by) const;
  // The value (index of an attribute value) known last of the entity; empty: unknown.
  [[nodiscard]] std::optional<std::uint32_t> attribute(timeline::Handle entity, std::uint32_t name, std::int64_t known_by) const;

 private:
  const timeline::TimelineStore& store_;
  const identity::EntityLinks& links_;
};

}  // namespace weir::features
