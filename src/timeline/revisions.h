// The history of one record: which of its revisions hold, from when until when.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "base/ids.h"

namespace weir::timeline {

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min();

// A state of a record as its source showed it. `absent`: a complete delivery without the record.
struct Revision {
  std::int64_t at{kAlways};  // change or snapshot time; kAlways for a log or an undated snapshot
  ContentHash content;
  bool absent{false};
  friend bool operator==(const Revision&, const Revision&) = default;
};

// Revisions in time order, one per time: of several at one time the one with the greatest content hash holds,
// whatever the order of arrival. `conflicts` counts those that gave way. `deliveries`: times of complete
// deliveries, sorted; those later than the first revision that do not show the record become absences.
[[nodiscard]] std::vector<Revision> effective_revisions(std::vector<Revision> seen,
                                                        const std::vector<std::int64_t>& deliveries,
                                                        std::int64_t& conflicts);

// Index of the revision (content, at) in the effective list, or -1.
[[nodiscard]] int find_revision(const std::vector<Revision>& revisions, const ContentHash& content,
                                std::int64_t at);

}  // namespace weir::timeline
