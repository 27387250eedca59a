#include "demo/true_chances.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/fixed_math.h"
#include "demo/hazards.h"

namespace weir::demo {
namespace {

constexpr std::size_t kMoods = 4;                             // fading or not, silenced or not
constexpr std::size_t kKeenStates = kKeenDays + 2;            // days that it stays keen, today included
constexpr std::size_t kObjectionStates = kObjectionDays + 2;  // likewise
constexpr std::size_t kMeetingStates = kLatestMove + 3 + 1;   // days until the meeting; weekends move it on
constexpr bool is_fading(std::size_t mood) {
  return (mood & 1U) != 0;
}
constexpr bool is_silenced(std::size_t mood) {
  return (mood & 2U) != 0;
}

// The share of subjects that are in a stage since one day, by mood; within a mood by three clocks.
struct Cohort {
  int stage{0};
  int entered{0};
  std::array<double, kMoods> share{};
  std::array<std::array<double, kKeenStates>, kMoods> keen{};            // [0]: not keen
  std::array<std::array<double, kObjectionStates>, kMoods> objection{};  // [0]: no objection
  std::array<std::array<double, kMeetingStates>, kMoods> meeting{};      // those that wait for one
};

template <std::size_t N>
void add_scaled(std::array<double, N>& to, const std::array<double, N>& from, double by) {
  for (std::size_t i = 0; i < N; ++i) to[i] += by * from[i];
}
template <std::size_t N>
void scale(std::array<double, N>& values, double by) {
  for (double& value : values) value *= by;
}
template <std::size_t N>
void tick(std::array<double, N>& clock) {
  clock[0] += clock[1];
  std::copy(clock.begin() + 2, clock.end(), clock.begin() + 1);
  clock.back() = 0;
}
void pass_a_day(Cohort& cohort) {
  for (std::size_t mood = 0; mood < kMoods; ++mood) {
    if (cohort.share[mood] <= 0) continue;
    tick(cohort.keen[mood]);
    tick(cohort.objection[mood]);
    auto& meeting = cohort.meeting[mood];
    std::copy(meeting.begin() + 1, meeting.end(), meeting.begin());
    meeting.back() = 0;
  }
}

double chance_of(double rate) {
  return -fixed_math::expm1(-rate);
}

// Chance that a loss of day 0 is written down by day `days`.
double written_down_after(const Recording& recording, int days) {
  if (days < 0) return 0;
  return recording.at_once + (days < kSoonestRecord ? 0
                                                    : recording.late * chance_of((days - kSoonestRecord + 1) /
                                                                                 recording.mean_days));
}

class Rollout {
 public:
  Rollout(const Pursuit& pursuit, int day, int days, const Rhythm& rhythm)
      : subject_(pursuit),
        first_stage_(pursuit.stage),
        day_(day),
        end_(day + days),
        rhythm_(rhythm),
        recording_(recording_of(pursuit.funnel)),
        cohorts_(static_cast<std::size_t>(won_stage(pursuit.funnel))) {
    Cohort start;
    start.stage = pursuit.stage;
    start.entered = pursuit.entered_day;
    const std::size_t mood = (pursuit.fading ? 1U : 0U) + (pursuit.silenced ? 2U : 0U);
    const auto left = [&](int until) { return static_cast<std::size_t>(std::max(0, until - day + 1)); };
    start.share[mood] = 1;
    start.keen[mood][left(pursuit.keen_until)] = 1;
    start.objection[mood][left(pursuit.objection_until)] = 1;
    if (pursuit.meeting_day >= day)
      start.meeting[mood][static_cast<std::size_t>(pursuit.meeting_day - day)] = 1;
    cohorts_[static_cast<std::size_t>(pursuit.stage)].push_back(start);
  }

  TrueChances run() {
    for (; day_ < end_; ++day_) {
      // From the last stage on: who enters a stage today lives in it from tomorrow on.
      for (std::size_t stage = cohorts_.size(); stage-- > 0;) {
        Cohort entering;
        entering.stage = static_cast<int>(stage) + 1;
        entering.entered = day_;
        for (Cohort& cohort : cohorts_[stage]) {
          take(cohort);
          change_mood(cohort);
          live(cohort);
          move(cohort, entering);
          pass_a_day(cohort);
        }
        if (stage + 1 == cohorts_.size() || cohorts_[stage].empty()) continue;
        pass_a_day(entering);
        cohorts_[stage + 1].push_back(entering);
      }
    }
    return result_;
  }

