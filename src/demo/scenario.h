// What is true in the demo company: its segments, the hazards of its two funnels, and the leaks that are
// planted.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "demo/wall_clock.h"

namespace weir::demo {

inline constexpr auto kSources =
    std::to_array<std::string_view>({"website", "webinar", "outbound", "paid", "partner", "event"});
inline constexpr auto kRegions = std::to_array<std::string_view>({"DACH", "UK", "Nordics", "Benelux"});
inline constexpr auto kIndustries = std::to_array<std::string_view>(
    {"manufacturing", "logistics", "retail", "healthcare", "finance", "energy"});
inline constexpr auto kSizes = std::to_array<std::string_view>({"small", "mid", "enterprise"});
inline constexpr auto kProducts = std::to_array<std::string_view>({"Analytics", "Planner", "Connect"});

enum class FunnelName : std::uint8_t { leads, deals };
[[nodiscard]] std::string_view to_text(FunnelName funnel) noexcept;

// A stage's index within its funnel; the one behind the last open stage is won.
inline constexpr int kNew = 0, kMql = 1, kSql = 2, kConverted = 3;
inline constexpr int kDiscovery = 0, kEvaluation = 1, kProposal = 2, kNegotiation = 3, kWon = 4;
[[nodiscard]] constexpr int won_stage(FunnelName funnel) noexcept {
  return funnel == FunnelName::leads ? kConverted : kWon;
}

struct StageTruth {
  std::string_view name;
  double advance{0};  // per day, before all factors
  double loss{0};
  double touches{0};  // per day
  int window_days{0};
};
// Open stages, then the name of won.
[[nodiscard]] std::span<const StageTruth> stages_of(FunnelName funnel) noexcept;
[[nodiscard]] std::string_view stage_name(FunnelName funnel, int stage) noexcept;
[[nodiscard]] std::string_view lost_name(FunnelName funnel) noexcept;
// Days without a touch after which a stay counts as dormant.
[[nodiscard]] constexpr int silent_days(FunnelName funnel) noexcept {
  return funnel == FunnelName::leads ? 30 : 21;
}

// When a loss is written down: on its day, late - kSoonestRecord days and an exponential time after it - or
// never.
struct Recording {
  double at_once{0};
  double late{0};
  double mean_days{0};
};
inline constexpr int kSoonestRecord = 3;
[[nodiscard]] Recording recording_of(FunnelName funnel) noexcept;

// Indexes into the lists above.
struct Traits {
  std::uint8_t source{0}, region{0}, industry{0}, size{0}, product{0};
};

// A cell of one or two segments; -1 leaves a segment open.
struct Cell {
  int source{-1}, region{-1}, industry{-1}, size{-1}, product{-1};
  [[nodiscard]] bool holds(const Traits& traits) const noexcept;
  // ("region", "DACH") and so on, in a fixed order.
  [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> named() const;
};

enum class LeakKind : std::uint8_t { stall, loss, silence };
[[nodiscard]] std::string_view to_text(LeakKind kind) noexcept;

// From `onset` on to the end, `factor` multiplies the hazard of moving on (stall), of being lost (loss), or
// is the added daily hazard that all touches of a stay stop (silence).
struct PlantedLeak {
  std::string_view id;
  FunnelName funnel{FunnelName::leads};
  int stage{0};
  LeakKind kind{LeakKind::stall};
  Cell cell;
  int onset{0};
  double factor{1};
  std::string_view driver;  // what the data show beside it
};
inline constexpr std::size_t kLeaks = 5;
[[nodiscard]] std::span<const PlantedLeak, kLeaks> planted_leaks();
// The index of the leak whose stage and cell hold the subject, whatever the day; -1 for none. Cells do not
// overlap.
[[nodiscard]] int leak_of(FunnelName funnel, int stage, const Traits& traits);

// A pair of segments that has always been slow: a gap, no leak.
struct PermanentGap {
  FunnelName funnel{FunnelName::leads};
  int stage{0};
  Cell cell;
  double factor{1};
};
[[nodiscard]] const PermanentGap& permanent_gap();

// The web tracking was down on [begin, end).
inline constexpr int kOutageBegin = 652;  // 2026-04-14
inline constexpr int kOutageEnd = 662;

// Chances of segments. Size and industry come with the account, source and product with the lead.
inline constexpr std::array<double, kSources.size()> kSourceShares{0.22, 0.24, 0.18, 0.15, 0.11, 0.10};
inline constexpr std::array<double, kRegions.size()> kRegionShares{0.46, 0.29, 0.14, 0.11};
inline constexpr std::array<double, kIndustries.size()> kIndustryShares{0.33, 0.18, 0.15, 0.12, 0.12, 0.10};
inline constexpr std::array<double, kSizes.size()> kSizeShares{0.29, 0.49, 0.22};
inline constexpr std::array<double, kProducts.size()> kProductShares{0.46, 0.30, 0.24};

// Factors of a subject in a stage that time does not change: segments, latent engagement (standard normal),
// gaps.
struct Factors {
  double advance{1};
  double loss{1};
};
[[nodiscard]] Factors subject_factors(FunnelName funnel, int stage, const Traits& traits, double engagement);
// Factors by days in the stage.
[[nodiscard]] double advance_shape(int days) noexcept;
[[nodiscard]] double loss_shape(int days) noexcept;
// Touches by latent engagement.
[[nodiscard]] double touch_factor(double engagement);

}  // namespace weir::demo
