#include "risk/forest_lanes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "risk/tabulate.h"

namespace weir::risk {
namespace {

constexpr std::size_t kUnusedPlane = 0;

std::uint32_t four_times(std::uint32_t byte) {
  return (byte & 0xFFU) * 0x01010101U;
}

// The thresholds of all splits by column, ascending, none twice (0 and -0 are one), in tables.
class Thresholds {
 public:
  Thresholds(std::span<const ForestNode> nodes, std::vector<RankTable>& tables) : tables_(tables) {
    for (const ForestNode& node : nodes) {
      if (node.left != 0) asked_.emplace_back(node.column, node.threshold);
    }
    std::sort(asked_.begin(), asked_.end());
    asked_.erase(std::unique(asked_.begin(), asked_.end()), asked_.end());
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= asked_.size(); ++i) {
      if (i == asked_.size() || asked_[i].first != asked_[begin].first || i - begin == kTableThresholds) {
        if (i > begin) add_table(begin, i);
        begin = i;
      }
    }
  }

  // The table of a split and the rank that its threshold has there.
  [[nodiscard]] std::pair<std::size_t, std::uint32_t> place_of(const ForestNode& node) const {
    const std::pair<std::uint32_t, float> sought(node.column, node.threshold);
    const auto found =
        static_cast<std::size_t>(std::lower_bound(asked_.begin(), asked_.end(), sought) - asked_.begin());
    const auto table =
        static_cast<std::size_t>(std::upper_bound(firsts_.begin(), firsts_.end(), found) - firsts_.begin()) -
        1;
    return {table, static_cast<std::uint32_t>(found - firsts_[table])};
  }

 private:
  void add_table(std::size_t begin, std::size_t end) {
    RankTable table;
    table.column = asked_[begin].first;
    table.thresholds.fill(std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = begin; i < end; ++i) table.thresholds[i - begin] = asked_[i].second;
    for (std::size_t i = 0; i < table.pivots.size(); ++i) table.pivots[i] = table.thresholds[16 * i + 15];
    tables_.push_back(table);
    firsts_.push_back(begin);
  }

  std::vector<RankTable>& tables_;
  std::vector<std::pair<std::uint32_t, float>> asked_;
  std::vector<std::size_t> firsts_;  // of each table in asked_
};

class Builder {
 public:
  Builder(std::span<const ForestNode> nodes, ForestLanes& lanes)
      : nodes_(nodes), lanes_(lanes), thresholds_(nodes, lanes.tables) {
    lanes_.plane_bytes = (kUnusedPlane + 1) * kBlockRows;
  }

  void add(std::uint32_t root, std::size_t end) {
    LaneTree tree;
    tree.first_node = static_cast<std::uint32_t>(lanes_.nodes.size());
    tree.first_leaf = static_cast<std::uint32_t>(lanes_.leaves.size());
    const std::size_t leaf_count = (end - root + 1) / 2;
    first_leaf_ = tree.first_leaf;
    add_below(root);
    tree.node_count = static_cast<std::uint32_t>(leaf_count - 1);
    tree.leaf_count = static_cast<std::uint32_t>(leaf_count);
    lanes_.trees.push_back(tree);
  }

 private:
  // A tree is at most kMaxTreeDepth deep.
  void add_below(std::uint32_t place) {
    const ForestNode& node = nodes_[place];
    if (node.left == 0) {
      lanes_.leaves.push_back(node.threshold);
      return;
    }
    const auto [table, rank] = thresholds_.place_of(node);
    const std::size_t own = lanes_.nodes.size();
    const auto start = static_cast<std::uint32_t>(lanes_.leaves.size() - first_leaf_);
    lanes_.nodes.push_back(
        {plane_of(lanes_.tables[table], node.null_left), four_times(rank + 128U), four_times(start), 0});
    add_below(node.left);
    lanes_.nodes[own].left_leaves =
        four_times(static_cast<std::uint32_t>(lanes_.leaves.size() - first_leaf_) - start);
    add_below(node.right);
  }

