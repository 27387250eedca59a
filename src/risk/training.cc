#include "risk/training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "base/fixed_math.h"
#include "risk/encoder_fit.h"
#include "risk/metrics.h"
#include "risk/period_levels.h"

namespace weir::risk {

using features::FeatureMatrix;
using Rows = std::vector<std::uint32_t>;

namespace {

constexpr std::size_t kReliabilityGroups = 10;
// Shares of an inner period that chooses penalty and rounds.
constexpr double kInnerShare = 0.2;
// The ensemble has to beat the logistic model by this many standard errors of the difference in log-loss.
constexpr double kWinningErrors = 1;
// Rows that drift is told against.
constexpr std::size_t kReferenceRows = 500;

struct Periods {
  Rows fit, calibration, holdout;
  Rows before_holdout;  // what the final model is fitted on
  std::int64_t calibration_from{0}, holdout_from{0};
};

Status check_table(const LandmarkTable& table, const TrainingOptions& options) {
  const std::size_t rows = table.matrix.row_count;
  for (const std::size_t size :
       {table.at.size(), table.settled_at.size(), table.subject.size(), table.outcome.size(),
        table.stage.size(), table.days_in_stage.size(), table.days_since_touch.size()}) {
    if (size != rows)
      return fail(Errc::invalid_argument, "the columns of the landmarks have different lengths");
  }
  if (!std::is_sorted(table.at.begin(), table.at.end()))
    return fail(Errc::invalid_argument, "the landmarks are not in the order of time");
  for (const auto* names : {&options.exclude, &options.allow}) {
    for (const std::string& name : *names) {
      if (table.matrix.find(name) == nullptr)
        return fail(Errc::configuration,
                    "no feature is named '" + name + "'; `weir features --catalogue` lists them");
    }
  }
  return {};
}

// The time at which the newest `share` of `count` rows begins.
template <typename Times>
std::int64_t newest_share(const Times& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(static_cast<double>(sorted.size()) * (1 - share));
  return sorted[std::min(at, sorted.size() - 1)];
}

Periods periods_by_horizon(const LandmarkTable& table, const TrainingOptions& options) {
  Periods periods;
  periods.holdout_from = newest_share(table.at, options.holdout_share);
  std::vector<std::int64_t> earlier;  // landmarks whose labels were known when the holdout begins
  for (std::size_t i = 0; i < table.at.size(); ++i) {
    if (table.settled_at[i] <= periods.holdout_from) earlier.push_back(table.at[i]);
  }
  periods.calibration_from =
      newest_share(earlier, options.calibration_share / std::max(1 - options.holdout_share, 0.1));
  for (std::uint32_t i = 0; i < table.at.size(); ++i) {
    const bool known_before_holdout = table.settled_at[i] <= periods.holdout_from;
    if (known_before_holdout) periods.before_holdout.push_back(i);
    if (table.settled_at[i] <= periods.calibration_from) {
      periods.fit.push_back(i);
    } else if (table.at[i] >= periods.holdout_from) {
      periods.holdout.push_back(i);
    } else if (table.at[i] >= periods.calibration_from && known_before_holdout) {
      periods.calibration.push_back(i);
    }
  }
  return periods;
}

Periods periods_by_subject(const LandmarkTable& table, const TrainingOptions& options) {
  std::map<std::uint32_t, std::int64_t> begin_of;
  for (std::size_t i = 0; i < table.at.size(); ++i) begin_of.emplace(table.subject[i], table.at[i]);
  std::vector<std::int64_t> begins;
  for (const auto& [subject, begin] : begin_of) begins.push_back(begin);
  std::sort(begins.begin(), begins.end());
  Periods periods;
  periods.holdout_from = newest_share(begins, options.holdout_share);
  periods.calibration_from = newest_share(begins, options.holdout_share + options.calibration_share);
  for (std::uint32_t i = 0; i < table.at.size(); ++i) {
    const std::int64_t begin = begin_of[table.subject[i]];
    if (begin >= periods.holdout_from) {
      periods.holdout.push_back(i);
      continue;
    }
    if (table.at[i] >= periods.holdout_from) continue;
    periods.before_holdout.push_back(i);
    if (begin >= periods.calibration_from) {
      periods.calibration.push_back(i);
    } else if (table.at[i] < periods.calibration_from) {
      periods.fit.push_back(i);
    }
  }
  return periods;
}

Periods divide(const LandmarkTable& table, const TrainingOptions& options) {
  return options.horizon ? periods_by_horizon(table, options) : periods_by_subject(table, options);
}

// Columns of the table at some rows.
struct Part {
  FeatureMatrix matrix;
  std::vector<std::uint8_t> outcome;
  std::size_t events{0};
  [[nodiscard]] std::size_t rows() const noexcept { return outcome.size(); }
  [[nodiscard]] std::size_t rarer() const noexcept { return std::min(events, outcome.size() - events); }
};

Part part_of(const LandmarkTable& table, const Rows& rows) {
  Part part;
  part.matrix = features::select_rows(table.matrix, rows);
  for (const std::uint32_t row : rows) part.outcome.push_back(table.outcome[row]);
  part.events =
      static_cast<std::size_t>(std::count(part.outcome.begin(), part.outcome.end(), std::uint8_t{1}));
  return part;
}

// 1 for the newest part of the rows, which chooses penalty and rounds. Landmarks whose labels were not known
// when it begins stay on the fitting side: the choice is of two numbers only, and they see no other label.
std::vector<std::uint8_t> inner_period(const LandmarkTable& table, const Rows& rows) {
  std::vector<std::uint8_t> inner(rows.size(), 0);
  if (rows.empty()) return inner;
  const auto from = static_cast<std::size_t>(static_cast<double>(rows.size()) * (1 - kInnerShare));
  const std::int64_t begin = table.at[rows[std::min(from, rows.size() - 1)]];
  for (std::size_t i = 0; i < rows.size(); ++i) inner[i] = table.at[rows[i]] >= begin ? 1 : 0;
  return inner;
}

bool is_good(Outcome outcome) noexcept {
  return outcome == Outcome::advance || outcome == Outcome::won;
}

double clipped_log_loss(double probability, bool outcome) {
  const double p = std::clamp(probability, 1e-9, 1 - 1e-9);
  return -fixed_math::log(outcome ? p : 1 - p);
}

class Training {
 public:
  Training(const LandmarkTable& table, const TrainingOptions& options) : table_(table), options_(options) {}

