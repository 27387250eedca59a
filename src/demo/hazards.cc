#include "demo/hazards.h"

#include "base/fixed_math.h"

namespace weir::demo {
namespace {

constexpr double kKeenAdvance = 1.5;
constexpr double kFadingAdvance = 0.5;
constexpr double kFadingLoss = 2.5;
constexpr double kObjectionLoss = 2.2;

// The course of one stay over days: the chance to have advanced. Fading may set in and
// end; replies and objections to come are left out.
double chance_advanced(const Pursuit& now, int day, int days, bool with_leak) {
  double advanced = 0;
  Pursuit keen = now;
  Pursuit fading = now;
  keen.fading = false;
  fading.fading = true;
  double share_keen = now.fading ? 0 : 1;
  double share_fading = 1 - share_keen;
  for (int at = day; at < day + days; ++at) {
    const auto live = [&](const Pursuit& state, double& share) {
      const Hazards hazards = hazards_on(state, at, 1);
      const DayChances ends = chances(with_leak ? hazards.actual : hazards.baseline);
      advanced += share * ends.advance;
      share *= 1 - ends.advance - ends.loss;
    };
    live(keen, share_keen);
    live(fading, share_fading);
    const double fades = share_keen * kFade;
    const double recovers = share_fading * kRecover;
    share_keen += recovers - fades;
    share_fading += fades - recovers;
  }
  return advanced;
}

}  // namespace

Hazards hazards_on(const Pursuit& pursuit, int day, double rhythm) {
  const StageTruth& stage = stages_of(pursuit.funnel)[static_cast<std::size_t>(pursuit.stage)];
  const int days = day - pursuit.entered_day;
  DayHazards hazards{stage.advance * pursuit.factors.advance * advance_shape(days) * rhythm,
                     stage.loss * pursuit.factors.loss * loss_shape(days) * rhythm};
  if (day <= pursuit.keen_until) hazards.advance *= kKeenAdvance;
  if (day <= pursuit.objection_until) hazards.loss *= kObjectionLoss;
  if (pursuit.fading) {
    hazards.advance *= kFadingAdvance;
    hazards.loss *= kFadingLoss;
  }
  Hazards result{hazards, hazards};
  if (const PlantedLeak* leak = leak_on(pursuit, day); leak != nullptr) {
    if (leak->kind == LeakKind::stall) result.actual.advance *= leak->factor;
    if (leak->kind == LeakKind::loss) result.actual.loss *= leak->factor;
  }
  return result;
}

DayChances chances(const DayHazards& hazards) {
  const double total = hazards.advance + hazards.loss;
  if (total <= 0) return {};
  const double ends = -fixed_math::expm1(-total);
  return {ends * hazards.advance / total, ends * hazards.loss / total};
}

double missing_at_window(const Pursuit& pursuit, int day) {
  const int window = stages_of(pursuit.funnel)[static_cast<std::size_t>(pursuit.stage)].window_days;
  const int left = pursuit.entered_day + window - day;
  if (left <= 0) return 0;
  return chance_advanced(pursuit, day, left, false) - chance_advanced(pursuit, day, left, true);
}

}  // namespace weir::demo