  std::uint32_t plane_of(RankTable& table, bool null_left) {
    std::uint32_t& plane = null_left ? table.left_plane : table.right_plane;
    if (plane == kUnusedPlane) {
      plane = static_cast<std::uint32_t>(lanes_.plane_bytes);
      lanes_.plane_bytes += kBlockRows;
    }
    return plane;
  }

  std::span<const ForestNode> nodes_;
  ForestLanes& lanes_;
  Thresholds thresholds_;
  std::size_t first_leaf_{0};
};

// The trees of `lanes` side by side.
void add_side_trees(ForestLanes& lanes) {
  for (const LaneTree& tree : lanes.trees) {
    if (tree.leaf_count > kMaxLaneLeaves) return;
  }
  if (lanes.plane_bytes / kBlockRows - 1 > kSidePlanes) return;
  for (std::size_t first = 0; first < lanes.trees.size(); first += kSideTrees) {
    SideTrees side{first, std::min(kSideTrees, lanes.trees.size() - first), lanes.side_splits.size(), 0};
    for (std::size_t t = 0; t < side.tree_count; ++t) {
      side.split_count = std::max<std::size_t>(side.split_count, lanes.trees[first + t].node_count);
    }
    SideSplits nobody_moves;
    for (SideLine& line : nobody_moves.thresholds) line.bytes.fill(127);
    lanes.side_splits.resize(side.first_split + side.split_count, nobody_moves);
    for (std::size_t t = 0; t < side.tree_count; ++t) {
      const LaneTree& tree = lanes.trees[first + t];
      for (std::size_t i = 0; i < tree.node_count; ++i) {
        const LaneNode& node = lanes.nodes[tree.first_node + i];
        SideSplits& splits = lanes.side_splits[side.first_split + i];
        splits.planes[t / 64].bytes[t % 64] = static_cast<std::uint8_t>(node.plane / kBlockRows - 1);
        splits.thresholds[t / 64].bytes[t % 64] = static_cast<std::uint8_t>(node.threshold & 0xFFU);
        splits.starts[t / 64].bytes[t % 64] = static_cast<std::uint8_t>(node.start & 0xFFU);
        splits.left_leaves[t / 64].bytes[t % 64] = static_cast<std::uint8_t>(node.left_leaves & 0xFFU);
      }
    }
    lanes.side_trees.push_back(side);
  }
}

// ---- the kernels in plain C++: the compiler makes vectors of what the machine surely has

std::int8_t byte_of(std::uint32_t word) noexcept {
  return static_cast<std::int8_t>(word & 0xFFU);
}

void rank(const RankTable& table, const float* values, std::size_t stride, std::size_t count,
          std::int8_t* planes) {
  for (std::size_t row = 0; row < count; ++row) {
    const float value = values[row * stride];
    int rank = 0;
    for (int step = 128; step > 0; step /= 2) {
      rank += table.thresholds[static_cast<std::size_t>(rank + step - 1)] <= value ? step : 0;
    }
    planes[table.left_plane + row] = static_cast<std::int8_t>(rank - 128);
    planes[table.right_plane + row] = static_cast<std::int8_t>(std::isnan(value) ? 127 : rank - 128);
  }
}

void find_leaves(const LaneNode* nodes, std::size_t node_count, const std::int8_t* planes,
                 std::size_t row_count, std::uint8_t* places) {
  std::fill_n(places, row_count, std::uint8_t{0});
  for (std::size_t i = 0; i < node_count; ++i) {
    const LaneNode& node = nodes[i];
    const std::int8_t* ranks = planes + node.plane;
    const std::int8_t threshold = byte_of(node.threshold);
    const auto start = static_cast<std::uint8_t>(byte_of(node.start));
    const auto left_leaves = static_cast<std::uint8_t>(byte_of(node.left_leaves));
    for (std::size_t row = 0; row < row_count; ++row) {
      const bool moves = (ranks[row] > threshold) & (places[row] == start);
      places[row] = static_cast<std::uint8_t>(places[row] + (moves ? left_leaves : 0));
    }
  }
}

void add_leaves(const float* leaves, std::size_t /*leaf_count*/, const std::uint8_t* places,
                std::size_t row_count, double* out) {
  for (std::size_t row = 0; row < row_count; ++row) {
    out[row] += static_cast<double>(leaves[places[row]]);
  }
}

void decide(const LaneNode* nodes, std::size_t node_count, const std::int8_t* planes, std::size_t row_count,
            std::uint64_t* right, std::size_t stride) {
  for (std::size_t i = 0; i < node_count; ++i) {
    const std::int8_t* ranks = planes + nodes[i].plane;
    const std::int8_t threshold = byte_of(nodes[i].threshold);
    for (std::size_t first = 0; first < row_count; first += 64) {
      std::uint64_t bits = 0;
      for (std::size_t row = 0; row < 64; ++row) {
        bits |= std::uint64_t{ranks[first + row] > threshold} << row;
      }
      right[i * stride + first / 64] = bits;
    }
  }
}

bool bit_of(const std::uint64_t* rows, std::size_t row) noexcept {
  return (rows[row / 64] >> (row % 64) & 1U) != 0;
}

void set_bit(const std::uint32_t* from, const std::uint64_t* rows, std::uint64_t flip, std::size_t row_count,
             std::uint32_t bit, std::uint32_t* to) {
  const bool flipped = flip != 0;
  for (std::size_t row = 0; row < row_count; ++row)
    to[row] = from[row] | (bit_of(rows, row) != flipped ? bit : 0U);
}

void keep_bit(const std::uint32_t* from, const std::uint64_t* rows, std::uint64_t flip, std::size_t row_count,
              std::uint32_t bit, std::uint32_t* to) {
  const bool flipped = flip != 0;
  for (std::size_t row = 0; row < row_count; ++row)
    to[row] = from[row] & (bit_of(rows, row) != flipped ? ~0U : ~bit);
}

void add_looked_up(const double* table, const std::uint32_t* patterns, std::size_t row_count, double* sums) {
  for (std::size_t row = 0; row < row_count; ++row) sums[row] += table[patterns[row]];
}

void add_four_looked_up(const double* table, const std::uint32_t* patterns, std::size_t row_count,
                        double* const* sums) {
  for (std::size_t row = 0; row < row_count; ++row) {
    const double* values = table + std::size_t{4} * patterns[row];
    for (std::size_t i = 0; i < 4; ++i) sums[i][row] += values[i];
  }
}

}  // namespace

