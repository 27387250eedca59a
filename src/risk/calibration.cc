#include "risk/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/fixed_math.h"
#include "base/json.h"
#include "risk/json_reading.h"
#include "risk/metrics.h"

namespace weir::risk {
namespace {

Status check_rows(std::span<const double> scores, std::span<const std::uint8_t> outcomes,
                  std::span<const double> weights) {
  if (scores.size() != outcomes.size() || (!weights.empty() && weights.size() != scores.size())) {
    return fail(Errc::invalid_argument,
                "calibration needs one outcome (and weight) per score: " + std::to_string(scores.size()) +
                    " scores and " + std::to_string(outcomes.size()) + " outcomes were given");
  }
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::all_of(scores.begin(), scores.end(), finite)) {
    return fail(Errc::invalid_argument, "a score to calibrate on is not finite");
  }
  if (!std::all_of(weights.begin(), weights.end(),
                   [&](double weight) { return finite(weight) && weight >= 0; })) {
    return fail(Errc::invalid_argument, "a weight to calibrate with is negative or not finite");
  }
  const auto counts = [](double weight) { return weight > 0; };
  const bool some_weight =
      weights.empty() ? !scores.empty() : std::any_of(weights.begin(), weights.end(), counts);
  if (!some_weight) return fail(Errc::invalid_argument, "there is no row to calibrate on");
  return {};
}

double weight_of(std::span<const double> weights, std::size_t row) noexcept {
  return weights.empty() ? 1.0 : weights[row];
}

// log(1 + exp(x)) without overflow.
double softplus(double x) noexcept {
  return x > 0 ? x + fixed_math::log1p(fixed_math::exp(-x)) : fixed_math::log1p(fixed_math::exp(x));
}

// ---- Platt ----

struct PlattProblem {
  std::span<const double> log_odds;
  std::span<const double> weights;
  std::vector<double> targets;
};

// Negative log-likelihood of the targets, its gradient and Hessian in (slope, intercept).
struct PlattState {
  double loss{0};
  double gradient[2]{};
  double hessian[3]{};  // slope-slope, slope-intercept, intercept-intercept
};

PlattState evaluate(const PlattProblem& problem, const PlattScaling& at) noexcept {
  PlattState state;
  for (std::size_t row = 0; row < problem.log_odds.size(); ++row) {
    const double x = problem.log_odds[row];
    const double margin = at.slope * x + at.intercept;
    const double weight = weight_of(problem.weights, row);
    const double probability = probability_of(margin);
    const double miss = weight * (probability - problem.targets[row]);
    const double curvature = weight * probability * probability_of(-margin);
    state.loss += weight * (softplus(margin) - problem.targets[row] * margin);
    state.gradient[0] += miss * x;
    state.gradient[1] += miss;
    state.hessian[0] += curvature * x * x;
    state.hessian[1] += curvature * x;
    state.hessian[2] += curvature;
  }
  return state;
}

std::vector<double> platt_targets(std::span<const std::uint8_t> outcomes, std::span<const double> weights,
                                  PlattTargets kind) {
  double events = 0;
  double others = 0;
  for (std::size_t row = 0; row < outcomes.size(); ++row) {
    (outcomes[row] != 0 ? events : others) += weight_of(weights, row);
  }
  const bool smoothed = kind == PlattTargets::smoothed;
  const double of_event = smoothed ? (events + 1) / (events + 2) : 1.0;
  const double of_other = smoothed ? 1 / (others + 2) : 0.0;
  std::vector<double> targets(outcomes.size());
  for (std::size_t row = 0; row < outcomes.size(); ++row)
    targets[row] = outcomes[row] != 0 ? of_event : of_other;
  return targets;
}

// Starts flat at the smoothed share of events.
PlattScaling platt_start(std::span<const std::uint8_t> outcomes, std::span<const double> weights) noexcept {
  double events = 1;
  double others = 1;
  for (std::size_t row = 0; row < outcomes.size(); ++row) {
    (outcomes[row] != 0 ? events : others) += weight_of(weights, row);
  }
  return PlattScaling{.slope = 0, .intercept = fixed_math::log(events / others)};
}

// The Newton direction of a Hessian kept positive definite, from gradient to step.
void newton_step(const PlattState& state, double (&step)[2]) noexcept {
  constexpr double kRidge = 1e-12;
  const double a = state.hessian[0] + kRidge;
  const double b = state.hessian[1];
  const double c = state.hessian[2] + kRidge;
  const double determinant = a * c - b * b;
  step[0] = -(c * state.gradient[0] - b * state.gradient[1]) / determinant;
  step[1] = -(a * state.gradient[1] - b * state.gradient[0]) / determinant;
}

// Has the likelihood a maximum? Not with one class, nor where a threshold tells the classes apart.
bool maximum_exists(std::span<const double> scores, std::span<const std::uint8_t> outcomes,
                    std::span<const double> weights) noexcept {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double lowest[2] = {kInfinity, kInfinity};
  double highest[2] = {-kInfinity, -kInfinity};
  for (std::size_t row = 0; row < outcomes.size(); ++row) {
    if (weight_of(weights, row) <= 0) continue;
    const int kind = outcomes[row] != 0 ? 1 : 0;
    lowest[kind] = std::min(lowest[kind], scores[row]);
    highest[kind] = std::max(highest[kind], scores[row]);
  }
  return highest[0] > lowest[1] && highest[1] > lowest[0];
}

// ---- isotonic ----

struct Block {
  double weight{0};
  double sum{0};  // weight x outcome
  double first{0};
  double last{0};  // scores
  [[nodiscard]] double mean() const noexcept { return sum / weight; }
};

std::vector<Block> blocks_by_score(std::span<const double> scores, std::span<const std::uint8_t> outcomes,
                                   std::span<const double> weights) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t left, std::size_t right) { return scores[left] < scores[right]; });
  std::vector<Block> blocks;
  for (const std::size_t row : order) {
    const double weight = weight_of(weights, row);
    if (weight <= 0) continue;
    if (blocks.empty() || blocks.back().last != scores[row]) {
      blocks.push_back(Block{.weight = 0, .sum = 0, .first = scores[row], .last = scores[row]});
    }
    blocks.back().weight += weight;
    blocks.back().sum += outcomes[row] != 0 ? weight : 0.0;
  }
  return blocks;
}

