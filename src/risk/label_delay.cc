#include "risk/label_delay.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/random.h"

namespace weir::risk {
namespace {

constexpr double kRounding = 1e-9;

Status check_delays(std::span<const ClosingDelay> closed) {
  for (const ClosingDelay& lead : closed) {
    if (!std::isfinite(lead.delay_days) || !std::isfinite(lead.limit_days) || lead.delay_days < 0) {
      return fail(Errc::invalid_argument, "a closing delay must be a number of days from 0");
    }
    if (lead.delay_days > lead.limit_days + kRounding) {
      return fail(Errc::invalid_argument,
                  "a closing entry lies after the as-of: its delay is longer than could be seen");
    }
  }
  return {};
}

// One distinct delay u with what the product needs.
struct Step {
  double days{0};
  double closed{0};   // with this delay
  double at_risk{0};  // delay <= u <= limit
};

std::vector<Step> steps_of(std::span<const ClosingDelay> closed) {
  std::vector<double> delays;
  std::vector<double> limits;
  for (const ClosingDelay& lead : closed) {
    delays.push_back(lead.delay_days);
    limits.push_back(std::max(lead.limit_days, lead.delay_days));
  }
  std::sort(delays.begin(), delays.end());
  std::sort(limits.begin(), limits.end());
  std::vector<Step> steps;
  for (std::size_t i = 0; i < delays.size();) {
    const double days = delays[i];
    const std::size_t first = i;
    while (i < delays.size() && delays[i] == days) ++i;
    // delay <= u and limit >= u: all with delay <= u less those whose limit (>= delay) lies below u.
    const auto ended =
        static_cast<double>(std::lower_bound(limits.begin(), limits.end(), days) - limits.begin());
    steps.push_back({days, static_cast<double>(i - first), static_cast<double>(i) - ended});
  }
  return steps;
}

// Where the estimate may start: the longest delay that enough leads could have shown.
std::size_t usable_steps(const std::vector<Step>& steps) noexcept {
  std::size_t count = steps.size();
  while (count > 0 && steps[count - 1].at_risk < kLeastAtRisk) --count;
  return count;
}

}  // namespace

double DelayCurve::at(double days_passed) const noexcept {
  const auto after = std::upper_bound(days.begin(), days.end(), days_passed);
  return after == days.begin() ? 0.0 : cumulative[static_cast<std::size_t>(after - days.begin()) - 1];
}

Result<DelayCurve> delay_distribution(std::span<const ClosingDelay> closed) {
  WEIR_TRY_STATUS(check_delays(closed));
  const std::vector<Step> steps = steps_of(closed);
  const std::size_t used = usable_steps(steps);
  DelayCurve curve;
  curve.leads = closed.size();
  if (used == 0) return curve;
  curve.days.resize(used);
  curve.cumulative.resize(used);
  double share = 1;
  for (std::size_t i = used; i > 0; --i) {
    curve.days[i - 1] = steps[i - 1].days;
    curve.cumulative[i - 1] = share;
    share *= 1 - steps[i - 1].closed / steps[i - 1].at_risk;
  }
  curve.longest_days = curve.days.back();
  return curve;
}

std::optional<double> recorded_share(const DelayCurve& curve, double horizon_days, double never_recorded) {
  if (curve.days.empty() || !(horizon_days > 0)) return std::nullopt;
  double area = 0;
  double before = 0;
  for (std::size_t i = 0; i < curve.days.size() && curve.days[i] < horizon_days; ++i) {
    area += (curve.cumulative[i] - before) * (horizon_days - curve.days[i]);
    before = curve.cumulative[i];
  }
  return area / horizon_days * (1 - never_recorded);
}

std::optional<double> recorded_share(const DelayCurve& curve, double horizon_days,
                                     std::span<const double> loss_share, double never_recorded) {
  if (curve.days.empty() || !(horizon_days > 0) || loss_share.empty()) return std::nullopt;
  double share = 0;
  const double part = horizon_days / static_cast<double>(loss_share.size());
  for (std::size_t i = 0; i < loss_share.size(); ++i) {
    share += loss_share[i] * curve.at(horizon_days - (static_cast<double>(i) + 0.5) * part);
  }
  return share * (1 - never_recorded);
}

Result<std::optional<RatioInterval>> recorded_share_interval(std::span<const ClosingDelay> closed,
                                                             double horizon_days, std::size_t draws) {
  WEIR_TRY(const DelayCurve curve, delay_distribution(closed));
  const std::optional<double> ratio = recorded_share(curve, horizon_days);
  if (!ratio) return std::optional<RatioInterval>();
  Random random(20260801);
  std::vector<double> drawn;
  std::vector<ClosingDelay> sample(closed.size());
  for (std::size_t draw = 0; draw < draws; ++draw) {
    for (ClosingDelay& lead : sample) lead = closed[random.below(closed.size())];
    WEIR_TRY(const DelayCurve resampled, delay_distribution(sample));
    if (const auto value = recorded_share(resampled, horizon_days)) drawn.push_back(*value);
  }
  RatioInterval interval{.ratio = *ratio, .low = *ratio, .high = *ratio, .leads = closed.size()};
  if (drawn.empty()) return std::optional(interval);
  std::sort(drawn.begin(), drawn.end());
  const auto place = [&](double share) {
    return drawn[static_cast<std::size_t>(share * static_cast<double>(drawn.size() - 1) + 0.5)];
  };
  interval.low = std::min(interval.ratio, place(0.05));
  interval.high = std::max(interval.ratio, place(0.95));
  return std::optional(interval);
}

double correct_for_delay(double recorded_probability, double ratio) noexcept {
  if (!(ratio > 0)) return recorded_probability;
  return std::min(1.0, recorded_probability / std::min(ratio, 1.0));
}

ConfidentJoint confident_joint(std::span<const std::uint8_t> labels, std::span<const double> probabilities) {
  double confidence[2] = {0, 0};
  double labelled[2] = {0, 0};
  const std::size_t rows = std::min(labels.size(), probabilities.size());
  const auto chance = [&](std::size_t row, int kind) {
    return kind == 1 ? probabilities[row] : 1 - probabilities[row];
  };
  for (std::size_t row = 0; row < rows; ++row) {
    const int label = labels[row] != 0 ? 1 : 0;
    confidence[label] += chance(row, label);
    labelled[label] += 1;
  }
  ConfidentJoint joint;
  if (labelled[0] <= 0 || labelled[1] <= 0) return joint;
  for (std::size_t row = 0; row < rows; ++row) {
    const bool is_other = chance(row, 0) >= confidence[0] / labelled[0];
    const bool is_event = chance(row, 1) >= confidence[1] / labelled[1];
    if (!is_other && !is_event) continue;
    const bool event = is_event && (!is_other || chance(row, 1) > chance(row, 0));
    joint.counts[labels[row] != 0 ? 1 : 0][event ? 1 : 0] += 1;
  }
  for (int label = 0; label < 2; ++label) {
    const double sum = static_cast<double>(joint.counts[label][0] + joint.counts[label][1]);
    for (int truth = 0; truth < 2 && sum > 0; ++truth) {
      joint.scaled[label][truth] = static_cast<double>(joint.counts[label][truth]) / sum * labelled[label];
    }
  }
  return joint;
}

}  // namespace weir::risk
