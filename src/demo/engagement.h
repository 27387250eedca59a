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

// How a lead of its source came in, at `created_at`.
void arrive(Company& company, Pursuit& lead);
// The touches of a day; none for a pursuit that is silenced or gone.
void live_a_day(Company& company, Pursuit& pursuit, int day);
// Bulk mail to everybody who agreed to it, whether it is read or not: no touch.
void send_campaign_mail(Company& company, Pursuit& lead, int day);

}  // namespace weir::demo
