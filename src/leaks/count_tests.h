// Tail probabilities of counts and the power of tests on them.
#pragma once

#include <cstdint>
#include <optional>

namespace weir::leaks {

// log P(N <= count) and log P(N >= count) of a Poisson count whose mean is itself Gamma distributed (mean,
// shape): negative binomial. What an expectation that was estimated from `shape` events predicts. mean > 0,
// shape > 0. `share_of_count`: how much of P(N = count) goes in: 1 is exact, 1/2 is Lancaster's (1961) mid-p,
// whose error is the nominal one on average instead of always below it.
[[nodiscard]] double log_predictive_lower(std::int64_t count, double mean, double shape,
                                          double share_of_count = 1) noexcept;
[[nodiscard]] double log_predictive_upper(std::int64_t count, double mean, double shape,
                                          double share_of_count = 1) noexcept;

// Log-likelihood ratio of a Poisson count against its expectation (Kulldorff 1997, one cell): count
// log(count/expected)
// - count + expected; >= 0 on both sides.
[[nodiscard]] double poisson_log_likelihood_ratio(double count, double expected) noexcept;

enum class Direction : std::uint8_t { fewer, more };

// The smallest relative change, in percent, that a one-sided exact Poisson test at level exp(log_level) finds
// with `power`; empty when not even a cut to nothing (a rise by the factor 20) is found.
[[nodiscard]] std::optional<double> smallest_detectable_percent(double expected, double log_level,
                                                                Direction direction,
                                                                double power = 0.8) noexcept;

}  // namespace weir::leaks
