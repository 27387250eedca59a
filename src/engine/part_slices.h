// Questions about all records of a source, slice by slice of their identities, so that memory does not grow
// with the number of records.
#pragma once

#include <cstdint>
#include <string>

#include "store/manifest.h"

namespace weir::engine {

// So many slices that each has some 4 million records: 60 bytes each in a hash table of the query engine.
[[nodiscard]] inline std::int64_t slice_count(const store::Manifest& manifest, const std::string& source) {
  constexpr std::int64_t kSliceRows = 4'000'000;
  return 1 + store::parts_rows(manifest, store::PartKind::records, source) / kSliceRows;
}

// SQL: whether the identity in `column` lies in slice 0 <= slice < slices.
[[nodiscard]] inline std::string in_slice(const std::string& column, std::int64_t slice,
                                          std::int64_t slices) {
  return slices == 1 ? "TRUE"
                     : "hash(" + column + ") % " + std::to_string(slices) + " = " + std::to_string(slice);
}

}  // namespace weir::engine
