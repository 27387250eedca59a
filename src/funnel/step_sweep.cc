#include "funnel/step_sweep.h"

#include <algorithm>
#include <bit>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/check.h"

// "Level" k is required step k. Ways are compared in this order: the deepest, of these the one that arrives
// there first, of these the one that starts last, of these each step as early as it can be.
// docs/funnel-steps.md says why.
namespace weir::funnel {
namespace {

struct MaskedEvents {
  std::span<const std::int64_t> times;
  std::span<const std::uint32_t> masks;
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(times.size()); }
  [[nodiscard]] std::int64_t at(std::size_t i) const noexcept { return times[i]; }
  [[nodiscard]] std::uint32_t mask(std::size_t i) const noexcept { return masks[i]; }
};

template <typename Time>
struct SignalEvents {
  std::span<const Time> times;
  std::span<const std::uint16_t> signals;
  const std::uint32_t* table;
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(times.size()); }
  [[nodiscard]] std::int64_t at(std::size_t i) const noexcept { return static_cast<std::int64_t>(times[i]); }
  [[nodiscard]] std::uint32_t mask(std::size_t i) const noexcept { return table[signals[i]]; }
};

constexpr std::uint32_t lowest_bit(std::uint32_t mask) noexcept {
  return static_cast<std::uint32_t>(std::countr_zero(mask));
}
constexpr std::uint32_t highest_bit(std::uint32_t mask) noexcept {
  return 31U - static_cast<std::uint32_t>(std::countl_zero(mask));
}

// Sets of up to 64 events.
constexpr std::uint32_t kBits = 64;
constexpr std::uint32_t first_of(std::uint64_t set) noexcept {
  return static_cast<std::uint32_t>(std::countr_zero(set));
}
constexpr std::uint32_t last_of(std::uint64_t set) noexcept {
  return kBits - 1 - static_cast<std::uint32_t>(std::countl_zero(set));
}
constexpr std::uint64_t before(std::uint32_t i) noexcept {
  return (std::uint64_t{1} << i) - 1;
}
constexpr std::uint64_t behind(std::uint32_t i) noexcept {
  return ~before(i) << 1U;
}

// In any order an event belongs to the first step that it matches; one that excludes is nothing else.
constexpr std::uint32_t own_step(std::uint32_t mask) noexcept {
  return mask & (~mask + 1) & kStepBits;
}

}  // namespace

StepSweep::StepSweep(const StepQuery& query, std::span<const std::uint32_t> table)
    : query_(query),
      levels_(static_cast<std::uint32_t>(query.required)),
      required_bits_((1U << query.required) - 1),
      table_(table) {
  WEIR_CHECK(query.required >= 1 && query.required + query.optional.size() <= kMaxSteps,
             "a funnel has 1 to 16 steps");
  WEIR_CHECK(query.exclusions.size() <= kMaxExclusions, "a funnel has at most 16 exclusions");
  WEIR_CHECK(query.order == StepOrder::ordered || query.optional.empty(),
             "only steps in order can be optional");
  exclusion_bits_ = static_cast<std::uint32_t>((1ULL << query.exclusions.size()) - 1) << kExclusionBit;
  step_window_.fill(kNoWindow);
  std::copy(query.step_windows.begin(), query.step_windows.end(), step_window_.begin());
  plain_ = query.exclusions.empty() && query.step_windows.empty() && query.from == INT64_MIN &&
           query.to == INT64_MAX;
  list_signals();
}

void StepSweep::run(std::span<const std::int64_t> at, std::span<const std::uint32_t> masks,
                    std::vector<Way>& ways) {
  dispatch(MaskedEvents{at, masks}, ways);
}

void StepSweep::run(std::span<const std::uint32_t> at, std::span<const std::uint16_t> signals,
                    std::vector<Way>& ways) {
  run_signals(SignalEvents<std::uint32_t>{at, signals, table_.data()}, ways);
}

