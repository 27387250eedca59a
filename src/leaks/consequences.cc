#include "leaks/consequences.h"

#include <algorithm>
#include <cmath>

#include "base/fixed_math.h"
#include "funnel/survival.h"

namespace weir::leaks {
namespace {

using funnel::Ending;
using funnel::Stay;

struct Daily {
  std::vector<double> observed;
  std::vector<double> expected;
};

// Both by day for what a finding counts, from `first_day` (whole, negative) to the period's end.
Daily count_by_day(const LeakInput& input, const CellMap& cells, const StageFit& fit, LeakKind kind,
                   const Found& found, Days first_day) {
  const auto k = static_cast<std::size_t>(kind);
  const Baseline& baseline = fit.windows[k][found.length].baseline;
  const std::vector<Days>& buckets = fit.buckets[k];
  const auto days = static_cast<std::size_t>(-first_day);
  Daily daily{std::vector<double>(days, 0), std::vector<double>(days, 0)};
  for (const TimedEvent& event : fit.events[k]) {
    if (event.at < first_day || !found.counts(cells, event.cell)) continue;
    if (!baseline.usable[bucket_of(buckets, event.age)]) continue;
    daily.observed[std::min(days - 1, static_cast<std::size_t>(event.at - first_day))] += 1;
  }
  std::vector<std::array<Days, 2>> active;
  for (const Visit& visit : fit.visits) {
    if (visit.left <= first_day || !found.counts(cells, visit.cell)) continue;
    active_time(input, visit, kind, active);
    for (const auto& [start, end] : active) {
      for (Days from = std::max(start, first_day); from < end;) {
        const Days to = std::min(end, std::floor(from) + 1);
        const std::size_t bucket = bucket_of(buckets, 0.5 * (from + to) - visit.entered);
        daily.expected[std::min(days - 1, static_cast<std::size_t>(from - first_day))] +=
            baseline.hazard[bucket] * baseline.cell_effect[visit.cell] * fit.scales[k].plain(from, to);
        from = to;
      }
    }
  }
  return daily;
}

double log_likelihood(double observed, double expected) noexcept {
  return observed > 0 && expected > 0 ? observed * fixed_math::log(observed / expected) : 0;
}

// Piecewise constant hazards of advancing and of being lost, per bucket, in one cell.
struct Rates {
  std::span<const Days> buckets;
  std::span<const double> advance;
  std::span<const double> lost;
  double advance_factor{1};
  double lost_factor{1};
};

// P(advance before `window` | in the stage at `age`), competing with losses.
double conversion_from(const Rates& rates, Days age, Days window) noexcept {
  double staying = 1;
  double converted = 0;
  for (std::size_t b = bucket_of(rates.buckets, age); b < rates.buckets.size() && age < window; ++b) {
    const Days end = std::min(window, rates.buckets[b]);
    const double advance = rates.advance[b] * rates.advance_factor;
    const double leave = advance + rates.lost[b] * rates.lost_factor;
    if (leave > 0 && end > age) {
      const double left = -fixed_math::expm1(-leave * (end - age));
      converted += staying * left * advance / leave;
      staying *= 1 - left;
    }
    age = std::max(age, end);
  }
  return converted;
}

// Adds subjects up with their amounts.
class Account {
 public:
  Account(const LeakInput& input, std::optional<double> mean_won, double win) noexcept
      : input_(input), mean_won_(mean_won), win_(win) {}
  void add(const Visit& visit, double subjects) noexcept {
    missing_.subjects += subjects;
    const std::uint32_t subject = input_.stays->stays[visit.stay].subject;
    const bool has_amount =
        subject < input_.amounts_minor.size() && input_.amounts_minor[subject] != kNoAmount;
    if (has_amount) {
      missing_.value_minor += subjects * win_ * static_cast<double>(input_.amounts_minor[subject]);
      missing_.value_known = true;
    } else if (mean_won_) {
      missing_.value_minor += subjects * win_ * *mean_won_;
      missing_.value_known = true;
      missing_.value_estimated = true;
    } else {
      missing_.value_estimated = true;
    }
  }
  [[nodiscard]] const Missing& missing() const noexcept { return missing_; }