std::vector<Block> pool_violators(const std::vector<Block>& blocks) {
  std::vector<Block> pooled;
  for (const Block& block : blocks) {
    pooled.push_back(block);
    while (pooled.size() > 1 && pooled[pooled.size() - 2].mean() >= pooled.back().mean()) {
      Block& left = pooled[pooled.size() - 2];
      left.weight += pooled.back().weight;
      left.sum += pooled.back().sum;
      left.last = pooled.back().last;
      pooled.pop_back();
    }
  }
  return pooled;
}

// ---- Venn-Abers ----

// Cumulative rows and events: exact, because both are counts.
struct Point {
  std::int64_t rows{0};
  std::int64_t events{0};
};

std::int64_t cross(const Point& a, const Point& b, const Point& c) noexcept {
  return (b.rows - a.rows) * (c.events - a.events) - (b.events - a.events) * (c.rows - a.rows);
}

double slope(const Point& a, const Point& b) noexcept {
  return static_cast<double>(b.events - a.events) / static_cast<double>(b.rows - a.rows);
}

// p1 of each group of equal scores (rising): slope of the lower convex hull of the cumulative sums at that
// group with one more event in it. The extra event first stands before all groups and is then moved past one
// group after the other; only the corner it moves changes, so a stack of corners serves all of them.
std::vector<double> slopes_with_extra_event(const std::vector<Point>& groups) {
  std::vector<Point> cumulative{Point{-1, -1}, Point{0, 0}};
  for (const Point& group : groups) {
    cumulative.push_back(Point{cumulative.back().rows + group.rows, cumulative.back().events + group.events});
  }
  std::vector<Point> corners;  // of the lower hull; the leftmost on top
  const auto push = [&](const Point& point) {
    while (corners.size() > 1 && cross(point, corners.back(), corners[corners.size() - 2]) <= 0)
      corners.pop_back();
    corners.push_back(point);
  };
  std::for_each(cumulative.rbegin(), cumulative.rend(), push);

  std::vector<double> slopes(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    // The top two corners span the step of the extra event, which now stands in group i.
    slopes[i] = slope(corners.back(), corners[corners.size() - 2]);
    const Point& after = cumulative[i + 2];
    const Point moved{after.rows - 1,
                      after.events - 1};  // what lies before the extra event, group i included
    if (cross(corners.back(), corners[corners.size() - 2], moved) >= 0) continue;
    corners.pop_back();
    push(moved);
  }
  return slopes;
}

std::vector<Point> groups_of(const std::vector<Block>& blocks) {
  std::vector<Point> groups;
  groups.reserve(blocks.size());
  for (const Block& block : blocks) {
    groups.push_back(Point{static_cast<std::int64_t>(block.weight), static_cast<std::int64_t>(block.sum)});
  }
  return groups;
}

void write_numbers(JsonWriter& json, std::string_view name, const std::vector<double>& values) {
  json.key(name).begin_array();
  for (const double value : values) json.value(value);
  json.end_array();
}

