// Adds what came later to the timelines that there are. Pure: what says that it may be added is in build.h.
#pragma once

#include <string>
#include <string_view>

#include "base/file_system.h"
#include "base/result.h"
#include "timeline/timeline_store.h"

namespace weir::timeline {

// Writes to `path` what a build of all events at once would write, byte for byte. Both stores have the same
// conditions and values, no record in common, and were opened with all that stands in them (Reads::copy). The
// base's bytes are read front to back and leave the memory again. `origin`: of the new file.
[[nodiscard]] Status merge_timelines(FileSystem& files, const TimelineStore& base, const TimelineStore& added,
                                     std::string_view origin, const std::string& path);

}  // namespace weir::timeline
