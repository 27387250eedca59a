// Steps over one subject's events the long way, for tests: every start and every way from it, compared one by
// one.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "funnel/step_query.h"

namespace weir::funnel {

class StepReference {
 public:
  StepReference(const StepQuery& query, std::span<const std::int64_t> at,
                std::span<const std::uint32_t> masks)
      : query_(query), at_(at), masks_(masks) {}

  [[nodiscard]] std::vector<Way> ways() const {
    std::vector<Way> found;
    std::size_t from = 0;
    while (from < at_.size()) {
      std::optional<Places> best;
      std::size_t end = at_.size();
      for (std::size_t start = from; start < at_.size(); ++start) {
        if (!may_start(start)) continue;
        end = query_.entry == Entry::best ? at_.size() : end_of(start);
        visit(start, end, [&](const Places& way) {
          if (!best || is_better(way, *best)) best = way;
        });
        if (query_.entry != Entry::best && best) break;
      }
      if (!best) break;
      found.push_back(told(*best, end));
      if (query_.entry != Entry::every) break;
      from = end;
    }
    return found;
  }

 private:
  // Places of the required steps, by step; kNone: not done.
  static constexpr std::size_t kNone = SIZE_MAX;
  using Places = std::vector<std::size_t>;
  using Visit = std::function<void(const Places&)>;

  [[nodiscard]] bool any_order() const { return query_.order == StepOrder::any; }
  [[nodiscard]] bool excludes(std::size_t i) const { return (masks_[i] >> kExclusionBit) != 0; }
  [[nodiscard]] bool excludes_gap(std::size_t i, std::size_t gap) const {
    for (std::size_t x = 0; x < query_.exclusions.size(); ++x) {
      if (((masks_[i] >> (kExclusionBit + x)) & 1U) != 0 && ((query_.exclusions[x].gaps >> gap) & 1U) != 0)
        return true;
    }
    return false;
  }
  [[nodiscard]] std::int64_t step_window(std::size_t step) const {
    return query_.step_windows.empty() ? kNoWindow : query_.step_windows[step];
  }
  [[nodiscard]] bool matches(std::size_t i, std::size_t step) const {
    if (!any_order()) return ((masks_[i] >> step) & 1U) != 0;
    if (excludes(i)) return false;
    for (std::size_t other = 0; other < step; ++other) {
      if (((masks_[i] >> other) & 1U) != 0) return false;
    }
    return ((masks_[i] >> step) & 1U) != 0;
  }
  [[nodiscard]] bool may_start(std::size_t i) const {
    if (at_[i] < query_.from || at_[i] >= query_.to) return false;
    for (std::size_t step = 0; step < (any_order() ? query_.required : 1); ++step) {
      if (matches(i, step)) return true;
    }
    return false;
  }
  // Whether j can be step `step` of a way whose step before it was done at i.
  [[nodiscard]] bool can_follow(std::size_t start, std::size_t i, std::size_t j, std::size_t step) const {
    if (at_[j] - at_[start] > query_.window || at_[j] - at_[i] > step_window(step)) return false;
    if (query_.order == StepOrder::strict && j != i + 1) return false;
    for (std::size_t between = i + 1; between < j; ++between) {
      if (any_order() ? excludes(between) : excludes_gap(between, step)) return false;
    }
    return true;
  }
  // All ways from a start over events before `end`, of any depth.
  void visit(std::size_t start, std::size_t end, const Visit& visit) const {
    Places places(query_.required, kNone);
    if (any_order()) {
      for (std::size_t step = 0; step < query_.required; ++step) {
        if (!matches(start, step)) continue;
        places[step] = start;
        extend_any(start, start, end, places, visit);
        places[step] = kNone;
      }
    } else {
      places[0] = start;
      extend(start, 1, end, places, visit);
    }
  }
  void extend(std::size_t start, std::size_t step, std::size_t end, Places& places,
              const Visit& visit) const {
    visit(places);
    if (step == query_.required) return;
    for (std::size_t j = places[step - 1] + 1; j < end; ++j) {
      if (!matches(j, step) || !can_follow(start, places[step - 1], j, step)) continue;
      places[step] = j;
      extend(start, step + 1, end, places, visit);
      places[step] = kNone;
    }
  }
  void extend_any(std::size_t start, std::size_t last, std::size_t end, Places& places,
                  const Visit& visit) const {
    visit(places);
    for (std::size_t j = last + 1; j < end; ++j) {
      for (std::size_t step = 0; step < query_.required; ++step) {
        if (places[step] != kNone || !matches(j, step) || !can_follow(start, last, j, step)) continue;
        places[step] = j;
        extend_any(start, j, end, places, visit);
        places[step] = kNone;
      }
    }
  }
  static std::size_t depth(const Places& places) {
    std::size_t done = 0;
    for (const std::size_t place : places) done += place != kNone ? 1 : 0;
    return done;
  }
  static std::size_t arrival(const Places& places) {
    std::size_t last = 0;
    for (const std::size_t place : places) last = place == kNone ? last : std::max(last, place);
    return last;
  }
  static std::size_t first(const Places& places) { return *std::min_element(places.begin(), places.end()); }
  static bool is_better(const Places& a, const Places& b) {
    if (depth(a) != depth(b)) return depth(a) > depth(b);
    if (arrival(a) != arrival(b)) return arrival(a) < arrival(b);
    if (first(a) != first(b)) return first(a) > first(b);
    return a < b;
  }

