// Losses are written down late: who lost interest on the 3rd is closed on the 24th. A label "recorded lost
// within H" therefore misses losses near the horizon's end, and probabilities trained on it are too low. This
// measures by how much. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"

namespace weir::risk {

// One closed lead: days from the last two-way contact (the nearest sight of the true loss) to the closing
// entry, and how long it could have taken to be seen at all: as-of minus that last contact. delay <= limit.
struct ClosingDelay {
  double delay_days{0};
  double limit_days{0};
};

// Distribution of the delay. Leads whose entry is still to come are not in the data, so short delays are
// over-represented (right truncation): the reverse-time product-limit estimate (Lagakos, Barraj & De Gruttola
// 1988; Lynden-Bell 1971), F(d) = product over delays u > d of (1 - closed at u / those with delay <= u <=
// limit), corrects for that, up to a constant: F is P(delay <= d | delay <= longest_days). longest_days is
// the longest delay that at least kLeastAtRisk leads could have shown by then: the few oldest leads alone
// would swing the whole curve.
inline constexpr double kLeastAtRisk = 10;
struct DelayCurve {
  std::vector<double> days;        // distinct delays, rising
  std::vector<double> cumulative;  // P(delay <= days[i] | delay <= longest_days), last is 1
  std::size_t leads{0};            // given, whether used or not
  double longest_days{0};
  [[nodiscard]] double at(double days_passed) const noexcept;  // 0 before the first
};
// Fails with Errc::invalid_argument on a negative or infinite number or a delay above its limit (by more than
// rounding). Fewer than kLeastAtRisk leads give an empty curve.
[[nodiscard]] Result<DelayCurve> delay_distribution(std::span<const ClosingDelay> closed);

// P(recorded within `horizon_days` | lost within it): the loss is spread evenly over the horizon, so it is
// the mean of the delay's distribution over [0, horizon]. `never_recorded`: share of losses that no one ever
// writes down (from an audit; the data can't show it). Empty when the curve is empty or horizon_days <= 0.
[[nodiscard]] std::optional<double> recorded_share(const DelayCurve& curve, double horizon_days,
                                                   double never_recorded = 0);

// The same when the loss itself is not even over the horizon: loss_share[i] is the share of losses in the
// (i + 1)-th of equally long parts of it (sums to 1; middle of the part).
[[nodiscard]] std::optional<double> recorded_share(const DelayCurve& curve, double horizon_days,
                                                   std::span<const double> loss_share,
                                                   double never_recorded = 0);

struct RatioInterval {
  double ratio{1};
  double low{0};
  double high{1};
  std::size_t leads{0};
};
// recorded_share with a 90 % interval by the bootstrap over leads (fixed seed, `draws` resamples).
[[nodiscard]] Result<std::optional<RatioInterval>> recorded_share_interval(
    std::span<const ClosingDelay> closed, double horizon_days, std::size_t draws = 200);

// p_true = min(1, p_recorded / ratio). ratio in (0, 1]; one <= 0 (nothing known) leaves p as it is.
[[nodiscard]] double correct_for_delay(double recorded_probability, double ratio) noexcept;

// Labels against out-of-fold probabilities (confident learning, Northcutt, Jiang & Chuang 2021): row = label
// as recorded, column = class the probabilities stand for with more than that class's mean confidence.
// counts[0][1] large: open leads that look lost, that is losses not written down (yet). All 0 with one class.
struct ConfidentJoint {
  std::int64_t counts[2][2]{};
  double scaled[2][2]{};  // rows scaled to the number of labels
};
[[nodiscard]] ConfidentJoint confident_joint(std::span<const std::uint8_t> labels,
                                             std::span<const double> probabilities);

}  // namespace weir::risk
