#include "funnel/step_summary.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <unordered_map>

#include "base/large_pages.h"

namespace weir::funnel {
namespace {

// Reorders `times`.
std::vector<std::int64_t> quantiles_of(std::span<std::int64_t> times,
                                       std::span<const StepQuantile> quantiles) {
  std::vector<std::int64_t> found;
  if (times.empty()) return found;
  auto begin = times.begin();  // what stands before is not greater than what stands from here on
  std::int64_t before = 0;     // the rank of what stands there
  for (const StepQuantile& quantile : quantiles) {
    const auto count = static_cast<std::int64_t>(times.size());
    const std::int64_t rank =
        std::max<std::int64_t>(1, count / 1'000'000 * quantile.millionths +
                                      (count % 1'000'000 * quantile.millionths + 999'999) / 1'000'000);
    const auto at = times.begin() + (rank - 1);
    if (rank < before) begin = times.begin();
    std::nth_element(begin, at, times.end());
    found.push_back(*at);
    begin = at;
    before = rank;
  }
  return found;
}

// Times of several kinds, those of a kind together, and of these those of a value.
class Times {
 public:
  // `counts`: per kind and value.
  Times(std::size_t values, std::span<const std::size_t> counts) : values_(values), ends_(counts.size() + 1) {
    std::partial_sum(counts.begin(), counts.end(), ends_.begin() + 1);
    next_.assign(ends_.begin(), ends_.end() - 1);
    times_.resize(ends_.back());
  }
  void add(std::size_t kind, std::size_t value, std::int64_t time) noexcept {
    times_[next_[kind * values_ + value]++] = time;
  }
  [[nodiscard]] std::span<std::int64_t> of(std::size_t kind, std::size_t value) noexcept {
    return between(kind * values_ + value, kind * values_ + value + 1);
  }
  [[nodiscard]] std::span<std::int64_t> of(std::size_t kind) noexcept {
    return between(kind * values_, (kind + 1) * values_);
  }

 private:
  [[nodiscard]] std::span<std::int64_t> between(std::size_t first, std::size_t last) noexcept {
    return std::span(times_).subspan(ends_[first], ends_[last] - ends_[first]);
  }
  std::size_t values_;
  std::vector<std::size_t> ends_, next_;
  std::vector<std::int64_t, LargeRoomAllocator<std::int64_t>> times_;
};

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
  // Of a kind of time per step, since the step before; the last kind: from first to last step.
  std::vector<std::size_t> timed((count + 1) * values, 0);
  const auto value_at = [&](std::size_t i) { return value_of.empty() ? 0 : value_of[i]; };
  // Calls `visit` with the steps that were done, each with the one before it, or `count`.
  const auto each_step = [&](std::uint32_t done, const auto& visit) {
    std::size_t before = count;
    for (std::size_t step = 0; step < count; ++step) {
      if (((done >> layout.bits[step]) & 1U) == 0) continue;
      visit(step, before);
      before = step;
    }
  };
  const auto is_whole = [&](std::uint32_t done) { return ((done >> layout.bits.back()) & 1U) != 0; };
  const auto add_alike = [&](std::size_t value, std::uint32_t done, std::size_t alike) {
    each_step(done, [&](std::size_t step, std::size_t before) {
      StepFigures& figures = tables[value].steps[step];
      figures.reached += static_cast<std::int64_t>(alike);
      if (next[step] < count && ((done >> layout.bits[next[step]]) & 1U) == 0)
        figures.dropped += static_cast<std::int64_t>(alike);
      if (before < count) timed[step * values + value] += alike;
    });
    if (is_whole(done)) timed[count * values + value] += alike;
  };
  // Attempts that did the same steps are counted first, where there are fewer ways of it than attempts.
  if (const std::size_t patterns = std::size_t{1} << count; patterns * values <= which.size()) {
    std::vector<std::uint32_t> alike(patterns * values, 0);
    for (std::size_t i = 0; i < which.size(); ++i) ++alike[value_at(i) * patterns + attempts.done[which[i]]];
    for (std::size_t i = 0; i < alike.size(); ++i) {
      if (alike[i] > 0) add_alike(i / patterns, static_cast<std::uint32_t>(i % patterns), alike[i]);
    }
  } else {
    for (std::size_t i = 0; i < which.size(); ++i) add_alike(value_at(i), attempts.done[which[i]], 1);
  }
  Times times(values, timed);
  constexpr std::size_t kAhead = 24;
  for (std::size_t i = 0; i < which.size(); ++i) {
    const std::uint32_t attempt = which[i];
    if (i + kAhead < which.size()) attempts.fetch_times(which[i + kAhead]);
    const std::uint32_t done = attempts.done[attempt];
    if (count > 1 && (done & (done - 1)) == 0) continue;  // a single step takes no time
    const std::uint32_t value = value_at(i);
    const auto add = [&](std::size_t kind, std::size_t from, std::size_t to) {
      times.add(kind, value,
                attempts.time(attempt, layout.bits[to]) - attempts.time(attempt, layout.bits[from]));
    };
    each_step(done, [&](std::size_t step, std::size_t before) {
      if (before < count) add(step, before, step);
    });
    if (is_whole(done)) add(count, 0, count - 1);
  }
  for (std::size_t value = 0; value < values; ++value) {
    for (std::size_t step = 0; step < count; ++step) {
      tables[values].steps[step].reached += tables[value].steps[step].reached;
      tables[values].steps[step].dropped += tables[value].steps[step].dropped;
    }
    tables[value].converted = static_cast<std::int64_t>(timed[count * values + value]);
    tables[values].converted += tables[value].converted;
  }
  for (std::size_t step = 0; step <= count; ++step) {
    const auto micros_of = [&](StepTable & table) -> auto& {
      return step < count ? table.steps[step].micros : table.micros;
    };
    // First of each value: what is reordered within a value still holds all of them.
    for (std::size_t value = 0; value < values; ++value)
      micros_of(tables[value]) = quantiles_of(times.of(step, value), quantiles);
    if (values > 1) micros_of(tables[values]) = quantiles_of(times.of(step), quantiles);
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
  chosen.reserve(furthest.size());
  for (const auto& [group, attempt] : furthest) chosen.push_back(attempt);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace weir::funnel
