// Regression trees in flat arrays: margins and exact contributions. Pure; knows nothing of the library that
// fitted them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"

namespace weir::risk {

// Node 0 of a tree is its root; children stand after their parent, so that every walk ends.
struct ForestNode {
  std::uint32_t column{0};  // split: column of the row
  float threshold{0};       // split: left when row[column] < threshold; a leaf's value
  std::uint32_t left{0};    // within the tree; 0 marks a leaf
  std::uint32_t right{0};
  bool null_left{false};  // where a NaN goes
  float cover{0};         // training weight (sum of hessians) that came through; > 0
};
using Tree = std::vector<ForestNode>;

inline constexpr std::size_t kMaxTreeDepth = 32;
inline constexpr std::size_t kMaxTrees = 100'000;
inline constexpr std::size_t kMaxTreeNodes = 1'000'000;     // of one tree
inline constexpr std::size_t kMaxForestNodes = 20'000'000;  // of all

// What the machine can do for many rows at once. All levels give the same bits.
enum class SimdLevel : std::uint8_t { plain, avx2, avx512, avx512_vbmi };
// The highest that this machine has.
[[nodiscard]] SimdLevel simd_level() noexcept;

struct ForestLanes;

class Forest {
 public:
  Forest() = default;
  // Fails when a tree is empty, deeper than kMaxTreeDepth, no tree (a child before its parent, reached twice
  // or never), reads a column that rows do not have, or holds a number that is not finite or a cover that is
  // not positive.
  [[nodiscard]] static Result<Forest> make(float base, std::size_t column_count, std::span<const Tree> trees);

  [[nodiscard]] std::size_t column_count() const noexcept { return column_count_; }
  [[nodiscard]] std::size_t tree_count() const noexcept { return roots_.size(); }
  [[nodiscard]] float base() const noexcept { return base_; }
  [[nodiscard]] Tree tree(std::size_t index) const;

  // base + sum of the leaves, added up in double in the order of the trees. XGBoost adds in float: it differs
  // by its rounding (1e-6). row.size() == column_count(). `level` is at most simd_level().
  [[nodiscard]] double margin(std::span<const float> row, SimdLevel level = simd_level()) const noexcept;
  // out[i] += the margin of row i of `rows`, row-major, [out.size() x column_count()]: from zeros the same
  // bits, faster. `level` is at most simd_level().
  void add_margins(std::span<const float> rows, std::span<double> out, SimdLevel level = simd_level()) const;
  // The value of the leaf that the row reaches in one tree.
  [[nodiscard]] float leaf(std::size_t tree, std::span<const float> row) const noexcept;

  // base + the cover-weighted mean of the leaves: the margin when nothing is known.
  [[nodiscard]] double expected() const noexcept { return expected_; }
  // out[row][column] += share * Shapley value of the column for the row, path-dependent (Lundberg et al.
  // 2018, arXiv 1802.03888), exact. `rows` and `out` are row-major, [row count x column_count()]; a row's
  // values do not depend on the rows beside it, and many at once are faster. With share 1 the sum over a row
  // is margin - expected, up to rounding. `level` is at most simd_level().
  void add_contributions(std::span<const float> rows, double share, std::span<double> out,
                         SimdLevel level = simd_level()) const;

 private:
  // A node for the branch-free walk of one row: siblings stand side by side, and a leaf leads to itself.
  // Values are compared as keys, whole numbers in the order of the floats (forest_walk.cc).
  struct Step {
    std::uint32_t threshold{0};  // right when the key is at least this
    std::uint32_t key{0};        // which one of the row
    std::uint32_t left{0};       // place in steps_; right follows
    float leaf{0};
  };
  void make_steps();
  void add_steps(std::uint32_t root, std::size_t depth);
  void make_keys(const float* row, std::uint32_t* keys) const noexcept;
  [[nodiscard]] double walk(std::size_t first_tree, std::size_t last_tree, const std::uint32_t* keys,
                            double sum) const noexcept;

  float base_{0};
  std::size_t column_count_{0};
  double expected_{0};
  std::vector<std::uint32_t> roots_;  // where each tree starts in nodes_ and steps_
  std::vector<std::size_t> tree_depths_;
  std::vector<ForestNode> nodes_;  // children by their place in nodes_
  std::vector<Step> steps_;
  std::vector<std::uint32_t> walk_order_;  // trees, in each run of kWalkTrees by depth
  std::shared_ptr<const ForestLanes> lanes_;
};

}  // namespace weir::risk
