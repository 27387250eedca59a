// Finds the leaks of one funnel: cells of (stage edge, kind, segment) that do worse than their own past. Pure
// kernel. How it is computed, with sources and measured figures: docs/methods/leaks.md.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "funnel/stay.h"

namespace weir::leaks {

enum class LeakKind : std::uint8_t {
  stall,
  loss,
  silence
};  // fewer advance; more are lost; more fall dormant
inline constexpr std::size_t kKindCount = 3;
[[nodiscard]] const char* to_text(LeakKind kind) noexcept;

struct Period {  // [from, to)
  EventTime from{};
  EventTime to{};
};

struct Dimension {
  std::string name;
  std::vector<std::string> values;  // a segment code is an index here
};
inline constexpr std::uint16_t kUnknownValue =
    0xFFFF;  // a code: takes part in the fit, is never a segment of its own
inline constexpr std::int64_t kNoAmount = std::numeric_limits<std::int64_t>::min();
inline constexpr std::size_t kMaxDimensions = 8;
inline constexpr std::size_t kMaxValues = 64;  // per dimension; the rarer values beyond count as unknown

// What is known about single days, per kind; an empty vector means 1 for every day.
struct DayFactors {
  EventTime first_day{};  // start of the day of `day_classes[0]` and `calendar[kind][0]`
  // Class of each day, 0 for ordinary ones: weekend, holiday ... Where `calendar[kind]` is empty, the factor
  // of each class is learned from the time before the period (calendar_factors.h).
  std::span<const std::uint8_t> day_classes;
  std::array<std::vector<double>, kKindCount> calendar;  // hazard of the day against an ordinary one, >= 0
  std::array<std::vector<double>, kKindCount> recorded;  // share of events recorded within i + 1 days, [0, 1]
};

struct DetectionOptions {
  double family_error{0.05};  // chance of any false alarm, over all cells, kinds, edges and period lengths
  double half_life_days{60};  // of the baseline's weight
  double pseudo_events{20};   // shrinks a segment's effect towards the edge
  double dimension_penalty{2.5};           // nats of evidence that one more dimension of a segment has to add
  double onset_search_days{84};            // how far before the period's end a leak may have begun
  std::int64_t least_baseline_events{30};  // fewer on an edge: not enough evidence for any claim
};

struct LeakInput {
  funnel::StageIndex stage_count{0};
  EventTime as_of{};
  Period period;                            // to <= as_of; half and double of its length are scanned as well
  const funnel::StayTable* stays{nullptr};  // all stays
  std::span<const Dimension> dimensions;    // at most kMaxDimensions
  std::span<const std::uint16_t>
      segment_codes;                            // [stays x dimensions], row by row: the values at stage entry
  std::span<const std::int64_t> amounts_minor;  // per subject, kNoAmount if missing; empty: all missing
  std::span<const Period> outages;              // of sources; left out of exposure and events
  std::span<const Micros> stage_windows;        // per stage
  DayFactors day_factors;
  DetectionOptions options;
};

struct SegmentValue {
  std::size_t dimension{0};
  std::uint16_t value{0};
  friend auto operator<=>(const SegmentValue&, const SegmentValue&) = default;
};
using Segment = std::vector<SegmentValue>;  // 0 to 2, by dimension; empty: the whole edge

struct Leak {
  LeakKind kind{LeakKind::stall};
  funnel::StageIndex from_stage{0};
  // The stage after; stage_count stands for won; kNoStage (loss, silence): nowhere.
  funnel::StageIndex to_stage{funnel::kNoStage};
  Segment segment;
  EventTime since{};         // start of the first day of the leak
  Period period;             // that `observed` and `expected` count: the length that shows the leak best
  std::int64_t observed{0};  // advances, losses or dormant spells begun
  double expected{0};
  double subjects_lost{0};  // missing at the stage's window, since the onset
  std::int64_t value_at_stake_minor{0};
  bool value_known{false};      // false: no amount anywhere to estimate from
  bool value_estimated{false};  // some subjects' amounts were missing
  double chance_of_noise{1};    // of an alarm like this anywhere in this scan by chance, Bonferroni
  std::vector<LeakKind>
      seen_also;  // kinds that showed the same loss of subjects and were merged into this leak
};

// A segment that does badly against its edge's average, and did so before.
struct Gap {
  LeakKind kind{LeakKind::stall};
  funnel::StageIndex from_stage{0};
  Segment segment;
  double baseline_ratio{1};  // observed / edge's average before the period
  std::int64_t observed{0};  // in the period
  double expected{0};        // in the period at the edge's average
  double chance_of_noise{1};
};

// The smallest change that would have been found with 80 % power; METHODS: exact Poisson sums.
struct SmallestDetectable {
  LeakKind kind{LeakKind::stall};
  funnel::StageIndex from_stage{0};
  bool enough_evidence{false};         // false: no baseline yet, nothing was scanned
  double expected{0};                  // events on the whole edge in the period
  std::optional<double> edge_percent;  // cut (stall) or rise (loss, silence) of the whole edge; empty: none
  double segment_expected{0};          // events in the median segment of one dimension
  std::optional<double> segment_percent;
};

struct LeakReport {
  std::vector<Leak> leaks;                              // worst first: value at stake, then subjects lost
  std::vector<Gap> gaps;                                // largest first
  std::vector<SmallestDetectable> smallest_detectable;  // stage by stage, kind by kind
  std::int64_t cells_scanned{0};                        // (cuboid, kind, edge, period length)
};

// O(stays + cells x dimensions^2). Fails with Errc::invalid_argument on spans that do not fit together or too
// many dimensions.
[[nodiscard]] Result<LeakReport> detect_leaks(const LeakInput& input);

}  // namespace weir::leaks
