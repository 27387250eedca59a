// A day in the life of a pursuit as other systems see it: touches, meetings, objections, campaign mail.
#pragma once

#include "demo/activity_exports.h"
#include "demo/crm_exports.h"

namespace weir::demo {

// What all touches need; references live as long as the simulation.
struct Company {
  Register& parties;
  CrmExports& crm;
  ActivityExports& activities;
  const Rhythm& rhythm;
};

inline constexpr int kKeenDays = 7;                      // after a reply or a meeting
inline constexpr int kObjectionDays = 14;                // while nobody answers
inline constexpr int kMeetingsAhead = 8;                 // booked so many days before, at most
inline constexpr int kSoonestMove = 3, kLatestMove = 9;  // by how many days a meeting is moved
inline constexpr double kFadedTouches = 0.22;

// What drives hazards, on a day: for the true chances.
struct DayRates {
  double replies{0};       // per day
  double bookings{0};      // of meetings, per day
  double meeting_held{0};  // chances of the meeting of that day
  double meeting_moved{0};
  double objection{0};  // chance
  double objection_answered{0};
  int latest_answer{0};  // days after
};
[[nodiscard]] DayRates rates_on(const Pursuit& pursuit, int day, const Rhythm& rhythm);
// The day itself or the Monday after it.
[[nodiscard]] int next_working_day(int day) noexcept;

// How a lead of its source came in, at `created_at`.
void arrive(Company& company, Pursuit& lead);
// The touches of a day; none for a pursuit that is silenced or gone.
void live_a_day(Company& company, Pursuit& pursuit, int day);
// Bulk mail to everybody who agreed to it, whether it is read or not: no touch.
void send_campaign_mail(Company& company, Pursuit& lead, int day);

}  // namespace weir::demo
