// Path-dependent Shapley values of trees (Lundberg, Erion & Lee 2018, arXiv 1802.03888), by patterns of the
// rows (forest_groups.h). What a row gets does not depend on the rows beside it: a table holds what would be
// computed for each row alone.
#include <algorithm>
#include <array>
#include <vector>

#include "risk/forest.h"
#include "risk/forest_groups.h"
#include "risk/forest_lanes.h"

namespace weir::risk {
namespace {

constexpr std::size_t kMostChunkRows = 32'768;               // share the tables of a tree
constexpr std::size_t kChunkBytes = std::size_t{64} << 20U;  // of sums and planes, about
constexpr std::size_t kTableBytes = std::size_t{64}
                                    << 20U;  // of one tree; groups that do not fit are computed row by row
constexpr std::size_t kMostPatternsPerRow =
    2;                                      // one of a table is computed this much faster than one for a row
constexpr std::size_t kPatternRows = 2048;  // go through a tree together: patterns and sums stay in the cache
constexpr std::size_t kWords = kPatternRows / 64;
static_assert(kPatternRows % kBlockRows == 0);

class ChunkExplainer {
 public:
  ChunkExplainer(const ForestLanes& lanes, const LaneKernels& kernels, std::size_t column_count)
      : lanes_(lanes), kernels_(kernels), column_count_(column_count), sums_of_column_(column_count, 0) {
    for (const RankTable& table : lanes.tables) {
      if (used_columns_.empty() || used_columns_.back() != table.column) {
        sums_of_column_[table.column] = used_columns_.size();
        used_columns_.push_back(table.column);
      }
    }
    for (auto& slot : patterns_) slot.assign(kPatternRows, 0);
  }

  // A multiple of kBlockRows.
  [[nodiscard]] std::size_t chunk_rows() const noexcept {
    const std::size_t bytes_per_row = 8 * used_columns_.size() + lanes_.plane_bytes / kBlockRows;
    return std::clamp(kChunkBytes / bytes_per_row, kBlockRows, kMostChunkRows) / kBlockRows * kBlockRows;
  }

  void begin(const float* rows, std::size_t row_count) {
    row_count_ = row_count;
    planes_.resize((row_count + kBlockRows - 1) / kBlockRows * lanes_.plane_bytes);
    for (std::size_t first = 0; first < row_count; first += kBlockRows) {
      lanes_.rank_rows(kernels_, rows + first * column_count_, column_count_,
                       std::min(kBlockRows, row_count - first), planes_at(first));
    }
    sums_.assign(used_columns_.size() * row_count, 0);
  }

  void add_tree(TreeGroups& tree, const LaneTree& lane) {
    make_tables(tree);
    right_.resize(lane.node_count * kWords);
    for (std::size_t first = 0; first < row_count_; first += kPatternRows) {
      const std::size_t count = std::min(kPatternRows, row_count_ - first);
      for (std::size_t row = 0; row < count; row += kBlockRows) {
        kernels_.decide(lanes_.nodes.data() + lane.first_node, lane.node_count, planes_at(first + row),
                        std::min(kBlockRows, count - row), right_.data() + row / 64, kWords);
      }
      add_rows(tree, first, count);
    }
  }

  // out[row][column] += share x what the trees gave.
  void finish(double share, double* out) const {
    for (std::size_t row = 0; row < row_count_; ++row) {
      for (std::size_t i = 0; i < used_columns_.size(); ++i) {
        out[row * column_count_ + used_columns_[i]] += share * sums_[i * row_count_ + row];
      }
    }
  }

 private:
  static constexpr std::size_t kNoTable = ~std::size_t{0};

  std::int8_t* planes_at(std::size_t row) noexcept {
    return planes_.data() + row / kBlockRows * lanes_.plane_bytes;
  }

  // Of each group with few enough patterns.
  void make_tables(TreeGroups& tree) {
    table_of_group_.clear();
    std::size_t first = 0;
    for (const Group& group : tree.groups()) {
      const std::size_t patterns = std::size_t{1} << group.bit_count;
      const bool fits = group.bit_count <= kMostTableTerms && patterns <= kMostPatternsPerRow * row_count_ &&
                        (first + patterns * group.column_count) * sizeof(double) <= kTableBytes;
      table_of_group_.push_back(fits ? first : kNoTable);
      if (!fits) continue;
      const std::size_t size = patterns * group.column_count;
      tables_.resize(std::max(tables_.size(), first + size));
      tree.make_table(group, kernels_, std::span(tables_).subspan(first, size));
      first += size;
    }
  }

