#include "demo/engagement.h"

#include <algorithm>

#include "demo/note_texts.h"

namespace weir::demo {
namespace {

enum class Touch : std::uint8_t { page, content, mail, call, meeting, note, usage, ticket };
constexpr std::array<double, 8> kLeadTouches{0.36, 0.14, 0.27, 0.16, 0.07, 0, 0, 0};
constexpr std::array<double, 8> kDealTouches{0.10, 0.08, 0.27, 0.19, 0.13, 0.09, 0.11, 0.03};
constexpr int kMostTouchesADay = 5;
constexpr int kCampaignMailDays = 14;

// Objections per day and stage.
constexpr std::array<double, 3> kLeadObjections{0.0, 0.003, 0.010};
constexpr std::array<double, 4> kDealObjections{0.010, 0.014, 0.024, 0.020};
constexpr double kAnsweredObjections = 0.5;
constexpr int kLatestAnswer = 4;       // days after the objection
constexpr double kLeadReplies = 0.30;  // of mails
constexpr double kDealReplies = 0.5;
constexpr double kHeld = 0.78, kHeldInLeak = 0.20, kHeldOrMissed = 0.90;  // the rest are moved
constexpr std::array<std::array<double, kObjections.size()>, 2> kObjectionShares{
    {{0.20, 0.15, 0.30, 0.15, 0.20}, {0.32, 0.22, 0.20, 0.16, 0.10}}};
constexpr double kMorePriceObjections = 4;  // beside the planted loss

constexpr auto kPaths = std::to_array<std::string_view>({"/", "/product/analytics", "/product/planner",
                                                         "/product/connect", "/pricing", "/customers",
                                                         "/docs/integration", "/demo", "/blog/planning"});
constexpr auto kContents = std::to_array<std::string_view>(
    {"Leitfaden Bestandsplanung", "Forecasting guide", "ROI calculator", "Integration checklist",
     "Fallstudie Maschinenbau", "Security white paper"});
constexpr auto kFeatures =
    std::to_array<std::string_view>({"dashboard", "import", "forecast", "alert", "report", "api"});
constexpr auto kTicketSubjects =
    std::to_array<std::string_view>({"Import schlägt fehl", "Single sign-on", "Question about the API limit",
                                     "Zahlen weichen ab", "Access for a colleague"});
constexpr auto kTopics = std::to_array<std::string_view>(
    {"Bedarfsplanung", "Lageroptimierung", "Business Intelligence", "Anbietervergleich", "Schnittstellen"});

Wall at_work(Draws& draws, int day) {
  return wall_at(day, draws.between(7 * 3600 + 2700, 18 * 3600 + 2700));
}

void touched(Pursuit& pursuit, int day) {
  pursuit.last_touch_day = day;
  pursuit.dormant = false;
}

// "Frau Keller" would hide who it is; sellers write the whole name.
std::string person_of(const Contact& contact) {
  return contact.first_name + " " + contact.last_name;
}
bool writes_german(const Pursuit& pursuit) {
  return kRegions[pursuit.traits.region] == "DACH";
}

void know_on_the_web(Company& company, Contact& contact, Wall at) {
  if (contact.on_the_web) return;
  company.activities.identified(at, contact);
  contact.on_the_web = day_of(at) < kOutageBegin || day_of(at) >= kOutageEnd;
}

void view_pages(Company& company, Pursuit& pursuit, int day, bool content) {
  Contact& contact = company.parties.contact(pursuit.contact);
  Wall at = at_work(pursuit.draws, day);
  know_on_the_web(company, contact, at);
  bool seen = false;
  for (int views = pursuit.draws.between(1, 3); views > 0; --views) {
    at += pursuit.draws.between(10, 400);
    seen = company.activities.page_viewed(at, contact, true, pursuit.draws.one_of(kPaths)) || seen;
  }
  if (content)
    seen = company.activities.tracked(at + 30, contact, "Content Viewed", pursuit.draws.one_of(kContents)) ||
           seen;
  if (seen) touched(pursuit, day);
}

// A mail that is read, and clicked or answered: only those two are touches.
void exchange_mail(Company& company, Pursuit& pursuit, int day) {
  const Contact& contact = company.parties.contact(pursuit.contact);
  Draws& draws = pursuit.draws;
  const bool is_lead = pursuit.funnel == FunnelName::leads;
  const std::string campaign =
      is_lead && draws.chance(0.6) ? campaign_id(pursuit.traits.source, month_at(day)) : "";
  const std::int64_t message = company.activities.next_message();
  Wall at = wall_at(day, draws.between(7 * 3600, 12 * 3600));
  const auto log = [&](std::string_view action, int after) {
    at += after;
    company.activities.mail(at, message, contact, campaign, action);
  };
  log("sent", 0);
  log("delivered", draws.between(2, 40));
  log("opened", draws.between(60, 9000));
  const bool replies = draws.chance(is_lead ? kLeadReplies : kDealReplies);
  if (!replies || draws.chance(0.5)) log("clicked", draws.between(20, 300));
  if (replies) {
    log("replied", draws.between(300, 9000));
    pursuit.keen_until = day + kKeenDays;
  }
  touched(pursuit, day);
}

void log_call(Company& company, Pursuit& pursuit, int day, std::string_view kind) {
  const Contact& contact = company.parties.contact(pursuit.contact);
  const Wall at = at_work(pursuit.draws, day);
  const std::string body = neutral_text(pursuit.draws, writes_german(pursuit), person_of(contact));
  const std::string_view direction = kind == "note" ? "" : pursuit.draws.chance(0.4) ? "in" : "out";
  company.activities.note(at, pursuit, contact, kind, direction, body);
  if (kind != "note") touched(pursuit, day);
}

void book_meeting(Company& company, Pursuit& pursuit, int day) {
  if (pursuit.meeting_day > day) return log_call(company, pursuit, day, "call");
  pursuit.meeting_day = next_working_day(day + pursuit.draws.between(1, kMeetingsAhead));
  const Contact& contact = company.parties.contact(pursuit.contact);
  pursuit.meeting_number = company.activities.next_meeting();
  company.activities.meeting(at_work(pursuit.draws, day), pursuit, contact, "booked", pursuit.meeting_day);
  touched(pursuit, day);
}

void come_to_meeting(Company& company, Pursuit& pursuit, int day) {
  Draws& draws = pursuit.draws;
  const Contact& contact = company.parties.contact(pursuit.contact);
  const PlantedLeak* leak = leak_on(pursuit, day);
  const bool unkept = leak != nullptr && leak->id == "dach-mid-qualification";
  const bool absent = pursuit.silenced || pursuit.gone_day >= 0;
  const double draw = draws.uniform();
  const Wall at = at_work(draws, day);
  if (!absent && draw < (unkept ? kHeldInLeak : kHeld)) {
    company.activities.meeting(at, pursuit, contact, "held", day);
    pursuit.keen_until = day + kKeenDays;
    touched(pursuit, day);
  } else if (absent || draw < kHeldOrMissed) {
    company.activities.meeting(at, pursuit, contact, "no_show", day);
  } else {
    pursuit.meeting_day = next_working_day(day + draws.between(kSoonestMove, kLatestMove));
    company.activities.meeting(at, pursuit, contact, "moved", pursuit.meeting_day);
  }
}

void use_product(Company& company, Pursuit& pursuit, int day) {
  const Contact& contact = company.parties.contact(pursuit.contact);
  Wall at = at_work(pursuit.draws, day);
  for (int uses = pursuit.draws.between(1, 4); uses > 0; --uses) {
    const int minutes = 1 + static_cast<int>(pursuit.draws.exponential(9));
    company.activities.feature_used(at, contact, pursuit.draws.one_of(kFeatures), minutes,
                                    kProducts[pursuit.traits.product]);
    at += minutes * 60 + pursuit.draws.between(5, 600);
  }
  touched(pursuit, day);
}

void open_ticket(Company& company, Pursuit& pursuit, int day) {
  const Contact& contact = company.parties.contact(pursuit.contact);
  const Account& account = company.parties.account(pursuit.account);
  const std::string_view subject = pursuit.draws.one_of(kTicketSubjects);
  const std::int64_t number = company.activities.next_ticket();
  Wall at = at_work(pursuit.draws, day);
  company.activities.ticket(at, number, contact, account, "opened", subject);
  at += pursuit.draws.between(3600, 2 * 86'400);
  company.activities.ticket(at, number, contact, account, "answered", subject);
  at += pursuit.draws.between(1800, 3 * 86'400);
  company.activities.ticket(at, number, contact, account, "closed", subject);
  touched(pursuit, day);
}

void touch(Company& company, Pursuit& pursuit, int day, Touch kind) {
  switch (kind) {
    case Touch::page:
      return view_pages(company, pursuit, day, false);
    case Touch::content:
      return view_pages(company, pursuit, day, true);
    case Touch::mail:
      return exchange_mail(company, pursuit, day);
    case Touch::call:
      return log_call(company, pursuit, day, "call");
    case Touch::meeting:
      return book_meeting(company, pursuit, day);
    case Touch::note:
      return log_call(company, pursuit, day, "note");
    case Touch::usage:
      return use_product(company, pursuit, day);
    case Touch::ticket:
      return open_ticket(company, pursuit, day);
  }
}

void object(Company& company, Pursuit& pursuit, int day) {
  Draws& draws = pursuit.draws;
  const auto stage = static_cast<std::size_t>(pursuit.stage);
  const bool is_lead = pursuit.funnel == FunnelName::leads;
  const PlantedLeak* leak = leak_on(pursuit, day);
  const bool about_price = leak != nullptr && leak->id == "analytics-price";
  const double rate =
      (is_lead ? kLeadObjections[stage] : kDealObjections[stage]) * (about_price ? kMorePriceObjections : 1);
  if (!draws.chance(rate * company.rhythm.touches[static_cast<std::size_t>(day)])) return;
  pursuit.objection = static_cast<Objection>(draws.pick(kObjectionShares[is_lead ? 0 : 1]));
  if (about_price && draws.chance(0.85)) pursuit.objection = Objection::price;
  const Contact& contact = company.parties.contact(pursuit.contact);
  const bool german = writes_german(pursuit);
  const Wall at = at_work(draws, day);
  const std::string body = objection_text(draws, pursuit.objection, german, person_of(contact));
  company.activities.note(at, pursuit, contact, draws.chance(0.5) ? "call" : "email", "in", body);
  touched(pursuit, day);
  int until = day + kObjectionDays;
  if (draws.chance(kAnsweredObjections)) {
    until = next_working_day(day + draws.between(1, kLatestAnswer));
    company.activities.note(wall_at(until, 10 * 3600 + draws.between(0, 3600)), pursuit, contact, "note", "",
                            answer_text(pursuit.objection, german, person_of(contact)));
  }
  // The planted factor stands for the whole effect of the price: it must not be counted twice.
  if (!about_price) pursuit.objection_until = until;
}

}  // namespace

int next_working_day(int day) noexcept {
  return weekday_at(day) >= 5 ? day + 7 - weekday_at(day) : day;
}

DayRates rates_on(const Pursuit& pursuit, int day, const Rhythm& rhythm) {
  const auto stage = static_cast<std::size_t>(pursuit.stage);
  const bool is_lead = pursuit.funnel == FunnelName::leads;
  const auto& shares = is_lead ? kLeadTouches : kDealTouches;
  const double pace = rhythm.touches[static_cast<std::size_t>(day)];
  const double touches =
      pursuit.silenced ? 0 : pursuit.touch_rate * pace * (pursuit.fading ? kFadedTouches : 1);
  const PlantedLeak* leak = leak_on(pursuit, day);
  const auto works = [&](std::string_view id) { return leak != nullptr && leak->id == id; };
  DayRates rates;
  rates.replies =
      touches * shares[static_cast<std::size_t>(Touch::mail)] * (is_lead ? kLeadReplies : kDealReplies);
  rates.bookings = touches * shares[static_cast<std::size_t>(Touch::meeting)];
  if (!pursuit.silenced) {
    rates.meeting_held = works("dach-mid-qualification") ? kHeldInLeak : kHeld;
    rates.meeting_moved = 1 - kHeldOrMissed;
    // In the planted loss the leak's factor stands for what objections do.
    if (!works("analytics-price"))
      rates.objection = (is_lead ? kLeadObjections[stage] : kDealObjections[stage]) * pace;
  }
  rates.objection_answered = kAnsweredObjections;
  rates.latest_answer = kLatestAnswer;
  return rates;
}

void arrive(Company& company, Pursuit& lead) {
  Contact& contact = company.parties.contact(lead.contact);
  const int day = day_of(lead.created_at);
  const std::string_view source = kSources[lead.traits.source];
  if (source == "webinar") {
    const Account& account = company.parties.account(lead.account);
    company.activities.webinar(lead.created_at - lead.draws.between(3600, 7200), contact, account,
                               month_at(day), "registered", 0);
    if (lead.draws.chance(0.7)) {
      const int minutes = lead.draws.between(8, 60);
      company.activities.webinar(lead.created_at - 60, contact, account, month_at(day), "attended", minutes);
    }
  }
  if (source == "website" || source == "paid") {
    Wall at = lead.created_at - 900;
    for (int views = lead.draws.between(1, 4); views > 0; --views) {
      company.activities.page_viewed(at, contact, false, lead.draws.one_of(kPaths));
      at += lead.draws.between(20, 200);
    }
    know_on_the_web(company, contact, lead.created_at - 20);
    company.activities.tracked(lead.created_at - 10, contact, "Form Submitted", "contact-form");
  }
}

void send_campaign_mail(Company& company, Pursuit& lead, int day) {
  if ((day + lead.number) % kCampaignMailDays != 0 || weekday_at(day) >= 5) return;
  Contact& contact = company.parties.contact(lead.contact);
  if (!contact.opt_in) return;
  Draws& draws = lead.draws;
  const std::string campaign = campaign_id(lead.traits.source, month_at(day));
  const std::int64_t message = company.activities.next_message();
  const Wall at = wall_at(day, 6 * 3600 + draws.between(0, 1800));
  company.activities.mail(at, message, contact, campaign, "sent");
  if (draws.chance(0.015)) return company.activities.mail(at + 5, message, contact, campaign, "bounced");
  company.activities.mail(at + 9, message, contact, campaign, "delivered");
  if (draws.chance(0.3))
    company.activities.mail(at + draws.between(60, 30'000), message, contact, campaign, "opened");
  if (draws.chance(0.003)) {
    const Wall left = at + 31'000;
    company.activities.mail(left, message, contact, campaign, "unsubscribed");
    contact.opt_in = false;
    contact.changed_at = left;
    company.crm.contact_changed(lead.contact);
  }
}

void live_a_day(Company& company, Pursuit& pursuit, int day) {
  if (pursuit.meeting_day == day) come_to_meeting(company, pursuit, day);
  if (pursuit.silenced || pursuit.gone_day >= 0) return;
  const double rate = pursuit.touch_rate * company.rhythm.touches[static_cast<std::size_t>(day)] *
                      (pursuit.fading ? kFadedTouches : 1);
  const PlantedLeak* leak = leak_on(pursuit, day);
  const bool uncalled = leak != nullptr && leak->id == "webinar-follow-up";
  for (int left = std::min(pursuit.draws.poisson(rate), kMostTouchesADay); left > 0; --left) {
    const auto& weights = pursuit.funnel == FunnelName::leads ? kLeadTouches : kDealTouches;
    auto kind = static_cast<Touch>(pursuit.draws.pick(weights));
    if (kind == Touch::usage && pursuit.stage < kEvaluation) kind = Touch::content;
    if (kind == Touch::call && uncalled) kind = Touch::page;
    touch(company, pursuit, day, kind);
  }
  object(company, pursuit, day);
  if (pursuit.draws.chance(0.012)) {
    const std::string_view topic = pursuit.draws.one_of(kTopics);
    company.activities.intent(day, company.parties.account(pursuit.account), topic,
                              pursuit.draws.between(5, 98));
  }
}

}  // namespace weir::demo
