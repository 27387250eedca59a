// Two sorted lists become one, in which what stands in both stands once. Private to the merge.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace weir::timeline {

struct MergedNumbers {
  // Of each item of a list its number in the merged one; grows with the item.
  std::vector<std::uint32_t> of_base, of_added;
  std::size_t size{0};

  // Whether the base's items keep their numbers.
  [[nodiscard]] bool keeps_base() const noexcept {
    return of_base.empty() || of_base.back() + std::size_t{1} == of_base.size();
  }
};

// `compare(base item, added item)`: < 0, 0 or > 0. Items of a list are distinct and in order. Few are added:
// each is looked for from where the one before was found, in steps that double.
template <typename Compare>
[[nodiscard]] MergedNumbers merge_numbers(std::size_t base, std::size_t added, const Compare& compare) {
  MergedNumbers merged;
  merged.of_base.resize(base);
  merged.of_added.reserve(added);
  std::size_t at = 0;  // the first base item that has no number yet
  const auto pass = [&](std::size_t end) {
    std::iota(merged.of_base.begin() + static_cast<std::ptrdiff_t>(at),
              merged.of_base.begin() + static_cast<std::ptrdiff_t>(end),
              static_cast<std::uint32_t>(merged.size));
    merged.size += end - at;
    at = end;
  };
  for (std::size_t item = 0; item < added; ++item) {
    std::size_t low = at;
    std::size_t step = 1;
    while (low + step <= base && compare(low + step - 1, item) < 0) {
      low += step;
      step *= 2;
    }
    std::size_t high = std::min(base, low + step - 1);
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (compare(middle, item) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    pass(low);
    merged.of_added.push_back(static_cast<std::uint32_t>(merged.size));
    if (at < base && compare(at, item) == 0) {
      pass(at + 1);
    } else {
      ++merged.size;
    }
  }
  pass(base);
  return merged;
}

}  // namespace weir::timeline
