#include "risk/forest_groups.h"

#include <algorithm>

#include "risk/shapley_integral.h"

namespace weir::risk {

void TreeGroups::assign(std::span<const ForestNode> nodes, std::size_t root, std::size_t end) {
  nodes_ = nodes;
  root_ = root;
  next_split_ = 0;
  first_step_ = 0;
  steps_.clear();
  groups_.clear();
  leaves_.clear();
  terms_.clear();
  columns_.clear();
  leaf_counts_.assign(end - root, 1);
  for (std::size_t place = end; place-- > root;) {
    const ForestNode& node = nodes[place];
    if (node.left != 0)
      leaf_counts_[place - root] = leaf_counts_[node.left - root] + leaf_counts_[node.right - root];
  }
  paths_[0].clear();
  walk(static_cast<std::uint32_t>(root), 0);
}

TreeGroups::PathTerm& TreeGroups::extend_path(const ForestNode& node, bool left, std::uint32_t depth,
                                              bool& again) {
  const auto of_left = static_cast<double>(nodes_[node.left].cover);
  const auto of_right = static_cast<double>(nodes_[node.right].cover);
  const double share = (left ? of_left : of_right) / (of_left + of_right);
  Path& path = paths_[depth + 1];
  path = paths_[depth];
  const auto known = std::find_if(path.begin(), path.end(),
                                  [&](const PathTerm& term) { return term.column == node.column; });
  again = known != path.end();
  if (again) {
    known->term.cover_share *= share;
    return *known;
  }
  path.push_back({node.column, {0, 0, 0, share}});
  return path.back();
}

// Above the groups: one bit for each column of the path.
void TreeGroups::walk(std::uint32_t place, std::uint32_t depth) {
  const std::size_t leaf_count = leaf_counts_[place - root_];
  if (leaf_count == 1 || paths_[depth].size() + leaf_count - 1 <= kGroupBits) {
    add_group(place, depth);
    return;
  }
  const ForestNode node = nodes_[place];
  const std::uint32_t split = next_split_++;
  for (const bool left : {true, false}) {
    bool again = false;
    PathTerm& added = extend_path(node, left, depth, again);
    if (!again) {
      added.term.mask = 1U << (paths_[depth + 1].size() - 1);
      added.term.want = added.term.mask;
    }
    steps_.push_back({depth, depth + 1, split, added.term.mask, left, again});
    walk(left ? node.left : node.right, depth + 1);
  }
}

void TreeGroups::add_group(std::uint32_t place, std::uint32_t depth) {
  Group group;
  group.first_step = first_step_;
  group.first_leaf = leaves_.size();
  group.first_column = columns_.size();
  group.bit_count = paths_[depth].size();
  group.slot = depth;
  for (PathTerm& known : paths_[depth]) {
    known.term.place = static_cast<std::uint32_t>(columns_.size() - group.first_column);
    columns_.push_back(known.column);
  }
  walk_group(place, depth, depth, group);
  group.leaf_count = leaves_.size() - group.first_leaf;
  group.column_count = columns_.size() - group.first_column;
  group.step_count = steps_.size() - group.first_step;
  first_step_ = steps_.size();
  groups_.push_back(group);
}

// Within a group: one bit for each split, set where rows go right.
void TreeGroups::walk_group(std::uint32_t place, std::uint32_t depth, std::uint32_t slot, Group& group) {
  const ForestNode& node = nodes_[place];
  if (node.left == 0) {
    leaves_.push_back({terms_.size(), paths_[depth].size(), static_cast<double>(node.threshold)});
    for (const PathTerm& known : paths_[depth]) terms_.push_back(known.term);
    return;
  }
  const std::uint32_t bit = 1U << group.bit_count++;
  steps_.push_back({group.slot, static_cast<std::uint32_t>(kSlots - 1), next_split_++, bit, false, false});
  group.slot = kSlots - 1;
  for (const bool left : {true, false}) {
    bool again = false;
    PathTerm& added = extend_path(node, left, depth, again);
    if (!again) {
      const auto own = columns_.begin() + static_cast<std::ptrdiff_t>(group.first_column);
      const auto known = std::find(own, columns_.end(), node.column);
      added.term.place = static_cast<std::uint32_t>(known - own);
      if (known == columns_.end()) columns_.push_back(node.column);
    }
    added.term.mask |= bit;
    added.term.want |= left ? 0U : bit;
    walk_group(left ? node.left : node.right, depth + 1, slot, group);
  }
}

LeafGame TreeGroups::game_of(const GroupLeaf& leaf) const noexcept {
  LeafGame game;
  game.term_count = leaf.term_count;
  game.value = leaf.value;
  for (std::size_t j = 0; j < leaf.term_count; ++j)
    game.cover_share[j] = terms_[leaf.first_term + j].cover_share;
  return game;
}

void TreeGroups::explain(const Group& group, std::uint32_t pattern, std::span<double> values) const noexcept {
  std::fill(values.begin(), values.end(), 0.0);
  std::array<double, kMostTerms>
      of_leaf;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as far as read
  for (std::size_t i = group.first_leaf; i < group.first_leaf + group.leaf_count; ++i) {
    const GroupLeaf& leaf = leaves_[i];
    const LeafTerm* terms = terms_.data() + leaf.first_term;
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < leaf.term_count; ++j)
      bits |= ((pattern & terms[j].mask) == terms[j].want ? 1U : 0U) << j;
    shapley_values(game_of(leaf), bits, of_leaf.data());
    for (std::size_t j = 0; j < leaf.term_count; ++j) values[terms[j].place] += of_leaf[j];
  }
}

