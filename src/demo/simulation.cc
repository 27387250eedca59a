#include "demo/simulation.h"

#include <algorithm>

#include "base/fixed_math.h"

namespace weir::demo {
namespace {

constexpr int kDaysAhead = 15;  // accounts are in the CRM before their first lead
constexpr int kDaysToDelivery = 9;
constexpr double kNewAccountShare = 0.62;
constexpr int kHalfYear = 182;

constexpr std::array<double, kProducts.size()> kPrices{33'000, 44'000, 18'000};
constexpr std::array<double, kSizes.size()> kPriceBySize{0.45, 1.0, 2.2};
constexpr double kPoundInEuro = 1.17;
constexpr double kDollarInEuro = 0.92;

Wall at_work(Draws& draws, int day) {
  return wall_at(day, draws.between(8 * 3600, 18 * 3600));
}

double share_of_arrivals(int day, const Rhythm& rhythm) {
  const double growth = 0.65 + 0.7 * day / kDays;
  const double weekday = weekday_at(day) >= 5 ? 3 : 1;  // forms are filled in on Saturdays, too
  return rhythm.touches[static_cast<std::size_t>(day)] * growth * weekday;
}

void price(Pursuit& deal, double euros) {
  const double factor = deal.currency == "GBP" ? kPoundInEuro : deal.currency == "USD" ? kDollarInEuro : 1;
  const double bounded = std::clamp(euros, 5'000.0, 150'000.0) / factor;
  deal.amount = static_cast<std::int64_t>(bounded / 100) * 100;
}

void set_price(Pursuit& deal) {
  Draws& draws = deal.draws;
  const bool is_british = kRegions[deal.traits.region] == "UK";
  if (draws.chance(is_british ? 0.4 : 0.04)) deal.currency = is_british ? "GBP" : "USD";
  price(deal, kPrices[deal.traits.product] * kPriceBySize[deal.traits.size] *
                  fixed_math::exp(0.35 * draws.normal()));
}

}  // namespace

Simulation::Simulation(FileSystem& files, const std::string& directory, const WallClock& clock, double leads,
                       std::uint64_t seed)
    : draws_(Random(seed)),
      rhythm_(rhythm()),
      parties_(draws_.split(1)),
      crm_(files, directory, draws_.split(2)),
      activities_(files, directory, clock, draws_.split(3)),
      company_{parties_, crm_, activities_, rhythm_},
      scale_(1) {
  double shares = 0;
  for (int day = 0; day < kDays; ++day) shares += share_of_arrivals(day, rhythm_);
  scale_ = leads / shares;
}

std::vector<const Delivery*> Simulation::deliveries() const {
  std::vector<const Delivery*> all = crm_.deliveries();
  const std::vector<const Delivery*> more = activities_.deliveries();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Status Simulation::run() {
  WEIR_TRY_STATUS(found_company());
  for (int day = 0; day < kDays; ++day) {
    if (keeps_chances(day)) keep_chances(day);
    meet_accounts(day);
    meet_leads(day);
    for (Pursuit& pursuit : open_) pursue(pursuit, day);
    std::erase_if(open_, [](const Pursuit& pursuit) { return pursuit.outcome != Outcome::open; });
    open_.insert(open_.end(), started_.begin(), started_.end());
    started_.clear();
    WEIR_TRY_STATUS(crm_.close_day(day, parties_));
    WEIR_TRY_STATUS(activities_.close_day(day));
  }
  keep_chances(kDays);
  for (const Pursuit& pursuit : open_) truth_.add_subject(pursuit);
  truth_.finish();
  return {};
}

void Simulation::keep_chances(int day) {
  for (const Pursuit& pursuit : open_) truth_.add_chances(pursuit, day, rhythm_);
}

// What the first delivery shows: the accounts that were there before.
Status Simulation::found_company() {
  const int count = static_cast<int>(scale_ * 30);
  for (int i = 0; i < count; ++i) {
    const int day = -draws_.between(10, 400);
    crm_.account_changed(parties_.add_account(at_work(draws_, day)));
  }
  return crm_.close_day(-1, parties_);
}

double Simulation::arrivals_on(int day) const {
  return scale_ * share_of_arrivals(std::min(day, kDays - 1), rhythm_);
}

void Simulation::meet_accounts(int day) {
  for (int left = draws_.poisson(kNewAccountShare * arrivals_on(day + kDaysAhead)); left > 0; --left) {
    crm_.account_changed(parties_.add_account(at_work(draws_, day)));
  }
  const auto& accounts = parties_.accounts();
  while (ready_accounts_ < static_cast<int>(accounts.size()) &&
         day_of(accounts[static_cast<std::size_t>(ready_accounts_)].created_at) <= day - kDaysToDelivery) {
    ++ready_accounts_;
  }
  change_accounts(day);
}

void Simulation::change_accounts(int day) {
  for (int left = draws_.poisson(static_cast<double>(ready_accounts_) * 0.0004); left > 0; --left) {
    const int index = static_cast<int>(draws_.index(static_cast<std::size_t>(ready_accounts_)));
    Account& account = parties_.account(index);
    account.employees += draws_.between(-account.employees / 10, account.employees / 5 + 1);
    account.changed_at = at_work(draws_, day);
    crm_.account_changed(index);
  }
}

void Simulation::meet_leads(int day) {
  for (int left = draws_.poisson(arrivals_on(day)); left > 0; --left) meet_lead(day);
}

int Simulation::account_of_next_lead() {
  const bool is_new =
      next_account_ < ready_accounts_ && (next_account_ == 0 || draws_.chance(kNewAccountShare));
  if (is_new) return next_account_++;
  return static_cast<int>(draws_.index(static_cast<std::size_t>(next_account_)));
}

void Simulation::meet_lead(int day) {
  Pursuit lead;
  lead.number = ++lead_count_;
  lead.draws = draws_.split(1'000'000 + static_cast<std::uint64_t>(lead.number));
  lead.account = account_of_next_lead();
  lead.created_at = wall_at(day, lead.draws.between(7 * 3600, 21 * 3600));
  lead.contact = parties_.add_contact(lead.account, lead.created_at - 1);
  crm_.contact_changed(lead.contact);
  const Account& account = parties_.account(lead.account);
  lead.traits.region = account.region;
  lead.traits.industry = account.industry;
  lead.traits.size = account.size;
  lead.traits.source = static_cast<std::uint8_t>(lead.draws.pick(kSourceShares));
  lead.traits.product = static_cast<std::uint8_t>(lead.draws.pick(kProductShares));
  if (lead.draws.chance(0.75)) lead.campaign = month_at(day);
  lead.owner = draw_owner(lead.draws, account.region, Team::development);
  lead.owner_is_unknown = lead.draws.chance(0.004);
  lead.engagement = lead.draws.normal();
  enter_stage(lead, kNew, day);
  arrive(company_, lead);
  crm_.lead_version(parties_, lead, lead.created_at);
  open_.push_back(lead);
}

void Simulation::enter_stage(Pursuit& pursuit, int stage, int day) {
  pursuit.stage = stage;
  pursuit.entered_before_day = pursuit.entered_day;
  pursuit.entered_day = day;
  pursuit.last_touch_day = day;
  pursuit.dormant = false;
  pursuit.silenced = false;
  pursuit.counted_in_leak = false;
  pursuit.factors = subject_factors(pursuit.funnel, stage, pursuit.traits, pursuit.engagement);
  pursuit.touch_rate =
      stages_of(pursuit.funnel)[static_cast<std::size_t>(stage)].touches * touch_factor(pursuit.engagement);
}

// One day of a pursuit, from the day after its last move on.
void Simulation::pursue(Pursuit& pursuit, int day) {
  if (day <= pursuit.entered_day) return;
  if (pursuit.funnel == FunnelName::leads && pursuit.stage < kSql) send_campaign_mail(company_, pursuit, day);
  if (pursuit.gone_day < 0) change_mood(pursuit, day);
  live_a_day(company_, pursuit, day);
  note_silence(pursuit, day);
  if (pursuit.gone_day >= 0) {
    if (day >= pursuit.record_day) record_loss(pursuit, day);
    return;
  }
  move(pursuit, day);
  if (pursuit.funnel == FunnelName::deals && pursuit.entered_day < day && pursuit.outcome == Outcome::open)
    tidy_up(pursuit, day);
}

void Simulation::change_mood(Pursuit& pursuit, int day) {
  if (pursuit.draws.chance(pursuit.fading ? kRecover : kFade)) pursuit.fading = !pursuit.fading;
  const PlantedLeak* leak = leak_on(pursuit, day);
  if (leak != nullptr && leak->kind == LeakKind::silence && pursuit.draws.chance(leak->factor))
    pursuit.silenced = true;
}

void Simulation::note_silence(Pursuit& pursuit, int day) {
  const int index = leak_of(pursuit.funnel, pursuit.stage, pursuit.traits);
  const bool falls = !pursuit.dormant && day - pursuit.last_touch_day >= silent_days(pursuit.funnel);
  if (index >= 0 && planted_leaks()[static_cast<std::size_t>(index)].kind == LeakKind::silence &&
      !pursuit.dormant) {
    LeakTally& tally = truth_.tally(index);
    const int onset = planted_leaks()[static_cast<std::size_t>(index)].onset;
    if (day >= onset - kHalfYear && day < onset) ++tally.days_before;
    if (day >= onset) ++tally.days_after;
    if (day >= kPeriodBegin && day < kPeriodEnd) ++tally.days_in_period;
    if (falls && day >= onset - kHalfYear && day < onset) ++tally.events_before;
    if (falls && day >= onset) ++tally.observed;
    if (falls && day >= kPeriodBegin && day < kPeriodEnd) ++tally.observed_in_period;
  }
  if (falls) pursuit.dormant = true;
}

// Small corrections by the seller: a later close date, another owner.
void Simulation::tidy_up(Pursuit& deal, int day) {
  if (weekday_at(day) >= 5) return;
  const bool pushed = deal.close_day <= day + 3 && deal.draws.chance(0.3);
  const bool handed = deal.draws.chance(0.0015);
  if (!pushed && !handed) return;
  if (pushed) deal.close_day = day + deal.draws.between(14, 45);
  if (handed) deal.owner = draw_owner(deal.draws, deal.traits.region, Team::sales);
  crm_.deal_version(parties_, deal, at_work(deal.draws, day));
}

void Simulation::move(Pursuit& pursuit, int day) {
  const Hazards hazards = hazards_on(pursuit, day, rhythm_.moves[static_cast<std::size_t>(day)]);
  tally_exposure(pursuit, day, hazards);
  const DayChances today = chances(hazards.actual);
  const double draw = pursuit.draws.uniform();
  if (draw < today.advance) {
    tally_exit(pursuit, day, LeakKind::stall);
    advance(pursuit, day);
  } else if (draw < today.advance + today.loss) {
    tally_exit(pursuit, day, LeakKind::loss);
    lose(pursuit, day);
  }
}

void Simulation::tally_exposure(Pursuit& pursuit, int day, const Hazards& hazards) {
  const PlantedLeak* leak = leak_on(pursuit, day);
  if (leak == nullptr || leak->kind == LeakKind::silence) return;
  LeakTally& tally = truth_.tally(leak_of(pursuit.funnel, pursuit.stage, pursuit.traits));
  const bool stalls = leak->kind == LeakKind::stall;
  const DayChances expected = stalls ? chances({hazards.baseline.advance, hazards.actual.loss})
                                     : chances({hazards.actual.advance, hazards.baseline.loss});
  const double chance = stalls ? expected.advance : expected.loss;
  tally.expected += chance;
  if (day >= kPeriodBegin && day < kPeriodEnd) tally.expected_in_period += chance;
  if (!pursuit.counted_in_leak) tally.missing_at_window += missing_at_window(pursuit, day);
  pursuit.counted_in_leak = true;
}

void Simulation::tally_exit(const Pursuit& pursuit, int day, LeakKind kind) {
  const PlantedLeak* leak = leak_on(pursuit, day);
  if (leak == nullptr || leak->kind != kind) return;
  LeakTally& tally = truth_.tally(leak_of(pursuit.funnel, pursuit.stage, pursuit.traits));
  ++tally.observed;
  if (day >= kPeriodBegin && day < kPeriodEnd) ++tally.observed_in_period;
}

void Simulation::advance(Pursuit& pursuit, int day) {
  const Wall at = at_work(pursuit.draws, day);
  const bool wins = pursuit.stage + 1 == won_stage(pursuit.funnel);
  enter_stage(pursuit, pursuit.stage + 1, day);
  if (wins) pursuit.outcome = Outcome::won;
  if (pursuit.funnel == FunnelName::deals) return advance_deal(pursuit, at);
  const PlantedLeak* leak = wins ? nullptr : leak_on(pursuit, day);
  if (leak != nullptr && leak->id == "uk-handoff") pursuit.owner = queue_owner();
  crm_.lead_version(parties_, pursuit, at);
  if (wins) convert(pursuit, at);
}

void Simulation::advance_deal(Pursuit& deal, Wall at) {
  Draws& draws = deal.draws;
  const int day = day_of(at);
  const double euros = static_cast<double>(deal.amount) * (deal.currency == "GBP"   ? kPoundInEuro
                                                           : deal.currency == "USD" ? kDollarInEuro
                                                                                    : 1);
  if (deal.stage == kProposal) price(deal, euros * (0.8 + 0.5 * draws.uniform()));
  if (deal.stage == kNegotiation && draws.chance(0.6)) price(deal, euros * (0.85 + 0.15 * draws.uniform()));
  if (deal.outcome == Outcome::won) deal.close_day = day;
  crm_.deal_version(parties_, deal, at);
  crm_.stage_moved(deal, stage_name(deal.funnel, deal.stage - 1), stage_name(deal.funnel, deal.stage), at);
  if (deal.outcome != Outcome::won) return;
  ++won_count_;
  truth_.add_subject(deal);
  correct_close_date(deal, day);
}

void Simulation::convert(Pursuit& lead, Wall at) {
  const int day = day_of(at);
  Pursuit deal;
  deal.funnel = FunnelName::deals;
  deal.number = ++deal_count_;
  deal.draws = draws_.split(20'000'000 + static_cast<std::uint64_t>(deal.number));
  deal.lead_number = lead.number;
  deal.account = lead.account;
  deal.contact = lead.contact;
  deal.traits = lead.traits;
  deal.owner = draw_owner(deal.draws, lead.traits.region, Team::sales);
  deal.owner_is_unknown = deal.draws.chance(0.004);
  deal.engagement = 0.7 * lead.engagement + 0.714 * deal.draws.normal();
  deal.created_at = at;
  deal.close_day = day + deal.draws.between(60, 120);
  set_price(deal);
  enter_stage(deal, kDiscovery, day);
  crm_.deal_version(parties_, deal, at);
  crm_.stage_moved(deal, "", stage_name(deal.funnel, kDiscovery), at);
  crm_.converted(lead, deal, at);
  started_.push_back(deal);
  truth_.add_subject(lead);
}

// Lost in truth; the CRM learns of it at once, later or never.
void Simulation::lose(Pursuit& pursuit, int day) {
  const Recording& recording = recording_of(pursuit.funnel);
  pursuit.gone_day = day;
  const double draw = pursuit.draws.uniform();
  if (draw < recording.at_once) return record_loss(pursuit, day);
  if (draw < recording.at_once + recording.late) {
    pursuit.record_day =
        day + kSoonestRecord + static_cast<int>(pursuit.draws.exponential(recording.mean_days));
  }
}

void Simulation::record_loss(Pursuit& pursuit, int day) {
  if (const int index = leak_of(pursuit.funnel, pursuit.stage, pursuit.traits); index >= 0) {
    const PlantedLeak& leak = planted_leaks()[static_cast<std::size_t>(index)];
    LeakTally& tally = truth_.tally(index);
    if (leak.kind == LeakKind::loss && day >= leak.onset) ++tally.recorded;
  }
  const Wall at = at_work(pursuit.draws, day);
  pursuit.outcome = Outcome::lost;
  pursuit.record_day = day;
  const bool objected = pursuit.objection_until >= pursuit.gone_day - 14;
  const PlantedLeak* leak = leak_on(pursuit, day);
  if (leak != nullptr && leak->id == "analytics-price" && pursuit.draws.chance(0.7))
    pursuit.lost_reason = "price";
  else if (objected)
    pursuit.lost_reason = kObjections[static_cast<std::size_t>(pursuit.objection)];
  else
    pursuit.lost_reason = pursuit.draws.chance(0.5) ? "no response" : pursuit.draws.one_of(kObjections);
  truth_.add_subject(pursuit);
  if (pursuit.funnel == FunnelName::leads) return crm_.lead_version(parties_, pursuit, at);
  pursuit.close_day = day;
  crm_.deal_version(parties_, pursuit, at);
  crm_.stage_moved(pursuit, stage_name(pursuit.funnel, pursuit.stage), lost_name(pursuit.funnel), at);
  correct_close_date(pursuit, day);
}

// Some close dates turn out to be wrong by a few days; the correction comes later and never lies before the
// last move.
void Simulation::correct_close_date(const Pursuit& deal, int day) {
  Pursuit corrected = deal;
  Draws& draws = corrected.draws;
  if (!draws.chance(0.03)) return;
  const int later = day + draws.between(3, 20);
  const int earliest =
      std::max((deal.outcome == Outcome::won ? deal.entered_before_day : deal.entered_day) + 1, day - 3);
  if (later >= kDays || earliest >= day) return;
  corrected.close_day = draws.between(earliest, day - 1);
  truth_.count_revision();
  crm_.deal_version(parties_, corrected, at_work(draws, later));
}

}  // namespace weir::demo