 private:
  const LeakInput& input_;
  std::optional<double> mean_won_;
  double win_;
  Missing missing_;
};

double conversion_of_stage(const LeakInput& input, std::size_t stage) {
  std::vector<funnel::StayOutcome> outcomes;
  for (const Stay& stay : input.stays->stays) {
    if (stay.stage != stage || stay.visit != 0 || stay.entered >= input.period.to) continue;
    const bool ended =
        stay.ending != Ending::open && stay.ending != Ending::dormant && stay.ended < input.period.to;
    const EventTime end = ended ? stay.ended : input.period.to;
    outcomes.push_back({end - stay.entered, ended ? stay.ending : Ending::open});
  }
  return outcomes.empty() ? 1 : funnel::stage_conversion(outcomes, input.stage_windows[stage]).estimate;
}

}  // namespace

std::size_t change_point(std::span<const double> observed, std::span<const double> expected, LeakKind kind) {
  double all_observed = 0;
  double all_expected = 0;
  for (std::size_t d = 0; d < observed.size(); ++d) {
    all_observed += observed[d];
    all_expected += expected[d];
  }
  std::size_t best = 0;
  double best_value = log_likelihood(all_observed, all_expected);
  double seen = 0;
  double awaited = 0;
  for (std::size_t d = 1; d < observed.size(); ++d) {
    seen += observed[d - 1];
    awaited += expected[d - 1];
    const double seen_after = all_observed - seen;
    const double awaited_after = all_expected - awaited;
    if (!(awaited > 0) || !(awaited_after > 0)) continue;
    const double before = seen / awaited;
    const double after = seen_after / awaited_after;
    if (kind == LeakKind::stall ? after >= before : after <= before) continue;
    const double value = log_likelihood(seen, awaited) + log_likelihood(seen_after, awaited_after);
    if (value <= best_value) continue;
    best_value = value;
    best = d;
  }
  return best;
}

Days find_onset(const LeakInput& input, const CellMap& cells, const StageFit& fit, LeakKind kind,
                const Found& found) {
  const Days longest =
      std::max(input.options.onset_search_days, period_days(input) * kLengthFactors[found.length]);
  const Days first_day = std::floor(std::max(-longest, -fit.history_days));
  const Daily daily = count_by_day(input, cells, fit, kind, found, first_day);
  return first_day + static_cast<Days>(change_point(daily.observed, daily.expected, kind));
}

Worth measure_worth(const LeakInput& input) {
  Worth worth;
  worth.win_after_advance.assign(input.stage_count, 1);
  for (std::size_t stage = input.stage_count; stage-- > 1;) {
    worth.win_after_advance[stage - 1] = worth.win_after_advance[stage] * conversion_of_stage(input, stage);
  }
  std::vector<bool> won(input.amounts_minor.size(), false);
  for (const Stay& stay : input.stays->stays) {
    const bool wins = stay.ending == Ending::advanced && stay.next_stage == input.stage_count;
    if (wins && stay.ended < input.period.to && stay.subject < won.size()) won[stay.subject] = true;
  }
  std::vector<double> sums(input.stage_count, 0);
  std::vector<std::int64_t> counts(input.stage_count, 0);
  for (const Stay& stay : input.stays->stays) {
    if (stay.visit != 0 || stay.subject >= won.size() || !won[stay.subject]) continue;
    if (input.amounts_minor[stay.subject] == kNoAmount) continue;
    sums[stay.stage] += static_cast<double>(input.amounts_minor[stay.subject]);
    ++counts[stay.stage];
  }
  for (std::size_t stage = 0; stage < input.stage_count; ++stage) {
    worth.mean_won_minor.push_back(
        counts[stage] == 0 ? std::nullopt : std::optional(sums[stage] / static_cast<double>(counts[stage])));
  }
  return worth;
}

Missing count_missing(const LeakInput& input, const CellMap& cells, const StageFit& fit, LeakKind kind,
                      const Found& found, Days onset, const Worth& worth) {
  constexpr auto kStall = static_cast<std::size_t>(LeakKind::stall);
  constexpr auto kLoss = static_cast<std::size_t>(LeakKind::loss);
  const Baseline& advances = fit.windows[kStall][found.length].baseline;
  const Baseline& losses = fit.windows[kLoss][found.length].baseline;
  const Days window = days_of(input.stage_windows[fit.stage]);
  const double ratio = found.expected_left > 0 ? found.observed_left / found.expected_left : 1;

  Account account(input, worth.mean_won_minor[fit.stage], worth.win_after_advance[fit.stage]);
  std::vector<std::pair<const Visit*, double>> silent_exposed;  // with what each would convert
  double convertible = 0;
  for (const Visit& visit : fit.visits) {
    if (visit.left <= onset || !found.counts(cells, visit.cell)) continue;
    const Days age = std::max(visit.entered, onset) - visit.entered;
    Rates rates{fit.buckets[kStall], advances.hazard, losses.hazard, advances.cell_effect[visit.cell],
                losses.cell_effect[visit.cell]};
    const double awaited = conversion_from(rates, age, window);
    if (kind == LeakKind::silence) {
      silent_exposed.emplace_back(&visit, awaited);
      convertible += awaited;
      continue;
    }
    (kind == LeakKind::stall ? rates.advance_factor : rates.lost_factor) *= ratio;
    account.add(visit, std::max(0.0, awaited - conversion_from(rates, age, window)));
  }
  // Silence: the spells too many, each taken from an exposed subject at random with what it would have
  // converted.
  if (convertible > 0) {
    const double share = std::clamp(
        (found.observed_left - found.expected_left) / static_cast<double>(silent_exposed.size()), 0.0, 1.0);
    for (const auto& [visit, awaited] : silent_exposed) account.add(*visit, share * awaited);
  }
  return account.missing();
}

}  // namespace weir::leaks
