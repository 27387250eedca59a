#include "funnel/step_summary.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace weir::funnel {
namespace {

// Reorders `times`. One selection per quantile, each within what the ones before left unsorted.
std::vector<std::int64_t> quantiles_of(std::vector<std::int64_t>& times, std::span<const StepQuantile> quantiles) {
  std::vector<std::int64_t> found;
  if (times.empty()) return found;
  for (const StepQuantile& quantile : quantiles) {
    const auto count = static_cast<std::int64_t>(times.size());
    const std::int64_t rank = std::max<std::int64_t>(1, count / 1'000'000 * quantile.millionths + (count % 1'000'000 * quantile.millionths + 999'999) / 1'000'000);
    const auto at = times.begin() + (rank - 1);
    std::nth_element(times.begin(), at, times.end());
    found.push_back(*at);
  }
  return found;
}

}  // namespace

std::size_t StepLayout::next_required(std::size_t step) const noexcept {
  do ++step;
  while (step < bits.size() && !is_required(step));
  return step;
}

StepTable summarise_steps(const Attempts& attempts, std::span<const std::uint32_t> which, const StepLayout& layout,
                          std::span<const StepQuantile> quantiles) {
  StepTable table;
  std::vector<std::int64_t> times;
  const std::size_t count = layout.bits.size();
  for (std::size_t step = 0; step < count; ++step) {
    StepFigures figures;
    const std::size_t next = layout.next_required(step);
    times.clear();
    for (const std::uint32_t attempt : which) {
      if (!attempts.has(attempt, layout.bits[step])) continue;
      ++figures.reached;
      if (next < count && !attempts.has(attempt, layout.bits[next])) ++figures.dropped;
      std::size_t before = step;
      while (before > 0 && !attempts.has(attempt, layout.bits[before - 1])) --before;
      if (before > 0) times.push_back(attempts.time(attempt, layout.bits[step]) - attempts.time(attempt, layout.bits[before - 1]));
    }
    figures.micros = quantiles_of(times, quantiles);
    table.steps.push_back(std::move(figures));
  }
  times.clear();
  const std::uint32_t last = layout.bits.back();
  for (const std::uint32_t attempt : which) {
    if (attempts.has(attempt, last)) times.push_back(attempts.time(attempt, last) - attempts.time(attempt, layout.bits.front()));
  }
  table.converted = static_cast<std::int64_t>(times.size());
  table.micros = quantiles_of(times, quantiles);
  return table;
}

std::vector<std::uint32_t> furthest_of_groups(const Attempts& attempts, std::span<const std::uint32_t> group_of, std::size_t required) {
  const std::uint32_t bits = (1U << required) - 1;
  const auto depth = [&](std::uint32_t attempt) { return static_cast<std::uint32_t>(std::popcount(attempts.done[attempt] & bits)); };
  const auto is_further = [&](std::uint32_t a, std::uint32_t b) {
    if (depth(a) != depth(b)) return depth(a) > depth(b);
    return attempts.row(a, depth(a) - 1) < attempts.row(b, depth(b) - 1);
  };
  std::unordered_map<std::uint32_t, std::uint32_t> furthest;
  for (std::uint32_t attempt = 0; attempt < attempts.size(); ++attempt) {
    if (group_of[attempt] == kNoValue) continue;
    const auto [at, is_new] = furthest.emplace(group_of[attempt], attempt);
    if (!is_new && is_further(attempt, at->second)) at->second = attempt;
  }
  std::vector<std::uint32_t> chosen;
  for (const auto& [group, attempt] : furthest) chosen.push_back(attempt);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

Grouped group_attempts(std::span<const std::uint32_t> which, std::span<const std::uint32_t> value_of, std::size_t count) {
  Grouped grouped;
  grouped.offsets.assign(count + 1, 0);
  for (const std::uint32_t value : value_of) ++grouped.offsets[value + 1];
  for (std::size_t i = 0; i < count; ++i) grouped.offsets[i + 1] += grouped.offsets[i];
  grouped.which.resize(which.size());
  std::vector<std::uint32_t> next(grouped.offsets.begin(), grouped.offsets.end() - 1);
  for (std::size_t i = 0; i < which.size(); ++i) grouped.which[next[value_of[i]]++] = which[i];
  return grouped;
}

}  // namespace weir::funnel
