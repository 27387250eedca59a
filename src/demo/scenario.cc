#include "demo/scenario.h"

#include "base/fixed_math.h"

namespace weir::demo {
namespace {

constexpr auto kLeadStages = std::to_array<StageTruth>({
    {"new", 0.085, 0.022, 0.26, 30},
    {"mql", 0.060, 0.020, 0.32, 45},
    {"sql", 0.060, 0.018, 0.42, 45},
    {"converted", 0, 0, 0, 0},
});
constexpr auto kDealStages = std::to_array<StageTruth>({
    {"discovery", 0.058, 0.015, 0.48, 45},
    {"evaluation", 0.036, 0.013, 0.48, 60},
    {"proposal", 0.038, 0.026, 0.52, 60},
    {"negotiation", 0.052, 0.020, 0.55, 60},
    {"won", 0, 0, 0, 0},
});

// Logarithms of factors per segment value: main effects only, so that expectations by segment can add them
// up.
struct Effects {
  std::array<double, kSources.size()> source;
  std::array<double, kRegions.size()> region;
  std::array<double, kIndustries.size()> industry;
  std::array<double, kSizes.size()> size;
  std::array<double, kProducts.size()> product;
};
constexpr Effects kAdvance{{0.15, 0.05, -0.20, -0.25, 0.25, 0.0},
                           {0.05, 0.0, -0.05, 0.05},
                           {0.0, 0.10, -0.10, -0.05, 0.05, 0.0},
                           {0.10, 0.05, -0.20},
                           {0.05, 0.0, 0.10}};
constexpr Effects kLoss{{-0.05, 0.0, 0.15, 0.25, -0.20, 0.0},
                        {0.0, 0.05, 0.0, -0.05},
                        {0.0, 0.0, 0.10, 0.0, -0.05, 0.05},
                        {0.15, 0.0, -0.10},
                        {0.0, 0.05, 0.0}};
constexpr double kEngagementOnAdvance = 0.42;
constexpr double kEngagementOnLoss = -0.38;
constexpr double kEngagementOnTouches = 0.45;

double sum_of(const Effects& effects, const Traits& traits) noexcept {
  return effects.source[traits.source] + effects.region[traits.region] + effects.industry[traits.industry] +
         effects.size[traits.size] + effects.product[traits.product];
}

}  // namespace

std::string_view to_text(FunnelName funnel) noexcept {
  return funnel == FunnelName::leads ? "leads" : "deals";
}

std::span<const StageTruth> stages_of(FunnelName funnel) noexcept {
  if (funnel == FunnelName::leads) return kLeadStages;
  return kDealStages;
}

std::string_view stage_name(FunnelName funnel, int stage) noexcept {
  return stages_of(funnel)[static_cast<std::size_t>(stage)].name;
}

std::string_view lost_name(FunnelName funnel) noexcept {
  return funnel == FunnelName::leads ? "disqualified" : "lost";
}

Recording recording_of(FunnelName funnel) noexcept {
  return funnel == FunnelName::leads ? Recording{0.80, 0.16, 16} : Recording{0.90, 0.07, 12};
}

std::string_view to_text(LeakKind kind) noexcept {
  switch (kind) {
    case LeakKind::stall:
      return "stall";
    case LeakKind::loss:
      return "loss";
    case LeakKind::silence:
      return "silence";
  }
  return "";
}

bool Cell::holds(const Traits& traits) const noexcept {
  const auto fits = [](int wanted, std::uint8_t value) { return wanted < 0 || wanted == value; };
  return fits(source, traits.source) && fits(region, traits.region) && fits(industry, traits.industry) &&
         fits(size, traits.size) && fits(product, traits.product);
}

std::vector<std::pair<std::string_view, std::string_view>> Cell::named() const {
  std::vector<std::pair<std::string_view, std::string_view>> names;
  const auto add = [&](std::string_view segment, int value, auto values) {
    if (value >= 0) names.emplace_back(segment, values[static_cast<std::size_t>(value)]);
  };
  add("source", source, std::span(kSources));
  add("region", region, std::span(kRegions));
  add("industry", industry, std::span(kIndustries));
  add("size", size, std::span(kSizes));
  add("product", product, std::span(kProducts));
  return names;
}

std::span<const PlantedLeak, kLeaks> planted_leaks() {
  static const std::array<PlantedLeak, kLeaks> kAll{{
      {.id = "webinar-follow-up",
       .funnel = FunnelName::leads,
       .stage = kNew,
       .kind = LeakKind::stall,
       .cell = {.source = 1},
       .onset = day_at(date_of(2026, 6, 3)),
       .factor = 0.35,
       .driver = "calls by the sales development team stop for these leads"},
      {.id = "dach-mid-qualification",
       .funnel = FunnelName::leads,
       .stage = kMql,
       .kind = LeakKind::stall,
       .cell = {.region = 0, .size = 1},
       .onset = day_at(date_of(2026, 5, 28)),
       .factor = 0.30,
       .driver = "first meetings are not held"},
      {.id = "uk-handoff",
       .funnel = FunnelName::leads,
       .stage = kSql,
       .kind = LeakKind::stall,
       .cell = {.region = 1},
       .onset = day_at(date_of(2026, 5, 21)),
       .factor = 0.30,
       .driver = "leads go to the owner 'Inbound Queue'"},
      {.id = "analytics-price",
       .funnel = FunnelName::deals,
       .stage = kProposal,
       .kind = LeakKind::loss,
       .cell = {.product = 0},
       .onset = day_at(date_of(2026, 6, 1)),
       .factor = 3.6,
       .driver = "price objections after the new price list"},
      {.id = "manufacturing-silence",
       .funnel = FunnelName::deals,
       .stage = kEvaluation,
       .kind = LeakKind::silence,
       .cell = {.industry = 0},
       .onset = day_at(date_of(2026, 5, 11)),
       .factor = 0.16,
       .driver = "all touches of a deal stop within one stage"},
  }};
  return kAll;
}

int leak_of(FunnelName funnel, int stage, const Traits& traits) {
  const auto leaks = planted_leaks();
  for (std::size_t i = 0; i < leaks.size(); ++i) {
    if (leaks[i].funnel == funnel && leaks[i].stage == stage && leaks[i].cell.holds(traits))
      return static_cast<int>(i);
  }
  return -1;
}

const PermanentGap& permanent_gap() {
  static const PermanentGap kGap{FunnelName::leads, kNew, {.source = 3, .size = 0}, 0.40};
  return kGap;
}

Factors subject_factors(FunnelName funnel, int stage, const Traits& traits, double engagement) {
  Factors factors{fixed_math::exp(sum_of(kAdvance, traits) + kEngagementOnAdvance * engagement),
                  fixed_math::exp(sum_of(kLoss, traits) + kEngagementOnLoss * engagement)};
  const PermanentGap& gap = permanent_gap();
  if (gap.funnel == funnel && gap.stage == stage && gap.cell.holds(traits)) factors.advance *= gap.factor;
  return factors;
}

double advance_shape(int days) noexcept {
  return days < 3 ? 0.8 : days < 14 ? 1.15 : days < 30 ? 0.9 : 0.55;
}

double loss_shape(int days) noexcept {
  return days < 7 ? 0.5 : days < 30 ? 1.0 : 1.3;
}

double touch_factor(double engagement) {
  return fixed_math::exp(kEngagementOnTouches * engagement);
}

}  // namespace weir::demo