  Result<Model> run() {
    describe();
    const Periods periods = divide(table_, options_);
    WEIR_TRY_STATUS(fit_final_baseline());
    const Part fit = part_of(table_, periods.fit);
    const Part calibration = part_of(table_, periods.calibration);
    const Part holdout = part_of(table_, periods.holdout);
    note_periods(periods, fit, calibration, holdout);
    WEIR_TRY_STATUS(find_leaking_columns(periods.before_holdout));
    if (rarer_subjects(periods.fit) < options_.rule.outcomes_for_model ||
        rarer_subjects(periods.calibration) < options_.rule.outcomes_for_interval || fit.rarer() == 0 ||
        calibration.rarer() == 0) {
      return without_model();
    }
    WEIR_TRY_STATUS(evaluate(periods, fit, calibration, holdout));
    if (!model_.evidence.enough() && options_.choice == Choice::automatic) return std::move(model_);
    WEIR_TRY_STATUS(fit_final(periods, holdout));
    return std::move(model_);
  }

 private:
  void describe() {
    model_.outcome = options_.outcome;
    model_.seed = options_.seed;
    model_.as_of = options_.as_of;
    if (options_.horizon) model_.horizon_days = days_of(*options_.horizon);
    model_.rows = table_.matrix.row_count;
    model_.events =
        static_cast<std::size_t>(std::count(table_.outcome.begin(), table_.outcome.end(), std::uint8_t{1}));
    model_.subjects = std::set<std::uint32_t>(table_.subject.begin(), table_.subject.end()).size();
    if (!table_.at.empty()) {
      model_.landmarks_from = table_.at.front();
      model_.landmarks_until = table_.at.back();
    }
    model_.stage_rates = stage_rates();
  }

