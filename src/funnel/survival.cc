#include "funnel/survival.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

#include "base/check.h"
#include "base/fixed_math.h"

namespace weir::funnel {
namespace {

constexpr double kBandConfidence = 0.95;
constexpr double kQuantileSlack = 1e-12;  // a product of fractions that should be 1/2 may come out just above

// What all estimators need: per distinct duration the rows at risk just before it and the exits at it by
// cause.
struct RiskTable {
  std::size_t cause_count{1};
  std::vector<double> times;
  std::vector<std::int64_t> at_risk;
  std::vector<std::int64_t> exits;           // of all causes
  std::vector<std::int64_t> exits_by_cause;  // [times.size() x cause_count]
};

struct Row {
  double duration{0};
  std::uint8_t cause{0};
};

// `rows` sorted by duration, `late_entries` (those > 0) sorted.
RiskTable risk_table(std::span<const Row> rows, std::span<const double> late_entries,
                     std::size_t cause_count) {
  RiskTable table;
  table.cause_count = cause_count;
  std::size_t entered = rows.size() - late_entries.size();
  std::size_t next_entry = 0;
  for (std::size_t i = 0; i < rows.size();) {
    const double time = rows[i].duration;
    for (; next_entry < late_entries.size() && late_entries[next_entry] < time; ++next_entry) ++entered;
    table.times.push_back(time);
    table.at_risk.push_back(static_cast<std::int64_t>(entered) - static_cast<std::int64_t>(i));
    table.exits_by_cause.resize(table.exits_by_cause.size() + cause_count);
    std::int64_t exits = 0;
    for (; i < rows.size() && rows[i].duration == time; ++i) {
      if (rows[i].cause == 0) continue;
      ++exits;
      ++table.exits_by_cause[table.exits_by_cause.size() - cause_count + rows[i].cause - 1];
    }
    table.exits.push_back(exits);
  }
  return table;
}

Status check_data(const SurvivalData& data) {
  const std::size_t count = data.durations.size();
  if (!data.causes.empty() && data.causes.size() != count) {
    return fail(Errc::invalid_argument, "survival: causes and durations differ in number");
  }
  if (!data.entries.empty() && data.entries.size() != count) {
    return fail(Errc::invalid_argument, "survival: entries and durations differ in number");
  }
  if (data.cause_count == 0)
    return fail(Errc::invalid_argument, "survival: there must be at least one cause");
  for (std::size_t i = 0; i < count; ++i) {
    if (!(data.durations[i] >= 0))
      return fail(Errc::invalid_argument, "survival: a duration is negative or no number");
    if (!data.causes.empty() && data.causes[i] > data.cause_count) {
      return fail(Errc::invalid_argument,
                  "survival: cause " + std::to_string(data.causes[i]) + " is not declared");
    }
    if (!data.entries.empty() && data.entries[i] > 0 && !(data.entries[i] < data.durations[i])) {
      return fail(Errc::invalid_argument, "survival: an entry does not lie before its exit");
    }
  }
  return {};
}

Result<RiskTable> risk_table(const SurvivalData& data) {
  WEIR_TRY_STATUS(check_data(data));
  std::vector<Row> rows(data.durations.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {data.durations[i], data.causes.empty() ? std::uint8_t{1} : data.causes[i]};
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.duration < b.duration; });
  std::vector<double> late;
  std::copy_if(data.entries.begin(), data.entries.end(), std::back_inserter(late),
               [](double e) { return e > 0; });
  std::sort(late.begin(), late.end());
  return risk_table(rows, late, data.cause_count);
}

// Kaplan-Meier with Greenwood's sum, time by time.
class Greenwood {
 public:
  void step(std::int64_t at_risk, std::int64_t exits) noexcept {
    if (exits == 0) return;
    const double y = static_cast<double>(at_risk);
    const double d = static_cast<double>(exits);
    survival_ *= 1 - d / y;
    if (exits < at_risk) sum_ += d / (y * (y - d));
  }
  [[nodiscard]] double survival() const noexcept { return survival_; }
  [[nodiscard]] double variance() const noexcept { return survival_ * survival_ * sum_; }

