#include "leaks/baseline.h"

#include <algorithm>
#include <cmath>

namespace weir::leaks {
namespace {

constexpr int kMaxRounds = 30;
constexpr double kConverged = 1e-7;
constexpr double kTailPseudoEvents = 3;  // a bucket's hazard leans on the bucket before
constexpr double kLeastBaseShare =
    0.25;  // a bucket needs this share of the period's person-time in the baseline
constexpr std::size_t kWeeks = 26;
constexpr double kLeastWeeklyMean = 3;
constexpr double kLeastOthers =
    10;  // expected elsewhere in a week, for it to say anything about the calendar

// Sums over the cells' buckets of one window.
struct WindowSums {
  std::size_t buckets{0};
  std::vector<double> base_exposure;  // [cells x buckets], weighted
  std::vector<double> exposure;       // [cells x buckets]
  std::vector<double> base_events;    // [cells x buckets], weighted
  std::vector<double> events;         // [cells x buckets]
};

// Period length 0 is stretch 3 with stretches 0-2 before it; 1 is 2-3 and 0-1; 2 is 1-3 and 0.
double base_sum(const std::array<double, kLengthCount>& weighted, std::size_t length) noexcept {
  double sum = 0;
  for (std::size_t stretch = 0; stretch + length < kLengthCount; ++stretch) sum += weighted[stretch];
  return sum;
}
double period_sum(const std::array<double, kLengthCount>& plain, std::size_t length) noexcept {
  double sum = 0;
  for (std::size_t stretch = kLengthCount - 1 - length; stretch < kLengthCount; ++stretch)
    sum += plain[stretch];
  return sum;
}

WindowSums window_sums(const EdgeTables& tables, std::size_t length) {
  WindowSums sums;
  sums.buckets = tables.bucket_count;
  const std::size_t count = tables.exposure.size();
  sums.base_exposure.resize(count);
  sums.exposure.resize(count);
  sums.base_events.resize(count);
  sums.events.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    sums.base_exposure[i] = base_sum(tables.exposure[i].weighted, length);
    sums.exposure[i] = period_sum(tables.exposure[i].plain, length);
    sums.base_events[i] = base_sum(tables.events[i].weighted, length);
    sums.events[i] = period_sum(tables.events[i].plain, length);
  }
  return sums;
}

// [buckets]: sum over cells of values times the cell's effect.
std::vector<double> by_bucket(std::span<const double> values, std::size_t buckets,
                              std::span<const double> effect) {
  std::vector<double> sums(buckets, 0);
  for (std::size_t cell = 0; cell * buckets < values.size(); ++cell) {
    for (std::size_t b = 0; b < buckets; ++b) {
      sums[b] += values[cell * buckets + b] * (effect.empty() ? 1 : effect[cell]);
    }
  }
  return sums;
}

// Events over exposure, each bucket a little towards the one before; then scaled so that all events are
// expected.
std::vector<double> bucket_hazards(std::span<const double> events, std::span<const double> exposure,
                                   const std::vector<bool>& usable) {
  std::vector<double> hazards(events.size(), 0);
  double before = 0;
  double observed = 0;
  double expected = 0;
  for (std::size_t b = 0; b < events.size(); ++b) {
    if (!usable[b]) continue;
    const double prior_exposure = before > 0 ? kTailPseudoEvents / before : 0;
    const double prior_events = before > 0 ? kTailPseudoEvents : 0;
    hazards[b] = exposure[b] > 0 ? (events[b] + prior_events) / (exposure[b] + prior_exposure) : 0;
    if (hazards[b] > 0) before = hazards[b];
    observed += events[b];
    expected += hazards[b] * exposure[b];
  }
  if (expected > 0) {
    for (double& hazard : hazards) hazard *= observed / expected;
  }
  return hazards;
}

std::vector<bool> usable_buckets(const WindowSums& sums) {
  const auto base = by_bucket(sums.base_exposure, sums.buckets, {});
  const auto period = by_bucket(sums.exposure, sums.buckets, {});
  std::vector<bool> usable(sums.buckets);
  for (std::size_t b = 0; b < sums.buckets; ++b)
    usable[b] = base[b] > 0 && base[b] >= kLeastBaseShare * period[b];
  return usable;
}

double expected_in(std::span<const double> exposure, std::size_t cell,
                   std::span<const double> hazards) noexcept {
  double sum = 0;
  for (std::size_t b = 0; b < hazards.size(); ++b) sum += exposure[cell * hazards.size() + b] * hazards[b];
  return sum;
}

// Multiplicative main effects by iterative proportional fitting (Deming & Stephan 1940), each effect the mean
// of its Gamma posterior with prior mean 1 and `pseudo_events`.
class MainEffects {
 public:
  MainEffects(const CellMap& cells, const WindowSums& sums, double pseudo_events, Baseline& fit)
      : cells_(cells), sums_(sums), pseudo_events_(pseudo_events), fit_(fit) {
    for (const std::size_t size : cells.sizes) fit.effects.emplace_back(size + 1, 1.0);
    fit.cell_effect.assign(cells.cell_count, 1);
    for (std::size_t cell = 0; cell < cells.cell_count; ++cell) {
      double events = 0;
      for (std::size_t b = 0; b < sums.buckets; ++b) {
        if (fit.usable[b]) events += sums.base_events[cell * sums.buckets + b];
      }
      observed_.push_back(events);
    }
    events_by_bucket_ = by_bucket(sums.base_events, sums.buckets, {});
  }

