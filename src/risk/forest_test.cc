#include "risk/forest.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"

namespace weir::risk {
namespace {

ForestNode leaf(float value, float cover) { return {.threshold = value, .cover = cover}; }
ForestNode split(std::uint32_t column, float threshold, std::uint32_t left, std::uint32_t right, bool null_left, float cover) {
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
  tree[place] = split(static_cast<std::uint32_t>(random.below(columns)), static_cast<float>(random.uniform()), left, left + 1,
                      random.chance(0.5), cover);
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
  return (left * expected_given(tree, node.left, row, known) + right * expected_given(tree, node.right, row, known)) / (left + right);
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
    const double weight = std::exp(std::lgamma(size + 1) + std::lgamma(static_cast<int>(columns) - size) - std::lgamma(columns + 1));
    for (const Tree& tree : trees) {
      sum += weight * (expected_given(tree, 0, row, known | 1U << column) - expected_given(tree, 0, row, known));
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
      value = random.chance(0.2) ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(random.uniform());
    }
    std::vector<double> contributions(columns, 0);
    forest.add_contributions(row, 1, contributions);
    for (unsigned column = 0; column < columns; ++column) {
      EXPECT_NEAR(contributions[column], shapley(trees, row, column), 1e-10) << "round " << round;
    }
    EXPECT_NEAR(std::accumulate(contributions.begin(), contributions.end(), forest.expected()), forest.margin(row), 1e-10);
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
    value = random.chance(0.2) ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(random.uniform());
  }
  std::vector<double> many(300, 0);
  forest.add_margins(rows, many);
  for (std::size_t i = 0; i < many.size(); ++i) {
    EXPECT_EQ(many[i], forest.margin(std::span(rows).subspan(i * columns, columns)));
  }
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
  const auto refused = [](const Tree& tree) { return !Forest::make(0, 2, std::vector<Tree>{tree}).has_value(); };
  EXPECT_FALSE(refused(small_tree()));
  EXPECT_TRUE(refused({}));
  const auto changed = [](std::size_t place, auto change) {
    Tree tree = small_tree();
    change(tree[place]);
    return tree;
  };
  EXPECT_TRUE(refused(changed(0, [](ForestNode& node) { node.right = 1; })));        // reached twice
  EXPECT_TRUE(refused(changed(1, [](ForestNode& node) { node.left = 1; })));         // itself
  EXPECT_TRUE(refused(changed(3, [](ForestNode& node) { node.left = 1; })));         // a cycle
  EXPECT_TRUE(refused(changed(1, [](ForestNode& node) { node.right = 5; })));        // out of range
  EXPECT_TRUE(refused(changed(1, [](ForestNode& node) { node.right = 0; })));        // half a leaf
  EXPECT_TRUE(refused(changed(1, [](ForestNode& node) { node.left = 0; })));         // two nodes that none leads to
  EXPECT_TRUE(refused(changed(0, [](ForestNode& node) { node.column = 2; })));
  EXPECT_TRUE(refused(changed(2, [](ForestNode& node) { node.cover = 0; })));
  EXPECT_TRUE(refused(changed(2, [](ForestNode& node) { node.threshold = std::numeric_limits<float>::infinity(); })));
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
