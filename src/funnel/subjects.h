// Gathers, for every subject of a funnel, the handles whose events enter its timeline, as known at an as-of.
// Pure.
#pragma once

#include <vector>

#include "funnel/stage_machine.h"
#include "identity/entity_links.h"
#include "timeline/timeline_store.h"

namespace weir::funnel {

// The links that the as-of sees: keys that are linked only later are entities of their own.
[[nodiscard]] identity::EntityLinks entity_links(const timeline::TimelineStore& store, const AsOf& as_of);

// All subjects of a kind: handles that events name, entities that are declared, joined where they are one.
// Sorted. `links` are those of the same as-of; what the as-of does not see (a relation, an event that names
// two handles) joins nobody.
[[nodiscard]] std::vector<SubjectHandles> gather_subjects(const timeline::TimelineStore& store,
                                                          const identity::EntityLinks& links,
                                                          timeline::Kind kind, const AsOf& as_of);

// Entities of a kind that the subject's own visible events name, or that its relations lead to. Sorted,
// unique.
[[nodiscard]] std::vector<timeline::Handle> named_entities(const timeline::TimelineStore& store,
                                                           const identity::EntityLinks& links,
                                                           const SubjectHandles& subject, timeline::Kind kind,
                                                           const AsOf& as_of);

}  // namespace weir::funnel
