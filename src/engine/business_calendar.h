// The workspace's business days: `calendar:` with its file of holidays.
#pragma once

#include "base/file_system.h"
#include "features/business_time.h"
#include "workspace/definitions.h"

namespace weir::engine {

// The file of holidays holds one date like 2026-12-25 per line, first cell; a header line and further cells
// (a name) are allowed.
[[nodiscard]] Result<features::BusinessCalendar> load_calendar(FileSystem& files,
                                                               const workspace::Definitions& definitions);

}  // namespace weir::engine
