#include "features/catalogue.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace weir::features {
namespace {

struct Noun {
  std::string_view word, one, many;
};

constexpr std::array<Noun, 46> kNouns{{
    {"any", "event", "events"},
    {"any_touch", "touch", "touches"},
    {"lead.created", "lead created", "leads created"},
    {"lead.status", "change of the lead's status", "changes of the lead's status"},
    {"lead.stage", "change of the lead's stage", "changes of the lead's stage"},
    {"lead.owner", "change of the lead's owner", "changes of the lead's owner"},
    {"deal.created", "opportunity opened", "opportunities opened"},
    {"deal.won", "deal won", "deals won"},
    {"deal.lost", "deal lost", "deals lost"},
    {"deal.owner", "change of the deal's owner", "changes of the deal's owner"},
    {"deal.engaged", "engagement of a deal", "engagements of deals"},
    {"handoff.accepted", "accepted handoff", "accepted handoffs"},
    {"contact.created", "contact created", "contacts created"},
    {"visitor.identified", "web visitor recognised", "web visitors recognised"},
    {"task.due", "task due", "tasks due"},
    {"consent.withdrawn", "consent withdrawn", "consents withdrawn"},
    {"email.sent", "e-mail sent", "e-mails sent"},
    {"email.delivered", "e-mail delivered", "e-mails delivered"},
    {"email.opened", "e-mail open", "e-mail opens"},
    {"email.clicked", "e-mail click", "e-mail clicks"},
    {"email.replied", "e-mail reply", "e-mail replies"},
    {"email.bounced", "e-mail bounce", "e-mail bounces"},
    {"email.unsubscribed", "unsubscription", "unsubscriptions"},
    {"email.logged", "logged e-mail", "logged e-mails"},
    {"meeting.booked", "meeting booked", "meetings booked"},
    {"meeting.held", "meeting held", "meetings held"},
    {"meeting.no_show", "missed meeting", "missed meetings"},
    {"meeting.moved", "moved meeting", "moved meetings"},
    {"call.logged", "call", "calls"},
    {"note.logged", "note", "notes"},
    {"page.viewed", "page view", "page views"},
    {"content.viewed", "content view", "content views"},
    {"form.submitted", "form", "forms"},
    {"webinar.registered", "webinar registration", "webinar registrations"},
    {"webinar.attended", "webinar visit", "webinar visits"},
    {"campaign.joined", "campaign response", "campaign responses"},
    {"feature.used", "product use", "product uses"},
    {"product.activated", "product activation", "product activations"},
    {"ticket.opened", "support ticket", "support tickets"},
    {"ticket.answered", "answered ticket", "answered tickets"},
    {"ticket.closed", "closed ticket", "closed tickets"},
    {"objection.raised", "objection", "objections"},
    {"objection.answered", "answered objection", "answered objections"},
    {"external.signal", "external signal", "external signals"},
    {"deal.amount", "change of amount", "changes of amount"},
    {"deal.stage", "change of stage", "changes of stage"},
}};

std::string plain(std::string_view word) {
  std::string text(word);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '_' || c == '.'; }, ' ');
  return text;
}

std::string one(std::string_view word) {
  const auto at =
      std::find_if(kNouns.begin(), kNouns.end(), [&](const Noun& noun) { return noun.word == word; });
  return at == kNouns.end() ? plain(word) : std::string(at->one);
}

std::string many(std::string_view word) {
  const auto at =
      std::find_if(kNouns.begin(), kNouns.end(), [&](const Noun& noun) { return noun.word == word; });
  if (at != kNouns.end()) return std::string(at->many);
  std::string text = plain(word);
  // Event types of one's own ("order placed") have no plural of one word.
  if (word.find('.') != std::string_view::npos) return "'" + text + "' events";
  if (text.size() > 1 && text.back() == 'y' &&
      std::string_view("aeiou").find(text[text.size() - 2]) == std::string_view::npos) {
    return text.substr(0, text.size() - 1) + "ies";
  }
  return text + (text.ends_with("s") || text.ends_with("x") || text.ends_with("ch") ? "es" : "s");
}

// " in the last 30 days", "" for ever.
std::string within(Micros window) {
  if (window.count() == 0) return {};
  const std::int64_t days = window.count() / kMicrosPerDay;
  if (window.count() % kMicrosPerDay != 0) return " in the last " + weir::to_text(window);
  return days == 1 ? " in the last day" : " in the last " + std::to_string(days) + " days";
}

std::string in_scope(const Spec& spec) {
  if (!takes_scope(spec.function) || spec.scope == Scope::contact) return {};
  return spec.scope == Scope::own ? ", own events only" : ", with those of the account";
}

std::string values_of(std::string_view of) {
  return of == "amount" ? "amount" : plain(of) + " value";
}

