// Gathers, for every subject of a funnel, the handles whose events enter its timeline. Pure.
#pragma once

#include <vector>

#include "funnel/stage_machine.h"
#include "identity/entity_links.h"
#include "timeline/timeline_store.h"

namespace weir::funnel {

// All subjects of a kind: handles that events name, entities that are declared, joined where they are one. Sorted.
[[nodiscard]] std::vector<SubjectHandles> gather_subjects(const timeline::TimelineStore& store, const identity::EntityLinks& links,
                                                          timeline::Kind kind);

// The links of a store as the identity room takes them.
[[nodiscard]] identity::EntityLinks entity_links(const timeline::TimelineStore& store);

}  // namespace weir::funnel
