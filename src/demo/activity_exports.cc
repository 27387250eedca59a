#include "demo/activity_exports.h"

#include "base/ids.h"
#include "base/json.h"
#include "demo/crm_exports.h"

namespace weir::demo {
namespace {

DeliveryPlan mail_plan() {
  return {.name = "marketing/email",
          .header = "Event ID,Message ID,Recipient,Campaign ID,Event,Event Time,Link",
          .time_cell = 5};
}
DeliveryPlan webinar_plan() {
  return {.name = "marketing/webinars",
          .header = "Registration ID,Webinar,Email,Company,Action,Action Time,Minutes",
          .time_cell = 5};
}
DeliveryPlan meeting_plan() {
  return {.name = "sales/meetings",
          .header = "Meeting ID,Lead ID,Deal ID,Contact Email,Owner ID,Action,Action Time,Scheduled For",
          .time_cell = 6};
}
DeliveryPlan note_plan() {
  return {.name = "sales/notes",
          .header = "Note ID,Kind,Direction,Lead ID,Deal ID,Contact ID,Owner ID,Logged At,Body",
          .time_cell = 7};
}
DeliveryPlan intent_plan() {
  return {
      .name = "intent/intent", .header = "Datum;Firma;Domain;Thema;Wert", .time_cell = 0, .latin_1 = true};
}

bool is_down(Wall at) noexcept {
  return day_of(at) >= kOutageBegin && day_of(at) < kOutageEnd;
}

// The same on every run and machine: the browser's cookie of a contact.
std::string anonymous_id(int number) {
  const std::uint64_t mixed = (static_cast<std::uint64_t>(number) + 17) * 0x9E3779B97F4A7C15ULL;
  return "anon-" + to_hex(mixed, mixed ^ (mixed >> 29U)).substr(4, 16);
}

void add_field(std::string& json, std::string_view key, std::string_view value) {
  json += ",\"";
  json += key;
  json += "\":";
  json += json_quote(value);
}

void add_subject_ids(CsvRow& row, const Pursuit& pursuit) {
  if (pursuit.funnel == FunnelName::leads)
    row.id("L-", kLeadIds + pursuit.number).empty();
  else
    row.empty().id("D-", kDealIds + pursuit.number);
}

}  // namespace

ActivityExports::ActivityExports(FileSystem& files, const std::string& directory, const WallClock& clock,
                                 const Draws& draws)
    : clock_(&clock),
      draws_(draws.split(20)),
      mail_(files, directory, mail_plan(), draws.split(21)),
      webinars_(files, directory, webinar_plan(), draws.split(22)),
      web_(files, directory, {.name = "web/web"}, draws.split(23)),
      product_(files, directory, {.name = "product/product"}, draws.split(24)),
      meetings_(files, directory, meeting_plan(), draws.split(25)),
      notes_(files, directory, note_plan(), draws.split(26)),
      tickets_(files, directory, {.name = "support/tickets"}, draws.split(27)),
      intent_(files, directory, intent_plan(), draws.split(28)) {}

std::string ActivityExports::company_text(const Account& account) {
  if (!draws_.chance(0.3)) return account.name;
  ++name_variants_;
  return name_variant(draws_, account);
}

void ActivityExports::mail(Wall at, std::int64_t message, const Contact& contact, std::string_view campaign,
                           std::string_view action) {
  CsvRow row;
  row.id("me-", ++mail_count_).id("msg-", message);
  if (draws_.chance(0.02)) {  // as typed into a form once: handles have to be normalised
    ++name_variants_;
    std::string typed = contact.email;
    typed[0] = static_cast<char>(typed[0] - 'a' + 'A');
    row.text(typed);
  } else {
    row.text(contact.email);
  }
  row.text(campaign).text(action).local(at);
  if (action == "clicked")
    row.text("https://www.tideway.example/l/" + std::to_string(message % 97));
  else
    row.empty();
  mail_.add(day_of(at), at, row);
}

void ActivityExports::begin_segment(std::string& json, Wall at, std::string_view type, const Contact& contact,
                                    bool known, char stream) {
  const int milliseconds = draws_.between(0, 999);
  json = "{\"messageId\":\"";
  json += stream;
  json += '-';
  json += std::to_string(++segment_count_) + "\",\"type\":\"";
  json += type;
  json += "\",\"anonymousId\":\"" + anonymous_id(contact.number) + "\",\"userId\":";
  json += known ? "\"P-" + std::to_string(kContactIds + contact.number) + "\"" : "null";
  json += ",\"timestamp\":\"";
  clock_->append_utc(json, at, milliseconds);
  json += "\",\"sentAt\":\"";
  clock_->append_utc(json, at + 1, milliseconds);
  json += "\",\"receivedAt\":\"";
  clock_->append_utc(json, at + 2, milliseconds);
  json += '"';
}

bool ActivityExports::page_viewed(Wall at, const Contact& contact, bool known, std::string_view path) {
  if (is_down(at)) {
    ++lost_in_outage_;
    return false;
  }
  std::string json;
  begin_segment(json, at, "page", contact, known, 'w');
  json += ",\"event\":null,\"properties\":{\"path\":" + json_quote(path) + "}}";
  web_.add(day_of(at), at, json);
  return true;
}

bool ActivityExports::tracked(Wall at, const Contact& contact, std::string_view event,
                              std::string_view what) {
  if (is_down(at)) {
    ++lost_in_outage_;
    return false;
  }
  std::string json;
  begin_segment(json, at, "track", contact, true, 'w');
  add_field(json, "event", event);
  json += ",\"properties\":{\"title\":" + json_quote(what) + "}}";
  web_.add(day_of(at), at, json);
  return true;
}

void ActivityExports::identified(Wall at, const Contact& contact) {
  if (is_down(at)) {
    ++lost_in_outage_;
    return;
  }
  std::string json;
  begin_segment(json, at, "identify", contact, true, 'w');
  json += ",\"event\":null,\"traits\":{\"email\":" + json_quote(contact.email) + "}}";
  web_.add(day_of(at), at, json);
}

void ActivityExports::feature_used(Wall at, const Contact& contact, std::string_view feature, int minutes,
                                   std::string_view product) {
  std::string json;
  begin_segment(json, at, "track", contact, true, 'u');
  add_field(json, "event", "Feature Used");
  json += ",\"properties\":{\"feature\":" + json_quote(feature) + ",\"minutes\":" + std::to_string(minutes);
  json += ",\"product\":" + json_quote(product) + "}}";
  product_.add(day_of(at), at, json);
}

void ActivityExports::webinar(Wall at, const Contact& contact, const Account& account, int month,
                              std::string_view action, int minutes) {
  CsvRow row;
  row.id("R-", ++registration_count_)
      .text(campaign_id(1, month))
      .text(contact.email)
      .text(company_text(account));
  row.text(action).local(at);
  if (minutes > 0)
    row.number(minutes);
  else
    row.empty();
  webinars_.add(day_of(at), at, row);
}

void ActivityExports::meeting(Wall at, const Pursuit& pursuit, const Contact& contact,
                              std::string_view action, int scheduled_day) {
  CsvRow row;
  row.id("M-", pursuit.meeting_number);
  add_subject_ids(row, pursuit);
  row.text(contact.email)
      .text(owners()[static_cast<std::size_t>(pursuit.owner)].id)
      .text(action)
      .local(at)
      .date(scheduled_day);
  meetings_.add(day_of(at), at, row);
}

void ActivityExports::note(Wall at, const Pursuit& pursuit, const Contact& contact, std::string_view kind,
                           std::string_view direction, std::string_view body) {
  CsvRow row;
  row.id("N-", ++note_count_).text(kind).text(direction);
  add_subject_ids(row, pursuit);
  row.id("P-", kContactIds + contact.number)
      .text(owners()[static_cast<std::size_t>(pursuit.owner)].id)
      .local(at)
      .text(body);
  notes_.add(day_of(at), at, row);
}

void ActivityExports::ticket(Wall at, std::int64_t number, const Contact& contact, const Account& account,
                             std::string_view action, std::string_view subject) {
  std::string json = "{\"ticket_id\":\"T-" + std::to_string(number) + "\",\"action\":" + json_quote(action) +
                     ",\"occurred_at\":\"";
  clock_->append_utc(json, at, 0);
  json += "\",\"requester\":{\"email\":" + json_quote(contact.email) +
          "},\"company\":" + json_quote(company_text(account));
  add_field(json, "subject", subject);
  json += "}";
  tickets_.add(day_of(at), at, json);
}

void ActivityExports::intent(int day, const Account& account, std::string_view topic, int strength_percent) {
  CsvRow row(';');
  row.german_date(day).text(company_text(account)).text(account.domain).text(topic);
  row.text("0," + std::string(strength_percent < 10 ? "0" : "") + std::to_string(strength_percent));
  intent_.add(day, wall_at(day), row);
}

Status ActivityExports::close_day(int day) {
  for (Delivery* each : {&mail_, &webinars_, &web_, &product_, &meetings_, &notes_, &tickets_, &intent_}) {
    WEIR_TRY_STATUS(each->close_day(day));
  }
  return {};
}

std::vector<const Delivery*> ActivityExports::deliveries() const {
  return {&mail_, &webinars_, &web_, &product_, &meetings_, &notes_, &tickets_, &intent_};
}

Status write_campaigns(FileSystem& files, const std::string& directory, Draws draws) {
  std::string text = "Campaign ID,Campaign Name,Channel,Starts On,Cost,Currency\n";
  for (int month = 0; month <= month_at(kDays - 1); ++month) {
    for (std::size_t source = 0; source < kSources.size(); ++source) {
      const std::string id = campaign_id(static_cast<int>(source), month);
      CsvRow row;
      row.text(id)
          .text(std::string(kSources[source]) + " " + id.substr(4, 7))
          .text(kSources[source])
          .text(id.substr(4, 7) + "-01");
      row.number(draws.between(8, 120) * 250).text("EUR");
      text += row.line() + "\n";
    }
  }
  const std::string folder = join_path(directory, "exports/marketing");
  WEIR_TRY_STATUS(files.make_directories(folder));
  WEIR_TRY(const auto file, files.create(join_path(folder, "campaigns.csv")));
  return file->append(text);
}

}  // namespace weir::demo
