// The funnels that drafted sources support. Private to the draft.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/draft_events.h"
#include "engine/draft_roles.h"
#include "engine/draft_text.h"

namespace weir::engine {

// `events`: those of each role.
void write_funnels(std::span<const TableRole> roles, std::span<const std::vector<DraftEvent>> events,
                   DraftText& text);

}  // namespace weir::engine
