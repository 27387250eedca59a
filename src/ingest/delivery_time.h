// When a snapshot was taken, from the name of its file.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/zone.h"

namespace weir::ingest {

// `pattern` as `snapshot_at: { file_name: "deals_%Y-%m-%d.csv" }`: %Y %m %d, and %H %M %S for an instant; any
// other character stands for itself, `*` for anything. A day means its end in `zone`: the state as the day
// closed. Fails when the name does not fit the pattern or names a day that does not exist.
[[nodiscard]] Result<std::int64_t> delivery_time(const std::string& pattern, const std::string& path,
                                                 const Zone& zone);

}  // namespace weir::ingest
