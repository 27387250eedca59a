// For tests: a synthetic funnel with one planted leak, whose truth is known.
#pragma once

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "base/random.h"
#include "leaks/leak_detection.h"

namespace weir::leaks::testing {

struct GeneratorConfig {
  std::uint64_t seed{1};
  int leads{9'600};
  int weeks{30};
  std::uint16_t stages{1};
  std::vector<int> sizes{3, 4, 3, 5};
  double advance_per_day{0.08};
  double loss_per_day{0.03};
  double silence_per_day{0.01};  // onset of a dormant spell; ends at 0.05 per day
  double effect_spread{0.2};     // of log hazards between segment values
  double cut{0};  // 0.5: half the hazard; for loss and silence the hazard is divided by 1 - cut
  LeakKind kind{LeakKind::stall};
  Segment segment;       // where; the first stage
  int leak_days{28};     // before the end
  double edge_cut{0};    // the same kind of leak on the whole first stage, beside `cut`
  double week_noise{0};  // standard deviation of a random factor per week on all hazards of losing
  bool divert{false};    // the leak turns a share `cut` of the advances into losses
  Segment always_low;    // a segment that always had ...
  double low_factor{1};  // ... this share of the advances
  std::vector<std::uint8_t> days_off;  // per day, not 0: only ...
  double day_off_factor{1};            // ... this share of the advances happens
};

class GeneratedFunnel {
 public:
  explicit GeneratedFunnel(const GeneratorConfig& config) : config_(config), random_(config.seed) {
    draw_segments();
    for (std::uint32_t lead = 0; lead < static_cast<std::uint32_t>(config.leads); ++lead) live(lead);
  }

  [[nodiscard]] LeakInput input() const {
    LeakInput input;
    input.stage_count = config_.stages;
    input.as_of = end();
    input.period = {end() - Micros{28 * kMicrosPerDay}, end()};
    input.stays = &table_;
    input.dimensions = dimensions_;
    input.segment_codes = codes_;
    input.stage_windows = windows_;
    return input;
  }
  [[nodiscard]] EventTime end() const { return at(config_.weeks * 7.0); }
  [[nodiscard]] static EventTime at(double day) {
    return event_time(20'000 * kMicrosPerDay +
                      static_cast<std::int64_t>(day * static_cast<double>(kMicrosPerDay)));
  }
  funnel::StayTable& table() { return table_; }

 private:
  void draw_segments() {
    for (std::size_t d = 0; d < config_.sizes.size(); ++d) {
      Dimension dimension{"d" + std::to_string(d), {}};
      std::vector<double> effects;
      for (int v = 0; v < config_.sizes[d]; ++v) {
        dimension.values.push_back("v" + std::to_string(v));
        effects.push_back(
            std::exp(config_.effect_spread * (random_.uniform() + random_.uniform() - 1) * 2.4));
      }
      dimensions_.push_back(dimension);
      effects_.push_back(effects);
    }
    windows_.assign(config_.stages, Micros{30 * kMicrosPerDay});
    for (int w = 0; w <= config_.weeks; ++w) {
      week_factor_.push_back(
          std::exp(config_.week_noise * (random_.uniform() + random_.uniform() - 1) * 2.4));
    }
  }

  [[nodiscard]] static bool inside(const Segment& segment, const std::vector<std::uint16_t>& codes) {
    for (const SegmentValue& value : segment) {
      if (codes[value.dimension] != value.value) return false;
    }
    return true;
  }

  [[nodiscard]] bool leaks(const std::vector<std::uint16_t>& codes, int stage, int day, LeakKind kind) const {
    if (config_.cut == 0 || kind != config_.kind || stage != 0) return false;
    return is_late(day) && inside(config_.segment, codes);
  }
  [[nodiscard]] bool is_late(int day) const { return day >= config_.weeks * 7 - config_.leak_days; }

