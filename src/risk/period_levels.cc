#include "risk/period_levels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/fixed_math.h"
#include "risk/calibration.h"

namespace weir::risk {
namespace {

constexpr std::size_t kLeastOutcomes = 50;
constexpr std::size_t kLeastStretches = 5;
constexpr std::size_t kNewest = 3;   // stretches that can tell of a rise
constexpr double kLeastSlope = 0.1;  // below, log-odds say too little to be moved

struct Stretch {
  std::size_t begin{0}, end{0};  // rows
  double level{0};
  double error{0};   // standard, of the level
  double weight{0};  // rows, fewer by age
};

std::vector<Stretch> stretches_of(std::span<const std::uint8_t> outcomes, std::span<const std::int64_t> at) {
  std::vector<Stretch> stretches;
  std::array<std::size_t, 2> counts{};
  std::size_t begin = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ++counts[outcomes[i]];
    const bool is_whole = i + 1 == outcomes.size() || at[i + 1] != at[i];
    if (!is_whole || std::min(counts[0], counts[1]) < kLeastOutcomes) continue;
    stretches.push_back({begin, i + 1, 0, 0, 0});
    begin = i + 1;
    counts = {};
  }
  if (begin < outcomes.size() && !stretches.empty()) stretches.back().end = outcomes.size();
  return stretches;
}

// Maximum likelihood of a constant beside the given log-odds, held near 0 by a standard normal prior.
void find_level(Stretch& stretch, std::span<const double> log_odds, std::span<const std::uint8_t> outcomes) {
  constexpr int kSteps = 20;
  for (int step = 0; step < kSteps; ++step) {
    double gradient = -stretch.level;
    double curvature = 1;
    for (std::size_t i = stretch.begin; i < stretch.end; ++i) {
      const double p = probability_of(log_odds[i] + stretch.level);
      gradient += (outcomes[i] != 0 ? 1 : 0) - p;
      curvature += p * (1 - p);
    }
    const double change = gradient / curvature;
    stretch.level += std::clamp(change, -1.0, 1.0);
    stretch.error = 1 / std::sqrt(curvature);
    if (std::abs(change) < 1e-10) break;
  }
}

// Of the newest half year, and at least kLeastStretches; weighted by rows and age.
std::vector<Stretch> newest_half_year(const std::vector<Stretch>& stretches,
                                      std::span<const std::int64_t> at) {
  std::vector<Stretch> newest;
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const std::int64_t age = at.back() - at[stretches[i].end - 1];
    if (age >= kUsualOver && i + kLeastStretches < stretches.size()) continue;
    newest.push_back(stretches[i]);
    const double half_lives = static_cast<double>(age) / (static_cast<double>(kUsualOver) / 2);
    newest.back().weight = static_cast<double>(stretches[i].end - stretches[i].begin) *
                           fixed_math::exp(-half_lives * std::numbers::ln2);
  }
  return newest;
}

// Mean, by weight, of the levels of that half of the weight whose levels lie closest together.
double level_of_closest_half(std::vector<Stretch> stretches) {
  std::sort(stretches.begin(), stretches.end(), [](const Stretch& a, const Stretch& b) {
    return a.level != b.level ? a.level < b.level : a.begin < b.begin;
  });
  double whole = 0;
  for (const Stretch& stretch : stretches) whole += stretch.weight;
  double least_width = std::numeric_limits<double>::infinity();
  double usual = 0;
  for (std::size_t first = 0; first < stretches.size(); ++first) {
    double weight = 0;
    double sum = 0;
    for (std::size_t i = first; i < stretches.size(); ++i) {
      weight += stretches[i].weight;
      sum += stretches[i].weight * stretches[i].level;
      if (2 * weight < whole) continue;
      const double width = stretches[i].level - stretches[first].level;
      if (width < least_width) usual = sum / weight;
      least_width = std::min(width, least_width);
      break;
    }
  }
  return usual;
}

// What the newest stretches lie above the given level by more than one of them is uncertain by: most of their
// rows are the same subjects, a week apart. 0 when they lie below it.
double rise_above(double level, std::span<const Stretch> stretches) {
  double mean = 0;
  double error = 0;
  for (const Stretch& stretch : stretches.last(kNewest)) {
    mean += stretch.level / kNewest;
    error += stretch.error / kNewest;
  }
  return std::max(mean - level - error, 0.0);
}

}  // namespace

Result<std::vector<double>> at_the_usual_level(std::span<const double> log_odds,
                                               std::span<const std::uint8_t> outcomes,
                                               std::span<const std::int64_t> at, std::size_t first) {
  if (at.size() != outcomes.size()) return fail(Errc::invalid_argument, "a landmark per row");
  if (log_odds.size() != outcomes.size() || first >= outcomes.size())
    return fail(Errc::invalid_argument, "no row to move");
  WEIR_TRY(const PlattScaling platt, fit_platt(log_odds.subspan(first), outcomes.subspan(first)));
  std::vector<double> moved(log_odds.begin() + static_cast<std::ptrdiff_t>(first), log_odds.end());
  std::vector<Stretch> stretches = stretches_of(outcomes, at);
  const std::ptrdiff_t in_window = std::count_if(stretches.begin(), stretches.end(),
                                                 [&](const Stretch& stretch) { return stretch.end > first; });
  if (platt.slope < kLeastSlope || in_window < static_cast<std::ptrdiff_t>(kLeastStretches)) return moved;
  std::vector<double> scaled;
  for (const double value : log_odds) scaled.push_back(platt.slope * value + platt.intercept);
  for (Stretch& stretch : stretches) find_level(stretch, scaled, outcomes);
  const std::vector<Stretch> newest = newest_half_year(stretches, at);
  const double half = level_of_closest_half(newest);
  const double usual = half + rise_above(half, newest);
  for (const Stretch& stretch : stretches) {
    for (std::size_t i = std::max(stretch.begin, first); i < stretch.end; ++i)
      moved[i - first] += (stretch.level - usual) / platt.slope;
  }
  return moved;
}

}  // namespace weir::risk