  [[nodiscard]] std::vector<StageRate> stage_rates() const {
    std::map<std::string, std::pair<StageRate, std::set<std::uint32_t>>> by_stage;
    for (std::size_t i = 0; i < table_.at.size(); ++i) {
      for (const std::string& stage : {std::string{}, table_.stage[i]}) {
        auto& [rate, subjects] = by_stage[stage];
        rate.stage = stage;
        ++rate.rows;
        rate.events += table_.outcome[i];
        subjects.insert(table_.subject[i]);
      }
    }
    std::vector<StageRate> rates;
    for (auto& [stage, entry] : by_stage) {
      entry.first.subjects = entry.second.size();
      rates.push_back(entry.first);
    }
    return rates;
  }

  [[nodiscard]] Result<Baseline> baseline_as_of(std::int64_t at) const {
    return fit_baseline(options_.stays, days_of(Micros{at}));
  }
  Status fit_final_baseline() {
    WEIR_TRY(model_.baseline, baseline_as_of(options_.as_of));
    return {};
  }

  void note_periods(const Periods& periods, const Part& fit, const Part& calibration, const Part& holdout) {
    Evaluation& e = model_.evaluation;
    e.fitted_until = periods.calibration_from;
    e.holdout_from = periods.holdout_from;
    e.holdout_until = model_.landmarks_until;
    e.fit_rows = fit.rows();
    e.fit_events = fit.events;
    e.calibration_rows = calibration.rows();
    e.calibration_events = calibration.events;
    e.holdout_rows = holdout.rows();
    e.holdout_events = holdout.events;
  }

  Status find_leaking_columns(const Rows& rows) {
    excluded_ = options_.exclude;
    if (rows.empty()) return {};
    const Part before = part_of(table_, rows);
    std::vector<std::uint64_t> subjects;
    for (const std::uint32_t row : rows) subjects.push_back(table_.subject[row]);
    WEIR_TRY(const LeakageReport report,
             find_leakage(before.matrix, before.outcome, options_.facts, subjects));
    for (const SuspiciousColumn& column : report.suspicious) {
      const auto named = [&](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), column.name) != names.end();
      };
      if (named(options_.allow) || named(options_.exclude)) continue;
      if (column.why == Suspicion::presence && named(options_.dated)) continue;
      model_.left_out.push_back({column.name, column.sentence});
      excluded_.push_back(column.name);
    }
    std::sort(excluded_.begin(), excluded_.end());
    excluded_.erase(std::unique(excluded_.begin(), excluded_.end()), excluded_.end());
    return {};
  }

  // Landmarks of one subject are no independent evidence: what counts is how many subjects came to the
  // outcome, and how many never did.
  struct SubjectCounts {
    std::size_t subjects{0}, events{0};
  };
  [[nodiscard]] SubjectCounts subject_counts(const Rows& rows) const {
    std::map<std::uint32_t, bool> by_subject;
    for (const std::uint32_t row : rows) {
      bool& event = by_subject[table_.subject[row]];
      event = event || table_.outcome[row] != 0;
    }
    SubjectCounts counts;
    counts.subjects = by_subject.size();
    for (const auto& [subject, event] : by_subject) counts.events += event ? 1 : 0;
    return counts;
  }
  [[nodiscard]] std::size_t rarer_subjects(const Rows& rows) const {
    const SubjectCounts counts = subject_counts(rows);
    // Where every subject comes to the outcome sooner or later, its rows before that are the others.
    const std::size_t others = counts.subjects - counts.events;
    return others > 0 ? std::min(counts.events, others) : counts.events;
  }
  [[nodiscard]] SubjectCounts all_subjects() const {
    Rows rows(table_.at.size());
    std::iota(rows.begin(), rows.end(), 0U);
    return subject_counts(rows);
  }

  Result<Model> without_model() {
    const SubjectCounts all = all_subjects();
    model_.evidence = judge_evidence(all.subjects, all.events, 0, {}, {}, options_.rule);
    return std::move(model_);
  }

  // For row_time.h; empty unless it is asked for. Eventual labels get none: there all rows of a subject carry
  // one label, they stand close in time, and trees would learn by the time which subject it is.
  [[nodiscard]] std::vector<double> days_of_rows(const Rows& rows) const {
    std::vector<double> days;
    if (!options_.time_trend || !options_.horizon) return days;
    for (const std::uint32_t row : rows) days.push_back(days_of(Micros{table_.at[row]}));
    return days;
  }

