// Which records of a source come more than once. Private to the build.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/query_engine.h"

namespace weir::timeline {

// The first halves of their ids, sorted; ids are hashes, so that half of one tells. `table`: of parts of
// records, `records` rows in all. Of very many records one part of the hashes after the other is looked at:
// at most 0.5 GB is taken.
[[nodiscard]] Result<std::vector<std::uint64_t>> repeated_records(store::QueryEngine& engine,
                                                                  const std::string& table,
                                                                  std::size_t records);

// Whether a record of the one table of parts stands in the other, too, by the same halves. All ids of `few`
// are held in memory.
[[nodiscard]] Result<bool> have_common_records(store::QueryEngine& engine, const std::string& few,
                                               const std::string& many);

}  // namespace weir::timeline