void StepSweep::run(std::span<const std::uint64_t> at, std::span<const std::uint16_t> signals,
                    std::vector<Way>& ways) {
  run_signals(SignalEvents<std::uint64_t>{at, signals, table_.data()}, ways);
}

template <typename Events>
void StepSweep::run_signals(const Events& events, std::vector<Way>& ways) {
  if (!has_few_signals_ || events.size() > kBits) return dispatch(events, ways);
  find_steps(events.signals);
  best_bits(events, ways);
}

void StepSweep::list_signals() {
  for (std::size_t signal = 0; signal < table_.size(); ++signal) {
    for (std::uint32_t rest = table_[signal] & required_bits_; rest != 0; rest &= rest - 1)
      step_signals_.push_back(
          {static_cast<std::uint16_t>(signal), static_cast<std::uint16_t>(lowest_bit(rest))});
  }
  has_few_signals_ = plain_ && query_.entry == Entry::best && query_.order == StepOrder::ordered &&
                     step_signals_.size() <= kMostStepSignals;
}

// Sixteen events at once; the last sixteen may have been among those before.
void StepSweep::find_steps(std::span<const std::uint16_t> signals) {
  for (std::uint32_t level = 0; level < levels_; ++level) is_step_[level] = 0;
  const std::size_t count = signals.size();
#ifdef __SSE2__
  constexpr std::size_t kTogether = 16;
  if (count >= kTogether) {
    for (std::size_t next = 0; next < count; next += kTogether) {
      const std::size_t begin = std::min(next, count - kTogether);
      const auto* const from = reinterpret_cast<const __m128i*>(signals.data() + begin);
      const __m128i low = _mm_loadu_si128(from), high = _mm_loadu_si128(from + 1);
      for (const StepSignal& step : step_signals_) {
        const __m128i wanted = _mm_set1_epi16(static_cast<short>(step.signal));
        const __m128i same = _mm_packs_epi16(_mm_cmpeq_epi16(low, wanted), _mm_cmpeq_epi16(high, wanted));
        is_step_[step.level] |= std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(same))} << begin;
      }
    }
    return;
  }
#endif
  for (std::size_t i = 0; i < count; ++i) {
    for (std::uint32_t rest = table_[signals[i]] & required_bits_; rest != 0; rest &= rest - 1)
      is_step_[lowest_bit(rest)] |= std::uint64_t{1} << i;
  }
}

// As best_plain(), over bits: only the events that are a next step of some way are looked at.
template <typename Events>
void StepSweep::best_bits(const Events& events, std::vector<Way>& ways) const {
  const std::uint64_t starts = is_step_[0];
  if (starts == 0) return;
  const std::uint32_t count = events.size();
  Found best{first_of(starts), first_of(starts), 1, count};
  std::array<std::uint32_t, kMaxSteps> start{};  // by level, where it was reached
  std::uint32_t deepest = 0;                     // of the levels that were reached
  std::uint64_t open = levels_ > 1 ? is_step_[1] & behind(best.start) : 0;
  while (open != 0 && best.levels < levels_) {
    const std::uint32_t i = first_of(open);
    open &= open - 1;
    start[0] = last_of(starts & before(i));
    for (std::uint32_t level = std::min(deepest + 1, levels_ - 1); level > 0; --level) {
      if (((is_step_[level] >> i) & 1U) == 0) continue;
      if (events.at(i) - events.at(start[level - 1]) > query_.window) continue;
      start[level] = start[level - 1];
      if (level > deepest) {
        deepest = level;
        if (level + 1 < levels_) open |= is_step_[level + 1] & behind(i);
      }
      if (level + 1 > best.levels) best = {start[level], i, level + 1, count};
    }
  }
  Way way;
  way.done = (1U << best.levels) - 1;
  way.place[0] = best.start;
  for (std::uint32_t level = 1; level + 1 < best.levels; ++level)
    way.place[level] = first_of(is_step_[level] & behind(way.place[level - 1]));
  if (best.levels > 1) way.place[best.levels - 1] = best.arrival;
  fill_optional(events, best.end, way);
  ways.push_back(way);
}

