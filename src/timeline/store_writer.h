// Puts collected events into their final order and writes them as a timeline file. File format:
// docs/formats.md, "timelines".
#pragma once

#include <string>

#include "base/file_system.h"
#include "base/result.h"
#include "timeline/event_table.h"

namespace weir::timeline {

// Takes the table apart while it writes. `place`: of temporary files.
[[nodiscard]] Status write_timelines(FileSystem& files, const std::string& path, SpoolPlace& place,
                                     EventTable&& events);

}  // namespace weir::timeline