 private:
  // The subject as one of the cohort, for the generator's hazards.
  void take(const Cohort& cohort) {
    if (subject_.stage != cohort.stage) {
      subject_.stage = cohort.stage;
      subject_.factors = subject_factors(subject_.funnel, cohort.stage, subject_.traits, subject_.engagement);
      subject_.touch_rate = stages_of(subject_.funnel)[static_cast<std::size_t>(cohort.stage)].touches *
                            touch_factor(subject_.engagement);
    }
    subject_.entered_day = cohort.entered;
  }

  static void flow(Cohort& cohort, std::size_t from, std::size_t to, double share) {
    const auto shift = [&](auto& clocks) {
      add_scaled(clocks[to], clocks[from], share);
      scale(clocks[from], 1 - share);
    };
    cohort.share[to] += share * cohort.share[from];
    cohort.share[from] *= 1 - share;
    shift(cohort.keen);
    shift(cohort.objection);
    shift(cohort.meeting);
  }

  void change_mood(Cohort& cohort) const {
    for (const std::size_t silent : {0U, 2U}) {
      if (cohort.share[silent] + cohort.share[silent + 1] <= 0) continue;
      const Cohort before = cohort;
      flow(cohort, silent, silent + 1, kFade);
      // Of those that were fading before, not of those that have just begun to.
      const auto back = [&](auto& now, const auto& old) {
        for (std::size_t i = 0; i < old[silent + 1].size(); ++i) {
          now[silent][i] += kRecover * old[silent + 1][i];
          now[silent + 1][i] -= kRecover * old[silent + 1][i];
        }
      };
      cohort.share[silent] += kRecover * before.share[silent + 1];
      cohort.share[silent + 1] -= kRecover * before.share[silent + 1];
      back(cohort.keen, before.keen);
      back(cohort.objection, before.objection);
      back(cohort.meeting, before.meeting);
    }
    const PlantedLeak* leak = leak_on(subject_, day_);
    if (leak == nullptr || leak->kind != LeakKind::silence) return;
    flow(cohort, 0, 2, leak->factor);
    flow(cohort, 1, 3, leak->factor);
  }

  void live(Cohort& cohort) {
    for (std::size_t mood = 0; mood < kMoods; ++mood) {
      if (cohort.share[mood] <= 0) continue;
      subject_.fading = is_fading(mood);
      subject_.silenced = is_silenced(mood);
      const DayRates rates = rates_on(subject_, day_, rhythm_);
      meet(cohort, mood, rates);
      object(cohort, mood, rates);
    }
  }

  void meet(Cohort& cohort, std::size_t mood, const DayRates& rates) const {
    const double share = cohort.share[mood];
    auto& meeting = cohort.meeting[mood];
    const double due = meeting[0];
    meeting[0] = 0;
    const auto plan = [&](double how_many, int soonest, int latest) {
      for (int after = soonest; after <= latest; ++after) {
        meeting[static_cast<std::size_t>(next_working_day(day_ + after) - day_)] +=
            how_many / (latest - soonest + 1);
      }
    };
    double waiting = 0;
    for (const double part : meeting) waiting += part;
    plan(due * rates.meeting_moved, kSoonestMove, kLatestMove);
    plan((share - waiting - due * rates.meeting_moved) * chance_of(rates.bookings), 1, kMeetingsAhead);
    const double replies = chance_of(rates.replies);
    const double stirred = 1 - (1 - replies) * (1 - rates.meeting_held * due / share);
    auto& keen = cohort.keen[mood];
    scale(keen, 1 - stirred);
    keen[kKeenDays + 1] += share * stirred;
  }

  void object(Cohort& cohort, std::size_t mood, const DayRates& rates) const {
    if (rates.objection <= 0) return;
    auto& objection = cohort.objection[mood];
    scale(objection, 1 - rates.objection);
    const double raised = cohort.share[mood] * rates.objection;
    objection[kObjectionDays + 1] += raised * (1 - rates.objection_answered);
    for (int after = 1; after <= rates.latest_answer; ++after) {
      objection[static_cast<std::size_t>(next_working_day(day_ + after) - day_ + 1)] +=
          raised * rates.objection_answered / rates.latest_answer;
    }
  }