template <typename Events>
void StepSweep::dispatch(const Events& events, std::vector<Way>& ways) {
  if (query_.entry != Entry::best) return in_turn(events, ways);
  if (query_.order == StepOrder::strict) return best_strict(events, ways);
  if (query_.order == StepOrder::any) return best_any(events, ways);
  if (plain_) return best_plain(events, ways);
  best_ordered(events, ways);
}

std::uint32_t StepSweep::excluded_gaps(std::uint32_t mask) const noexcept {
  std::uint32_t gaps = 0;
  for (std::uint32_t rest = (mask & exclusion_bits_) >> kExclusionBit; rest != 0; rest &= rest - 1)
    gaps |= query_.exclusions[lowest_bit(rest)].gaps;
  return gaps;
}

// Per level only the way with the latest start can still matter: it has the most time left. Levels are taken
// from the deepest down, so that an event is one step of a way. Most events are first steps or none: of these
// nothing is kept but the place of the last one, without a branch, and no time is read.
template <typename Events>
void StepSweep::best_plain(const Events& events, std::vector<Way>& ways) {
  const std::uint32_t count = events.size();
  std::uint32_t first = 0;
  while (first < count && (events.mask(first) & 1U) == 0) ++first;
  if (first == count) return;
  Found best{first, first, 1, count};
  std::array<std::uint32_t, kMaxSteps> start{};   // by level, where it was reached
  std::uint32_t reachable = required_bits_ & 2U;  // levels after one that was reached
  std::uint32_t last = first;
  for (std::uint32_t i = first + 1; i < count && best.levels < levels_; ++i) {
    const std::uint32_t mask = events.mask(i);
    if ((mask & reachable) != 0) {
      start[0] = last;
      for (std::uint32_t rest = mask & reachable; rest != 0;) {
        const std::uint32_t level = highest_bit(rest);
        rest ^= 1U << level;
        if (events.at(i) - events.at(start[level - 1]) > query_.window) continue;
        start[level] = start[level - 1];
        reachable |= (2U << level) & required_bits_;
        if (level + 1 > best.levels) best = {start[level], i, level + 1, count};
      }
    }
    last = (mask & 1U) != 0 ? i : last;
  }
  add_plain(events, best, ways);
}

// Where only the whole has a window, each step as early as it can be is the next event of that step.
template <typename Events>
void StepSweep::add_plain(const Events& events, const Found& found, std::vector<Way>& ways) {
  Way way;
  way.done = (1U << found.levels) - 1;
  way.place[0] = found.start;
  std::uint32_t level = 1;
  for (std::uint32_t i = found.start + 1; level + 1 < found.levels; ++i) {
    if (((events.mask(i) >> level) & 1U) != 0) way.place[level++] = i;
  }
  if (found.levels > 1) way.place[found.levels - 1] = found.arrival;
  fill_optional(events, found.end, way);
  ways.push_back(way);
}

// With windows per step or exclusions the latest way to a level is still the one with the most room, but the
// way that is told (each step as early as it can be) is found backwards from where it arrived.
template <typename Events>
void StepSweep::best_ordered(const Events& events, std::vector<Way>& ways) {
  reach_.fill(Reach{});
  Found best;
  const auto count = events.size();
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t mask = events.mask(i);
    const std::int64_t at = events.at(i);
    for (std::uint32_t rest = mask & required_bits_; rest != 0;) {
      const std::uint32_t level = highest_bit(rest);
      rest ^= 1U << level;
      if (level == 0) {
        if (!may_start(at)) continue;
        reach_[0] = {i, i};
      } else {
        const Reach& before = reach_[level - 1];
        if (before.start == kNowhere || at - events.at(before.start) > query_.window ||
            at - events.at(before.last) > step_window_[level])
          continue;
        reach_[level] = {before.start, i};
      }
      if (level + 1 > best.levels) best = {reach_[level].start, i, level + 1, count};
    }
    if (best.levels == levels_) break;
    for (std::uint32_t gaps = excluded_gaps(mask) & required_bits_ & ~1U; gaps != 0; gaps &= gaps - 1) {
      Reach& before = reach_[lowest_bit(gaps) - 1];
      if (before.last != i) before = {};
    }
  }
  if (best.levels > 0) add_ordered(events, best, ways);
}

