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

// Of the attempts that are asked for, with the value of each.
class Summary {
 public:
  Summary(const Attempts& attempts, std::span<const std::uint32_t> which, const StepLayout& layout,
          std::span<const std::uint32_t> value_of, std::size_t value_count)
      : attempts_(attempts),
        which_(which),
        layout_(layout),
        value_of_(value_of),
        steps_(layout.bits.size()),
        values_(std::max<std::size_t>(value_count, 1)),
        tables_(values_ + 1),
        timed_((steps_ + 1) * values_, 0) {
    for (StepTable& table : tables_) table.steps.resize(steps_);
    for (std::size_t step = 0; step < steps_; ++step) next_.push_back(layout.next_required(step));
  }

  // Attempts that did the same steps are counted first, where there are fewer ways of it than attempts.
  void count() {
    if (const std::size_t patterns = std::size_t{1} << steps_; patterns * values_ <= which_.size()) {
      std::vector<std::uint32_t> alike(patterns * values_, 0);
      for (std::size_t i = 0; i < which_.size(); ++i)
        ++alike[value_at(i) * patterns + attempts_.done[which_[i]]];
      for (std::size_t i = 0; i < alike.size(); ++i) {
        if (alike[i] > 0) add_alike(i / patterns, static_cast<std::uint32_t>(i % patterns), alike[i]);
      }
    } else {
      for (std::size_t i = 0; i < which_.size(); ++i) add_alike(value_at(i), attempts_.done[which_[i]], 1);
    }
    for (std::size_t value = 0; value < values_; ++value) {
      for (std::size_t step = 0; step < steps_; ++step) {
        tables_[values_].steps[step].reached += tables_[value].steps[step].reached;
        tables_[values_].steps[step].dropped += tables_[value].steps[step].dropped;
      }
      tables_[value].converted = static_cast<std::int64_t>(timed_[steps_ * values_ + value]);
      tables_[values_].converted += tables_[value].converted;
    }
  }

  // After count().
  void time(std::span<const StepQuantile> quantiles) {
    Times times(values_, timed_);
    for (std::size_t i = 0; i < which_.size(); ++i) {
      if (i + kAhead < which_.size()) attempts_.fetch_times(which_[i + kAhead]);
      add_times(which_[i], value_at(i), times);
    }
    for (std::size_t step = 0; step <= steps_; ++step) {
      const auto micros_of = [&](StepTable & table) -> auto& {
        return step < steps_ ? table.steps[step].micros : table.micros;
      };
      // First of each value: what is reordered within a value still holds all of them.
      for (std::size_t value = 0; value < values_; ++value)
        micros_of(tables_[value]) = quantiles_of(times.of(step, value), quantiles);
      if (values_ > 1) micros_of(tables_[values_]) = quantiles_of(times.of(step), quantiles);
    }
  }

  StepTables take() {
    StepTables found;
    found.whole = tables_[values_ > 1 ? values_ : 0];
    tables_.pop_back();
    if (!value_of_.empty()) found.by_value = std::move(tables_);
    return found;
  }

 private:
  static constexpr std::size_t kAhead = 24;
  [[nodiscard]] std::uint32_t value_at(std::size_t i) const noexcept {
    return value_of_.empty() ? 0 : value_of_[i];
  }
  // Calls `visit` with the steps that were done, each with the one before it, or the number of steps.
  template <typename Visit>
  void each_step(std::uint32_t done, Visit&& visit) const {
    std::size_t before = steps_;
    for (std::size_t step = 0; step < steps_; ++step) {
      if (((done >> layout_.bits[step]) & 1U) == 0) continue;
      visit(step, before);
      before = step;
    }
  }
  [[nodiscard]] bool is_whole(std::uint32_t done) const noexcept {
    return ((done >> layout_.bits.back()) & 1U) != 0;
  }
  void add_alike(std::size_t value, std::uint32_t done, std::size_t alike) {
    each_step(done, [&](std::size_t step, std::size_t before) {
      StepFigures& figures = tables_[value].steps[step];
      figures.reached += static_cast<std::int64_t>(alike);
      if (next_[step] < steps_ && ((done >> layout_.bits[next_[step]]) & 1U) == 0)
        figures.dropped += static_cast<std::int64_t>(alike);
      if (before < steps_) timed_[step * values_ + value] += alike;
    });
    if (is_whole(done)) timed_[steps_ * values_ + value] += alike;
  }
  void add_times(std::uint32_t attempt, std::uint32_t value, Times& times) const {
    const std::uint32_t done = attempts_.done[attempt];
    if (steps_ > 1 && (done & (done - 1)) == 0) return;  // a single step takes no time
    const auto add = [&](std::size_t kind, std::size_t from, std::size_t to) {
      times.add(kind, value,
                attempts_.time(attempt, layout_.bits[to]) - attempts_.time(attempt, layout_.bits[from]));
    };
    each_step(done, [&](std::size_t step, std::size_t before) {
      if (before < steps_) add(step, before, step);
    });
    if (is_whole(done)) add(steps_, 0, steps_ - 1);
  }

  const Attempts& attempts_;
  std::span<const std::uint32_t> which_;
  const StepLayout& layout_;
  std::span<const std::uint32_t> value_of_;
  std::size_t steps_, values_;     // without a breakdown all have one value
  std::vector<StepTable> tables_;  // the last is of all
  std::vector<std::size_t> next_;  // per step: the next required one
  std::vector<std::size_t>
      timed_;  // times per step, since the step before, and value; the last: first to last step
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
  Summary summary(attempts, which, layout, value_of, value_count);
  summary.count();
  summary.time(quantiles);
  return summary.take();
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
