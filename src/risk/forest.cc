#include "risk/forest.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "risk/forest_lanes.h"

namespace weir::risk {
namespace {

std::uint32_t child_of(const ForestNode& node, std::span<const float> row) noexcept {
  const float value = row[node.column];
  if (std::isnan(value)) {
    return node.null_left ? node.left : node.right;
  }
  return value < node.threshold ? node.left : node.right;
}

Failure broken(std::size_t tree, const char* why) {
  return fail(Errc::invalid_data, "tree " + std::to_string(tree) + " of the forest " + why);
}

// The depth of the tree, when it is one.
Result<std::size_t> check_tree(std::size_t index, const Tree& tree, std::size_t column_count) {
  if (tree.empty() || tree.size() > kMaxTreeNodes) {
    return broken(index, "is empty or too large");
  }
  std::vector<std::size_t> depth(tree.size(), 0);
  std::size_t deepest = 0;
  for (std::size_t place = 0; place < tree.size(); ++place) {
    const ForestNode& node = tree[place];
    if (place > 0 && depth[place] == 0) {
      return broken(index, "has a node that no other leads to");
    }
    if (!std::isfinite(node.threshold) || !std::isfinite(node.cover) || node.cover <= 0) {
      return broken(index, "has a number that is not finite or a cover that is not positive");
    }
    if (node.left == 0) {
      continue;
    }
    if (node.column >= column_count) {
      return broken(index, "reads a column that rows do not have");
    }
    for (const std::uint32_t child : {node.left, node.right}) {
      if (child <= place || child >= tree.size() || depth[child] != 0) {
        return broken(index, "has a child out of range, before its parent, or reached twice");
      }
      depth[child] = depth[place] + 1;
      deepest = std::max(deepest, depth[child]);
    }
  }
  if (deepest > kMaxTreeDepth) {
    return broken(index, "is too deep");
  }
  return deepest;
}

// Cover-weighted mean of the leaves below each node, the root's first. Shares are of left + right, as in the
// Shapley values.
double mean_leaf(const Tree& tree) {
  std::vector<double> mean(tree.size(), 0);
  for (std::size_t place = tree.size(); place-- > 0;) {
    const ForestNode& node = tree[place];
    if (node.left == 0) {
      mean[place] = static_cast<double>(node.threshold);
      continue;
    }
    const auto left = static_cast<double>(tree[node.left].cover);
    const auto right = static_cast<double>(tree[node.right].cover);
    mean[place] = (left * mean[node.left] + right * mean[node.right]) / (left + right);
  }
  return mean.front();
}

}  // namespace

Result<Forest> Forest::make(float base, std::size_t column_count, std::span<const Tree> trees) {
  if (!std::isfinite(base) || trees.size() > kMaxTrees) {
    return fail(Errc::invalid_data, "the forest's base is not a number, or it has more than " +
                                        std::to_string(kMaxTrees) + " trees");
  }
  Forest forest;
  forest.base_ = base;
  forest.column_count_ = column_count;
  forest.expected_ = static_cast<double>(base);
  for (std::size_t index = 0; index < trees.size(); ++index) {
    WEIR_TRY(const std::size_t depth, check_tree(index, trees[index], column_count));
    forest.expected_ += mean_leaf(trees[index]);
    const auto root = static_cast<std::uint32_t>(forest.nodes_.size());
    if (forest.nodes_.size() + trees[index].size() > kMaxForestNodes) {
      return fail(Errc::invalid_data,
                  "the forest has more than " + std::to_string(kMaxForestNodes) + " nodes");
    }
    forest.roots_.push_back(root);
    forest.tree_depths_.push_back(depth);
    for (ForestNode node : trees[index]) {
      if (node.left != 0) {
        node.left += root;
        node.right += root;
      }
      forest.nodes_.push_back(node);
    }
  }
  forest.make_steps();
  forest.lanes_ = std::make_shared<const ForestLanes>(ForestLanes::make(forest.nodes_, forest.roots_));
  return forest;
}

Tree Forest::tree(std::size_t index) const {
  const std::size_t root = roots_[index];
  const std::size_t end = index + 1 < roots_.size() ? roots_[index + 1] : nodes_.size();
  Tree tree(nodes_.begin() + static_cast<std::ptrdiff_t>(root),
            nodes_.begin() + static_cast<std::ptrdiff_t>(end));
  for (ForestNode& node : tree) {
    if (node.left != 0) {
      node.left -= static_cast<std::uint32_t>(root);
      node.right -= static_cast<std::uint32_t>(root);
    }
  }
  return tree;
}

float Forest::leaf(std::size_t tree, std::span<const float> row) const noexcept {
  const ForestNode* node = &nodes_[roots_[tree]];
  while (node->left != 0) {
    node = &nodes_[child_of(*node, row)];
  }
  return node->threshold;
}

}  // namespace weir::risk