  void run() {
    refresh_hazards();
    for (int round = 0; round < kMaxRounds; ++round) {
      double change = 0;
      const std::vector<double> expected = expected_without_effects();
      for (std::size_t d = 0; d < cells_.sizes.size(); ++d) change = std::max(change, update(d, expected));
      refresh_hazards();
      if (change < kConverged) break;
    }
  }

 private:
  void refresh_hazards() {
    fit_.hazard = bucket_hazards(
        events_by_bucket_, by_bucket(sums_.base_exposure, sums_.buckets, fit_.cell_effect), fit_.usable);
  }

  [[nodiscard]] std::vector<double> expected_without_effects() const {
    std::vector<double> expected(cells_.cell_count);
    for (std::size_t c = 0; c < expected.size(); ++c)
      expected[c] = expected_in(sums_.base_exposure, c, fit_.hazard);
    return expected;
  }

  double update(std::size_t dimension, std::span<const double> expected) {
    std::vector<double>& effects = fit_.effects[dimension];
    std::vector<double> seen(effects.size(), pseudo_events_);
    std::vector<double> awaited(effects.size(), 0);
    for (std::size_t cell = 0; cell < cells_.cell_count; ++cell) {
      const std::size_t value = cells_.code(cell, dimension);
      seen[value] += observed_[cell];
      awaited[value] += expected[cell] * fit_.cell_effect[cell] / effects[value];
    }
    double change = 0;
    std::vector<double> factor(effects.size());
    for (std::size_t value = 0; value < effects.size(); ++value) {
      const double effect = seen[value] / (awaited[value] + pseudo_events_);
      factor[value] = effect / effects[value];
      change = std::max(change, std::fabs(factor[value] - 1));
      effects[value] = effect;
    }
    for (std::size_t cell = 0; cell < cells_.cell_count; ++cell) {
      fit_.cell_effect[cell] *= factor[cells_.code(cell, dimension)];
    }
    return change;
  }

  const CellMap& cells_;
  const WindowSums& sums_;
  double pseudo_events_;
  Baseline& fit_;
  std::vector<double> observed_;
  std::vector<double> events_by_bucket_;
};

Counts cell_counts(const EdgeTables& tables, const WindowSums& sums, const Baseline& fit, std::size_t cell,
                   std::size_t length) {
  Counts counts;
  for (std::size_t b = 0; b < sums.buckets; ++b) {
    if (!fit.usable[b]) continue;
    counts.observed += sums.events[cell * sums.buckets + b];
    counts.base_observed += sums.base_events[cell * sums.buckets + b];
  }
  counts.expected = fit.cell_effect[cell] * expected_in(sums.exposure, cell, fit.hazard);
  counts.average = expected_in(sums.exposure, cell, fit.average_hazard);
  counts.base_expected = fit.cell_effect[cell] * expected_in(sums.base_exposure, cell, fit.hazard);
  counts.base_average = expected_in(sums.base_exposure, cell, fit.average_hazard);
  counts.base_squares = base_sum(tables.squares[cell], length);
  return counts;
}

}  // namespace

void Counts::operator+=(const Counts& other) noexcept {
  observed += other.observed;
  expected += other.expected;
  average += other.average;
  base_observed += other.base_observed;
  base_expected += other.base_expected;
  base_average += other.base_average;
  base_squares += other.base_squares;
}

EdgeWindow fit_window(const LeakInput& input, const CellMap& cells, const EdgeTables& tables,
                      std::size_t length, Days history_days) {
  EdgeWindow window;
  const WindowSums sums = window_sums(tables, length);
  Baseline& fit = window.baseline;
  fit.usable = usable_buckets(sums);
  fit.average_hazard = bucket_hazards(by_bucket(sums.base_events, sums.buckets, {}),
                                      by_bucket(sums.base_exposure, sums.buckets, {}), fit.usable);
  MainEffects(cells, sums, input.options.pseudo_events, fit).run();

  Counts edge;
  for (std::size_t cell = 0; cell < cells.cell_count; ++cell) {
    window.cells.push_back(cell_counts(tables, sums, fit, cell, length));
    edge += window.cells.back();
  }
  // Events that count fully: (sum of weights)^2 / sum of squared weights.
  const double effective =
      edge.base_squares > 0 ? edge.base_observed * edge.base_observed / edge.base_squares : 0;
  const Days scanned = period_days(input) * kLengthFactors[length];
  window.enough_evidence =
      effective >= static_cast<double>(input.options.least_baseline_events) && history_days >= 2 * scanned;
  return window;
}