ForestLanes ForestLanes::make(std::span<const ForestNode> nodes, std::span<const std::uint32_t> roots) {
  ForestLanes lanes;
  Builder builder(nodes, lanes);
  for (std::size_t tree = 0; tree < roots.size(); ++tree) {
    builder.add(roots[tree], tree + 1 < roots.size() ? roots[tree + 1] : nodes.size());
  }
  lanes.leaves.resize(lanes.leaves.size() + 64, 0);
  add_side_trees(lanes);
  return lanes;
}

void ForestLanes::rank_rows(const LaneKernels& kernels, const float* rows, std::size_t column_count,
                            std::size_t count, std::int8_t* planes) const {
  for (const RankTable& table : tables) {
    kernels.rank(table, rows + table.column, column_count, count, planes);
  }
}

const LaneKernels& plain_kernels() noexcept {
  static constexpr LaneKernels kernels{&rank,     &find_leaves,   &add_leaves,         &decide,  &set_bit,
                                       &keep_bit, &add_looked_up, &add_four_looked_up, &tabulate};
  return kernels;
}

const LaneKernels& lane_kernels(SimdLevel level) noexcept {
#if defined(__x86_64__)
  switch (level) {
    case SimdLevel::avx512_vbmi:
    case SimdLevel::avx512:
      return avx512_kernels();
    case SimdLevel::avx2:
      return avx2_kernels();
    case SimdLevel::plain:
      break;
  }
#else
  static_cast<void>(level);
#endif
  return plain_kernels();
}

const RowKernels* row_kernels(SimdLevel level) noexcept {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512_vbmi) return &vbmi_row_kernels();
#else
  static_cast<void>(level);
#endif
  return nullptr;
}

SimdLevel simd_level() noexcept {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
    return __builtin_cpu_supports("avx512vbmi") ? SimdLevel::avx512_vbmi : SimdLevel::avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) return SimdLevel::avx2;
#endif
  return SimdLevel::plain;
}

}  // namespace weir::risk
