// Margins. One row walks several trees at a time without a branch; many rows go through each tree side by
// side (forest_lanes.h).
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "risk/forest.h"
#include "risk/forest_lanes.h"

namespace weir::risk {
namespace {

constexpr std::size_t kWalkTrees = 64;  // of which leaves are kept, to be added up in order
constexpr std::size_t kSideBySide =
    16;  // trees whose steps alternate: each waits for memory while the others go on
constexpr std::size_t kMostKeys = 2048;  // of a row, on the stack
constexpr std::size_t kFewRows = 8;      // are faster one by one

// Keys: 1 ... 2^32 - 2 in the order of the floats, 0 and -0 the same. A node that sends nulls left reads the
// first key of its column, where a null is below all, one that sends them right the second, where it is above
// all. A leaf has no key above its threshold.
constexpr std::uint32_t kAboveAll = 0xFFFFFFFE;
constexpr std::uint32_t kLeafThreshold = 0xFFFFFFFF;

std::uint32_t key_of(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value + 0.0F);
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}

// `sum` and the leaves of all trees.
double side_margin(const ForestLanes& lanes, const RowKernels& kernels, std::span<const float> row,
                   double sum) noexcept {
  std::array<std::int8_t, 1 + kSidePlanes> ranks{};
  std::array<std::uint8_t, kSideTrees>
      places;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by find_leaves
  kernels.rank(lanes.tables.data(), lanes.tables.size(), row.data(), ranks.data() + 1);
  for (const SideTrees& side : lanes.side_trees) {
    kernels.find_leaves(lanes.side_splits.data() + side.first_split, side.split_count, ranks.data() + 1,
                        places.data());
    const LaneTree* trees = lanes.trees.data() + side.first_tree;
    for (std::size_t t = 0; t < side.tree_count; ++t)
      sum += static_cast<double>(lanes.leaves[trees[t].first_leaf + places[t]]);
  }
  return sum;
}

}  // namespace

void Forest::make_steps() {
  steps_.resize(nodes_.size());
  for (std::size_t tree = 0; tree < roots_.size(); ++tree) {
    add_steps(roots_[tree], tree + 1 < roots_.size() ? roots_[tree + 1] : nodes_.size());
    walk_order_.push_back(static_cast<std::uint32_t>(tree));
  }
  for (std::size_t first = 0; first < walk_order_.size(); first += kWalkTrees) {
    const std::size_t last = std::min(first + kWalkTrees, walk_order_.size());
    std::stable_sort(walk_order_.begin() + static_cast<std::ptrdiff_t>(first),
                     walk_order_.begin() + static_cast<std::ptrdiff_t>(last),
                     [&](std::uint32_t a, std::uint32_t b) { return tree_depths_[a] < tree_depths_[b]; });
  }
}

void Forest::add_steps(std::uint32_t root, std::size_t end) {
  std::vector<std::uint32_t> order{root};  // breadth first
  order.reserve(end - root);
  for (std::size_t next = 0; next < order.size(); ++next) {
    const ForestNode& node = nodes_[order[next]];
    const auto self = static_cast<std::uint32_t>(root + next);
    if (node.left == 0) {
      steps_[self] = {kLeafThreshold, 0, self, node.threshold};
      continue;
    }
    steps_[self] = {key_of(node.threshold), 2 * node.column + (node.null_left ? 0 : 1),
                    static_cast<std::uint32_t>(root + order.size()), 0};
    order.push_back(node.left);
    order.push_back(node.right);
  }
}

void Forest::make_keys(const float* row, std::uint32_t* keys) const noexcept {
  for (std::size_t column = 0; column < column_count_; ++column) {
    const std::uint32_t key = key_of(row[column]);
    const bool null = std::isnan(row[column]);
    keys[2 * column] = null ? 0 : key;
    keys[2 * column + 1] = null ? kAboveAll : key;
  }
}

// `first_tree` is a multiple of kWalkTrees.
double Forest::walk(std::size_t first_tree, std::size_t last_tree, const std::uint32_t* keys,
                    double sum) const noexcept {
  const Step* steps = steps_.data();
  std::array<float, kWalkTrees> leaves{};
  for (std::size_t first = first_tree; first < last_tree; first += kWalkTrees) {
    const std::size_t count = std::min(kWalkTrees, last_tree - first);
    std::size_t done = 0;
    for (; done + kSideBySide <= count; done += kSideBySide) {
      const std::uint32_t* trees = walk_order_.data() + first + done;
      std::array<std::uint32_t, kSideBySide> at{};
      for (std::size_t i = 0; i < kSideBySide; ++i) at[i] = roots_[trees[i]];
      for (std::size_t level = tree_depths_[trees[kSideBySide - 1]]; level > 0; --level) {
        for (std::size_t i = 0; i < kSideBySide; ++i) {
          const Step& step = steps[at[i]];
          at[i] = step.left + (keys[step.key] >= step.threshold ? 1U : 0U);
        }
      }
      for (std::size_t i = 0; i < kSideBySide; ++i) leaves[trees[i] - first] = steps[at[i]].leaf;
    }
    for (; done < count; ++done) {
      const std::uint32_t tree = walk_order_[first + done];
      std::uint32_t at = roots_[tree];
      while (steps[at].left != at)
        at = steps[at].left + (keys[steps[at].key] >= steps[at].threshold ? 1U : 0U);
      leaves[tree - first] = steps[at].leaf;
    }
    for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(leaves[i]);
  }
  return sum;
}

double Forest::margin(std::span<const float> row, SimdLevel level) const noexcept {
  auto sum = static_cast<double>(base_);
  const RowKernels* kernels = row_kernels(level);
  if (kernels != nullptr && lanes_ != nullptr && !lanes_->side_trees.empty()) {
    return side_margin(*lanes_, *kernels, row, sum);
  }
  if (2 * column_count_ <= kMostKeys && column_count_ > 0) {
    std::array<std::uint32_t, kMostKeys>
        keys;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as far as read
    make_keys(row.data(), keys.data());
    return walk(0, roots_.size(), keys.data(), sum);
  }
  for (std::size_t tree = 0; tree < roots_.size(); ++tree) {
    sum += static_cast<double>(leaf(tree, row));
  }
  return sum;
}

void Forest::add_margins(std::span<const float> rows, std::span<double> out, SimdLevel level) const {
  for (double& sum : out) {
    sum += static_cast<double>(base_);
  }
  const LaneKernels& kernels = lane_kernels(level);
  std::vector<std::int8_t> planes(lanes_ == nullptr ? 0 : lanes_->plane_bytes);
  std::array<std::uint8_t, kBlockRows> places{};
  for (std::size_t first = 0; first < out.size() && !roots_.empty(); first += kBlockRows) {
    const std::size_t count = std::min(kBlockRows, out.size() - first);
    const float* block = rows.data() + first * column_count_;
    lanes_->rank_rows(kernels, block, column_count_, count, planes.data());
    for (std::size_t tree = 0; tree < roots_.size(); ++tree) {
      const LaneTree& lane = lanes_->trees[tree];
      if (lane.leaf_count <= kMaxLaneLeaves) {
        kernels.find_leaves(lanes_->nodes.data() + lane.first_node, lane.node_count, planes.data(), count,
                            places.data());
        kernels.add_leaves(lanes_->leaves.data() + lane.first_leaf, lane.leaf_count, places.data(), count,
                           out.data() + first);
        continue;
      }
      for (std::size_t i = 0; i < count; ++i) {
        out[first + i] += static_cast<double>(leaf(tree, {block + i * column_count_, column_count_}));
      }
    }
  }
}

}  // namespace weir::risk