  // Where the attempt that starts at `start` is over: the first place that is not its own.
  [[nodiscard]] std::size_t end_of(std::size_t start) const {
    for (std::size_t end = start + 1; end <= at_.size(); ++end) {
      bool complete = false;
      bool open = false;     // after the event before `end`
      bool open_at = false;  // and still, when the time of `end` has come
      visit(start, end, [&](const Places& way) {
        const std::size_t done = depth(way);
        complete = complete || done == query_.required;
        if (done == query_.required) return;
        const std::size_t last = arrival(way);
        bool broken = query_.order == StepOrder::strict && last + 1 != end;
        for (std::size_t between = last + 1; between < end; ++between)
          broken = broken || (any_order() ? excludes(between) : excludes_gap(between, done));
        if (broken) return;
        open = true;
        if (end < at_.size())
          open_at = open_at ||
                    (at_[end] - at_[last] <= step_window(done) && at_[end] - at_[start] <= query_.window);
      });
      if (complete) return end;
      if (!open) return end - 1;  // what ended it is not its own
      if (end < at_.size() && !open_at) return end;
    }
    return at_.size();
  }

  // With the optional steps that there is room for.
  [[nodiscard]] Way told(const Places& places, std::size_t end) const {
    Way way;
    if (any_order()) {
      Places in_time = places;
      std::sort(in_time.begin(), in_time.end());
      way.done = (1U << depth(places)) - 1;
      for (std::size_t k = 0; k < depth(places); ++k) way.place[k] = static_cast<std::uint32_t>(in_time[k]);
      return way;
    }
    for (std::size_t step = 0; step < query_.required; ++step) {
      if (places[step] == kNone) continue;
      way.done |= 1U << step;
      way.place[step] = static_cast<std::uint32_t>(places[step]);
    }
    for (std::size_t o = 0; o < query_.optional.size(); ++o) {
      const std::size_t bit = query_.required + o;
      const std::size_t step = query_.optional[o].after;
      if (step >= depth(places)) continue;
      std::size_t after = places[step];
      for (std::size_t other = 0; other < o; ++other) {
        if (query_.optional[other].after == step && ((way.done >> (query_.required + other)) & 1U) != 0)
          after = way.place[query_.required + other];
      }
      const std::size_t until = step + 1 < depth(places) ? places[step + 1] : end;
      for (std::size_t i = after + 1; i < until; ++i) {
        if (at_[i] - at_[first(places)] > query_.window || at_[i] - at_[after] > query_.optional[o].window)
          break;
        if (matches(i, bit)) {
          way.done |= 1U << bit;
          way.place[bit] = static_cast<std::uint32_t>(i);
          break;
        }
        if (excludes_gap(i, step + 1)) break;
      }
    }
    return way;
  }

  const StepQuery& query_;
  std::span<const std::int64_t> at_;
  std::span<const std::uint32_t> masks_;
};

}  // namespace weir::funnel
