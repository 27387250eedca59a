// Subjects by their names, for many look-ups at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/large_pages.h"
#include "base/text_list.h"
#include "engine/feature_rows.h"

namespace weir::engine {

// The rows outlive it. Read-only after construction.
class SubjectNames {
 public:
  // `lookups`: about how many are to come; few do not pay a table.
  SubjectNames(const FeatureRows& rows, std::size_t lookups);
  // Of each text, as FeatureRows::subject_named.
  [[nodiscard]] std::vector<std::optional<funnel::SubjectIndex>> find(const TextList& texts) const;

 private:
  static constexpr funnel::SubjectIndex kNobody = 0xFFFFFFFF;
  struct Slot {           // of zero bytes when it is new
    std::uint32_t tag;    // of the text's hash
    std::uint32_t above;  // the handle + 1; 0: free
  };
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash, std::size_t at) const noexcept;
  [[nodiscard]] timeline::Handle handle_of(std::string_view text, std::uint64_t hash,
                                           std::size_t slot) const noexcept;
  [[nodiscard]] std::optional<funnel::SubjectIndex> subject_of(timeline::Handle handle) const noexcept;

  const FeatureRows& rows_;
  std::vector<Slot, LargePageAllocator<Slot>> slots_;  // open addressing
  timeline::Handle first_{0};                          // of the subjects' kind
  std::vector<funnel::SubjectIndex> subject_of_;       // by handle from `first_` on; kNobody: none
};

}  // namespace weir::engine
