// Path-dependent Shapley values of trees (Lundberg, Erion & Lee 2018, arXiv 1802.03888, algorithm 2).
#include <cmath>
#include <vector>

#include "risk/forest.h"

namespace weir::risk {
namespace {

// One feature on the path from the root. `weight` of element i: the summed share of all subsets of the features so far that hold
// i of them, weighted as Shapley's formula does.
struct PathElement {
  std::uint32_t column{0};
  double zero_share{0};  // of paths that go on when the column is unknown: product of cover shares
  double one_share{0};   // 1 when the row's value goes on this way, else 0
  double weight{0};
};

class TreeExplainer {
 public:
  TreeExplainer(std::span<const ForestNode> nodes, std::span<const float> row, double share, std::span<double> out, std::size_t max_depth)
      : nodes_(nodes), row_(row), share_(share), out_(out), stride_(max_depth + 2), paths_(stride_ * stride_) {}

  void explain(std::uint32_t root) { walk(root, 0, kNoColumn, 1, 1, nullptr, 0); }

 private:
  static constexpr std::uint32_t kNoColumn = 0xFFFFFFFF;

  // EXTEND: a feature joins the path of `length` elements.
  static void extend(PathElement* path, std::size_t length, const PathElement& element) noexcept {
    path[length] = element;
    path[length].weight = length == 0 ? 1 : 0;
    const auto size = static_cast<double>(length + 1);
    for (std::size_t i = length; i-- > 0;) {
      const double from = path[i].weight;
      path[i + 1].weight += element.one_share * from * static_cast<double>(i + 1) / size;
      path[i].weight = element.zero_share * from * static_cast<double>(length - i) / size;
    }
  }

  // UNWIND: the path of `length` elements as if element `gone` had never joined.
  static void unwind(PathElement* path, std::size_t length, std::size_t gone) noexcept {
    const std::size_t last = length - 1;
    const double one = path[gone].one_share;
    const double zero = path[gone].zero_share;
    const auto size = static_cast<double>(length);
    double next = path[last].weight;
    for (std::size_t i = last; i-- > 0;) {
      if (one != 0) {
        const double old = path[i].weight;
        path[i].weight = next * size / (static_cast<double>(i + 1) * one);
        next = old - path[i].weight * zero * static_cast<double>(last - i) / size;
      } else {
        path[i].weight = path[i].weight * size / (zero * static_cast<double>(last - i));
      }
    }
    for (std::size_t i = gone; i < last; ++i) {
      path[i].column = path[i + 1].column;
      path[i].zero_share = path[i + 1].zero_share;
      path[i].one_share = path[i + 1].one_share;
    }
  }

  // The sum of the weights after unwind(gone), without changing the path.
  static double unwound_sum(const PathElement* path, std::size_t length, std::size_t gone) noexcept {
    const std::size_t last = length - 1;
    const double one = path[gone].one_share;
    const double zero = path[gone].zero_share;
    const auto size = static_cast<double>(length);
    double next = path[last].weight;
    double sum = 0;
    for (std::size_t i = last; i-- > 0;) {
      if (one != 0) {
        const double weight = next * size / (static_cast<double>(i + 1) * one);
        sum += weight;
        next = path[i].weight - weight * zero * static_cast<double>(last - i) / size;
      } else {
        sum += path[i].weight * size / (zero * static_cast<double>(last - i));
      }
    }
    return sum;
  }

  void add_leaf(const PathElement* path, std::size_t length, double value) noexcept {
    for (std::size_t i = 1; i < length; ++i) {
      out_[path[i].column] += share_ * unwound_sum(path, length, i) * (path[i].one_share - path[i].zero_share) * value;
    }
  }

  // `parent` is the path of the parent, of `length` elements; each depth has a path of its own in paths_.
  void walk(std::uint32_t place, std::size_t depth, std::uint32_t column, double zero, double one, const PathElement* parent,
            std::size_t length) noexcept {
    PathElement* path = paths_.data() + depth * stride_;
    for (std::size_t i = 0; i < length; ++i) {
      path[i] = parent[i];
    }
    extend(path, length, {column, zero, one, 0});
    ++length;
    const ForestNode& node = nodes_[place];
    if (node.left == 0) {
      add_leaf(path, length, static_cast<double>(node.threshold));
      return;
    }
    double zero_so_far = 1;
    double one_so_far = 1;
    for (std::size_t i = 1; i < length; ++i) {
      if (path[i].column == node.column) {  // the column is asked again: its old place is taken back
        zero_so_far = path[i].zero_share;
        one_so_far = path[i].one_share;
        unwind(path, length, i);
        --length;
        break;
      }
    }
    const float value = row_[node.column];
    const bool goes_left = std::isnan(value) ? node.null_left : value < node.threshold;
    const auto left = static_cast<double>(nodes_[node.left].cover);
    const auto right = static_cast<double>(nodes_[node.right].cover);
    const double all = left + right;
    walk(node.left, depth + 1, node.column, zero_so_far * left / all, goes_left ? one_so_far : 0, path, length);
    walk(node.right, depth + 1, node.column, zero_so_far * right / all, goes_left ? 0 : one_so_far, path, length);
  }

  std::span<const ForestNode> nodes_;
  std::span<const float> row_;
  double share_;
  std::span<double> out_;
  std::size_t stride_;
  std::vector<PathElement> paths_;
};

}  // namespace

void Forest::add_contributions(std::span<const float> row, double share, std::span<double> out) const {
  TreeExplainer explainer(nodes_, row, share, out, max_depth_);
  for (const std::uint32_t root : roots_) {
    explainer.explain(root);
  }
}

}  // namespace weir::risk