namespace {

// Adds the person-time of [from, to) to its weeks and buckets: [weeks x buckets].
void add_weeks(std::vector<double>& exposure, std::span<const Days> buckets, const DayScale& scale,
               Days before, Days entered, Days from, Days to) {
  Days at = std::max(from, before - 7.0 * static_cast<double>(kWeeks));
  const Days end = std::min(to, before);
  while (at < end) {
    const auto week =
        static_cast<std::size_t>(std::min(static_cast<double>(kWeeks - 1), std::ceil((before - at) / 7) - 1));
    std::size_t bucket = bucket_of(buckets, at - entered);
    if (bucket + 1 < buckets.size() && entered + buckets[bucket] <= at)
      ++bucket;  // an end belongs below, time from it on above
    const Days next = std::min({end, before - 7.0 * static_cast<double>(week), entered + buckets[bucket]});
    if (!(next > at)) break;
    exposure[week * buckets.size() + bucket] += scale.plain(at, next);
    at = next;
  }
}

}  // namespace

std::vector<Week> weeks_of(const LeakInput& input, std::span<const Visit> visits,
                           std::span<const TimedEvent> events, std::span<const Days> buckets,
                           const DayScale& scale, LeakKind kind, Days before) {
  std::vector<Week> weeks(kWeeks);
  std::vector<double> exposure(kWeeks * buckets.size(), 0);
  std::vector<std::array<Days, 2>> active;
  for (const Visit& visit : visits) {
    active_time(input, visit, kind, active);
    for (const auto& [from, to] : active)
      add_weeks(exposure, buckets, scale, before, visit.entered, from, to);
  }
  std::vector<double> happened(buckets.size(), 0);
  for (const TimedEvent& event : events) {
    const double week = std::floor((before - event.at) / 7);
    if (event.at >= before || week >= static_cast<double>(kWeeks)) continue;
    weeks[static_cast<std::size_t>(week)].observed += 1;
    happened[bucket_of(buckets, event.age)] += 1;
  }
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    double sum = 0;
    for (std::size_t week = 0; week < kWeeks; ++week) sum += exposure[week * buckets.size() + bucket];
    if (!(sum > 0)) continue;
    for (std::size_t week = 0; week < kWeeks; ++week)
      weeks[week].expected += happened[bucket] * exposure[week * buckets.size() + bucket] / sum;
  }
  return weeks;
}

std::vector<Week> others_of(std::span<const std::vector<Week>> stages, std::size_t without) {
  std::vector<Week> sums(kWeeks);
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    if (stage == without) continue;
    for (std::size_t week = 0; week < kWeeks; ++week) {
      sums[week].observed += stages[stage][week].observed;
      sums[week].expected += stages[stage][week].expected;
    }
  }
  return sums;
}

namespace {

// A week's expectation at the pace of the other stages, and by how much their own chance blurs it.
struct PacedWeek {
  double observed{0};
  double expected{0};
  double blur{0};
};

PacedWeek paced(std::span<const Week> weeks, std::span<const Week> others, std::size_t week) noexcept {
  PacedWeek result{weeks[week].observed, weeks[week].expected, 0};
  if (week >= others.size() || others[week].expected < kLeastOthers) return result;
  result.expected *= (others[week].observed + 1) / (others[week].expected + 1);
  result.blur = result.expected / (others[week].observed + 1);
  return result;
}

}  // namespace

double weekly_dispersion(std::span<const Week> weeks, std::span<const Week> others) {
  std::vector<double> ratios;
  for (std::size_t w = 1; w + 1 < weeks.size(); ++w) {
    const PacedWeek before = paced(weeks, others, w - 1);
    const PacedWeek here = paced(weeks, others, w);
    const PacedWeek after = paced(weeks, others, w + 1);
    if (std::min({before.expected, here.expected, after.expected}) < kLeastWeeklyMean) continue;
    // Against the rate of its neighbours, so that slow drift is none.
    const double around = before.expected + after.expected;
    const double rate = (before.observed + here.observed + after.observed) / (around + here.expected);
    const double bend = here.observed - here.expected * (before.observed + after.observed) / around;
    const double neighbours =
        (before.expected * (1 + before.blur) + after.expected * (1 + after.blur)) / (around * around);
    const double variance = rate * here.expected * (1 + here.blur + here.expected * neighbours);
    if (variance > 0) ratios.push_back(bend * bend / variance);
  }
  if (ratios.size() < 4) return 1;
  // The median, not the mean: overdispersion shows in every week, the edge of a holiday or an outage in one
  // or two.
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  constexpr double kMedianOfSquare = 0.4549364;  // of a standard normal's square
  const double dispersion = *middle / kMedianOfSquare;
  // Neighbouring second differences correlate by -2/3 and 1/6: variance of the mean of their squares; the
  // median of squares spreads 1.66 times as far as their mean.
  const auto count = static_cast<double>(ratios.size());
  const double spread = 1.66 * std::sqrt(2 * (1 + 2 * (4.0 / 9 + 1.0 / 36)) / count);
  return dispersion > 1 + 2.33 * spread ? dispersion : 1;
}

}  // namespace weir::leaks
