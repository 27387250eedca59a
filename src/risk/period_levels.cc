#include "risk/period_levels.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "risk/calibration.h"

namespace weir::risk {
namespace {

constexpr std::size_t kLeastOutcomes = 50;
constexpr std::size_t kLeastStretches = 5;
constexpr double kLeastSlope = 0.1;  // below, log-odds say too little to be moved

struct Stretch {
  std::size_t begin{0}, end{0};
  double level{0};
};

std::vector<Stretch> stretches_of(std::span<const std::uint8_t> outcomes, std::span<const std::int64_t> at) {
  std::vector<Stretch> stretches;
  std::array<std::size_t, 2> counts{};
  std::size_t begin = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ++counts[outcomes[i]];
    const bool is_whole = i + 1 == outcomes.size() || at[i + 1] != at[i];
    if (!is_whole || std::min(counts[0], counts[1]) < kLeastOutcomes) continue;
    stretches.push_back({begin, i + 1, 0});
    begin = i + 1;
    counts = {};
  }
  if (begin < outcomes.size() && !stretches.empty()) stretches.back().end = outcomes.size();
  return stretches;
}

// Maximum likelihood of a constant beside the given log-odds, held near 0 by a standard normal prior.
double level_of(std::span<const double> log_odds, std::span<const std::uint8_t> outcomes) {
  constexpr int kSteps = 20;
  double level = 0;
  for (int step = 0; step < kSteps; ++step) {
    double gradient = -level;
    double curvature = 1;
    for (std::size_t i = 0; i < log_odds.size(); ++i) {
      const double p = probability_of(log_odds[i] + level);
      gradient += (outcomes[i] != 0 ? 1 : 0) - p;
      curvature += p * (1 - p);
    }
    const double change = gradient / curvature;
    level += std::clamp(change, -1.0, 1.0);
    if (std::abs(change) < 1e-10) break;
  }
  return level;
}

// The level at which half of the rows lie in stretches below.
double usual_level(std::vector<Stretch> stretches) {
  std::sort(stretches.begin(), stretches.end(),
            [](const Stretch& a, const Stretch& b) { return a.level < b.level; });
  std::size_t rows = 0;
  for (const Stretch& stretch : stretches) rows += stretch.end - stretch.begin;
  std::size_t below = 0;
  for (const Stretch& stretch : stretches) {
    below += stretch.end - stretch.begin;
    if (2 * below >= rows) return stretch.level;
  }
  return 0;
}

}  // namespace

Result<std::vector<double>> at_the_usual_level(std::span<const double> log_odds,
                                               std::span<const std::uint8_t> outcomes,
                                               std::span<const std::int64_t> at) {
  if (at.size() != outcomes.size()) return fail(Errc::invalid_argument, "a landmark per row");
  WEIR_TRY(const PlattScaling platt, fit_platt(log_odds, outcomes));
  std::vector<double> moved(log_odds.begin(), log_odds.end());
  std::vector<Stretch> stretches = stretches_of(outcomes, at);
  if (stretches.size() < kLeastStretches || platt.slope < kLeastSlope) return moved;
  std::vector<double> scaled;
  for (const double value : log_odds) scaled.push_back(platt.slope * value + platt.intercept);
  for (Stretch& stretch : stretches) {
    const std::size_t count = stretch.end - stretch.begin;
    stretch.level =
        level_of(std::span(scaled).subspan(stretch.begin, count), outcomes.subspan(stretch.begin, count));
  }
  const double usual = usual_level(stretches);
  for (const Stretch& stretch : stretches) {
    for (std::size_t i = stretch.begin; i < stretch.end; ++i)
      moved[i] += (stretch.level - usual) / platt.slope;
  }
  return moved;
}

}  // namespace weir::risk
