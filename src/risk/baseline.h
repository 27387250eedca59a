// The simple model to beat, and to fall back on: how fast subjects are lost (and advance) by stage, time in
// stage and segment, as of now. Pure; fixed order of sums. JSON both ways is exact.
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

// How a stay ended. Lost is the outcome; the others compete with it. `open`: watched up to `left_day`.
enum class StayEnd : std::uint8_t { open, lost, advanced, won, back };
inline constexpr std::size_t kExitCount = 4;  // lost, advanced, won, back

// One visit to a stage. Days count from any common origin; fractions are allowed. left_day >= entered_day.
struct BaselineStay {
  std::string stage;
  std::string segment;  // "" means none
  double entered_day{0};
  double left_day{0};  // of the exit; of the as-of while open (for dormant stays too: silence is no exit)
  StayEnd end{StayEnd::open};
};

struct BaselineOptions {
  // Upper edges of the time-in-stage buckets in days; the last bucket is open. Rising, > 0.
  std::vector<double> bucket_edges{7, 14, 30, 60, 90, 180};
  double half_life_days{60};     // exposure and exits of d days before the as-of weigh 2^(-d / half-life)
  double shrink_lead_days{150};  // pseudo-exposure of stage x bucket inside stage x bucket x segment
  double stage_lead_days{30};  // pseudo-exposure of the stage inside stage x bucket, of all inside the stage
};

// Weighted exits and exposure of a cell; the posterior of each hazard per day is
// Gamma(shape = exits + prior rate x prior lead-days, rate = exposure + prior lead-days).
struct HazardCell {
  std::string stage;
  std::string segment;  // "" in the parent cell of stage x bucket
  std::uint32_t bucket{0};
  double exposure_days{0};     // decayed
  double exits[kExitCount]{};  // decayed; order of StayEnd without open
  double shape[kExitCount]{};  // of the posterior
  double rate_days{0};         // of the posterior; the mean hazard is shape / rate_days
};

struct Rollout {
  double probability{0};  // of being lost within the horizon, other exits competing
  double low{0};          // 90 % interval of the posterior of the loss hazards (others at their mean)
  double high{1};
  double events{0};         // decayed losses behind it, in the cells passed, by share of time passed there
  double exposure_days{0};  // decayed exposure of those cells
  bool known_stage{true};   // false: no stay in that stage; the figures are those of all stages
};

// Chance of each first exit within the horizon; they and `stays` add up to 1.
struct ExitChances {
  double lost{0};
  double advanced{0};
  double won{0};
  double back{0};
  double stays{0};
};

struct Baseline {
  BaselineOptions options;
  double as_of_day{0};
  std::vector<HazardCell> cells;  // sorted by (stage, segment, bucket). Segment "": the parent, every bucket
                                  // of a known stage; stage "": all stages together

  // A subject that has been `days_in_stage` in `stage` and has not left; horizon_days >= 0. A segment never
  // seen has the rate of stage x bucket with the pseudo-exposure alone behind it. "Lost" is the exit from
  // this stay; what comes after an advance is not rolled on. The hazard is constant within a bucket, so the
  // chances are exact sums of exponentials. The interval matches the sum of the buckets' Gamma posteriors by
  // one Gamma of equal mean and variance (Welch 1938), its upper end with half an event more (Jeffreys), so
  // that no loss seen is no certainty.
  [[nodiscard]] Rollout rollout(std::string_view stage, double days_in_stage, std::string_view segment,
                                double horizon_days) const;
  [[nodiscard]] ExitChances chances(std::string_view stage, double days_in_stage, std::string_view segment,
                                    double horizon_days) const;
};

// What is known at as_of_day: time and exits after it are cut off; stays that begin later are left out. Fails
// with Errc::invalid_argument when a day is no number, a stay ends before it begins, or the options make no
// sense. Without any stay the baseline is empty and rollout gives probability 0 with the interval [0, 1].
[[nodiscard]] Result<Baseline> fit_baseline(std::span<const BaselineStay> stays, double as_of_day,
                                            const BaselineOptions& options = {});

[[nodiscard]] std::string to_json(const Baseline& baseline);
[[nodiscard]] Result<Baseline> baseline_from_json(std::string_view text);

}  // namespace weir::risk
