// Where rows that are added stand among those that there are. Private to the merge.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "timeline/timeline_store.h"

namespace weir::timeline {

class AddedRows {
 public:
  // Both stores were opened with all that stands in them.
  AddedRows(const TimelineStore& base, const TimelineStore& added);

  // Per added row, in order: how many rows of the base come before it.
  [[nodiscard]] const std::vector<std::uint64_t>& places() const noexcept { return places_; }
  // The number that a row of the base has from now on.
  [[nodiscard]] Row moved(Row row) const noexcept {
    if (row < first_) return row;
    std::uint32_t low = before_[row >> kShift];
    std::uint32_t high = before_[(row >> kShift) + 1];
    while (low < high) {
      const std::uint32_t middle = low + (high - low) / 2;
      if (places_[middle] <= row) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return row + low;
  }
  [[nodiscard]] Row number(Row added_row) const noexcept {
    return static_cast<Row>(places_[added_row] + added_row);
  }
  // Whether all rows of the base keep their numbers.
  [[nodiscard]] bool are_last() const noexcept { return first_ >= base_rows_; }

 private:
  static constexpr std::uint32_t kShift = 12;  // rows of the base are looked up by blocks of 4,096

  std::uint64_t base_rows_{0};
  std::uint64_t first_{0};  // the first row that moves
  std::vector<std::uint64_t> places_;
  std::vector<std::uint32_t> before_;  // per block: added rows before its first row
};

}  // namespace weir::timeline
