#include "leaks/leak_detection.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/fixed_math.h"
#include "leaks/calendar_factors.h"
#include "leaks/consequences.h"
#include "leaks/count_tests.h"
#include "leaks/cuboid_scan.h"

namespace weir::leaks {
namespace {

constexpr std::array<LeakKind, kKindCount> kKinds = {LeakKind::stall, LeakKind::loss, LeakKind::silence};
constexpr double kMirrorShare =
    0.5;  // of the missing advances that extra losses must make up to explain a stall

Status check_input(const LeakInput& input) {
  if (input.stays == nullptr) return fail(Errc::invalid_argument, "leaks: no stays given");
  if (input.dimensions.size() > kMaxDimensions) {
    return fail(Errc::invalid_argument,
                "leaks: more than " + std::to_string(kMaxDimensions) + " segment dimensions");
  }
  if (input.segment_codes.size() != input.stays->stays.size() * input.dimensions.size()) {
    return fail(Errc::invalid_argument, "leaks: there must be one segment code per stay and dimension");
  }
  if (input.stage_windows.size() != input.stage_count) {
    return fail(Errc::invalid_argument, "leaks: there must be one window per stage");
  }
  if (!(input.period.from < input.period.to) || input.period.to > input.as_of) {
    return fail(Errc::invalid_argument, "leaks: the period must end after its start and not after the as-of");
  }
  for (const funnel::Stay& stay : input.stays->stays) {
    if (stay.stage >= input.stage_count)
      return fail(Errc::invalid_argument, "leaks: a stay in an unknown stage");
  }
  return {};
}

std::vector<std::vector<std::uint32_t>> stays_by_stage(const LeakInput& input) {
  std::vector<std::vector<std::uint32_t>> stages(input.stage_count);
  for (std::size_t i = 0; i < input.stays->stays.size(); ++i) {
    stages[input.stays->stays[i].stage].push_back(static_cast<std::uint32_t>(i));
  }
  return stages;
}

bool same_scale(const LeakInput& input, std::size_t a, std::size_t b) {
  const DayFactors& factors = input.day_factors;
  return factors.calendar[a] == factors.calendar[b] && factors.recorded[a] == factors.recorded[b];
}

Days history_of(std::span<const Visit> visits) noexcept {
  Days first = 0;
  for (const Visit& visit : visits) first = std::min(first, visit.entered);
  return -first;
}

// The input with factors for the classes of days, learned from all stages together.
LeakInput with_calendar(const LeakInput& given, std::span<const std::vector<Visit>> stages) {
  LeakInput input = given;
  if (given.day_factors.day_classes.empty()) return input;
  for (const LeakKind kind : kKinds) {
    auto& calendar = input.day_factors.calendar[static_cast<std::size_t>(kind)];
    if (calendar.empty()) calendar = calendar_factors(given, kind, stages);
  }
  return input;
}

StageFit fit_stage(const LeakInput& input, const CellMap& cells, funnel::StageIndex stage,
                   std::vector<Visit> visits) {
  StageFit fit;
  fit.stage = stage;
  fit.visits = std::move(visits);
  fit.history_days = history_of(fit.visits);
  const Days before = -period_days(input);
  for (const LeakKind kind : kKinds) {
    const auto k = static_cast<std::size_t>(kind);
    fit.events[k] = events_of_kind(input, fit.visits, kind);
    fit.scales.emplace_back(input, kind, -fit.history_days);
  }
  std::vector<TimedEvent> exits = fit.events[0];
  exits.insert(exits.end(), fit.events[1].begin(), fit.events[1].end());
  fit.buckets[0] = choose_buckets(exits, before);
  fit.buckets[1] = fit.buckets[0];
  fit.buckets[2] = choose_buckets(fit.events[2], before);

  EdgeTables tables;
  for (const LeakKind kind : kKinds) {
    const auto k = static_cast<std::size_t>(kind);
    const bool shared = kind == LeakKind::loss && same_scale(input, 0, 1);
    EdgeTables next = tabulate(input, shared ? std::span<const Visit>{} : std::span<const Visit>(fit.visits),
                               fit.events[k], fit.buckets[k], fit.scales[k], kind, cells.cell_count);
    if (shared) next.exposure = std::move(tables.exposure);
    tables = std::move(next);
    for (std::size_t length = 0; length < kLengthCount; ++length) {
      fit.windows[k][length] = fit_window(input, cells, tables, length, fit.history_days);
    }
  }
  return fit;
}

// How much weekly counts cluster beyond chance, stage by stage. What a week does to all other stages alike
// (holidays, weekdays cut off by an outage) is the calendar's, not the stage's.
void measure_dispersion(const LeakInput& input, std::vector<StageFit>& fits) {
  const Days before = -period_days(input);
  for (const LeakKind kind : kKinds) {
    const auto k = static_cast<std::size_t>(kind);
    std::vector<std::vector<Week>> weeks;
    for (const StageFit& fit : fits)
      weeks.push_back(
          weeks_of(input, fit.visits, fit.events[k], fit.buckets[k], fit.scales[k], kind, before));
    for (std::size_t stage = 0; stage < fits.size(); ++stage) {
      const double dispersion = weekly_dispersion(weeks[stage], others_of(weeks, stage));
      for (EdgeWindow& window : fits[stage].windows[k]) window.dispersion = dispersion;
    }
  }
}

// The error budget is split over period lengths (the declared one has most) and sizes of segments, and within
// these evenly over the cuboids of all edges and kinds (weighted Bonferroni, Holm 1979): few large segments
// are not drowned by many small ones.
constexpr std::array<double, kLengthCount> kLengthShares = {0.15, 0.7, 0.15};
constexpr std::array<double, kSizeCount> kSizeShares = {0.1, 0.4, 0.5};

struct Budget {
  std::int64_t cuboids{0};
  BySize<double> log_share{};   // of the budget, per cuboid
  BySize<double> log_levels{};  // the same times the whole error
};

Budget split_budget(const LeakInput& input, const CellMap& cells, std::span<const StageFit> fits) {
  BySize<std::int64_t> counts{};
  Budget budget;
  for (const StageFit& fit : fits) {
    for (const LeakKind kind : kKinds) {
      const EdgeWindows& windows = fit.windows[static_cast<std::size_t>(kind)];
      for (std::size_t length = 0; length < kLengthCount; ++length) {
        const auto more = count_cuboids(cells, windows[length], kind);
        for (std::size_t size = 0; size < kSizeCount; ++size) counts[length][size] += more[size];
      }
    }
  }
  double used = 0;  // shares that nobody takes go to the others
  for (std::size_t length = 0; length < kLengthCount; ++length) {
    for (std::size_t size = 0; size < kSizeCount; ++size) {
      budget.cuboids += counts[length][size];
      if (counts[length][size] > 0) used += kLengthShares[length] * kSizeShares[size];
    }
  }
  for (std::size_t length = 0; length < kLengthCount; ++length) {
    for (std::size_t size = 0; size < kSizeCount; ++size) {
      const auto count = static_cast<double>(std::max<std::int64_t>(1, counts[length][size]));
      const double share = used > 0 ? kLengthShares[length] * kSizeShares[size] / used : 1;
      budget.log_share[length][size] = fixed_math::log(std::min(1.0, share) / count);
      budget.log_levels[length][size] =
          budget.log_share[length][size] + fixed_math::log(input.options.family_error);
    }
  }
  return budget;
}

struct KindFound {
  LeakKind kind{LeakKind::stall};
  Found found;
  std::vector<LeakKind> seen_also;
};

// Whether `loss` shows the subjects that `stall` misses.
bool loss_explains(const Found& stall, const Found& loss) noexcept {
  return loss.observed - loss.expected >= kMirrorShare * (stall.expected - stall.observed);
}

bool first_explains(const KindFound& first, const KindFound& second) noexcept {
  if (first.kind == LeakKind::loss && second.kind == LeakKind::stall)
    return loss_explains(second.found, first.found);
  if (first.kind == LeakKind::stall && second.kind == LeakKind::loss)
    return !loss_explains(first.found, second.found);
  return first.found.log_chance <= second.found.log_chance;
}

// The same subjects missed under two kinds are one leak: the kind that explains stays, the other is noted
// with it.
std::vector<KindFound> merge_mirrors(std::vector<KindFound> all) {
  std::vector<KindFound> kept;
  for (KindFound& next : all) {
    const auto twin = std::find_if(kept.begin(), kept.end(), [&](const KindFound& other) {
      return other.kind != next.kind && other.found.cuboid.nested_with(next.found.cuboid);
    });
    if (twin == kept.end()) {
      kept.push_back(std::move(next));
    } else if (first_explains(*twin, next)) {
      twin->seen_also.push_back(next.kind);
    } else {
      next.seen_also = std::move(twin->seen_also);
      next.seen_also.push_back(twin->kind);
      *twin = std::move(next);
    }
  }
  return kept;
}

Segment declared_segment(const CellMap& cells, const Cuboid& cuboid) {
  Segment segment;
  for (std::size_t i = 0; i < cuboid.dimensions; ++i) {
    segment.push_back({cuboid.dimension[i], cells.declared[cuboid.dimension[i]][cuboid.value[i]]});
  }
  return segment;
}

EventTime at_day(const LeakInput& input, Days day) noexcept {
  return input.period.to + Micros{static_cast<std::int64_t>(std::floor(day)) * kMicrosPerDay};
}

double chance_in_family(double log_chance, double log_share) noexcept {
  return std::min(1.0, fixed_math::exp(log_chance - log_share));
}

Leak describe(const LeakInput& input, const CellMap& cells, const StageFit& fit, const KindFound& kind_found,
              const Budget& budget, const Worth& worth) {
  const Found& found = kind_found.found;
  Leak leak;
  leak.kind = kind_found.kind;
  leak.from_stage = fit.stage;
  if (leak.kind == LeakKind::stall) leak.to_stage = static_cast<funnel::StageIndex>(fit.stage + 1);
  leak.segment = declared_segment(cells, found.cuboid);
  const Micros whole = input.period.to - input.period.from;
  const std::array<Micros, kLengthCount> lengths = {whole / 2, whole, whole * 2};
  leak.period = {input.period.to - lengths[found.length], input.period.to};
  const Days onset = find_onset(input, cells, fit, leak.kind, found);
  leak.since = at_day(input, onset);
  leak.observed = static_cast<std::int64_t>(found.observed + 0.5);
  leak.expected = found.expected;
  const Missing missing = count_missing(input, cells, fit, leak.kind, found, onset, worth);
  leak.subjects_lost = missing.subjects;
  leak.value_at_stake_minor = static_cast<std::int64_t>(std::floor(missing.value_minor + 0.5));
  leak.value_known = missing.value_known;
  leak.value_estimated = missing.value_estimated;
  leak.chance_of_noise =
      chance_in_family(found.log_chance, budget.log_share[found.length][found.cuboid.dimensions]);
  leak.seen_also = kind_found.seen_also;
  return leak;
}

void append_gaps(const CellMap& cells, const StageFit& fit, LeakKind kind, const Budget& budget,
                 std::span<const KindFound> leaks, std::vector<Gap>& gaps) {
  const EdgeWindow& window = fit.windows[static_cast<std::size_t>(kind)][1];
  for (const FoundGap& gap : find_gaps(cells, window, kind, budget.log_levels[1])) {
    const bool is_leak = std::any_of(leaks.begin(), leaks.end(), [&](const KindFound& leak) {
      return leak.kind == kind && leak.found.cuboid.nested_with(gap.found.cuboid) &&
             leak.found.cuboid.dimensions == gap.found.cuboid.dimensions;
    });
    if (is_leak) continue;
    gaps.push_back(
        {kind, fit.stage, declared_segment(cells, gap.found.cuboid), gap.baseline_ratio,
         static_cast<std::int64_t>(gap.found.observed + 0.5), gap.found.expected,
         chance_in_family(gap.found.log_chance, budget.log_share[1][gap.found.cuboid.dimensions])});
  }
}

SmallestDetectable smallest_detectable(const CellMap& cells, const StageFit& fit, LeakKind kind,
                                       const Budget& budget) {
  const EdgeWindow& window = fit.windows[static_cast<std::size_t>(kind)][1];
  SmallestDetectable smallest{kind, fit.stage, window.enough_evidence, 0, std::nullopt, 0, std::nullopt};
  if (!window.enough_evidence) return smallest;
  const auto& levels = budget.log_levels[1];
  const Direction direction = kind == LeakKind::stall ? Direction::fewer : Direction::more;
  smallest.expected = edge_expected(window);
  smallest.edge_percent = smallest_detectable_percent(smallest.expected, levels[0], direction);
  smallest.segment_expected = median_segment_expected(cells, window);
  smallest.segment_percent = smallest_detectable_percent(smallest.segment_expected, levels[1], direction);
  return smallest;
}

void rank(LeakReport& report) {
  std::stable_sort(report.leaks.begin(), report.leaks.end(), [](const Leak& a, const Leak& b) {
    if (a.value_at_stake_minor != b.value_at_stake_minor)
      return a.value_at_stake_minor > b.value_at_stake_minor;
    return a.subjects_lost > b.subjects_lost;
  });
  const auto size = [](const Gap& gap) {
    return std::fabs(static_cast<double>(gap.observed) - gap.expected);
  };
  std::stable_sort(report.gaps.begin(), report.gaps.end(),
                   [&](const Gap& a, const Gap& b) { return size(a) > size(b); });
}

}  // namespace

Result<LeakReport> detect_leaks(const LeakInput& given) {
  WEIR_TRY_STATUS(check_input(given));
  const CellMap cells = map_cells(given);
  std::vector<std::vector<Visit>> stages;
  for (const auto& stays : stays_by_stage(given)) stages.push_back(visits_of_stage(given, cells, stays));
  const LeakInput input = with_calendar(given, stages);
  std::vector<StageFit> fits;
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    fits.push_back(fit_stage(input, cells, static_cast<funnel::StageIndex>(stage), std::move(stages[stage])));
  }
  measure_dispersion(input, fits);
  const Budget budget = split_budget(input, cells, fits);

  LeakReport report;
  report.cells_scanned = budget.cuboids;
  std::optional<Worth> worth;
  for (StageFit& fit : fits) {
    std::vector<KindFound> all;
    for (const LeakKind kind : kKinds) {
      report.smallest_detectable.push_back(smallest_detectable(cells, fit, kind, budget));
      EdgeWindows& windows = fit.windows[static_cast<std::size_t>(kind)];
      for (const Found& found : find_leaks(cells, windows, kind, input.options, budget.log_levels)) {
        all.push_back({kind, found, {}});
      }
    }
    for (const LeakKind kind : kKinds) append_gaps(cells, fit, kind, budget, all, report.gaps);
    const std::vector<KindFound> kept = merge_mirrors(std::move(all));
    if (!kept.empty() && !worth) worth = measure_worth(input);
    for (const KindFound& found : kept) {
      report.leaks.push_back(describe(input, cells, fit, found, budget, *worth));
    }
  }
  rank(report);
  return report;
}

}  // namespace weir::leaks