  // `chosen`: penalty and rounds that were chosen before; 0: to be chosen on the newest part of the rows.
  struct Learners {
    bool logistic{true};
    bool forest{true};
  };
  [[nodiscard]] Result<FittedEnsemble> fit_on(const Rows& rows, const Part& part, Learners learners,
                                              double penalty = 0, int rounds = 0) const {
    EnsembleOptions options = options_.ensemble;
    if (penalty > 0) options.penalty = penalty;
    if (rounds > 0) options.rounds = rounds;
    options.seed = options_.seed;
    options.threads = options_.threads;
    options.logistic = learners.logistic;
    options.forest = learners.forest;
    options.opposite_hints = is_good(options_.outcome);
    options.excluded = excluded_;
    const std::vector<std::uint8_t> inner = inner_period(table_, rows);
    const std::vector<double> time = days_of_rows(rows);
    return fit_ensemble(TrainingRows{part.matrix, part.outcome, {}, inner, time}, options);
  }

  // Landmarks older than those of the period, up to half a year before its end.
  [[nodiscard]] Rows just_before(const Rows& period) const {
    const std::int64_t begin = table_.at[period.back()] - kUsualOver;
    Rows rows;
    for (std::uint32_t i = 0; table_.at[i] < table_.at[period.front()]; ++i) {
      if (table_.at[i] > begin) rows.push_back(i);
    }
    return rows;
  }

  // On the rows of a period, in order. Labels within a horizon follow the season in which they lie, and a
  // period may be one season; eventual ones hardly do.
  [[nodiscard]] Result<Calibrator> calibrate(const Ensemble& ensemble, std::span<const double> log_odds,
                                             const Part& part, const Rows& period) const {
    if (!options_.horizon || period.empty()) return fit_calibrator(log_odds, part.outcome);
    const Rows before = just_before(period);
    const Part earlier = part_of(table_, before);
    WEIR_TRY(std::vector<double> margin, margins(ensemble, earlier.matrix));
    margin.insert(margin.end(), log_odds.begin(), log_odds.end());
    std::vector<std::uint8_t> outcomes = earlier.outcome;
    outcomes.insert(outcomes.end(), part.outcome.begin(), part.outcome.end());
    std::vector<std::int64_t> at;
    for (const Rows* rows : {&before, &period}) {
      for (const std::uint32_t row : *rows) at.push_back(table_.at[row]);
    }
    WEIR_TRY(const auto usual, at_the_usual_level(margin, outcomes, at, before.size()));
    return fit_calibrator(usual, part.outcome);
  }

  struct Scored {
    std::string name;
    std::vector<double> ranking;      // any scale
    std::vector<double> probability;  // empty: it gives none
  };

  // The baseline as it was when the holdout began.
  [[nodiscard]] Result<Scored> stage_rate(const Periods& periods) const {
    Scored scored{"stage rate", {}, {}};
    Model before;
    before.outcome = model_.outcome;
    before.horizon_days = model_.horizon_days;
    WEIR_TRY(before.baseline, baseline_as_of(periods.holdout_from));
    std::map<std::string, StageRate> rates;
    for (const std::uint32_t row : periods.before_holdout) {
      for (const std::string& stage : {std::string{}, table_.stage[row]}) {
        ++rates[stage].rows;
        ++rates[stage].subjects;
        rates[stage].events += table_.outcome[row];
      }
    }
    before.stage_rates.clear();
    for (auto& [stage, rate] : rates) {
      rate.stage = stage;
      before.stage_rates.push_back(rate);
    }
    for (const std::uint32_t row : periods.holdout) {
      scored.probability.push_back(
          baseline_chance(before, {table_.stage[row], table_.days_in_stage[row]}).probability);
    }
    scored.ranking = scored.probability;
    return scored;
  }

  // Who was touched long ago is ranked higher, or lower where the outcome is a good one.
  [[nodiscard]] Scored days_since_touch(const Rows& rows) const {
    Scored scored{"days since last touch", {}, {}};
    const bool good_outcome = is_good(options_.outcome);
    for (const std::uint32_t row : rows) {
      const double days = std::isnan(table_.days_since_touch[row]) ? table_.days_in_stage[row] + 1e6
                                                                   : table_.days_since_touch[row];
      scored.ranking.push_back(good_outcome ? -days : days);
    }
    return scored;
  }

