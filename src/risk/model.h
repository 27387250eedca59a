// A trained risk model: everything that a score needs, and what is known about how good it is. Immutable: its
// version is the hash of its JSON. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "features/feature_matrix.h"
#include "risk/baseline.h"
#include "risk/calibration.h"
#include "risk/ensemble.h"
#include "risk/evidence.h"
#include "risk/feature_reference.h"
#include "risk/landmarks.h"

namespace weir::risk {

[[nodiscard]] const char* to_text(Outcome outcome) noexcept;
[[nodiscard]] std::optional<Outcome> outcome_named(std::string_view name) noexcept;

// How one way of ranking did on rows it had not seen. Empty: not to be had (one class, no rows).
struct Quality {
  std::string ranking;  // "ensemble", "logistic", "stage rate", "days since last touch"
  std::optional<double> auc, auc_low, auc_high;  // 95 %, DeLong
  std::optional<double> average_precision, brier, log_loss, calibration_error, lift_at_10_percent;
};

// The newest landmarks, which the evaluated models had not seen: fitted on rows whose labels were known
// before the calibration window began, calibrated on rows whose labels were known before the holdout began.
struct Evaluation {
  std::int64_t fitted_until{0}, holdout_from{0}, holdout_until{0};  // landmark times
  std::size_t fit_rows{0}, fit_events{0}, calibration_rows{0}, calibration_events{0}, holdout_rows{0},
      holdout_events{0};
  std::vector<Quality> rankings;  // the chosen one first
  std::vector<double> reliability_predicted,
      reliability_observed;  // of the chosen one, in groups of equal size
  std::vector<std::size_t> reliability_rows;
};

// A column that was left out because it looks as if it had been filled in after the fact.
struct LeftOut {
  std::string name;
  std::string sentence;  // with the figures that say so
};

// What became of the landmarks in one stage: the baseline where the hazards say nothing (eventual, won,
// dormant).
struct StageRate {
  std::string stage;
  std::size_t rows{0}, events{0}, subjects{0};
};

struct Model {
  std::string name;  // "deals/lost/30d"
  std::string funnel;
  Outcome outcome{Outcome::lost};
  std::optional<double> horizon_days;  // empty: eventual
  std::int64_t as_of{0};               // what was known when it was trained
  std::int64_t landmarks_from{0}, landmarks_until{0};
  std::size_t rows{0}, events{0}, subjects{0};
  std::size_t immature{0}, treated{0};  // landmarks that had no label
  std::uint64_t seed{1};
  std::string feature_version;  // of all features together
  std::string context_version;
  std::string funnel_version;
  std::vector<std::string> features;  // normal forms, in the order of the matrix
  std::vector<LeftOut> left_out;
  Evidence evidence;
  std::optional<Ensemble> ensemble;  // empty: not enough evidence for one, the baseline answers
  std::string chosen;                // "ensemble" or "logistic"
  double penalty{0};
  int rounds{0};
  Calibrator calibrator;  // meaningless without an ensemble
  Baseline baseline;
  std::vector<StageRate> stage_rates;              // sorted by stage; "" is all of them
  std::optional<double> recorded_share;            // declared: probabilities are divided by it
  std::optional<double> estimated_recorded_share;  // measured from closings, shown, not applied
  std::vector<double> percentiles;  // the 1st to 99th of the probabilities in the calibration window: ratings
  Evaluation evaluation;
  FeatureReference reference;  // of the newest landmarks; empty without an ensemble
};

// As an object of JSON.
void write_quality(JsonWriter& out, const Quality& quality);

// Equal models give equal bytes; reading gives a model with the same scores, bit for bit.
[[nodiscard]] std::string to_json(const Model& model);
[[nodiscard]] Result<Model> model_from_json(std::string_view text);
// Hash of the JSON.
[[nodiscard]] std::string version_of(const Model& model);

// What a score is about.
struct ScoreRow {
  std::string_view stage;
  double days_in_stage{0};
};

struct Score {
  double probability{0};
  double low{0}, high{1};  // 90 % of the baseline's posterior, or Venn-Abers of the model
  double margin{0};        // log-odds before calibration; 0 from the baseline
  int rating{
      0};  // 1 ... 99: so many percent of the calibration window's rows were less likely; 0 without a model
  bool fallback{false};  // the baseline answered
};

// One score per row of the matrix and of `rows`. Without an ensemble the matrix may lack everything.
[[nodiscard]] Result<std::vector<Score>> score(const Model& model, const features::FeatureMatrix& matrix,
                                               std::span<const ScoreRow> rows);

// The baseline's chance of the model's outcome: for losses within a horizon the hazards rolled out, for
// advances likewise, else the stage's rate. 90 % interval: of the posterior, else Clopper-Pearson over as
// many trials as there were subjects (landmarks of one subject are not independent).
struct BaselineChance {
  double probability{0};
  double low{0}, high{1};
  double events{0};  // behind it
};
[[nodiscard]] BaselineChance baseline_chance(const Model& model, const ScoreRow& row);

}  // namespace weir::risk
