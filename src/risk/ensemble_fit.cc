#include "risk/ensemble_fit.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "risk/encoder_fit.h"
#include "risk/logistic_fit.h"
#include "risk/row_time.h"

namespace weir::risk {
namespace {

Failure cannot_be(const char* why) {
  return fail(Errc::invalid_argument, why);
}

Status check_options(const EnsembleOptions& options) {
  if (!options.logistic && !options.forest) {
    return cannot_be("an ensemble needs at least one part: logistic or forest");
  }
  if (options.threads < 1 || options.threads > 256) {
    return cannot_be("the number of threads must be from 1 to 256");
  }
  if (options.penalty && !(*options.penalty > 0 && std::isfinite(*options.penalty))) {
    return cannot_be("the ridge penalty must be above 0");
  }
  if (!std::all_of(options.penalty_grid.begin(), options.penalty_grid.end(),
                   [](double p) { return p > 0 && std::isfinite(p); })) {
    return cannot_be("all ridge penalties to choose from must be above 0");
  }
  if ((options.rounds && *options.rounds < 1) || options.boosting.rounds < 1) {
    return cannot_be("boosting needs at least one round");
  }
  return {};
}

Status check_rows(const TrainingRows& training) {
  const std::size_t rows = training.rows.row_count;
  if (training.outcome.size() != rows || (!training.weight.empty() && training.weight.size() != rows) ||
      (!training.inner_validation.empty() && training.inner_validation.size() != rows) ||
      (!training.time.empty() && training.time.size() != rows)) {
    return cannot_be(
        "outcomes, weights, times and marks of the inner period must be as many as the training rows");
  }
  if (!std::all_of(training.time.begin(), training.time.end(), [](double t) { return std::isfinite(t); })) {
    return cannot_be("times of training rows must be finite");
  }
  double total = 0;
  for (const double weight : training.weight) {
    if (!(weight >= 0) || !std::isfinite(weight)) {
      return cannot_be("weights of training rows must be finite and not negative");
    }
    total += weight;
  }
  return std::isfinite(total)
             ? Status{}
             : Status{cannot_be("the weights of the training rows add up beyond all numbers")};
}

// Whether a side of the inner split (1: inner period) has weight on both outcomes.
bool has_both(const TrainingRows& training, bool inner) {
  bool lost = false;
  bool kept = false;
  for (std::size_t i = 0; i < training.outcome.size(); ++i) {
    if ((training.inner_validation[i] != 0) == inner && (training.weight.empty() || training.weight[i] > 0)) {
      (training.outcome[i] != 0 ? lost : kept) = true;
    }
  }
  return lost && kept;
}

bool can_choose(const TrainingRows& training) {
  return !training.inner_validation.empty() && has_both(training, false) && has_both(training, true);
}

std::vector<features::Monotone> hints_of(const Encoder& encoder, bool opposite) {
  std::vector<features::Monotone> hints;
  for (const EncodedColumn& column : encoder.tree_columns) {
    const auto hint = column.kind == EncodedKind::number ? encoder.features[column.feature].monotone
                                                         : features::Monotone::free;
    const bool turns = opposite && hint != features::Monotone::free;
    hints.push_back(!turns                               ? hint
                    : hint == features::Monotone::rising ? features::Monotone::falling
                                                         : features::Monotone::rising);
  }
  return hints;
}

// The rows' times (row_time.h): while penalty and rounds are chosen the inner period stands at the end of
// what came before it, as every later row will at the end of all. Empty: learning sees no time.
struct RowTimes {
  std::vector<double> choosing;
  std::vector<double> fitting;
};

RowTimes times_of(const TrainingRows& training, bool choose) {
  RowTimes times;
  times.fitting = time_before_newest(training.time, {});
  if (choose && !times.fitting.empty()) {
    times.choosing = time_before_newest(training.time, training.inner_validation);
    if (times.choosing.empty()) {
      times.fitting.clear();
    }
  }
  return times;
}

Status add_logistic(const TrainingRows& training, const EnsembleOptions& options, bool choose,
                    const RowTimes& times, const BoundEncoder& bound, FittedEnsemble& fitted) {
  const LinearRows plain = bound.linear_rows(0, bound.row_count());
  TimeColumns time;
  fitted.penalty = options.penalty.value_or(kDefaultPenalty);
  std::optional<Logistic> start;
  if (choose && !options.penalty) {
    if (!times.choosing.empty()) {
      time = linear_time_columns(times.choosing, training.inner_validation);
    }
    WEIR_TRY(ChosenPenalty chosen,
             choose_penalty(with_columns(plain, time.columns), training.outcome, training.weight,
                            training.inner_validation, options.penalty_grid, options.threads));
    fitted.penalty = chosen.penalty;
    start = std::move(chosen.model);
  }
  const std::size_t columns_before = time.columns.size();
  if (!times.fitting.empty()) {
    time = linear_time_columns(times.fitting, {});
  }
  WEIR_TRY(Logistic logistic,
           fit_logistic(with_columns(plain, time.columns), training.outcome, training.weight,
                        {.penalty = fitted.penalty, .threads = options.threads},
                        start && columns_before == time.columns.size() ? &*start : nullptr));
  fitted.ensemble.logistic = hold_last_columns(std::move(logistic), time.newest);
  return {};
}

Status add_forest(const TrainingRows& training, const EnsembleOptions& options, bool choose,
                  const RowTimes& times, const BoundEncoder& bound, FittedEnsemble& fitted) {
  const TreeRows plain = bound.tree_rows(0, bound.row_count());
  const bool timed = !times.fitting.empty();
  const auto rows_at = [&](const std::vector<double>& time) {
    return with_columns(plain, timed ? std::span(&time, 1) : std::span<const std::vector<double>>{});
  };
  std::vector<features::Monotone> hints = hints_of(fitted.ensemble.encoder, options.opposite_hints);
  hints.resize(hints.size() + (timed ? 1 : 0), features::Monotone::free);
  BoostingOptions boosting = options.boosting;
  boosting.seed = options.seed;
  boosting.threads = options.threads;
  fitted.rounds = options.rounds.value_or(kDefaultRounds);
  if (choose && !options.rounds) {
    WEIR_TRY(fitted.rounds, choose_rounds(rows_at(times.choosing), training.outcome, training.weight, hints,
                                          training.inner_validation, boosting, options.patience));
  }
  boosting.rounds = fitted.rounds;
  WEIR_TRY(Forest forest,
           fit_forest(rows_at(times.fitting), training.outcome, training.weight, hints, boosting));
  if (timed) {
    WEIR_TRY(forest, hold_last_column(forest, 0));
  }
  fitted.ensemble.forest = std::move(forest);
  return {};
}

}  // namespace

Result<FittedEnsemble> fit_ensemble(const TrainingRows& training, const EnsembleOptions& options) {
  WEIR_TRY_STATUS(check_options(options));
  WEIR_TRY_STATUS(check_rows(training));
  FittedEnsemble fitted;
  WEIR_TRY(fitted.ensemble.encoder, fit_encoder(training.rows, options.excluded));
  if (fitted.ensemble.encoder.features.empty()) {
    return fail(Errc::state, "no feature varies over the training rows: there is nothing to learn from");
  }
  const bool choose = can_choose(training);
  fitted.chosen_inside =
      choose && ((options.logistic && !options.penalty) || (options.forest && !options.rounds));
  WEIR_TRY(const BoundEncoder bound, BoundEncoder::bind(fitted.ensemble.encoder, training.rows));
  const RowTimes times = times_of(training, choose);
  if (options.logistic) {
    WEIR_TRY_STATUS(add_logistic(training, options, choose, times, bound, fitted));
  }
  if (options.forest) {
    WEIR_TRY_STATUS(add_forest(training, options, choose, times, bound, fitted));
  }
  return fitted;
}

}  // namespace weir::risk