  [[nodiscard]] DayChances chances_of(bool is_keen, bool objects) {
    subject_.keen_until = is_keen ? day_ : day_ - 1;
    subject_.objection_until = objects ? day_ : day_ - 1;
    return chances(hazards_on(subject_, day_, rhythm_.moves[static_cast<std::size_t>(day_)]).actual);
  }

  using ChancesByState = std::array<std::array<DayChances, 2>, 2>;  // [is keen][objects]

  void move(Cohort& cohort, Cohort& next) {
    for (const std::size_t fading : {0U, 1U}) {
      if (cohort.share[fading] + cohort.share[fading + 2] <= 0) continue;
      subject_.fading = fading == 1;
      ChancesByState chances;
      for (const std::size_t keen : {0U, 1U}) {
        for (const std::size_t objects : {0U, 1U})
          chances[keen][objects] = chances_of(keen == 1, objects == 1);
      }
      for (const std::size_t mood : {fading, fading + 2}) {
        if (cohort.share[mood] > 0) leave(cohort, mood, chances, next);
      }
    }
  }

  void leave(Cohort& cohort, std::size_t mood, const ChancesByState& chances, Cohort& next) {
    const double share = cohort.share[mood];
    const double keen = 1 - cohort.keen[mood][0] / share;
    const double objects = 1 - cohort.objection[mood][0] / share;
    const std::array<double, 2> keen_shares{1 - keen, keen}, objection_shares{1 - objects, objects};
    std::array<double, 2> advance_by_keen{}, advance_by_objection{}, loss_by_keen{}, loss_by_objection{};
    double advance = 0;
    double loss = 0;
    for (std::size_t k = 0; k < 2; ++k) {
      for (std::size_t o = 0; o < 2; ++o) {
        const DayChances& ends = chances[k][o];
        advance_by_keen[k] += objection_shares[o] * ends.advance;
        loss_by_keen[k] += objection_shares[o] * ends.loss;
        advance_by_objection[o] += keen_shares[k] * ends.advance;
        loss_by_objection[o] += keen_shares[k] * ends.loss;
        advance += keen_shares[k] * objection_shares[o] * ends.advance;
        loss += keen_shares[k] * objection_shares[o] * ends.loss;
      }
    }
    result_.lost += share * loss;
    result_.recorded += share * loss * written_down_after(recording_, end_ - 1 - day_);
    if (cohort.stage == first_stage_) result_.advanced += share * advance;
    const std::size_t mood_after = mood & 1U;  // a planted silence ends with the stage
    next.share[mood_after] += share * advance;
    split(cohort.keen[mood], next.keen[mood_after], advance_by_keen, loss_by_keen);
    split(cohort.objection[mood], next.objection[mood_after], advance_by_objection, loss_by_objection);
    split(cohort.meeting[mood], next.meeting[mood_after], {advance, advance}, {loss, loss});
    cohort.share[mood] *= 1 - advance - loss;
  }

  // [0] of the chances goes with [0] of the clock, [1] with all others.
  template <std::size_t N>
  static void split(std::array<double, N>& stays, std::array<double, N>& goes,
                    const std::array<double, 2>& advance, const std::array<double, 2>& loss) {
    for (std::size_t i = 0; i < N; ++i) {
      const std::size_t which = i == 0 ? 0 : 1;
      goes[i] += stays[i] * advance[which];
      stays[i] *= 1 - advance[which] - loss[which];
    }
  }

  Pursuit subject_;
  int first_stage_;
  int day_, end_;
  const Rhythm& rhythm_;
  Recording recording_;
  std::vector<std::vector<Cohort>> cohorts_;  // by stage
  TrueChances result_;
};

}  // namespace

TrueChances true_chances(const Pursuit& pursuit, int day, int days, const Rhythm& rhythm) {
  if (pursuit.gone_day < 0) return Rollout(pursuit, day, days, rhythm).run();
  const Recording recording = recording_of(pursuit.funnel);
  const double before = written_down_after(recording, day - 1 - pursuit.gone_day);
  const double by_the_end = written_down_after(recording, day + days - 1 - pursuit.gone_day);
  return {1, (by_the_end - before) / (1 - before), 0};
}

double recorded_in_time(FunnelName funnel, int days) {
  double sum = 0;
  for (int day = 0; day < days; ++day) sum += written_down_after(recording_of(funnel), days - 1 - day);
  return sum / days;
}

}  // namespace weir::demo