bool strictly_rising(const std::vector<double>& values) noexcept {
  return std::adjacent_find(values.begin(), values.end(), [](double a, double b) { return a >= b; }) ==
         values.end();
}

Status check_calibrator(const Calibrator& calibrator) {
  const VennAbers& venn = calibrator.venn_abers;
  const bool same_length = venn.p0.size() == venn.scores.size() && venn.p1.size() == venn.scores.size();
  if (!same_length || !strictly_rising(venn.scores) || !std::is_sorted(venn.p0.begin(), venn.p0.end()) ||
      !std::is_sorted(venn.p1.begin(), venn.p1.end())) {
    return fail(Errc::invalid_data, "the Venn-Abers table of a calibrator does not rise");
  }
  return {};
}

}  // namespace

double probability_of(double log_odds) noexcept {
  if (log_odds >= 0) return 1 / (1 + fixed_math::exp(-log_odds));
  const double odds = fixed_math::exp(log_odds);
  return odds / (1 + odds);
}

double log_odds_of(double probability, double clip) noexcept {
  const double p = std::clamp(probability, clip, 1 - clip);
  return fixed_math::log(p) - fixed_math::log1p(-p);
}

double PlattScaling::apply(double log_odds) const noexcept {
  return probability_of(slope * log_odds + intercept);
}

Result<PlattScaling> fit_platt(std::span<const double> log_odds, std::span<const std::uint8_t> outcomes,
                               std::span<const double> weights, PlattTargets targets) {
  WEIR_TRY_STATUS(check_rows(log_odds, outcomes, weights));
  if (targets == PlattTargets::plain && !maximum_exists(log_odds, outcomes, weights)) {
    return fail(Errc::invalid_argument,
                "the likelihood has no maximum: one class is missing or the scores separate them; use "
                "smoothed targets");
  }
  const PlattProblem problem{log_odds, weights, platt_targets(outcomes, weights, targets)};
  constexpr int kMostSteps = 100;
  constexpr double kShortestStep = 1e-10;
  const double tolerance = 1e-12 * static_cast<double>(log_odds.size());
  PlattScaling best = platt_start(outcomes, weights);
  PlattState state = evaluate(problem, best);
  for (int step_count = 0; step_count < kMostSteps; ++step_count) {
    if (std::abs(state.gradient[0]) < tolerance && std::abs(state.gradient[1]) < tolerance) return best;
    double step[2];
    newton_step(state, step);
    const double descent = state.gradient[0] * step[0] + state.gradient[1] * step[1];
    double length = 1;
    for (; length >= kShortestStep; length /= 2) {
      const PlattScaling tried{best.slope + length * step[0], best.intercept + length * step[1]};
      const PlattState reached = evaluate(problem, tried);
      if (reached.loss < state.loss + 1e-4 * length * descent) {
        best = tried;
        state = reached;
        break;
      }
    }
    if (length < kShortestStep) return best;  // no lower to the last bit
  }
  return best;
}

double IsotonicCurve::apply(double score) const noexcept {
  if (x.empty()) return 0;
  const auto after = std::upper_bound(x.begin(), x.end(), score);
  if (after == x.begin()) return y.front();
  if (after == x.end()) return y.back();
  const auto right = static_cast<std::size_t>(after - x.begin());
  const std::size_t left = right - 1;
  return y[left] + (y[right] - y[left]) * ((score - x[left]) / (x[right] - x[left]));
}

Result<IsotonicCurve> fit_isotonic(std::span<const double> scores, std::span<const std::uint8_t> outcomes,
                                   std::span<const double> weights) {
  WEIR_TRY_STATUS(check_rows(scores, outcomes, weights));
  IsotonicCurve curve;
  for (const Block& block : pool_violators(blocks_by_score(scores, outcomes, weights))) {
    curve.x.push_back(block.first);
    curve.y.push_back(block.mean());
    if (block.last == block.first) continue;
    curve.x.push_back(block.last);
    curve.y.push_back(block.mean());
  }
  return curve;
}

ProbabilityInterval VennAbers::interval(double score) const noexcept {
  const auto upper = std::lower_bound(scores.begin(), scores.end(), score);
  const auto lower = std::upper_bound(scores.begin(), scores.end(), score);
  const double high = upper == scores.end() ? p1_above : p1[static_cast<std::size_t>(upper - scores.begin())];
  const double low =
      lower == scores.begin() ? p0_below : p0[static_cast<std::size_t>(lower - scores.begin()) - 1];
  return {low, high};
}

double VennAbers::merged(double score) const noexcept {
  const ProbabilityInterval both = interval(score);
  return both.high / (1 - both.low + both.high);
}

