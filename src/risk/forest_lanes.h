// Many rows through a forest side by side. A value becomes its rank among the thresholds that the forest asks
// of its column, so that a node compares bytes: 16, 32 or 64 rows to an instruction. Which leaf a row reaches
// is exact on every machine, and leaves are added up row by row in the order of the trees: all levels give
// the same bits. Private to the forest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "risk/forest.h"
#include "risk/shapley_integral.h"

namespace weir::risk {

inline constexpr std::size_t kBlockRows = 256;  // rows that go side by side
inline constexpr std::size_t kTableThresholds = 255;
inline constexpr std::size_t kMaxLaneLeaves =
    256;  // a tree with more is walked: its leaves do not fit a byte, and a walk is cheaper

// At most 255 thresholds of one column, ascending. The rank of a value is how many of them are <= it. A plane
// holds the ranks of a block's rows, one byte each, less 128; nulls have rank 0 in the plane of nodes that
// send them left, 255 in the other.
struct RankTable {
  alignas(64) std::array<float, 256> thresholds{};  // NaN behind the last
  alignas(64) std::array<float, 16> pivots{};       // each 16th threshold: the first step of the search
  std::uint32_t column{0};
  std::uint32_t left_plane{0};  // where in the planes, in bytes; nobody's plane when no node asks for it
  std::uint32_t right_plane{0};
};

// A split; bytes stand four times in a word, as vectors are filled from words. Splits of a tree stand in
// depth-first order, leaves are counted from left to right. A row that stands at `start`, the first leaf
// below this split, when its turn comes has reached it (those that turned right above have passed all its
// leaves); it steps over the `left_leaves` when it goes right.
struct LaneNode {
  std::uint32_t plane{0};
  std::uint32_t threshold{0};  // a rank less 128: right when the row's is above it
  std::uint32_t start{0};
  std::uint32_t left_leaves{0};
};

struct LaneTree {
  std::uint32_t first_node{0}, node_count{0};
  std::uint32_t first_leaf{0},
      leaf_count{0};  // with more than kMaxLaneLeaves the starts do not fit their bytes
};

// Row counts are at most kBlockRows; planes and leaf places have kBlockRows bytes and are written up to a
// multiple of 64 rows.
struct LaneKernels {
  // Ranks of `count` values, the first at `values`, `stride` floats apart, into the table's planes.
  void (*rank)(const RankTable& table, const float* values, std::size_t stride, std::size_t count,
               std::int8_t* planes);
  // places[row] = the leaf of the tree that the row reaches, counted from the left.
  void (*find_leaves)(const LaneNode* nodes, std::size_t node_count, const std::int8_t* planes,
                      std::size_t row_count, std::uint8_t* places);
  // out[row] += leaves[places[row]]. 64 leaves can be read whatever the tree has.
  void (*add_leaves)(const float* leaves, std::size_t leaf_count, const std::uint8_t* places,
                     std::size_t row_count, double* out);
  // Bit `row % 64` of right[node * stride + row / 64]: the row goes right at the node, wherever it stands.
  void (*decide)(const LaneNode* nodes, std::size_t node_count, const std::int8_t* planes,
                 std::size_t row_count, std::uint64_t* right, std::size_t stride);
  // to[row] = from[row] | (row's bit of `rows` ^ flip ? bit : 0). Any row count; whole words of 64 rows may
  // be written.
  void (*set_bit)(const std::uint32_t* from, const std::uint64_t* rows, std::uint64_t flip,
                  std::size_t row_count, std::uint32_t bit, std::uint32_t* to);
  // to[row] = from[row] & (row's bit of `rows` ^ flip ? ~0 : ~bit).
  void (*keep_bit)(const std::uint32_t* from, const std::uint64_t* rows, std::uint64_t flip,
                   std::size_t row_count, std::uint32_t bit, std::uint32_t* to);
  // sums[row] += table[patterns[row]].
  void (*add_looked_up)(const double* table, const std::uint32_t* patterns, std::size_t row_count,
                        double* sums);
  // sums[i][row] += table[4 * patterns[row] + i], i < 4.
  void (*add_four_looked_up)(const double* table, const std::uint32_t* patterns, std::size_t row_count,
                             double* const* sums);
  // shapley_values() of all patterns: table[j * max(8, 2^terms) + pattern].
  void (*tabulate)(const LeafFactors& factors, double* table);
};
// One row through 256 trees side by side: byte t of a line belongs to tree t. The i-th split of each tree
// stands in four times four lines: for each 64 trees the number of the plane, then threshold, start and
// left_leaves as in LaneNode.
inline constexpr std::size_t kSideTrees = 256;
inline constexpr std::size_t kSidePlanes = 128;
struct alignas(64) SideLine {
  std::array<std::uint8_t, 64> bytes{};
};
struct SideSplits {
  std::array<SideLine, 4> planes, thresholds, starts, left_leaves;
};
struct SideTrees {
  std::size_t first_tree{0}, tree_count{0};
  std::size_t first_split{0}, split_count{0};  // in side_splits
};

// One row; nullptr below avx512_vbmi.
struct RowKernels {
  // ranks[plane] of the row, less 128, for kSidePlanes planes numbered as in SideSplits; ranks[-1] is written
  // too.
  void (*rank)(const RankTable* tables, std::size_t table_count, const float* row, std::int8_t* ranks);
  // places[t] = the leaf that the row reaches in the t-th of kSideTrees trees.
  void (*find_leaves)(const SideSplits* splits, std::size_t split_count, const std::int8_t* ranks,
                      std::uint8_t* places);
};
[[nodiscard]] const RowKernels* row_kernels(SimdLevel level) noexcept;
[[nodiscard]] const LaneKernels& lane_kernels(SimdLevel level) noexcept;
[[nodiscard]] const LaneKernels& plain_kernels() noexcept;
#if defined(__x86_64__)
[[nodiscard]] const LaneKernels& avx2_kernels() noexcept;
[[nodiscard]] const LaneKernels& avx512_kernels() noexcept;
[[nodiscard]] const RowKernels& vbmi_row_kernels() noexcept;
#endif

struct ForestLanes {
  std::vector<RankTable> tables;
  std::size_t plane_bytes{0};
  std::vector<LaneNode> nodes;  // of all trees
  std::vector<LaneTree> trees;
  std::vector<float> leaves;  // of each tree from left to right; and 64 more that are 0

  std::vector<SideTrees>
      side_trees;  // all trees, or none when a tree is too large or there are too many planes
  std::vector<SideSplits> side_splits;

  // O(nodes x log nodes). `nodes` are those of all trees, children by their place in it.
  [[nodiscard]] static ForestLanes make(std::span<const ForestNode> nodes,
                                        std::span<const std::uint32_t> roots);
  // The planes of `count` <= kBlockRows rows, plane_bytes in all.
  void rank_rows(const LaneKernels& kernels, const float* rows, std::size_t column_count, std::size_t count,
                 std::int8_t* planes) const;
};

}  // namespace weir::risk