// Ways end at the event before or not at all: bit k says that a way stands at level k there.
template <typename Events>
void StepSweep::best_strict(const Events& events, std::vector<Way>& ways) {
  std::uint32_t standing = 0;
  Found best;
  const auto count = events.size();
  for (std::uint32_t i = 0; i < count && best.levels < levels_; ++i) {
    const std::uint32_t mask = events.mask(i) & required_bits_;
    std::uint32_t now = (mask & 1U) != 0 && may_start(events.at(i)) ? 1U : 0U;
    for (std::uint32_t rest = (standing << 1) & mask; rest != 0; rest &= rest - 1) {
      const std::uint32_t level = lowest_bit(rest);
      const bool in_time = events.at(i) - events.at(i - level) <= query_.window &&
                           events.at(i) - events.at(i - 1) <= step_window_[level];
      if (in_time) now |= 1U << level;
    }
    if (now != 0 && highest_bit(now) + 1 > best.levels)
      best = {i - highest_bit(now), i, highest_bit(now) + 1, count};
    standing = now;
  }
  if (best.levels > 0) add_strict(best, ways);
}

// The steps done within the window that ends at an event are those whose last event lies in it.
template <typename Events>
void StepSweep::best_any(const Events& events, std::vector<Way>& ways) {
  last_.fill(kNowhere);
  last_start_.fill(kNowhere);
  Found best;
  const auto count = events.size();
  for (std::uint32_t i = 0; i < count && best.levels < levels_; ++i) {
    const std::uint32_t mask = events.mask(i);
    if (events.at(i) < query_.from) continue;
    if ((mask & exclusion_bits_) != 0) {
      last_.fill(kNowhere);
      last_start_.fill(kNowhere);
      continue;
    }
    const std::uint32_t own = own_step(mask);
    if (own == 0) continue;
    last_[lowest_bit(own)] = i;
    if (may_start(events.at(i))) last_start_[lowest_bit(own)] = i;
    std::uint32_t levels = 0;
    for (std::uint32_t k = 0; k < levels_; ++k) {
      if (last_[k] != kNowhere && events.at(i) - events.at(last_[k]) <= query_.window) ++levels;
    }
    if (levels <= best.levels) continue;
    const std::uint32_t start = latest_start_any(events, i);
    if (start != kNowhere) best = {start, i, levels, count};
  }
  if (best.levels > 0) add_any(events, best, ways);
}

// The earliest of the last events, from which all of them are seen; when no way may start there any more, the
// last event that may start one.
template <typename Events>
std::uint32_t StepSweep::latest_start_any(const Events& events, std::uint32_t arrival) const {
  std::uint32_t first = kNowhere;
  std::uint32_t last_start = kNowhere;
  for (std::uint32_t k = 0; k < levels_; ++k) {
    const auto within = [&](std::uint32_t place) {
      return place != kNowhere && events.at(arrival) - events.at(place) <= query_.window;
    };
    if (!within(last_[k])) continue;
    first = std::min(first, last_[k]);
    if (within(last_start_[k]) && (last_start == kNowhere || last_start_[k] > last_start))
      last_start = last_start_[k];
  }
  return events.at(first) < query_.to ? first : last_start;
}

