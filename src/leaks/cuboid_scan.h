// Scans the cuboids of one edge and kind (the whole edge, segments of one and of two dimensions) for the one
// that explains most, takes it out, and looks again.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "leaks/baseline.h"

namespace weir::leaks {

// Values are local codes of the CellMap; no more than two dimensions.
struct Cuboid {
  std::uint8_t dimensions{0};
  std::array<std::uint8_t, 2> dimension{};
  std::array<std::uint16_t, 2> value{};
  [[nodiscard]] bool holds(const CellMap& cells, std::size_t cell) const noexcept;
  // Equal, or one inside the other.
  [[nodiscard]] bool nested_with(const Cuboid& other) const noexcept;
};

// Per period length and number of dimensions: a number of cuboids, or what each of them may cost.
inline constexpr std::size_t kSizeCount = 3;  // 0, 1, 2 dimensions
template <typename Value>
using BySize = std::array<std::array<Value, kSizeCount>, kLengthCount>;

struct Found {
  Cuboid cuboid;
  std::size_t length{1};
  double observed{0};
  double expected{0};
  double log_chance{0};  // of the count, for this cuboid alone
  // Findings before it that it does not lie within: what they hold is theirs, so that no subject is counted
  // twice.
  std::vector<Cuboid> taken;
  double observed_left{0};  // outside of `taken`
  double expected_left{0};
  [[nodiscard]] bool counts(const CellMap& cells, std::size_t cell) const noexcept;
};

using EdgeWindows = std::array<EdgeWindow, kLengthCount>;

// Cuboids that could show a leak at all: their number is the price of the scan. It looks at expectations
// only.
[[nodiscard]] std::array<std::int64_t, kSizeCount> count_cuboids(const CellMap& cells,
                                                                 const EdgeWindow& window, LeakKind kind);

// `log_levels`: the log of the error allowed for one cuboid. Changes the windows' expectations.
[[nodiscard]] std::vector<Found> find_leaks(const CellMap& cells, EdgeWindows& windows, LeakKind kind,
                                            const DetectionOptions& options,
                                            const BySize<double>& log_levels);

// Segments far from the edge's average in the baseline itself, and not better now. `expected` is at that
// average.
struct FoundGap {
  Found found;
  double baseline_ratio{1};
};
[[nodiscard]] std::vector<FoundGap> find_gaps(const CellMap& cells, const EdgeWindow& window, LeakKind kind,
                                              const std::array<double, kSizeCount>& log_levels);

// Expected events of the whole edge, and of the median segment of one dimension (0 without any).
[[nodiscard]] double edge_expected(const EdgeWindow& window) noexcept;
[[nodiscard]] double median_segment_expected(const CellMap& cells, const EdgeWindow& window);

}  // namespace weir::leaks