 private:
  double survival_{1};
  double sum_{0};
};

// Incidence F of one cause with its variance at each time t:
//   sum over i <= t of (F(t) - F(i))^2 d/(y (y - d)) + S(i-)^2 e (y - e)/y^3 - 2 (F(t) - F(i)) S(i-) e/y^2
// with y at risk, d exits of all causes, e of this one. The sums are carried forward, so that a step costs
// O(1) and nothing cancels.
class IncidenceSum {
 public:
  void step(double survival_before, std::int64_t at_risk, std::int64_t exits,
            std::int64_t own_exits) noexcept {
    if (exits == 0) return;
    const double y = static_cast<double>(at_risk);
    const double d = static_cast<double>(exits);
    const double e = static_cast<double>(own_exits);
    const double rise = survival_before * e / y;
    incidence_ += rise;
    squares_ += rise * (2 * linear_ + rise * weight_);
    linear_ += rise * weight_;
    cross_ += rise * cross_weight_;
    if (exits < at_risk) weight_ += d / (y * (y - d));
    own_ += survival_before * survival_before * e * (y - e) / (y * y * y);
    cross_weight_ += survival_before * e / (y * y);
  }
  [[nodiscard]] double incidence() const noexcept { return incidence_; }
  [[nodiscard]] double variance() const noexcept { return std::max(0.0, squares_ + own_ - 2 * cross_); }

 private:
  double incidence_{0};
  double weight_{0};   // sum of w, w = d/(y (y - d))
  double linear_{0};   // sum of (F(t) - F(i)) w
  double squares_{0};  // sum of (F(t) - F(i))^2 w
  double own_{0};
  double cross_weight_{0};  // sum of g, g = S(i-) e/y^2
  double cross_{0};         // sum of (F(t) - F(i)) g
};

std::uint8_t cause_of(Ending ending) noexcept {
  switch (ending) {
    case Ending::advanced:
      return 1;
    case Ending::lost:
      return 2;
    case Ending::back:
      return 3;
    case Ending::open:
    case Ending::dormant:
      break;
  }
  return 0;
}

void count_endings(std::span<const StayOutcome> stays, Conversion& conversion) noexcept {
  conversion.entered = static_cast<std::int64_t>(stays.size());
  for (const StayOutcome& stay : stays) {
    switch (stay.ending) {
      case Ending::open:
        ++conversion.open;
        break;
      case Ending::advanced:
        ++conversion.advanced;
        break;
      case Ending::lost:
        ++conversion.lost;
        break;
      case Ending::dormant:
        ++conversion.dormant;
        break;
      case Ending::back:
        ++conversion.back;
        break;
    }
  }
}

// Sorted by duration. Sorting (duration, cause) packed in one integer is several times faster than sorting
// structs.
std::vector<Row> sorted_rows(std::span<const StayOutcome> stays) {
  std::vector<std::uint64_t> packed(stays.size());
  for (std::size_t i = 0; i < stays.size(); ++i) {
    const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(0, stays[i].duration.count()));
    packed[i] = (micros << 2U) | cause_of(stays[i].ending);
  }
  std::sort(packed.begin(), packed.end());
  std::vector<Row> rows(packed.size());
  for (std::size_t i = 0; i < packed.size(); ++i) {
    rows[i] = {days_of(Micros{static_cast<std::int64_t>(packed[i] >> 2U)}),
               static_cast<std::uint8_t>(packed[i] & 3U)};
  }
  return rows;
}

// Clopper & Pearson (1934) where nothing, or everything, of what was followed to the window advanced.
Interval exact_band_at_edge(double estimate, std::int64_t followed) noexcept {
  if (followed == 0) return {0, 1};
  const double reach =
      fixed_math::exp(fixed_math::log((1 - kBandConfidence) / 2) / static_cast<double>(followed));
  return estimate <= 0 ? Interval{0, 1 - reach} : Interval{reach, 1};
}

std::int64_t followed_to(std::span<const Row> rows, double window_days) noexcept {
  return std::count_if(rows.begin(), rows.end(),
                       [&](const Row& row) { return row.cause != 0 || row.duration >= window_days; });
}

void estimate_at_window(const RiskTable& table, Conversion& conversion, double& variance) noexcept {
  IncidenceSum advanced;
  Greenwood any;
  for (std::size_t i = 0; i < table.times.size(); ++i) {
    if (table.times[i] <= conversion.window_days) {
      advanced.step(any.survival(), table.at_risk[i], table.exits[i],
                    table.exits_by_cause[i * table.cause_count]);
    }
    any.step(table.at_risk[i], table.exits[i]);
    const double left = any.survival() - kQuantileSlack;
    if (left <= 0.5 && !conversion.time_in_stage_days_p50) conversion.time_in_stage_days_p50 = table.times[i];
    if (left <= 0.1 && !conversion.time_in_stage_days_p90) conversion.time_in_stage_days_p90 = table.times[i];
  }
  conversion.estimate = std::min(1.0, advanced.incidence());
  variance = advanced.variance();
}

bool everyone_left_before(const RiskTable& table) noexcept {
  return !table.times.empty() && table.exits.back() == table.at_risk.back();
}

}  // namespace

double StepCurve::at(double time) const noexcept {
  const auto after = std::upper_bound(times.begin(), times.end(), time);
  if (after == times.begin()) return before;
  return values[static_cast<std::size_t>(after - times.begin()) - 1];
}