// Attempts with a fixed start, one after the other.
template <typename Events>
void StepSweep::in_turn(const Events& events, std::vector<Way>& ways) {
  const auto count = events.size();
  const bool any = query_.order == StepOrder::any;
  for (std::uint32_t i = 0; i < count;) {
    const std::uint32_t mask = events.mask(i);
    const bool starts = any ? (mask & exclusion_bits_) == 0 && own_step(mask) != 0 : (mask & 1U) != 0;
    if (!starts || !may_start(events.at(i))) {
      ++i;
      continue;
    }
    const Found found = any                                 ? attempt_any(events, i)
                        : query_.order == StepOrder::strict ? attempt_strict(events, i)
                                                            : attempt_ordered(events, i);
    if (any) {
      add_any(events, found, ways);
    } else if (query_.order == StepOrder::strict) {
      add_strict(found, ways);
    } else {
      add_ordered(events, found, ways);
    }
    if (query_.entry == Entry::first) return;
    i = found.end;
  }
}

template <typename Events>
StepSweep::Found StepSweep::attempt_ordered(const Events& events, std::uint32_t start) {
  Found found{start, start, 1, events.size()};
  if (levels_ == 1) return {start, start, 1, start + 1};
  last_.fill(kNowhere);
  last_[0] = start;
  for (std::uint32_t j = start + 1; j < events.size(); ++j) {
    const std::int64_t at = events.at(j);
    found.end = j;
    if (at - events.at(start) > query_.window) return found;
    std::uint32_t waiting = 0;  // levels from which the next one can be reached now
    for (std::uint32_t k = 0; k + 1 < levels_; ++k) {
      if (last_[k] != kNowhere && at - events.at(last_[k]) <= step_window_[k + 1]) waiting |= 1U << k;
    }
    if (waiting == 0) return found;
    const std::uint32_t mask = events.mask(j);
    for (std::uint32_t rest = mask & required_bits_ & (waiting << 1); rest != 0; rest &= rest - 1) {
      const std::uint32_t level = lowest_bit(rest);
      last_[level] = j;
      if (level + 1 > found.levels) found = {start, j, level + 1, j};
    }
    if (found.levels == levels_) return {start, j, levels_, j + 1};
    const std::uint32_t gaps = excluded_gaps(mask) & required_bits_ & ~1U;
    if (gaps == 0) continue;
    bool open = false;
    for (std::uint32_t k = 0; k + 1 < levels_; ++k) {
      if (((gaps >> (k + 1)) & 1U) != 0 && last_[k] != j) last_[k] = kNowhere;
      open = open || last_[k] != kNowhere;
    }
    if (!open) return found;
  }
  found.end = events.size();
  return found;
}

template <typename Events>
StepSweep::Found StepSweep::attempt_strict(const Events& events, std::uint32_t start) {
  std::uint32_t level = 1;
  std::uint32_t j = start + 1;
  while (level < levels_ && j < events.size() && ((events.mask(j) >> level) & 1U) != 0 &&
         events.at(j) - events.at(start) <= query_.window &&
         events.at(j) - events.at(j - 1) <= step_window_[level]) {
    ++level;
    ++j;
  }
  return {start, j - 1, level, j};
}

template <typename Events>
StepSweep::Found StepSweep::attempt_any(const Events& events, std::uint32_t start) {
  std::uint32_t done = own_step(events.mask(start));
  Found found{start, start, 1, start + 1};
  if (levels_ == 1) return found;
  for (std::uint32_t j = start + 1; j < events.size(); ++j) {
    found.end = j;
    if (events.at(j) - events.at(start) > query_.window || (events.mask(j) & exclusion_bits_) != 0)
      return found;
    const std::uint32_t own = own_step(events.mask(j)) & ~done;
    if (own == 0) continue;
    done |= own;
    found = {start, j, found.levels + 1, j};
    if (done == required_bits_) return {start, j, levels_, j + 1};
  }
  found.end = events.size();
  return found;
}