  void add_rows(const TreeGroups& tree, std::size_t first, std::size_t count) {
    for (std::size_t g = 0; g < tree.groups().size(); ++g) {
      const Group& group = tree.groups()[g];
      for (const PatternStep& step : tree.steps(group)) {
        const auto apply = step.again ? kernels_.keep_bit : kernels_.set_bit;
        apply(patterns_[step.from].data(), right_.data() + step.node * kWords,
              step.left ? ~std::uint64_t{0} : 0, count, step.bit, patterns_[step.to].data());
      }
      if (table_of_group_[g] == kNoTable) {
        compute_rows(tree, group, first, count);
        continue;
      }
      look_up_rows(tree, group, tables_.data() + table_of_group_[g], first, count);
    }
  }

  void look_up_rows(const TreeGroups& tree, const Group& group, const double* table, std::size_t first,
                    std::size_t count) {
    const auto columns = tree.columns(group);
    const std::size_t pattern_count = std::size_t{1} << group.bit_count;
    const std::uint32_t* patterns = patterns_[group.slot].data();
    std::size_t i = 0;
    for (; i + 4 <= columns.size(); i += 4) {
      const std::array<double*, 4> sums{sums_at(columns[i], first), sums_at(columns[i + 1], first),
                                        sums_at(columns[i + 2], first), sums_at(columns[i + 3], first)};
      kernels_.add_four_looked_up(table + i * pattern_count, patterns, count, sums.data());
    }
    for (; i < columns.size(); ++i) {
      kernels_.add_looked_up(table + i * pattern_count, patterns, count, sums_at(columns[i], first));
    }
  }

  void compute_rows(const TreeGroups& tree, const Group& group, std::size_t first, std::size_t count) {
    std::vector<double> values(group.column_count, 0);
    const auto columns = tree.columns(group);
    for (std::size_t row = 0; row < count; ++row) {
      tree.explain(group, patterns_[group.slot][row], values);
      for (std::size_t i = 0; i < values.size(); ++i) sums_at(columns[i], first)[row] += values[i];
    }
  }

  double* sums_at(std::uint32_t column, std::size_t row) noexcept {
    return sums_.data() + sums_of_column_[column] * row_count_ + row;
  }

  const ForestLanes& lanes_;
  const LaneKernels& kernels_;
  std::size_t column_count_;
  std::vector<std::uint32_t> used_columns_;  // those that the forest asks, ascending
  std::vector<std::size_t> sums_of_column_;  // the place of each column among those
  std::size_t row_count_{0};
  std::vector<std::int8_t> planes_;  // of blocks of kBlockRows rows
  std::vector<double> sums_;         // [used columns x rows]
  std::vector<double> tables_;       // of one tree
  std::vector<std::size_t> table_of_group_;
  std::vector<std::uint64_t> right_;                                     // [splits of one tree x kWords]
  std::array<std::vector<std::uint32_t>, TreeGroups::kSlots> patterns_;  // by slot; the first stays 0
};

}  // namespace

void Forest::add_contributions(std::span<const float> rows, double share, std::span<double> out,
                               SimdLevel level) const {
  if (lanes_ == nullptr || lanes_->tables.empty()) return;
  const std::size_t row_count = out.size() / column_count_;
  ChunkExplainer chunk(*lanes_, lane_kernels(level), column_count_);
  TreeGroups groups;
  const std::size_t most = chunk.chunk_rows();
  for (std::size_t first = 0; first < row_count; first += most) {
    chunk.begin(rows.data() + first * column_count_, std::min(most, row_count - first));
    for (std::size_t tree = 0; tree < roots_.size(); ++tree) {
      groups.assign(nodes_, roots_[tree], tree + 1 < roots_.size() ? roots_[tree + 1] : nodes_.size());
      chunk.add_tree(groups, lanes_->trees[tree]);
    }
    chunk.finish(share, out.data() + first * column_count_);
  }
}

}  // namespace weir::risk