std::optional<double> SurvivalCurve::quantile(double share) const noexcept {
  for (std::size_t i = 0; i < survival.times.size(); ++i) {
    if (survival.values[i] - kQuantileSlack <= 1 - share) return survival.times[i];
  }
  return std::nullopt;
}

Interval log_log_band(double estimate, double variance, double confidence) noexcept {
  if (!(estimate > 0 && estimate < 1) || !(variance > 0)) return {estimate, estimate};
  const double z = fixed_math::normal_quantile(0.5 + confidence / 2);
  const double log_estimate = fixed_math::log(estimate);
  const double spread = z * std::sqrt(variance) / (estimate * log_estimate);  // negative
  const double low = fixed_math::exp(log_estimate * fixed_math::exp(-spread));
  const double high = fixed_math::exp(log_estimate * fixed_math::exp(spread));
  return {low, high};
}

Result<SurvivalCurve> kaplan_meier(const SurvivalData& data, double confidence) {
  WEIR_TRY(RiskTable table, risk_table(data));
  SurvivalCurve curve;
  curve.survival.before = 1;
  Greenwood sum;
  for (std::size_t i = 0; i < table.times.size(); ++i) {
    sum.step(table.at_risk[i], table.exits[i]);
    curve.survival.values.push_back(sum.survival());
    curve.variance.push_back(sum.variance());
    curve.band.push_back(log_log_band(sum.survival(), sum.variance(), confidence));
  }
  curve.survival.times = std::move(table.times);
  curve.at_risk = std::move(table.at_risk);
  return curve;
}

Result<StepCurve> nelson_aalen(const SurvivalData& data, TieRule ties) {
  WEIR_TRY(RiskTable table, risk_table(data));
  StepCurve hazard;
  double sum = 0;
  for (std::size_t i = 0; i < table.times.size(); ++i) {
    const std::int64_t exits = table.exits[i];
    if (ties == TieRule::plain && exits > 0) {
      sum += static_cast<double>(exits) / static_cast<double>(table.at_risk[i]);
    } else {
      for (std::int64_t k = 0; k < exits; ++k) sum += 1 / static_cast<double>(table.at_risk[i] - k);
    }
    hazard.values.push_back(sum);
  }
  hazard.times = std::move(table.times);
  return hazard;
}

Result<std::vector<IncidenceCurve>> aalen_johansen(const SurvivalData& data, double confidence) {
  WEIR_TRY(const RiskTable table, risk_table(data));
  std::vector<IncidenceCurve> curves(table.cause_count);
  std::vector<IncidenceSum> sums(table.cause_count);
  Greenwood any;
  for (std::size_t i = 0; i < table.times.size(); ++i) {
    for (std::size_t cause = 0; cause < table.cause_count; ++cause) {
      sums[cause].step(any.survival(), table.at_risk[i], table.exits[i],
                       table.exits_by_cause[i * table.cause_count + cause]);
      const double incidence = sums[cause].incidence();
      curves[cause].incidence.values.push_back(incidence);
      curves[cause].variance.push_back(sums[cause].variance());
      curves[cause].band.push_back(log_log_band(incidence, sums[cause].variance(), confidence));
    }
    any.step(table.at_risk[i], table.exits[i]);
  }
  for (IncidenceCurve& curve : curves) curve.incidence.times = table.times;
  return curves;
}

Conversion stage_conversion(std::span<const StayOutcome> stays, Micros window,
                            std::span<const Micros> entries) {
  Conversion conversion;
  WEIR_CHECK(entries.empty() || entries.size() == stays.size(), "one entry per stay");
  conversion.window_days = days_of(window);
  count_endings(stays, conversion);
  if (stays.empty()) return conversion;

  std::vector<StayOutcome> observed;  // those that were under observation at all
  std::vector<double> late;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i] > Micros{0} && entries[i] >= stays[i].duration) continue;
    observed.push_back(stays[i]);
    if (entries[i] > Micros{0}) late.push_back(days_of(entries[i]));
  }
  std::sort(late.begin(), late.end());
  const std::vector<Row> rows = sorted_rows(entries.empty() ? stays : std::span<const StayOutcome>(observed));
  if (rows.empty()) return conversion;
  const RiskTable table = risk_table(rows, late, 3);

  double variance = 0;
  estimate_at_window(table, conversion, variance);
  conversion.window_reached = table.times.back() >= conversion.window_days || everyone_left_before(table);
  const bool at_edge =
      !(conversion.estimate > 0) || conversion.estimate > 1 - kQuantileSlack || !(variance > 0);
  conversion.band = at_edge
                        ? exact_band_at_edge(conversion.estimate, followed_to(rows, conversion.window_days))
                        : log_log_band(conversion.estimate, variance, kBandConfidence);
  return conversion;
}

}  // namespace weir::funnel