// Backwards from the arrival: of each event that can be step k of a way to it, the next event of that way.
// The nearest is best: it leaves the least time and the fewest exclusions between. Then forwards along these
// from the start.
template <typename Events>
void StepSweep::add_ordered(const Events& events, const Found& found, std::vector<Way>& ways) {
  steps_.clear();
  std::array<std::uint32_t, kMaxSteps>
      next{};  // index + 1 into steps_ of the nearest event that can be this level
  const std::uint32_t top = found.levels - 1;
  steps_.push_back({found.arrival, top, 0});
  next[top] = 1;
  const auto can_follow = [&](std::uint32_t level, std::uint32_t place) {
    return next[level] != 0 &&
           events.at(steps_[next[level] - 1].place) - events.at(place) <= step_window_[level];
  };
  for (std::uint32_t i = found.arrival; top > 0 && i-- > found.start;) {
    const std::uint32_t mask = events.mask(i);
    std::uint32_t fresh = 0;
    for (std::uint32_t rest = mask & ((1U << top) - 1); rest != 0; rest &= rest - 1) {
      const std::uint32_t level = lowest_bit(rest);
      if ((level == 0) != (i == found.start) || !can_follow(level + 1, i)) continue;
      steps_.push_back({i, level, next[level + 1] - 1});
      next[level] = static_cast<std::uint32_t>(steps_.size());
      fresh |= 1U << level;
    }
    const std::uint32_t gaps = excluded_gaps(mask);
    for (std::uint32_t level = 1; level <= top; ++level) {
      if (((gaps >> level) & 1U) != 0 && ((fresh >> level) & 1U) == 0) next[level] = 0;
    }
  }
  Way way;
  way.done = (1U << found.levels) - 1;
  std::uint32_t at = next[0] - 1;
  for (std::uint32_t level = 0; level <= top; ++level) {
    way.place[level] = steps_[at].place;
    at = steps_[at].next;
  }
  fill_optional(events, found.end, way);
  ways.push_back(way);
}

void StepSweep::add_strict(const Found& found, std::vector<Way>& ways) {
  Way way;
  way.done = (1U << found.levels) - 1;
  for (std::uint32_t level = 0; level < found.levels; ++level) way.place[level] = found.start + level;
  ways.push_back(way);
}

// The steps in the order in which they were done.
template <typename Events>
void StepSweep::add_any(const Events& events, const Found& found, std::vector<Way>& ways) {
  Way way;
  std::uint32_t done = 0;
  std::uint32_t count = 0;
  for (std::uint32_t i = found.start; i <= found.arrival; ++i) {
    const std::uint32_t own = own_step(events.mask(i)) & ~done;
    if (own == 0) continue;
    done |= own;
    way.place[count++] = i;
  }
  way.done = (1U << count) - 1;
  ways.push_back(way);
}

// Optional steps never decide how far an attempt gets; where its way leaves room for them, they are told as
// done.
template <typename Events>
void StepSweep::fill_optional(const Events& events, std::uint32_t end, Way& way) const {
  if (query_.optional.empty()) return;
  const auto reached = static_cast<std::uint32_t>(std::popcount(way.done & required_bits_));
  std::uint32_t before = 0;  // the last step done
  std::uint32_t gap = 0;
  for (std::size_t o = 0; o < query_.optional.size() && query_.optional[o].after < reached; ++o) {
    const OptionalStep& step = query_.optional[o];
    if (o == 0 || step.after != gap) before = way.place[step.after];
    gap = step.after;
    const bool last = gap + 1 == reached;
    const std::uint32_t bit = levels_ + static_cast<std::uint32_t>(o);
    for (std::uint32_t i = before + 1; i < (last ? end : way.place[gap + 1]); ++i) {
      const std::uint32_t mask = events.mask(i);
      if (events.at(i) - events.at(way.place[0]) > query_.window ||
          events.at(i) - events.at(before) > step.window)
        break;
      if (((mask >> bit) & 1U) != 0) {
        way.done |= 1U << bit;
        way.place[bit] = before = i;
        break;
      }
      if (((excluded_gaps(mask) >> (gap + 1)) & 1U) != 0) break;
    }
  }
}

}  // namespace weir::funnel