  [[nodiscard]] Result<Scored> scored_by(const std::string& name, const FittedEnsemble& fitted,
                                         const Periods& periods, const Part& calibration, const Part& holdout,
                                         const Scored& baseline) const {
    Scored scored{name, {}, {}};
    WEIR_TRY(const auto calibration_margins, margins(fitted.ensemble, calibration.matrix));
    WEIR_TRY(const Calibrator calibrator,
             calibrate(fitted.ensemble, calibration_margins, calibration, periods.calibration));
    WEIR_TRY(scored.ranking, margins(fitted.ensemble, holdout.matrix));
    for (std::size_t i = 0; i < scored.ranking.size(); ++i) {
      scored.probability.push_back(calibrator.apply(scored.ranking[i], baseline.probability[i]).probability);
    }
    return scored;
  }

  [[nodiscard]] Quality quality_of(const Scored& scored, const Part& holdout, const Rows& rows) const {
    Quality quality;
    quality.ranking = scored.name;
    std::vector<std::uint32_t> subjects;
    for (const std::uint32_t row : rows) subjects.push_back(table_.subject[row]);
    if (const auto interval = auc_interval(scored.ranking, holdout.outcome, 0.95, subjects)) {
      quality.auc = interval->auc;
      quality.auc_low = interval->low;
      quality.auc_high = interval->high;
    }
    quality.average_precision = average_precision(scored.ranking, holdout.outcome);
    quality.lift_at_10_percent = lift_at(scored.ranking, holdout.outcome, 0.1);
    if (scored.probability.empty()) return quality;
    quality.brier = brier_score(scored.probability, holdout.outcome);
    quality.log_loss = log_loss(scored.probability, holdout.outcome);
    quality.calibration_error = calibration_error(scored.probability, holdout.outcome);
    return quality;
  }

  // Whether the ensemble's mean log-loss on the holdout is lower by more than chance would make it. Rows of
  // one subject hang together, so the standard error is over subjects.
  [[nodiscard]] bool wins(const Scored& ensemble, const Scored& logistic, const Periods& periods,
                          const Part& holdout) const {
    std::map<std::uint32_t, double> by_subject;
    double sum = 0;
    for (std::size_t i = 0; i < holdout.rows(); ++i) {
      const bool outcome = holdout.outcome[i] != 0;
      const double gain = clipped_log_loss(logistic.probability[i], outcome) -
                          clipped_log_loss(ensemble.probability[i], outcome);
      by_subject[table_.subject[periods.holdout[i]]] += gain;
      sum += gain;
    }
    if (by_subject.size() < 2) return false;
    const double mean = sum / static_cast<double>(by_subject.size());
    double squares = 0;
    for (const auto& [subject, gain] : by_subject) squares += (gain - mean) * (gain - mean);
    const double error = std::sqrt(squares / static_cast<double>(by_subject.size() - 1) /
                                   static_cast<double>(by_subject.size()));
    return mean > kWinningErrors * error;
  }

  Status evaluate(const Periods& periods, const Part& fit, const Part& calibration, const Part& holdout) {
    WEIR_TRY(const Scored rate, stage_rate(periods));
    WEIR_TRY(const FittedEnsemble small, fit_on(periods.fit, fit, {.logistic = true, .forest = false}));
    penalty_ = small.penalty;
    WEIR_TRY(const Scored logistic, scored_by("logistic", small, periods, calibration, holdout, rate));
    std::optional<Scored> ensemble;
    if (options_.choice != Choice::logistic) {
      WEIR_TRY(FittedEnsemble both, fit_on(periods.fit, fit, {.logistic = false, .forest = true}));
      both.ensemble.logistic = small.ensemble.logistic;  // of the same rows, and so of the same encoder
      rounds_ = both.rounds;
      WEIR_TRY(ensemble, scored_by("ensemble", both, periods, calibration, holdout, rate));
    }
    const bool takes_ensemble =
        ensemble && (options_.choice == Choice::ensemble || wins(*ensemble, logistic, periods, holdout));
    const Scored& chosen = takes_ensemble ? *ensemble : logistic;
    model_.chosen = chosen.name;
    std::vector<Quality>& rankings = model_.evaluation.rankings;
    rankings.push_back(quality_of(chosen, holdout, periods.holdout));
    if (ensemble)
      rankings.push_back(quality_of(takes_ensemble ? logistic : *ensemble, holdout, periods.holdout));
    rankings.push_back(quality_of(rate, holdout, periods.holdout));
    rankings.push_back(quality_of(days_since_touch(periods.holdout), holdout, periods.holdout));
    for (const ReliabilityGroup& group :
         reliability(chosen.probability, holdout.outcome, kReliabilityGroups)) {
      model_.evaluation.reliability_rows.push_back(group.rows);
      model_.evaluation.reliability_predicted.push_back(group.mean_probability);
      model_.evaluation.reliability_observed.push_back(group.observed_rate);
    }
    const double effective = static_cast<double>(small.ensemble.encoder.linear_columns.size());
    std::vector<std::uint32_t> subjects;
    for (const std::uint32_t row : periods.holdout) subjects.push_back(table_.subject[row]);
    const SubjectCounts all = all_subjects();
    const double carried =
        static_cast<double>(rarer_subjects(periods.fit)) / options_.rule.outcomes_per_feature;
    model_.evidence = judge_evidence(all.subjects, all.events, std::min(effective, carried), chosen.ranking,
                                     holdout.outcome, options_.rule, subjects);
    return {};
  }

