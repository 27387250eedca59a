// Estimators for times that may be censored: how long a stay lasts and how it ends. Pure kernel; all times
// share one unit of the caller's choice. Ties: exits count before censoring at the same time. O(n log n).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "funnel/stay.h"

namespace weir::funnel {

struct Interval {
  double low{0};
  double high{0};
};

// One row per observation. `causes`: 0 means censored, 1 ... cause_count an exit by that cause; empty: every
// row is an exit by cause 1. `entries` (delayed entry, left truncation): a row is at risk at t when entry < t
// <= duration; an entry <= 0 is no delay; empty: none is delayed.
struct SurvivalData {
  std::span<const double> durations;
  std::span<const std::uint8_t> causes;
  std::span<const double> entries;
  std::uint8_t cause_count{1};
};

// A step function: `values[i]` holds from `times[i]` (included) to `times[i + 1]`; `before` holds earlier.
// `times` are the distinct durations, rising.
struct StepCurve {
  std::vector<double> times;
  std::vector<double> values;
  double before{0};
  [[nodiscard]] double at(double time) const noexcept;
};

struct SurvivalCurve {
  StepCurve survival;                 // Kaplan & Meier 1958
  std::vector<double> variance;       // Greenwood 1926; 0 once the estimate is 0
  std::vector<Interval> band;         // log(-log), Kalbfleisch & Prentice 1980
  std::vector<std::int64_t> at_risk;  // just before each time
  // The first time with survival <= 1 - share; empty when it is not reached.
  [[nodiscard]] std::optional<double> quantile(double share) const noexcept;
  [[nodiscard]] std::optional<double> median() const noexcept { return quantile(0.5); }
};

struct IncidenceCurve {
  StepCurve incidence;           // Aalen & Johansen 1978: P(exit by this cause up to t)
  std::vector<double> variance;  // delta method, Marubini & Valsecchi 1995 (10.12)
  std::vector<Interval> band;    // log(-log)
};

enum class TieRule : std::uint8_t {
  plain,
  smoothed
};  // smoothed: tied exits in turn, Fleming & Harrington 1984

// `confidence` of the bands, in (0, 1). Fails with Errc::invalid_argument on spans of different lengths, on a
// duration that is negative or no number, and on a cause above `cause_count`.
[[nodiscard]] Result<SurvivalCurve> kaplan_meier(const SurvivalData& data, double confidence = 0.95);
[[nodiscard]] Result<StepCurve> nelson_aalen(const SurvivalData& data, TieRule ties = TieRule::plain);
// One curve per cause, 1 ... cause_count.
[[nodiscard]] Result<std::vector<IncidenceCurve>> aalen_johansen(const SurvivalData& data,
                                                                 double confidence = 0.95);

// The log(-log) interval of a probability in (0, 1) with a variance > 0; a point at 0 or 1 or without
// variance.
[[nodiscard]] Interval log_log_band(double estimate, double variance, double confidence) noexcept;

// One stay as conversion sees it: `duration` from entry to its end, or to the as-of while open or dormant.
struct StayOutcome {
  Micros duration{0};
  Ending ending{Ending::open};
};

// Conversion of the stays in one stage at a window (Aalen & Johansen 1978; causes: advanced, lost, back).
// Open and dormant stays are censored at the as-of: in the risk set until then, a failure of nothing.
struct Conversion {
  std::int64_t entered{0};  // = advanced + lost + dormant + back + open
  std::int64_t advanced{0};
  std::int64_t lost{0};
  std::int64_t dormant{0};
  std::int64_t back{0};
  std::int64_t open{0};
  double estimate{0};  // [0, 1]; meaningless while entered == 0
  // 95 %. While nothing (or everything) advanced the exact binomial bound of those followed that far.
  Interval band{0, 1};
  double window_days{0};
  // False when nobody has been followed up to the window: the estimate then only counts what was seen by the
  // longest.
  bool window_reached{false};
  std::optional<double> time_in_stage_days_p50;  // Kaplan-Meier of any ending; empty when not reached
  std::optional<double> time_in_stage_days_p90;
  [[nodiscard]] std::optional<double> naive()
      const noexcept {  // advanced / entered; empty while entered == 0
    if (entered == 0) return std::nullopt;
    return static_cast<double>(advanced) / static_cast<double>(entered);
  }
};

// `entries`: time in the stage from which each stay was under observation (left truncation); empty: from the
// start. Negative durations count as zero. An ending at exactly the window counts.
[[nodiscard]] Conversion stage_conversion(std::span<const StayOutcome> stays, Micros window,
                                          std::span<const Micros> entries = {});

}  // namespace weir::funnel
