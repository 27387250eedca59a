// From raw log-odds to one probability and its interval. Pure. JSON both ways is exact: numbers read back as
// the same doubles, and equal calibrators give equal bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::risk {

inline constexpr std::size_t kEventsForIsotonic =
    5000;  // above, isotonic; below, it loses ranking through ties

// 1 / (1 + exp(-x)), from base's exp: the same bits everywhere.
[[nodiscard]] double probability_of(double log_odds) noexcept;
// log(p / (1 - p)) with p clipped to [clip, 1 - clip].
[[nodiscard]] double log_odds_of(double probability, double clip = 1e-15) noexcept;

// p = 1 / (1 + exp(-(slope x log-odds + intercept))). Platt (1999) fits slope and intercept by maximum
// likelihood against smoothed targets (n1 + 1)/(n1 + 2) and 1/(n0 + 2); here by the Newton method with
// backtracking of Lin, Lin & Weng (2007). Platt's A and B are -slope and -intercept.
struct PlattScaling {
  double slope{1};
  double intercept{0};
  [[nodiscard]] double apply(double log_odds) const noexcept;
};
enum class PlattTargets : std::uint8_t { smoothed, plain };  // plain: maximum likelihood on 0 and 1
// Fails with Errc::invalid_argument on lengths that differ, an input that is not finite, or no row of
// positive weight. With one class smoothed targets still fit; plain targets fail. `weights` empty means 1
// each; the counts in the targets are then sums of weights.
[[nodiscard]] Result<PlattScaling> fit_platt(std::span<const double> log_odds,
                                             std::span<const std::uint8_t> outcomes,
                                             std::span<const double> weights = {},
                                             PlattTargets targets = PlattTargets::smoothed);

// A non-decreasing function through knots, straight between them, flat outside.
struct IsotonicCurve {
  std::vector<double> x;  // strictly rising
  std::vector<double> y;  // non-decreasing
  [[nodiscard]] double apply(double score) const noexcept;
};
// Least squares under order by pooling adjacent violators (Ayer et al. 1955); equal scores are averaged
// first. Inner knots of a flat stretch are left out. Fails as fit_platt does. O(n log n).
[[nodiscard]] Result<IsotonicCurve> fit_isotonic(std::span<const double> scores,
                                                 std::span<const std::uint8_t> outcomes,
                                                 std::span<const double> weights = {});

struct ProbabilityInterval {
  double low{0};
  double high{1};
};

// Inductive Venn-Abers predictor (Vovk & Petej 2014): for a new score s, p0 and p1 are the isotonic fits at s
// of the calibration rows plus (s, 0) and plus (s, 1). By the algorithm of Vovk, Petej & Fedorova (2015) all
// of them are computed at once: O(n log n) to fit, O(log n) to ask. p0 <= p1 always.
struct VennAbers {
  std::vector<double> scores;  // distinct calibration scores, rising
  // p0[i]: for a new score equal to scores[i] or between it and scores[i + 1]; p0_below for one below all.
  // p1[i]: for a new score equal to scores[i] or between scores[i - 1] and it; p1_above for one above all.
  std::vector<double> p0;
  std::vector<double> p1;
  double p0_below{0};
  double p1_above{1};
  [[nodiscard]] ProbabilityInterval interval(double score) const noexcept;
  // The single probability of the authors' log-loss minimax: p1 / (1 - p0 + p1).
  [[nodiscard]] double merged(double score) const noexcept;
};
[[nodiscard]] Result<VennAbers> fit_venn_abers(std::span<const double> scores,
                                               std::span<const std::uint8_t> outcomes);

// Which map turns the raw score into p. `isotonic` is VennAbers::merged: a plain isotonic fit gives 0 and 1
// to every score below or above which all calibration rows agreed, and one outcome against it is then
// infinitely unlikely.
enum class CalibrationMethod : std::uint8_t { platt, isotonic };

struct CalibratedProbability {
  double probability{0};
  ProbabilityInterval interval;  // low <= probability <= high
};

// Calibrates one score: p = Platt (isotonic above kEventsForIsotonic events). `shrinkage_to`, if given to
// apply, is the baseline's probability: p is moved towards it on the log-odds scale by k / (n + k), n =
// outcomes in the calibration window (events of the rarer class), k = shrink_events. Last, p is clipped into
// [p0, p1].
struct Calibrator {
  CalibrationMethod method{CalibrationMethod::platt};
  PlattScaling platt;
  VennAbers venn_abers;
  std::size_t rows{0};
  std::size_t events{0};
  double shrink_events{50};

  [[nodiscard]] CalibratedProbability apply(double log_odds,
                                            std::optional<double> shrinkage_to = std::nullopt) const noexcept;
  [[nodiscard]] double weight_of_baseline() const noexcept;  // k / (n + k), in (0, 1]
};
[[nodiscard]] Result<Calibrator> fit_calibrator(std::span<const double> log_odds,
                                                std::span<const std::uint8_t> outcomes);

[[nodiscard]] std::string to_json(const Calibrator& calibrator);
// Fails with Errc::invalid_data on anything that to_json does not write (also knots that do not rise).
[[nodiscard]] Result<Calibrator> calibrator_from_json(std::string_view text);

}  // namespace weir::risk