  Status fit_final(const Periods& periods, const Part& holdout) {
    const Part before = part_of(table_, periods.before_holdout);
    WEIR_TRY(FittedEnsemble fitted,
             fit_on(periods.before_holdout, before, {.logistic = true, .forest = model_.chosen == "ensemble"},
                    penalty_, rounds_));
    model_.penalty = fitted.penalty;
    model_.rounds = fitted.rounds;
    WEIR_TRY(const auto newest_margins, margins(fitted.ensemble, holdout.matrix));
    WEIR_TRY(model_.calibrator, calibrate(fitted.ensemble, newest_margins, holdout, periods.holdout));
    std::vector<double> probabilities;
    for (const double margin : newest_margins)
      probabilities.push_back(model_.calibrator.apply(margin).probability);
    std::sort(probabilities.begin(), probabilities.end());
    for (int percent = 1; percent < 100 && !probabilities.empty(); ++percent) {
      const double at = static_cast<double>(percent) / 100 * static_cast<double>(probabilities.size() - 1);
      model_.percentiles.push_back(probabilities[static_cast<std::size_t>(at)]);
    }
    WEIR_TRY(model_.reference,
             feature_reference(fitted.ensemble, part_of(table_, newest_landmarks()).matrix));
    model_.ensemble = std::move(fitted.ensemble);
    return {};
  }

  // What open subjects looked like last: the newest landmark, and earlier ones until there are enough rows to
  // compare with.
  [[nodiscard]] Rows newest_landmarks() const {
    std::size_t begin = table_.at.size();
    while (begin > 0 && (table_.at.size() - begin < kReferenceRows ||
                         (begin < table_.at.size() && table_.at[begin - 1] == table_.at[begin])))
      --begin;
    Rows rows(table_.at.size() - begin);
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(begin));
    return rows;
  }

  const LandmarkTable& table_;
  const TrainingOptions& options_;
  Model model_;
  std::vector<std::string> excluded_;
  double penalty_{0};  // chosen when the model was judged
  int rounds_{0};
};

}  // namespace

const char* to_text(Period period) noexcept {
  switch (period) {
    case Period::unused:
      return "unused";
    case Period::fit:
      return "fit";
    case Period::calibration:
      return "calibration";
    case Period::before_holdout:
      return "before_holdout";
    case Period::holdout:
      return "holdout";
  }
  return "unused";
}

std::vector<Period> periods_of(const LandmarkTable& table, const TrainingOptions& options) {
  const Periods periods = divide(table, options);
  std::vector<Period> used(table.at.size(), Period::unused);
  const auto mark = [&](const Rows& rows, Period period) {
    for (const std::uint32_t row : rows) used[row] = period;
  };
  mark(periods.before_holdout, Period::before_holdout);
  mark(periods.calibration, Period::calibration);
  mark(periods.fit, Period::fit);
  mark(periods.holdout, Period::holdout);
  return used;
}

Result<Model> train_model(const LandmarkTable& table, const TrainingOptions& options) {
  WEIR_TRY_STATUS(check_table(table, options));
  Training training(table, options);
  return training.run();
}

}  // namespace weir::risk
