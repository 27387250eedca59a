// What a tree's Shapley values depend on. For a leaf it is, for each of the columns asked on its way, only
// whether the row goes on towards the leaf wherever that column is asked: as many bits as there are columns.
// Neighbouring leaves share most of their columns, so the leaves below one node form a group while their bits
// together are few; what a group adds is a function of its bits, the pattern, which a batch of rows looks up
// in a table (Yang 2021, arXiv 2109.09847: tables by leaf). Private to the forest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "risk/forest.h"
#include "risk/forest_lanes.h"
#include "risk/shapley_integral.h"

namespace weir::risk {

inline constexpr std::size_t kGroupBits = 10;  // of a group with more than one leaf

// One column on the way to a leaf.
struct LeafTerm {
  std::uint32_t mask{0}, want{0};  // the row goes on when (pattern & mask) == want
  std::uint32_t place{0};          // of the column in its group
  double cover_share{0};  // of what goes on when the column is unknown: product over the splits that ask it
};

struct GroupLeaf {
  std::size_t first_term{0}, term_count{0};
  double value{0};
};

// One bit of all rows' patterns, from slot to slot: slots stack up along the way to a node.
struct PatternStep {
  std::uint32_t from{0}, to{0};
  std::uint32_t node{0};  // splits of the tree counted depth first
  std::uint32_t bit{0};
  bool left{false};   // the bit is about going left
  bool again{false};  // the column was asked before: the bit stays only where this split agrees
};

struct Group {
  std::size_t first_step{0}, step_count{0};  // what to do before the slot holds the patterns
  std::uint32_t slot{0};
  std::size_t bit_count{0};
  std::size_t first_leaf{0}, leaf_count{0};
  std::size_t first_column{0}, column_count{0};  // in columns
};

class TreeGroups {
 public:
  // `nodes` of the whole forest, the tree's from `root` to before `end`. Earlier content goes, memory stays.
  void assign(std::span<const ForestNode> nodes, std::size_t root, std::size_t end);

  [[nodiscard]] std::span<const Group> groups() const noexcept { return groups_; }
  [[nodiscard]] std::span<const PatternStep> steps(const Group& group) const noexcept {
    return std::span(steps_).subspan(group.first_step, group.step_count);
  }
  [[nodiscard]] std::span<const std::uint32_t> columns(const Group& group) const noexcept {
    return std::span(columns_).subspan(group.first_column, group.column_count);
  }
  // Slots are below this.
  static constexpr std::size_t kSlots = kMaxTreeDepth + 2;

  // values[i] = the Shapley value, from this group's leaves, of its i-th column for rows with this pattern.
  void explain(const Group& group, std::uint32_t pattern, std::span<double> values) const noexcept;
  // The same for all patterns, bits <= kMostTableTerms: first columns by four, table[4 * (columns / 4 *
  // 2^bits + pattern) + column % 4], then one by one, table[column * 2^bits + pattern].
  void make_table(const Group& group, const LaneKernels& kernels, std::span<double> table);

 private:
  struct PathTerm {
    std::uint32_t column{0};
    LeafTerm term;
  };
  using Path = std::vector<PathTerm>;

  void walk(std::uint32_t place, std::uint32_t depth);
  void add_group(std::uint32_t place, std::uint32_t depth);
  void walk_group(std::uint32_t place, std::uint32_t depth, std::uint32_t slot, Group& group);
  void add_leaf_tables(const Group& group, const LaneKernels& kernels);
  [[nodiscard]] LeafGame game_of(const GroupLeaf& leaf) const noexcept;
  // The path of a child, at depth + 1, from its parent's. The column of the split; `again` when it was on the
  // path already.
  PathTerm& extend_path(const ForestNode& node, bool left, std::uint32_t depth, bool& again);

  std::span<const ForestNode> nodes_;
  std::size_t root_{0};
  std::uint32_t next_split_{0};
  std::size_t first_step_{0};
  std::vector<std::uint32_t> leaf_counts_;     // below each node of the tree
  std::array<Path, kMaxTreeDepth + 2> paths_;  // by depth
  std::vector<PatternStep> steps_;
  std::vector<Group> groups_;
  std::vector<GroupLeaf> leaves_;
  std::vector<LeafTerm> terms_;
  std::vector<std::uint32_t> columns_;
  LeafFactors factors_;  // memory of make_table()
  std::vector<double> leaf_table_, by_column_;
  std::vector<std::uint32_t> leaf_patterns_;
};

}  // namespace weir::risk
