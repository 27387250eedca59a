#include "funnel/step_summary.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace weir::funnel {
namespace {

// Reorders `times`.
std::vector<std::int64_t> quantiles_of(std::span<std::int64_t> times,
                                       std::span<const StepQuantile> quantiles) {
  std::vector<std::int64_t> found;
  if (times.empty()) return found;
  for (const StepQuantile& quantile : quantiles) {
    const auto count = static_cast<std::int64_t>(times.size());
    const std::int64_t rank =
        std::max<std::int64_t>(1, count / 1'000'000 * quantile.millionths +
                                      (count % 1'000'000 * quantile.millionths + 999'999) / 1'000'000);
    const auto at = times.begin() + (rank - 1);
    std::nth_element(times.begin(), at, times.end());
    found.push_back(*at);
  }
  return found;
}

// Times of one kind, each with its value.
struct Timed {
  std::vector<std::int64_t> times;
  std::vector<std::uint32_t> values;
  void add(std::int64_t time, std::uint32_t value) {
    times.push_back(time);
    values.push_back(value);
  }
};

// Quantiles of each value and of all, given to `take`. Sorted by value first; what is reordered within a
// value still holds all of them.
template <typename Take>
void take_quantiles(const Timed& timed, std::size_t value_count, std::span<const StepQuantile> quantiles,
                    const Take& take) {
  std::vector<std::size_t> next(value_count + 1, 0);
  for (const std::uint32_t value : timed.values) ++next[value + 1];
  for (std::size_t value = 0; value < value_count; ++value) next[value + 1] += next[value];
  std::vector<std::int64_t> sorted(timed.times.size());
  std::vector<std::size_t> at(next.begin(), next.end() - 1);
  for (std::size_t i = 0; i < sorted.size(); ++i) sorted[at[timed.values[i]]++] = timed.times[i];
  for (std::size_t value = 0; value < value_count; ++value) {
    take(value,
         quantiles_of(std::span(sorted).subspan(next[value], next[value + 1] - next[value]), quantiles));
  }
  if (value_count > 1) take(value_count, quantiles_of(sorted, quantiles));
}

}  // namespace

std::size_t StepLayout::next_required(std::size_t step) const noexcept {
  do ++step;
  while (step < bits.size() && !is_required(step));
  return step;
}

StepTables summarise_steps(const Attempts& attempts, std::span<const std::uint32_t> which,
                           const StepLayout& layout, std::span<const StepQuantile> quantiles,
                           std::span<const std::uint32_t> value_of, std::size_t value_count) {
  const std::size_t count = layout.bits.size();
  const std::size_t values = std::max<std::size_t>(value_count, 1);  // without a breakdown all have one
  std::vector<StepTable> tables(values + 1);                         // the last is of all
  for (StepTable& table : tables) table.steps.resize(count);
  std::vector<std::size_t> next(count);
  for (std::size_t step = 0; step < count; ++step) next[step] = layout.next_required(step);
  std::vector<Timed> timed(count + 1);  // since the step before; the last: from first to last step
  for (Timed& kind : timed) {
    kind.times.reserve(which.size());
    kind.values.reserve(which.size());
  }
  for (std::size_t i = 0; i < which.size(); ++i) {
    const std::uint32_t attempt = which[i];
    const std::uint32_t value = value_of.empty() ? 0 : value_of[i];
    const std::int64_t* at = attempts.at.data() + attempt * attempts.steps;
    const std::uint32_t done = attempts.done[attempt];
    std::size_t before = count;
    for (std::size_t step = 0; step < count; ++step) {
      if (((done >> layout.bits[step]) & 1U) == 0) continue;
      StepFigures& figures = tables[value].steps[step];
      ++figures.reached;
      if (next[step] < count && ((done >> layout.bits[next[step]]) & 1U) == 0) ++figures.dropped;
      if (before < count) timed[step].add(at[layout.bits[step]] - at[layout.bits[before]], value);
      before = step;
    }
    if (((done >> layout.bits.back()) & 1U) != 0) {
      ++tables[value].converted;
      timed[count].add(at[layout.bits.back()] - at[layout.bits.front()], value);
    }
  }
  for (std::size_t value = 0; value < values; ++value) {
    for (std::size_t step = 0; step < count; ++step) {
      tables[values].steps[step].reached += tables[value].steps[step].reached;
      tables[values].steps[step].dropped += tables[value].steps[step].dropped;
    }
    tables[values].converted += tables[value].converted;
  }
  for (std::size_t step = 0; step <= count; ++step) {
    take_quantiles(timed[step], values, quantiles, [&](std::size_t value, std::vector<std::int64_t> micros) {
      (step < count ? tables[value].steps[step].micros : tables[value].micros) = std::move(micros);
    });
  }
  StepTables found;
  found.whole = tables[values > 1 ? values : 0];
  tables.pop_back();
  if (!value_of.empty()) found.by_value = std::move(tables);
  return found;
}

std::vector<std::uint32_t> furthest_of_groups(const Attempts& attempts,
                                              std::span<const std::uint32_t> group_of, std::size_t required) {
  const std::uint32_t bits = (1U << required) - 1;
  const auto depth = [&](std::uint32_t attempt) {
    return static_cast<std::uint32_t>(std::popcount(attempts.done[attempt] & bits));
  };
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

}  // namespace weir::funnel
