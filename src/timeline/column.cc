#include "timeline/column.h"

namespace weir::timeline {

Coding CodingFinder::coding() const noexcept {
  Coding coding;
  if (!any_) {
    coding.base = null_;
    return coding;
  }
  coding.base = low_;
  coding.scale = step_ == 0 ? 1 : step_;
  coding.null = null_;
  if (low_ == high_ && !has_null_) return coding;
  const std::uint64_t greatest = (high_ - low_) / coding.scale;
  // The greatest code of a width is the null's. Nulls are an end of their type, so eight bytes always leave
  // room for them.
  const std::uint64_t reserved = has_null_ ? 1 : 0;
  coding.width = 1;
  while (coding.width < 8 && greatest > coding.mask() - reserved) ++coding.width;
  coding.has_null = has_null_ ? 1 : 0;
  return coding;
}

}  // namespace weir::timeline
