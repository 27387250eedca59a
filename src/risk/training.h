// Landmark rows with their features -> a model, with an evaluation on the newest landmarks that it had not
// seen.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "features/feature_matrix.h"
#include "risk/ensemble_fit.h"
#include "risk/leakage_guard.h"
#include "risk/model.h"

namespace weir::risk {

// Rows sorted by (at, subject). All spans have one entry per row of the matrix.
struct LandmarkTable {
  const features::FeatureMatrix& matrix;
  std::span<const std::int64_t> at;          // UTC microseconds
  std::span<const std::int64_t> settled_at;  // when the label is known
  std::span<const std::uint32_t> subject;
  std::span<const std::uint8_t> outcome;
  std::span<const std::string> stage;
  std::span<const double> days_in_stage;
  std::span<const double> days_since_touch;  // NaN: never touched
};

enum class Choice : std::uint8_t {
  automatic,  // logistic, unless the ensemble wins on the holdout
  logistic,
  ensemble,
};

struct TrainingOptions {
  Outcome outcome{Outcome::lost};
  std::optional<Micros> horizon;  // empty: eventual
  std::int64_t as_of{0};          // what is known
  std::uint64_t seed{1};
  int threads{1};
  Choice choice{Choice::automatic};
  double holdout_share{0.2};         // of the rows: the newest landmarks
  double calibration_share{0.2};     // likewise, before the holdout
  bool time_trend{false};            // with a horizon: learn as row_time.h says
  std::vector<std::string> exclude;  // features left out
  std::vector<std::string> allow;    // features kept whatever the guard says
  std::vector<ColumnFact> facts;     // for the guard
  std::vector<std::string>
      dated;  // features drawn from dated events: as known then, their presence cannot come late
  std::vector<BaselineStay> stays;  // all stays as known at as_of; days since 1970, fractions
  EnsembleOptions ensemble;         // seed, threads and excluded are taken from above
  EvidenceRule rule;
};

// Names, versions and counts that training knows nothing of are left empty in the model. Fails on a table
// whose spans differ in length or whose rows are not in order, and when a name in `exclude` or `allow` is no
// feature. Too little data is no failure: the model is then the baseline, and says so.
//
// Periods: with a horizon the evaluated models are fitted on rows whose labels were known when the
// calibration window began, and calibrated on rows whose labels were known when the holdout began. Eventual
// labels come late, so that rule would leave only the quick ones: there each subject belongs to the period in
// which its first landmark lies, and rows of earlier subjects at or after a later period's begin are dropped
// (Teinemaa et al. 2019, arXiv 1707.06766). The model itself is fitted on all rows before the holdout and
// calibrated on the holdout.
[[nodiscard]] Result<Model> train_model(const LandmarkTable& table, const TrainingOptions& options);

// What each row is used for; `before_holdout` rows serve the model itself only, not those that are evaluated.
enum class Period : std::uint8_t { unused, fit, calibration, before_holdout, holdout };
[[nodiscard]] const char* to_text(Period period) noexcept;
[[nodiscard]] std::vector<Period> periods_of(const LandmarkTable& table, const TrainingOptions& options);

}  // namespace weir::risk