// NOLINTNEXTLINE(readability-function-size): a sentence per function
std::string describe(const Spec& spec) {
  const std::string& of = spec.of;
  const std::string in_time = within(spec.window);
  switch (spec.function) {
    case Function::count:
      return many(of) + (in_time.empty() ? " so far" : in_time);
    case Function::sum:
      return "sum of the " + values_of(of) + in_time;
    case Function::mean:
      return "mean " + values_of(of) + in_time;
    case Function::min:
      return "least " + values_of(of) + in_time;
    case Function::max:
      return "greatest " + values_of(of) + in_time;
    case Function::last:
      return of == "type" ? "type of the last event" + in_time : "last known " + values_of(of) + in_time;
    case Function::distinct:
      return "different " +
             (of == "type"  ? std::string("kinds of touches")
              : of == "day" ? std::string("days with a touch")
                            : plain(of) + "s with a touch") +
             in_time;
    case Function::since:
      return "days since the last " + one(of);
    case Function::velocity:
      return "pace of " + many(of) + in_time + " against the subject's own pace before (logarithm)";
    case Function::gap_mean:
      return "mean days between " + many(of) + in_time;
    case Function::gap_median:
      return "usual days between " + many(of) + in_time;
    case Function::gap_max:
      return "longest pause between " + many(of) + in_time + ", in days";
    case Function::gap_ratio:
      return "days since the last " + one(of) + " against the usual days between them";
    case Function::gap_break:
      return "the usual rhythm of " + many(of) + " is broken";
    case Function::own_rate:
      return many(of) + " per day since the beginning";
    case Function::reply_time:
      return of == "ours" ? "business hours until we answered" + in_time + " (median)"
                          : "business hours until they answered" + in_time + " (median)";
    case Function::waiting:
      return of == "ours" ? "business hours they have been waiting for our answer"
                          : "business hours we have been waiting for their answer";
    case Function::stage_name:
      return "current stage";
    case Function::stage_age:
      return "days in the current stage";
    case Function::stage_moves:
      return "moves between stages so far";
    case Function::stage_back_moves:
      return "moves back to an earlier stage so far";
    case Function::stage_touches:
      return "touches in the current stage";
    case Function::owner_changes:
      return "changes of owner so far";
    case Function::next_step_missing:
      return "no next step is planned";
    case Function::next_step_due:
      return "days until the next planned step";
    case Function::next_step_overdue:
      return "days by which the last planned step is overdue";
    case Function::objections_open:
      return "objections without an answer";
    case Function::attribute:
      return of.find('.') == std::string::npos
                 ? of
                 : plain(of.substr(of.find('.') + 1)) + " of the " + of.substr(0, of.find('.'));
    case Function::account_open:
      return "open subjects of the same account";
    case Function::account_touches:
      return "touches of the whole account in the last 30 days";
    case Function::owner_open:
      return "open subjects of the same owner";
    case Function::alive:
      return "chance that the subject is still there, by its own pace of touches and everybody's calendar";
    case Function::calendar_factor:
      return "activity of the last day against a usual day, over all subjects";
  }
  return {};
}

}  // namespace

std::string group_of(const Spec& spec) {
  switch (spec.function) {
    case Function::attribute:
      return spec.of;
    case Function::distinct:
      return "breadth of engagement";
    case Function::reply_time:
    case Function::waiting:
      return spec.of == "ours" ? "our reply time" : "their reply time";
    case Function::stage_name:
    case Function::stage_age:
      return "stage age";
    case Function::stage_moves:
    case Function::stage_back_moves:
      return "stage moves";
    case Function::stage_touches:
      return "touches";
    case Function::owner_changes:
      return "owner changes";
    case Function::next_step_missing:
    case Function::next_step_due:
    case Function::next_step_overdue:
      return "next step";
    case Function::objections_open:
      return "objections";
    case Function::account_open:
    case Function::account_touches:
      return "account";
    case Function::owner_open:
      return "owner load";
    case Function::calendar_factor:
      return "calendar";
    case Function::alive:
      return "touches";
    case Function::last:
      return spec.of == "type" ? "last event" : spec.of == "amount" ? "amount" : many(spec.of);
    default:
      return spec.of == "amount" ? "amount" : many(spec.of);
  }
}

std::string description_of(const Spec& spec) {
  return describe(spec) + in_scope(spec);
}

Monotone monotone_of(const Spec& spec) noexcept {
  switch (spec.function) {
    case Function::since:
      // Silence of a touch is bad; that an objection or a missed meeting lies long back is not.
      return spec.of == "any_touch" ? Monotone::rising : Monotone::free;
    case Function::stage_age:
    case Function::gap_ratio:
    case Function::gap_break:
    case Function::objections_open:
    case Function::next_step_overdue:
      return Monotone::rising;
    case Function::alive:
      return Monotone::falling;
    default:
      return Monotone::free;
  }
}

}  // namespace weir::features
