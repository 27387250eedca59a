// What was known about a subject at an event: which account, owner or product it had, and their attributes.
// Pure.
#pragma once

#include <optional>
#include <string_view>

#include "funnel/stage_machine.h"
#include "identity/entity_links.h"
#include "timeline/timeline_store.h"

namespace weir::funnel {

class Facts {
 public:
  Facts(const timeline::TimelineStore& store, const identity::EntityLinks& links)
      : store_(store), links_(links) {}

  // The entity of `kind` that the subject's own events named last, up to and including the event in `row` and
  // as known by that event's known time; else what the subject's, or for an account its contact's, entity
  // says. The subject itself for its own kind. kNoHandle: unknown.
  [[nodiscard]] timeline::Handle entity_at(const SubjectHandles& subject, timeline::Kind kind,
                                           timeline::Row row) const;
  // The value (index of an attribute value) known of an entity by then; empty: unknown.
  [[nodiscard]] std::optional<std::uint32_t> attribute_at(timeline::Handle entity, std::uint32_t name,
                                                          std::int64_t known_by) const;
  // The number of an attribute's name; empty when no entity has it.
  [[nodiscard]] std::optional<std::uint32_t> attribute_name(std::string_view name) const;

 private:
  [[nodiscard]] timeline::Handle related(timeline::Handle from, timeline::Kind kind,
                                         std::int64_t known_by) const;
  [[nodiscard]] timeline::Handle last_named(const SubjectHandles& subject, timeline::Kind kind,
                                            timeline::Row row) const;
  const timeline::TimelineStore& store_;
  const identity::EntityLinks& links_;
};

}  // namespace weir::funnel