Result<VennAbers> fit_venn_abers(std::span<const double> scores, std::span<const std::uint8_t> outcomes) {
  WEIR_TRY_STATUS(check_rows(scores, outcomes, {}));
  const std::vector<Block> blocks = blocks_by_score(scores, outcomes, {});
  VennAbers venn;
  for (const Block& block : blocks) venn.scores.push_back(block.first);
  std::vector<Point> groups = groups_of(blocks);
  venn.p1 = slopes_with_extra_event(groups);
  // An extra row without the event is an extra event in the mirrored problem.
  std::reverse(groups.begin(), groups.end());
  for (Point& group : groups) group.events = group.rows - group.events;
  venn.p0 = slopes_with_extra_event(groups);
  std::reverse(venn.p0.begin(), venn.p0.end());
  for (double& probability : venn.p0) probability = 1 - probability;
  return venn;
}

double Calibrator::weight_of_baseline() const noexcept {
  const double outcomes = static_cast<double>(std::min(events, rows - events));
  return shrink_events + outcomes > 0 ? shrink_events / (outcomes + shrink_events) : 1.0;
}

CalibratedProbability Calibrator::apply(double log_odds, std::optional<double> shrinkage_to) const noexcept {
  double probability =
      method == CalibrationMethod::isotonic ? venn_abers.merged(log_odds) : platt.apply(log_odds);
  if (shrinkage_to) {
    const double weight = weight_of_baseline();
    probability =
        probability_of((1 - weight) * log_odds_of(probability) + weight * log_odds_of(*shrinkage_to));
  }
  const ProbabilityInterval interval = venn_abers.interval(log_odds);
  return {std::clamp(probability, interval.low, interval.high), interval};
}

Result<Calibrator> fit_calibrator(std::span<const double> log_odds, std::span<const std::uint8_t> outcomes) {
  Calibrator calibrator;
  WEIR_TRY(calibrator.platt, fit_platt(log_odds, outcomes));
  WEIR_TRY(calibrator.venn_abers, fit_venn_abers(log_odds, outcomes));
  calibrator.rows = outcomes.size();
  calibrator.events = count_events(outcomes);
  if (calibrator.events > kEventsForIsotonic) calibrator.method = CalibrationMethod::isotonic;
  return calibrator;
}

std::string to_json(const Calibrator& calibrator) {
  JsonWriter json(0);
  json.begin_object().field("format", 2);
  json.field("method", calibrator.method == CalibrationMethod::platt ? "platt" : "isotonic");
  json.field("slope", calibrator.platt.slope).field("intercept", calibrator.platt.intercept);
  json.key("venn_abers").begin_object();
  write_numbers(json, "scores", calibrator.venn_abers.scores);
  write_numbers(json, "p0", calibrator.venn_abers.p0);
  write_numbers(json, "p1", calibrator.venn_abers.p1);
  json.end_object();
  json.field("rows", static_cast<std::int64_t>(calibrator.rows));
  json.field("events", static_cast<std::int64_t>(calibrator.events));
  json.field("shrink_events", calibrator.shrink_events).end_object();
  return json.text();
}

Result<Calibrator> calibrator_from_json(std::string_view text) {
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  JsonFields fields(document);
  Calibrator calibrator;
  // Format 1 also had the knots of a plain isotonic fit.
  const std::size_t format = fields.count("format");
  if (format != 1 && format != 2) return fail(Errc::invalid_data, "this is no calibrator of format 1 or 2");
  const std::string method = fields.text("method");
  if (method != "platt" && method != "isotonic")
    return fail(Errc::invalid_data, "a calibrator's method is platt or isotonic");
  calibrator.method = method == "platt" ? CalibrationMethod::platt : CalibrationMethod::isotonic;
  calibrator.platt = {fields.number("slope"), fields.number("intercept")};
  calibrator.rows = fields.count("rows");
  calibrator.events = fields.count("events");
  calibrator.shrink_events = fields.number("shrink_events");
  const nlohmann::json* venn_abers = fields.object("venn_abers");
  if (fields.missing()) return fail(Errc::invalid_data, "a calibrator lacks " + *fields.missing());
  JsonFields venn(*venn_abers);
  calibrator.venn_abers.scores = venn.numbers("scores");
  calibrator.venn_abers.p0 = venn.numbers("p0");
  calibrator.venn_abers.p1 = venn.numbers("p1");
  if (venn.missing()) return fail(Errc::invalid_data, "a calibrator's venn_abers table is incomplete");
  if (calibrator.events > calibrator.rows)
    return fail(Errc::invalid_data, "a calibrator counts more events than rows");
  WEIR_TRY_STATUS(check_calibrator(calibrator));
  return calibrator;
}

}  // namespace weir::risk
