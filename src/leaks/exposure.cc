#include "leaks/exposure.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/fixed_math.h"

namespace weir::leaks {
namespace {

using funnel::Ending;
using funnel::Stay;

constexpr std::uint64_t kDenseKeys = 1ULL << 20U;
constexpr std::size_t kQuantileBuckets = 8;
constexpr std::size_t kEventsPerBucket = 25;
constexpr std::size_t kSampledAges = 20'000;  // enough for quantiles
constexpr Days kShortestVisit = 0.5;          // a stay that ends on the day of its entry was there half a day
constexpr Days kFarFuture = std::numeric_limits<double>::infinity();

// Scanned values of a dimension: all, or the most frequent ones (ties: the lower code).
std::vector<std::uint16_t> scanned_values(const LeakInput& input, std::size_t dimension) {
  const std::size_t declared = input.dimensions[dimension].values.size();
  std::vector<std::uint16_t> values(declared);
  std::iota(values.begin(), values.end(), std::uint16_t{0});
  if (declared <= kMaxValues) return values;
  std::vector<std::int64_t> counts(declared, 0);
  for (std::size_t row = dimension; row < input.segment_codes.size(); row += input.dimensions.size()) {
    if (input.segment_codes[row] < declared) ++counts[input.segment_codes[row]];
  }
  std::stable_sort(values.begin(), values.end(),
                   [&](std::uint16_t a, std::uint16_t b) { return counts[a] > counts[b]; });
  values.resize(kMaxValues);
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<std::uint16_t> local_codes(std::span<const std::uint16_t> scanned, std::size_t declared) {
  std::vector<std::uint16_t> local(declared, static_cast<std::uint16_t>(scanned.size()));
  for (std::size_t i = 0; i < scanned.size(); ++i) local[scanned[i]] = static_cast<std::uint16_t>(i);
  return local;
}

void decode_cells(CellMap& map, std::span<const std::uint64_t> keys) {
  const std::size_t dimensions = map.sizes.size();
  map.cell_count = keys.size();
  map.codes.resize(keys.size() * dimensions);
  for (std::size_t cell = 0; cell < keys.size(); ++cell) {
    std::uint64_t key = keys[cell];
    for (std::size_t d = dimensions; d-- > 0;) {
      map.codes[cell * dimensions + d] = static_cast<std::uint16_t>(key % (map.sizes[d] + 1));
      key /= map.sizes[d] + 1;
    }
  }
}

// Sorted distinct keys; `cell_of_stay` becomes their index. Few possible keys: by a table; else by sorting.
std::vector<std::uint64_t> index_keys(std::span<const std::uint64_t> keys, std::uint64_t possible,
                                      std::vector<std::uint32_t>& cell_of_stay) {
  std::vector<std::uint64_t> distinct;
  cell_of_stay.resize(keys.size());
  if (possible <= kDenseKeys) {
    std::vector<std::uint32_t> index(possible, 0);
    for (const std::uint64_t key : keys) index[key] = 1;
    for (std::uint64_t key = 0; key < possible; ++key) {
      if (index[key] == 0) continue;
      index[key] = static_cast<std::uint32_t>(distinct.size());
      distinct.push_back(key);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) cell_of_stay[i] = index[keys[i]];
    return distinct;
  }
  distinct.assign(keys.begin(), keys.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    cell_of_stay[i] = static_cast<std::uint32_t>(std::lower_bound(distinct.begin(), distinct.end(), keys[i]) -
                                                 distinct.begin());
  }
  return distinct;
}

double calendar_factor(const LeakInput& input, std::size_t kind, Days day) noexcept {
  const auto& factors = input.day_factors.calendar[kind];
  const double index = std::floor(day - days_before_end(input, input.day_factors.first_day) + 0.5);
  if (index < 0 || index >= static_cast<double>(factors.size())) return 1;
  return factors[static_cast<std::size_t>(index)];
}

double recorded_share(const LeakInput& input, std::size_t kind, Days day) noexcept {
  const auto& shares = input.day_factors.recorded[kind];
  const double days_since = std::floor(days_before_end(input, input.as_of) - day - 0.5);
  if (days_since < 0) return shares.empty() ? 1 : shares.front();
  return days_since >= static_cast<double>(shares.size()) ? 1 : shares[static_cast<std::size_t>(days_since)];
}

double share_without_outage(const LeakInput& input, Days day) noexcept {
  double share = 1;
  for (const Period& outage : input.outages) {
    const Days from = std::max(day, days_before_end(input, outage.from));
    const Days to = std::min(day + 1, days_before_end(input, outage.to));
    if (to > from) share -= to - from;
  }
  return std::max(0.0, share);
}

std::size_t stretch_of(const std::array<Days, kLengthCount>& starts, Days time) noexcept {
  std::size_t stretch = 0;
  while (stretch < kLengthCount && time >= starts[stretch]) ++stretch;
  return stretch;
}

// Adds the exposure of [from, to) of a stay entered at `entered`, cut at buckets and stretches.
class ExposureWriter {
 public:
  ExposureWriter(EdgeTables& tables, std::span<const Days> buckets, const DayScale& scale,
                 const std::array<Days, kLengthCount>& starts) noexcept
      : tables_(tables), buckets_(buckets), scale_(scale), starts_(starts) {}

  void add(std::uint32_t cell, Days entered, Days from, Days to) noexcept {
    if (!(from < to)) return;
    std::size_t bucket = from <= entered ? 0 : bucket_after(from - entered);
    std::size_t stretch = stretch_of(starts_, from);
    StretchSums* row = &tables_.exposure[cell * tables_.bucket_count];
    DayScale::Both last = scale_.at(from);
    while (from < to) {
      const Days bucket_end = entered + buckets_[bucket];
      const Days stretch_end = stretch < kLengthCount ? starts_[stretch] : kFarFuture;
      const Days end = std::min({to, bucket_end, stretch_end});
      const DayScale::Both now = scale_.at(end);
      if (stretch < kLengthCount) row[bucket].weighted[stretch] += now.weighted - last.weighted;
      if (stretch > 0) row[bucket].plain[stretch - 1] += now.plain - last.plain;
      last = now;
      from = end;
      if (end == bucket_end) ++bucket;
      if (end == stretch_end) ++stretch;
    }
  }

 private:
  [[nodiscard]] std::size_t bucket_after(Days age) const noexcept {
    return static_cast<std::size_t>(std::upper_bound(buckets_.begin(), buckets_.end(), age) -
                                    buckets_.begin());
  }
  EdgeTables& tables_;
  std::span<const Days> buckets_;
  const DayScale& scale_;
  std::array<Days, kLengthCount> starts_;
};

void append_spells(const LeakInput& input, const Visit& visit, std::vector<TimedEvent>& events) {
  const Stay& stay = input.stays->stays[visit.stay];
  for (std::uint32_t i = 0; i < stay.spell_count; ++i) {
    const Days at = days_before_end(input, input.stays->spells[stay.first_spell + i].from);
    if (at > visit.left || at >= 0) break;
    events.push_back({visit.cell, at, std::max(0.0, at - visit.entered)});
  }
}

}  // namespace

const char* to_text(LeakKind kind) noexcept {
  switch (kind) {
    case LeakKind::stall:
      return "stall";
    case LeakKind::loss:
      return "loss";
    case LeakKind::silence:
      return "silence";
  }
  return "";
}

CellMap map_cells(const LeakInput& input) {
  CellMap map;
  const std::size_t dimensions = input.dimensions.size();
  std::vector<std::vector<std::uint16_t>> local;
  std::uint64_t possible = 1;
  for (std::size_t d = 0; d < dimensions; ++d) {
    map.declared.push_back(scanned_values(input, d));
    map.sizes.push_back(map.declared.back().size());
    local.push_back(local_codes(map.declared.back(), input.dimensions[d].values.size()));
    possible *= map.sizes.back() + 1;  // at most 65^8 < 2^49
  }
  std::vector<std::uint64_t> keys(input.stays->stays.size(), 0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t d = 0; d < dimensions; ++d) {
      const std::uint16_t code = input.segment_codes[i * dimensions + d];
      keys[i] = keys[i] * (map.sizes[d] + 1) + (code < local[d].size() ? local[d][code] : map.sizes[d]);
    }
  }
  decode_cells(map, index_keys(keys, possible, map.cell_of_stay));
  return map;
}

DayScale::DayScale(const LeakInput& input, LeakKind kind, Days first_day)
    : first_day_(std::floor(first_day)) {
  const auto index = static_cast<std::size_t>(kind);
  const double rate = fixed_math::log(2) / input.options.half_life_days;
  const Days newest = -period_days(input) / 2;  // weights count back from the youngest baseline's end
  Day running;
  for (Days day = first_day_; day < 1; ++day) {
    running.plain_rate = share_without_outage(input, day) * calendar_factor(input, index, day) *
                         recorded_share(input, index, day);
    running.weight = fixed_math::exp(rate * std::min(0.0, day + 0.5 - newest));
    days_.push_back(running);
    running.plain += running.plain_rate;
    running.weighted += running.plain_rate * running.weight;
  }
}

std::size_t DayScale::index(Days time) const noexcept {
  const double day = time - first_day_;
  if (!(day > 0)) return 0;
  return std::min(static_cast<std::size_t>(day), days_.size() - 1);
}

DayScale::Both DayScale::at(Days time) const noexcept {
  const std::size_t i = index(time);
  const Day& day = days_[i];
  const double into = time - first_day_ - static_cast<double>(i);
  return {day.plain + into * day.plain_rate, day.weighted + into * day.plain_rate * day.weight};
}

bool in_outage(const LeakInput& input, Days time) noexcept {
  return std::any_of(input.outages.begin(), input.outages.end(), [&](const Period& outage) {
    return time >= days_before_end(input, outage.from) && time < days_before_end(input, outage.to);
  });
}

std::vector<Visit> visits_of_stage(const LeakInput& input, const CellMap& cells,
                                   std::span<const std::uint32_t> stays_of_stage) {
  constexpr unsigned kUnmeasured = funnel::kSkipped | funnel::kLeftTruncated;
  std::vector<Visit> visits;
  visits.reserve(stays_of_stage.size());
  for (const std::uint32_t index : stays_of_stage) {
    const Stay& stay = input.stays->stays[index];
    if ((stay.flags & kUnmeasured) != 0 || stay.entered >= input.period.to) continue;
    Visit visit{index,       cells.cell_of_stay[index], days_before_end(input, stay.entered), 0, false,
                Ending::open};
    const bool has_end = stay.ending != Ending::open && stay.ending != Ending::dormant;
    if (has_end && stay.ended < input.period.to) {
      visit.ended = true;
      visit.ending = stay.ending;
      visit.left = std::max(days_before_end(input, stay.ended), visit.entered + kShortestVisit);
      visit.left = std::min(visit.left, 0.0);
    }
    visits.push_back(visit);
  }
  return visits;
}

void active_time(const LeakInput& input, const Visit& visit, LeakKind kind,
                 std::vector<std::array<Days, 2>>& out) {
  out.clear();
  Days from = visit.entered;
  const Stay& stay = input.stays->stays[visit.stay];
  const std::uint32_t spells = kind == LeakKind::silence ? stay.spell_count : 0;
  for (std::uint32_t i = 0; i < spells && from < visit.left; ++i) {
    const funnel::DormantSpell& spell = input.stays->spells[stay.first_spell + i];
    const Days silent = std::max(from, days_before_end(input, spell.from));
    out.push_back({from, std::min(silent, visit.left)});
    from = spell.until == kEndOfTime ? visit.left : std::max(silent, days_before_end(input, spell.until));
  }
  if (from < visit.left) out.push_back({from, visit.left});
}

std::vector<TimedEvent> events_of_kind(const LeakInput& input, std::span<const Visit> visits, LeakKind kind) {
  std::vector<TimedEvent> events;
  events.reserve(kind == LeakKind::silence ? 0 : visits.size() / 2);
  for (const Visit& visit : visits) {
    if (kind == LeakKind::silence) {
      append_spells(input, visit, events);
      continue;
    }
    if (!visit.ended || visit.ending != (kind == LeakKind::stall ? Ending::advanced : Ending::lost)) continue;
    const Days at = days_before_end(
        input, std::max(input.stays->stays[visit.stay].ended, input.stays->stays[visit.stay].entered));
    events.push_back({visit.cell, at, at - visit.entered});
  }
  if (!input.outages.empty()) {
    std::erase_if(events, [&](const TimedEvent& event) { return in_outage(input, event.at); });
  }
  return events;
}

// Quantiles of the baseline's event ages, then ever wider ends for the tail: hazards fall with time in stage,
// and an open last bucket would expect too much of old stays.
std::vector<Days> choose_buckets(std::span<const TimedEvent> events, Days before) {
  std::vector<Days> ages;
  const std::size_t step = events.size() / kSampledAges + 1;
  for (std::size_t i = 0; i < events.size(); i += step) {
    if (events[i].at < before) ages.push_back(std::max(events[i].age, kShortestVisit));
  }
  std::sort(ages.begin(), ages.end());
  std::vector<Days> buckets;
  if (!ages.empty()) {
    const std::size_t count =
        std::clamp<std::size_t>(ages.size() * step / kEventsPerBucket, 1, kQuantileBuckets);
    for (std::size_t k = 1; k <= count; ++k) {
      const Days end = ages[(ages.size() - 1) * k / count];
      if (buckets.empty() || end > buckets.back()) buckets.push_back(end);
    }
    for (int k = 0; k < 3; ++k) buckets.push_back(buckets.back() * 1.5);
  }
  buckets.push_back(kFarFuture);
  return buckets;
}

std::size_t bucket_of(std::span<const Days> buckets, Days age) noexcept {
  return static_cast<std::size_t>(std::lower_bound(buckets.begin(), buckets.end(), age) - buckets.begin());
}

EdgeTables tabulate(const LeakInput& input, std::span<const Visit> visits, std::span<const TimedEvent> events,
                    std::span<const Days> buckets, const DayScale& scale, LeakKind kind,
                    std::size_t cell_count) {
  EdgeTables tables;
  tables.bucket_count = buckets.size();
  tables.exposure.resize(cell_count * buckets.size());
  tables.events.resize(cell_count * buckets.size());
  tables.squares.resize(cell_count);
  const auto starts = stretch_starts(input);
  ExposureWriter writer(tables, buckets, scale, starts);
  std::vector<std::array<Days, 2>> active;
  for (const Visit& visit : visits) {
    active_time(input, visit, kind, active);
    for (const auto& [from, to] : active) writer.add(visit.cell, visit.entered, from, to);
  }
  for (const TimedEvent& event : events) {
    const std::size_t stretch = stretch_of(starts, event.at);
    StretchSums& sums = tables.events[event.cell * buckets.size() + bucket_of(buckets, event.age)];
    if (stretch > 0) sums.plain[stretch - 1] += 1;
    if (stretch == kLengthCount) continue;
    const double weight = scale.weight(event.at);
    sums.weighted[stretch] += weight;
    tables.squares[event.cell][stretch] += weight * weight;
  }
  return tables;
}

}  // namespace weir::leaks
