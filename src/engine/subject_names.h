// Subjects by their names, for many look-ups at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/feature_rows.h"

namespace weir::engine {

// The rows outlive it. Read-only after construction.
class SubjectNames {
 public:
  // `lookups`: about how many are to come; few do not pay a table.
  SubjectNames(const FeatureRows& rows, std::size_t lookups);
  // As FeatureRows::subject_named.
  [[nodiscard]] std::optional<funnel::SubjectIndex> find(std::string_view text) const;

 private:
  static constexpr funnel::SubjectIndex kNobody = 0xFFFFFFFF;
  [[nodiscard]] std::size_t slot_of(std::string_view text) const noexcept;

  const FeatureRows& rows_;
  std::vector<timeline::Handle> slots_;           // open addressing by the text's hash; kNoHandle: free
  timeline::Handle first_{0};                     // of the subjects' kind
  std::vector<funnel::SubjectIndex> subject_of_;  // by handle from `first_` on; kNobody: none
};

}  // namespace weir::engine
