#include "risk/row_time.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/check.h"

namespace weir::risk {
namespace {

template <typename Number>
EncodedRows<Number> widened(const EncodedRows<Number>& rows, std::span<const std::vector<double>> columns) {
  EncodedRows<Number> wide{rows.row_count, rows.column_count + columns.size(), {}};
  wide.values.reserve(wide.row_count * wide.column_count);
  for (std::size_t i = 0; i < rows.row_count; ++i) {
    const auto row = rows.row(i);
    wide.values.insert(wide.values.end(), row.begin(), row.end());
    for (const std::vector<double>& column : columns) {
      wide.values.push_back(static_cast<Number>(column[i]));
    }
  }
  return wide;
}

// Returns what 0 became.
double standardise(std::span<double> values) noexcept {
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  const double mean = sum / count;
  double squares = 0;
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
  }
  const double deviation = std::sqrt(squares / count);
  for (double& value : values) {
    value = (value - mean) / deviation;
  }
  return -mean / deviation;
}

// The first times of all periods but the oldest, rising.
std::vector<double> period_begins(std::span<const double> before_newest,
                                  std::span<const std::uint8_t> held_out) {
  std::vector<double> times;
  for (std::size_t i = 0; i < before_newest.size(); ++i) {
    if (held_out.empty() || held_out[i] == 0) {
      times.push_back(before_newest[i]);
    }
  }
  std::sort(times.begin(), times.end());
  std::vector<double> begins;
  for (std::size_t period = 1; period < kTimePeriods; ++period) {
    const double begin = times[times.size() * period / kTimePeriods];
    if (begin > (begins.empty() ? times.front() : begins.back())) {
      begins.push_back(begin);
    }
  }
  return begins;
}

// The node that stands where `place` stood, once splits on `column` lead one way.
std::uint32_t settled(const Tree& tree, std::uint32_t place, std::uint32_t column, float value) noexcept {
  while (tree[place].left != 0 && tree[place].column == column) {
    place = value < tree[place].threshold ? tree[place].left : tree[place].right;
  }
  return place;
}

// Breadth first, so that children stand after their parents.
Tree hold_column(const Tree& tree, std::uint32_t column, float value) {
  std::vector<std::uint32_t> order{settled(tree, 0, column, value)};
  Tree held;
  for (std::size_t next = 0; next < order.size(); ++next) {
    ForestNode node = tree[order[next]];
    if (node.left != 0) {
      const std::uint32_t left = settled(tree, node.left, column, value);
      const std::uint32_t right = settled(tree, node.right, column, value);
      node.left = static_cast<std::uint32_t>(order.size());
      node.right = node.left + 1;
      order.push_back(left);
      order.push_back(right);
    }
    held.push_back(node);
  }
  for (std::size_t place = held.size(); place-- > 0;) {
    if (held[place].left != 0) {
      held[place].cover = held[held[place].left].cover + held[held[place].right].cover;
    }
  }
  return held;
}

}  // namespace

std::vector<double> time_before_newest(std::span<const double> time, std::span<const std::uint8_t> held_out) {
  WEIR_CHECK(held_out.empty() || time.empty() || held_out.size() == time.size(), "one mark per row");
  double oldest = std::numeric_limits<double>::infinity();
  double newest = -oldest;
  for (std::size_t i = 0; i < time.size(); ++i) {
    if (held_out.empty() || held_out[i] == 0) {
      oldest = std::min(oldest, time[i]);
      newest = std::max(newest, time[i]);
    }
  }
  if (!(oldest < newest)) {
    return {};
  }
  std::vector<double> before(time.size(), 0);
  for (std::size_t i = 0; i < time.size(); ++i) {
    before[i] = std::min(time[i] - newest, 0.0);
    if (!held_out.empty() && held_out[i] != 0) {
      before[i] = 0;
    }
  }
  return before;
}

TimeColumns linear_time_columns(std::span<const double> before_newest,
                                std::span<const std::uint8_t> held_out) {
  TimeColumns time;
  time.columns.emplace_back(before_newest.begin(), before_newest.end());
  time.newest.push_back(standardise(time.columns.front()));
  const std::vector<double> begins = period_begins(before_newest, held_out);
  for (std::size_t period = 0; period <= begins.size(); ++period) {
    std::vector<double> marks;
    for (const double at : before_newest) {
      const auto passed = std::upper_bound(begins.begin(), begins.end(), at) - begins.begin();
      marks.push_back(static_cast<std::size_t>(passed) == period ? 1 : 0);
    }
    time.columns.push_back(std::move(marks));
    time.newest.push_back(period == begins.size() ? 1 : 0);
  }
  return time;
}

TreeRows with_columns(const TreeRows& rows, std::span<const std::vector<double>> columns) {
  return widened(rows, columns);
}

LinearRows with_columns(const LinearRows& rows, std::span<const std::vector<double>> columns) {
  return widened(rows, columns);
}

Logistic hold_last_columns(Logistic model, std::span<const double> values) {
  const std::size_t kept = model.weights.size() - values.size();
  for (std::size_t j = 0; j < values.size(); ++j) {
    model.intercept += model.weights[kept + j] * values[j];
  }
  model.weights.resize(kept);
  model.centers.resize(kept);
  return model;
}

Result<Forest> hold_last_column(const Forest& forest, float value) {
  const auto column = static_cast<std::uint32_t>(forest.column_count() - 1);
  std::vector<Tree> trees;
  for (std::size_t index = 0; index < forest.tree_count(); ++index) {
    trees.push_back(hold_column(forest.tree(index), column, value));
  }
  return Forest::make(forest.base(), column, trees);
}

}  // namespace weir::risk