  void live(std::uint32_t lead) {
    std::vector<std::uint16_t> codes;
    double effect = 1;
    for (std::size_t d = 0; d < config_.sizes.size(); ++d) {
      codes.push_back(
          static_cast<std::uint16_t>(random_.below(static_cast<std::uint64_t>(config_.sizes[d]))));
      effect *= effects_[d][codes.back()];
    }
    double time = random_.uniform() * config_.weeks * 7;
    for (int stage = 0; stage < config_.stages; ++stage) {
      funnel::Stay stay;
      stay.subject = lead;
      stay.stage = static_cast<funnel::StageIndex>(stage);
      stay.entered = at(time);
      stay.first_spell = static_cast<std::uint32_t>(table_.spells.size());
      const bool advanced = visit(stay, codes, effect, time);
      stay.spell_count = static_cast<std::uint32_t>(table_.spells.size()) - stay.first_spell;
      table_.stays.push_back(stay);
      codes_.insert(codes_.end(), codes.begin(), codes.end());
      if (!advanced) return;
    }
  }

  // Day by day, until something ends the stay or the end of all days.
  bool visit(funnel::Stay& stay, const std::vector<std::uint16_t>& codes, double effect, double& time) {
    const double last = config_.weeks * 7;
    bool silent = false;
    for (double age = 0; time < last; age += 1, time += 1) {
      const int day = static_cast<int>(time);
      const auto boost = [&](LeakKind kind) {
        const bool everywhere =
            config_.edge_cut > 0 && kind == config_.kind && stay.stage == 0 && is_late(day);
        const double keep = (leaks(codes, stay.stage, day, kind) ? 1 - config_.cut : 1.0) *
                            (everywhere ? 1 - config_.edge_cut : 1.0);
        return kind == LeakKind::stall ? keep : 1 / keep;
      };
      const double early = age < 7 ? 1.4 : (age < 21 ? 1.0 : 0.6);
      const double low =
          !config_.always_low.empty() && inside(config_.always_low, codes) ? config_.low_factor : 1;
      const auto index = static_cast<std::size_t>(day);
      const double off =
          index < config_.days_off.size() && config_.days_off[index] != 0 ? config_.day_off_factor : 1;
      const double advance = config_.advance_per_day * early * effect * low * off * boost(LeakKind::stall);
      const bool diverts = config_.divert && leaks(codes, stay.stage, day, config_.kind);
      const double lose = config_.loss_per_day * week_factor_[static_cast<std::size_t>(day / 7)] *
                          (config_.divert ? 1 : boost(LeakKind::loss));
      const double turn = silent ? 0.05 : config_.silence_per_day * boost(LeakKind::silence);
      const double wait = -std::log(1 - random_.uniform()) / (advance + lose + turn);
      if (wait >= 1) continue;
      const double when = time + wait;
      if (when >= last) break;
      const double which = random_.uniform() * (advance + lose + turn);
      if (which < turn) {
        if (silent) table_.spells.back().until = at(when);
        if (!silent) table_.spells.push_back({at(when), kEndOfTime});
        silent = !silent;
        continue;
      }
      if (silent) table_.spells.back().until = at(when);
      stay.ended = at(when);
      stay.ending = which < turn + lose ? funnel::Ending::lost : funnel::Ending::advanced;
      if (diverts && random_.chance(config_.cut)) stay.ending = funnel::Ending::lost;
      if (stay.ending == funnel::Ending::advanced)
        stay.next_stage = static_cast<funnel::StageIndex>(stay.stage + 1);
      time = when;
      return stay.ending == funnel::Ending::advanced;
    }
    if (silent) stay.ending = funnel::Ending::dormant;
    return false;
  }

  GeneratorConfig config_;
  Random random_;
  std::vector<Dimension> dimensions_;
  std::vector<std::vector<double>> effects_;
  std::vector<double> week_factor_;
  std::vector<Micros> windows_;
  std::vector<std::uint16_t> codes_;
  funnel::StayTable table_;
};

// A random segment of one or two dimensions (evenly).
inline Segment random_segment(const std::vector<int>& sizes, Random& random) {
  Segment segment;
  const auto draw = [&](std::size_t d) {
    segment.push_back({d, static_cast<std::uint16_t>(random.below(static_cast<std::uint64_t>(sizes[d])))});
  };
  const std::size_t first = random.below(sizes.size());
  if (random.chance(0.5)) {
    draw(first);
    return segment;
  }
  const std::size_t second = (first + 1 + random.below(sizes.size() - 1)) % sizes.size();
  draw(std::min(first, second));
  draw(std::max(first, second));
  return segment;
}

}  // namespace weir::leaks::testing
