#include "risk/forest.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"

namespace weir::risk {
namespace {

ForestNode leaf(float value, float cover) {
  return {.threshold = value, .cover = cover};
}
ForestNode split(std::uint32_t column, float threshold, std::uint32_t left, std::uint32_t right,
                 bool null_left, float cover) {
  return {column, threshold, left, right, null_left, cover};
}

// x0 < 1 ? (x1 < 0 ? 1 : 2) : 4; nulls of x0 go right, of x1 left.
Tree small_tree() {
  return {split(0, 1, 1, 2, false, 10), split(1, 0, 3, 4, true, 6), leaf(4, 4), leaf(1, 2), leaf(2, 4)};
}

// A random tree over `columns`, which may ask a column again on the same path.
void grow(Tree& tree, std::uint32_t place, int depth, std::uint32_t columns, Random& random) {
  const float cover = tree[place].cover;
  if (depth == 0 || random.chance(0.15)) {
    tree[place] = leaf(static_cast<float>(random.uniform() * 2 - 1), cover);
    return;
  }
  const auto left = static_cast<std::uint32_t>(tree.size());
  const auto share = static_cast<float>(0.1 + 0.8 * random.uniform());
  tree.push_back(leaf(0, cover * share));
  tree.push_back(leaf(0, cover * (1 - share)));
  tree[place] = split(static_cast<std::uint32_t>(random.below(columns)), static_cast<float>(random.uniform()),
                      left, left + 1, random.chance(0.5), cover);
  grow(tree, left, depth - 1, columns, random);
  grow(tree, left + 1, depth - 1, columns, random);
}

Tree random_tree(int depth, std::uint32_t columns, Random& random) {
  Tree tree{leaf(0, 100)};
  grow(tree, 0, depth, columns, random);
  return tree;
}

// The margin when only the columns in `known` are known: others go both ways, by cover.
double expected_given(const Tree& tree, std::uint32_t place, std::span<const float> row, unsigned known) {
  const ForestNode& node = tree[place];
  if (node.left == 0) {
    return static_cast<double>(node.threshold);
  }
  if ((known >> node.column & 1U) != 0) {
    const float value = row[node.column];
    const bool left = std::isnan(value) ? node.null_left : value < node.threshold;
    return expected_given(tree, left ? node.left : node.right, row, known);
  }
  const auto left = static_cast<double>(tree[node.left].cover);
  const auto right = static_cast<double>(tree[node.right].cover);
  return (left * expected_given(tree, node.left, row, known) +
          right * expected_given(tree, node.right, row, known)) /
         (left + right);
}

// Shapley's formula over all subsets of the columns.
double shapley(std::span<const Tree> trees, std::span<const float> row, unsigned column) {
  const auto columns = static_cast<unsigned>(row.size());
  double sum = 0;
  for (unsigned known = 0; known < 1U << columns; ++known) {
    if ((known >> column & 1U) != 0) {
      continue;
    }
    const int size = std::popcount(known);
    const double weight = std::exp(std::lgamma(size + 1) + std::lgamma(static_cast<int>(columns) - size) -
                                   std::lgamma(columns + 1));
    for (const Tree& tree : trees) {
      sum +=
          weight * (expected_given(tree, 0, row, known | 1U << column) - expected_given(tree, 0, row, known));
    }
  }
  return sum;
}

TEST(Forest, rows_fall_left_below_the_threshold_and_nulls_their_own_way) {
  const float null = std::numeric_limits<float>::quiet_NaN();
  const auto forest = Forest::make(0.5F, 2, std::vector<Tree>{small_tree()}).value();
  EXPECT_EQ(forest.margin(std::vector<float>{0, -1}), 1.5);
  EXPECT_EQ(forest.margin(std::vector<float>{0, 0}), 2.5);
  EXPECT_EQ(forest.margin(std::vector<float>{1, 0}), 4.5);
  EXPECT_EQ(forest.margin(std::vector<float>{null, 0}), 4.5);
  EXPECT_EQ(forest.margin(std::vector<float>{0, null}), 1.5);
  EXPECT_NEAR(forest.expected(), 0.5 + (2 * 1 + 4 * 2 + 4 * 4) / 10.0, 1e-12);
}

TEST(Forest, contributions_are_the_shapley_values_of_all_subsets) {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    const std::uint32_t columns = 1 + static_cast<std::uint32_t>(random.below(6));
    std::vector<Tree> trees;
    for (int tree = 0; tree < 3; ++tree) {
      trees.push_back(random_tree(1 + round % 7, columns, random));
    }
    const auto forest = Forest::make(0.25F, columns, trees).value();
    std::vector<float> row(columns);
    for (float& value : row) {
      value =
          random.chance(0.2) ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(random.uniform());
    }
    std::vector<double> contributions(columns, 0);
    forest.add_contributions(row, 1, contributions);
    for (unsigned column = 0; column < columns; ++column) {
      EXPECT_NEAR(contributions[column], shapley(trees, row, column), 1e-10) << "round " << round;
    }
    EXPECT_NEAR(std::accumulate(contributions.begin(), contributions.end(), forest.expected()),
                forest.margin(row), 1e-10);
  }
}

TEST(Forest, many_rows_at_once_have_the_same_bits) {
  Random random(3);
  const std::uint32_t columns = 5;
  std::vector<Tree> trees;
  for (int depth = 0; depth < 9; ++depth) {
    trees.push_back(random_tree(depth, columns, random));
  }
  const auto forest = Forest::make(0.1F, columns, trees).value();
  std::vector<float> rows(std::size_t{300} * columns);
  for (float& value : rows) {
    value =
        random.chance(0.2) ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(random.uniform());
  }
  std::vector<double> many(300, 0);
  forest.add_margins(rows, many);
  for (std::size_t i = 0; i < many.size(); ++i) {
    EXPECT_EQ(many[i], forest.margin(std::span(rows).subspan(i * columns, columns)));
  }
}

std::vector<SimdLevel> levels_of_this_machine() {
  std::vector<SimdLevel> levels{SimdLevel::plain};
  if (simd_level() >= SimdLevel::avx2) levels.push_back(SimdLevel::avx2);
  if (simd_level() >= SimdLevel::avx512) levels.push_back(SimdLevel::avx512);
  if (simd_level() >= SimdLevel::avx512_vbmi) levels.push_back(SimdLevel::avx512_vbmi);
  return levels;
}

// Values at and around the thresholds of the trees, nulls, infinities and both zeros.
std::vector<float> awkward_rows(std::size_t row_count, std::uint32_t columns, std::span<const Tree> trees,
                                Random& random) {
  std::vector<float> seen{0.0F, -0.0F};
  for (const Tree& tree : trees) {
    for (const ForestNode& node : tree) seen.push_back(node.threshold);
  }
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> rows(row_count * columns);
  for (float& value : rows) {
    const float near = seen[random.below(seen.size())];
    const std::array<float, 7> choices{near,
                                       std::nextafter(near, kInfinity),
                                       std::nextafter(near, -kInfinity),
                                       kInfinity,
                                       -kInfinity,
                                       std::numeric_limits<float>::quiet_NaN(),
                                       static_cast<float>(random.uniform() * 2 - 1)};
    value = choices[random.below(choices.size())];
  }
  return rows;
}

// Every level, any number of rows at once and one row alone: the bits of a walk from node to node, and
// contributions that are the same for a row alone and among others.
void compare_levels(std::span<const Tree> trees, std::uint32_t columns, std::size_t row_count,
                    Random& random) {
  const auto forest = Forest::make(0.1F, columns, trees).value();
  const std::vector<float> rows = awkward_rows(row_count, columns, trees, random);
  std::vector<double> walked(row_count, static_cast<double>(forest.base()));
  std::vector<double> alone(rows.size(), 0);
  for (std::size_t i = 0; i < row_count; ++i) {
    const auto row = std::span(rows).subspan(i * columns, columns);
    for (std::size_t tree = 0; tree < trees.size(); ++tree)
      walked[i] += static_cast<double>(forest.leaf(tree, row));
    for (const SimdLevel level : levels_of_this_machine())
      EXPECT_EQ(forest.margin(row, level), walked[i]) << static_cast<int>(level);
    forest.add_contributions(row, 0.5, std::span(alone).subspan(i * columns, columns), SimdLevel::plain);
    const auto of_row = std::span(alone).subspan(i * columns, columns);
    EXPECT_NEAR(2 * std::accumulate(of_row.begin(), of_row.end(), 0.0), walked[i] - forest.expected(), 1e-9);
  }
  for (const SimdLevel level : levels_of_this_machine()) {
    std::vector<double> margins(row_count, 0);
    forest.add_margins(rows, margins, level);
    EXPECT_EQ(margins, walked) << "level " << static_cast<int>(level) << ", rows " << row_count;
    std::vector<double> together(rows.size(), 0);
    forest.add_contributions(rows, 0.5, together, level);
    EXPECT_EQ(together, alone) << "level " << static_cast<int>(level) << ", rows " << row_count;
  }
}

TEST(Forest, all_levels_have_the_same_bits) {
  Random random(7);
  for (const std::size_t row_count : {1U, 7U, 63U, 64U, 65U, 255U, 256U, 300U, 700U}) {
    const std::uint32_t columns = 1 + static_cast<std::uint32_t>(random.below(9));
    std::vector<Tree> trees;
    for (int tree = 0; tree < 20; ++tree) trees.push_back(random_tree(tree % 9, columns, random));
    compare_levels(trees, columns, row_count, random);
  }
}

TEST(Forest, deep_narrow_and_wide_trees_have_the_same_bits) {
  Random random(8);
  std::vector<Tree> trees{{leaf(2, 1)}};  // one leaf only
  for (int tree = 0; tree < 6; ++tree) {
    trees.push_back(random_tree(12, 20, random));  // most have more than 256 leaves
    Tree chain;
    for (std::size_t level = 0; level < kMaxTreeDepth; ++level) {
      const auto left = static_cast<std::uint32_t>(chain.size() + 1);
      chain.push_back(split(static_cast<std::uint32_t>(random.below(20)),
                            static_cast<float>(random.uniform() - 0.5), left, left + 1, random.chance(0.5),
                            2));
      chain.push_back(leaf(static_cast<float>(random.uniform()), 1));
    }
    chain.push_back(leaf(-1, 1));
    trees.push_back(chain);
  }
  compare_levels(trees, 20, 70, random);
}

// More thresholds of one column than a table holds, zeros of both signs among them, and one threshold many
// times.
TEST(Forest, many_thresholds_of_one_column_have_the_same_bits) {
  Random random(9);
  std::vector<Tree> trees;
  for (int tree = 0; tree < 700; ++tree) {
    const float threshold = tree % 50 == 0   ? 0.0F
                            : tree % 50 == 1 ? -0.0F
                            : tree % 50 == 2 ? 0.25F
                                             : static_cast<float>(random.uniform() - 0.5);
    trees.push_back(
        {split(0, threshold, 1, 2, random.chance(0.5), 3), leaf(static_cast<float>(tree), 1), leaf(-1, 2)});
  }
  compare_levels(trees, 2, 500, random);
}

TEST(Forest, rows_with_very_many_columns_have_the_same_bits) {
  Random random(10);
  std::vector<Tree> trees;
  for (int tree = 0; tree < 40; ++tree) trees.push_back(random_tree(6, 1500, random));
  compare_levels(trees, 1500, 70, random);
}

TEST(Forest, without_trees_or_columns_there_is_nothing_to_add) {
  std::vector<double> out(3, 0);
  Forest().add_margins({}, out);
  EXPECT_EQ(out, std::vector<double>(3, 0));
  Forest::make(-2, 0, std::vector<Tree>{{leaf(1, 1)}}).value().add_margins({}, out);
  EXPECT_EQ(out, std::vector<double>(3, -1));
  Forest().add_contributions({}, 1, {});
  std::vector<double> none(2, 0);
  Forest::make(-2, 2, std::vector<Tree>{{leaf(1, 1)}})
      .value()
      .add_contributions(std::vector<float>{0, 0}, 1, none);
  EXPECT_EQ(none, std::vector<double>(2, 0));
}

TEST(Forest, contributions_of_a_share_are_that_share) {
  const auto forest = Forest::make(0, 2, std::vector<Tree>{small_tree()}).value();
  const std::vector<float> row{0, 0};
  std::vector<double> whole(2, 0);
  std::vector<double> half(2, 1);
  forest.add_contributions(row, 1, whole);
  forest.add_contributions(row, 0.5, half);
  EXPECT_NEAR(half[0], 1 + whole[0] / 2, 1e-15);
  EXPECT_NEAR(half[1], 1 + whole[1] / 2, 1e-15);
}

TEST(Forest, a_forest_without_trees_is_its_base) {
  const auto forest = Forest::make(-2, 0, {}).value();
  EXPECT_EQ(forest.margin({}), -2);
  EXPECT_EQ(forest.expected(), -2);
}

TEST(Forest, gives_its_trees_back) {
  Random random(2);
  const std::vector<Tree> trees{random_tree(4, 3, random), small_tree(), random_tree(2, 3, random)};
  const auto forest = Forest::make(0, 3, trees).value();
  ASSERT_EQ(forest.tree_count(), 3U);
  for (std::size_t index = 0; index < 3; ++index) {
    const Tree tree = forest.tree(index);
    ASSERT_EQ(tree.size(), trees[index].size());
    for (std::size_t place = 0; place < tree.size(); ++place) {
      EXPECT_EQ(tree[place].left, trees[index][place].left);
      EXPECT_EQ(tree[place].right, trees[index][place].right);
      EXPECT_EQ(tree[place].threshold, trees[index][place].threshold);
    }
  }
}

TEST(Forest, what_is_no_tree_is_refused) {
  const auto refused = [](const Tree& tree) {
    return !Forest::make(0, 2, std::vector<Tree>{tree}).has_value();
  };
  EXPECT_FALSE(refused(small_tree()));
  EXPECT_TRUE(refused({}));
  const auto changed = [](std::size_t place, auto change) {
    Tree tree = small_tree();
    change(tree[place]);
    return tree;
  };
  EXPECT_TRUE(refused(changed(0, [](ForestNode& node) { node.right = 1; })));  // reached twice
  EXPECT_TRUE(refused(changed(1, [](ForestNode& node) { node.left = 1; })));   // itself
  EXPECT_TRUE(refused(changed(3, [](ForestNode& node) { node.left = 1; })));   // a cycle
  EXPECT_TRUE(refused(changed(1, [](ForestNode& node) { node.right = 5; })));  // out of range
  EXPECT_TRUE(refused(changed(1, [](ForestNode& node) { node.right = 0; })));  // half a leaf
  EXPECT_TRUE(refused(changed(1, [](ForestNode& node) { node.left = 0; })));   // two nodes that none leads to
  EXPECT_TRUE(refused(changed(0, [](ForestNode& node) { node.column = 2; })));
  EXPECT_TRUE(refused(changed(2, [](ForestNode& node) { node.cover = 0; })));
  EXPECT_TRUE(
      refused(changed(2, [](ForestNode& node) { node.threshold = std::numeric_limits<float>::infinity(); })));
  EXPECT_FALSE(Forest::make(std::numeric_limits<float>::quiet_NaN(), 2, {}).has_value());
}

// A path of `depth` splits: each has a leaf to the left and the next split to the right.
Tree chain_of(std::size_t depth) {
  Tree tree;
  for (std::size_t level = 0; level < depth; ++level) {
    const auto left = static_cast<std::uint32_t>(tree.size() + 1);
    tree.push_back(split(static_cast<std::uint32_t>(level), 0, left, left + 1, false, 1));
    tree.push_back(leaf(1, 1));
  }
  tree.push_back(leaf(2, 1));
  return tree;
}

TEST(Forest, the_deepest_path_has_a_limit) {
  const std::vector<float> row(kMaxTreeDepth + 1, 1);
  const auto deepest = Forest::make(0, row.size(), std::vector<Tree>{chain_of(kMaxTreeDepth)});
  ASSERT_TRUE(deepest.has_value()) << deepest.error().message;
  std::vector<double> contributions(row.size(), 0);
  deepest->add_contributions(row, 1, contributions);
  EXPECT_NEAR(std::accumulate(contributions.begin(), contributions.end(), deepest->expected()), 2, 1e-9);
  EXPECT_FALSE(Forest::make(0, row.size(), std::vector<Tree>{chain_of(kMaxTreeDepth + 1)}).has_value());
}

}  // namespace
}  // namespace weir::risk