void TreeGroups::make_table(const Group& group, const LaneKernels& kernels, std::span<double> table) {
  const std::size_t patterns = std::size_t{1} << group.bit_count;
  const std::size_t stride = std::max(patterns, std::size_t{8});  // of by_column_
  by_column_.resize(group.column_count * stride);
  if (group.leaf_count == 1) {
    assign_factors(game_of(leaves_[group.first_leaf]), factors_);
    kernels.tabulate(factors_, by_column_.data());
  } else {
    add_leaf_tables(group, kernels);
  }
  const std::size_t by_four = group.column_count / 4 * 4;
  double* out = table.data();
  for (std::size_t column = 0; column < by_four; column += 4) {
    const double* from = by_column_.data() + column * stride;
    for (std::size_t pattern = 0; pattern < patterns; ++pattern) {
      for (std::size_t i = 0; i < 4; ++i) *out++ = from[i * stride + pattern];
    }
  }
  for (std::size_t column = by_four; column < group.column_count; ++column) {
    out = std::copy_n(by_column_.data() + column * stride, patterns, out);
  }
}

// by_column_[column * max(8, 2^bits) + pattern]: the sum over the leaves.
void TreeGroups::add_leaf_tables(const Group& group, const LaneKernels& kernels) {
  const std::size_t patterns = std::size_t{1} << group.bit_count;
  const std::size_t stride = std::max(patterns, std::size_t{8});
  std::fill(by_column_.begin(), by_column_.end(), 0.0);
  leaf_patterns_.resize(patterns);
  for (std::size_t i = group.first_leaf; i < group.first_leaf + group.leaf_count; ++i) {
    const GroupLeaf& leaf = leaves_[i];
    const std::span<const LeafTerm> terms = std::span(terms_).subspan(leaf.first_term, leaf.term_count);
    const std::size_t leaf_stride = std::max(std::size_t{1} << leaf.term_count, std::size_t{8});
    leaf_table_.resize(leaf.term_count * leaf_stride);
    assign_factors(game_of(leaf), factors_);
    kernels.tabulate(factors_, leaf_table_.data());
    std::fill(leaf_patterns_.begin(), leaf_patterns_.end(), 0U);
    for (std::size_t j = 0; j < terms.size(); ++j) {
      for (std::uint32_t pattern = 0; pattern < patterns; ++pattern) {
        leaf_patterns_[pattern] |= ((pattern & terms[j].mask) == terms[j].want ? 1U : 0U) << j;
      }
    }
    for (std::size_t j = 0; j < terms.size(); ++j) {
      kernels.add_looked_up(leaf_table_.data() + j * leaf_stride, leaf_patterns_.data(), patterns,
                            by_column_.data() + terms[j].place * stride);
    }
  }
}

}  // namespace weir::risk
