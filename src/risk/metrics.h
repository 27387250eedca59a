// How good scores are: ranking and probabilities against what came out. Pure; sums run in row order (after a
// stable sort where ranks matter), so equal input gives equal bits. `outcomes`: 1 for the event, 0 without.
// `weights`: one per row, >= 0; empty means 1 each; rows of weight 0 count as absent. All spans are equally
// long (checked); scores are finite. With rows of one class only (or none) there is nothing to rank: every
// function that needs both classes gives an empty optional and says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace weir::risk {

// Rows with the event.
[[nodiscard]] std::size_t count_events(std::span<const std::uint8_t> outcomes) noexcept;

// P(score of an event > score of another row) + half the ties (mid-ranks). Needs both classes. O(n log n).
[[nodiscard]] std::optional<double> auc(std::span<const double> scores,
                                        std::span<const std::uint8_t> outcomes,
                                        std::span<const double> weights = {});

struct AucInterval {
  double auc{0};
  double low{0};
  double high{0};
  double standard_error{0};
};
// Interval of the AUC from its placement variance (DeLong, DeLong & Clarke-Pearson 1988), on the logit scale
// so that it stays inside (0, 1). Where the variance is 0 (a perfect ranking, or one row in a class) the
// bound is that of Birnbaum & Klotz 1957: variance auc (1 - auc) / min(n1, n0) at an AUC pulled half a pair
// from the edge. Needs both classes. Unweighted. O(n log n). `subjects`: whose row each is; rows of one
// subject hang together, and the variance is then that of sums over subjects (Obuchowski 1997). Empty: each
// row its own.
[[nodiscard]] std::optional<AucInterval> auc_interval(std::span<const double> scores,
                                                      std::span<const std::uint8_t> outcomes,
                                                      double confidence = 0.95,
                                                      std::span<const std::uint32_t> subjects = {});

// sum over distinct thresholds, falling, of (recall step) x precision, without interpolation (scikit-learn's
// definition). Needs at least one event; 1 when all rows are events.
[[nodiscard]] std::optional<double> average_precision(std::span<const double> scores,
                                                      std::span<const std::uint8_t> outcomes,
                                                      std::span<const double> weights = {});

// Mean squared error of probabilities. One class is enough; empty without rows.
[[nodiscard]] std::optional<double> brier_score(std::span<const double> probabilities,
                                                std::span<const std::uint8_t> outcomes,
                                                std::span<const double> weights = {});

// Mean negative log-likelihood; probabilities are clipped to [clip, 1 - clip]. One class is enough; empty
// without rows.
[[nodiscard]] std::optional<double> log_loss(std::span<const double> probabilities,
                                             std::span<const std::uint8_t> outcomes,
                                             std::span<const double> weights = {}, double clip = 1e-15);

// A row of the reliability table: rows of similar probability.
struct ReliabilityGroup {
  std::size_t rows{0};
  std::size_t events{0};
  double mean_probability{0};
  double observed_rate{0};
};
// Rows sorted by probability and cut into groups of equal size (the first n % group_count hold one more);
// equal probabilities stay together in the group of their first row, so a group may be larger and there may
// be fewer groups. Empty without rows.
[[nodiscard]] std::vector<ReliabilityGroup> reliability(std::span<const double> probabilities,
                                                        std::span<const std::uint8_t> outcomes,
                                                        std::size_t group_count = 10);
// Expected calibration error in those groups: sum of share x |observed rate - mean probability|. One class is
// enough; empty without rows.
[[nodiscard]] std::optional<double> calibration_error(std::span<const double> probabilities,
                                                      std::span<const std::uint8_t> outcomes,
                                                      std::size_t group_count = 10);
// The same in groups of equal width over [0, 1], as others report it.
[[nodiscard]] std::optional<double> calibration_error_equal_width(std::span<const double> probabilities,
                                                                  std::span<const std::uint8_t> outcomes,
                                                                  std::size_t group_count = 10);

// Event rate among the highest `share` of rows (0 < share <= 1, at least one row) over the rate of all; rows
// tied at the cut count in part. Needs at least one event.
[[nodiscard]] std::optional<double> lift_at(std::span<const double> scores,
                                            std::span<const std::uint8_t> outcomes, double share);

struct ThresholdCounts {
  std::size_t flagged{0};  // score >= threshold
  std::size_t flagged_events{0};
  std::size_t events{0};
  std::optional<double> precision;  // empty when nothing is flagged
  std::optional<double> recall;     // empty without events
};
[[nodiscard]] ThresholdCounts at_threshold(std::span<const double> scores,
                                           std::span<const std::uint8_t> outcomes, double threshold);

}  // namespace weir::risk
