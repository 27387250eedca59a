#include "demo/crm_exports.h"

#include <algorithm>

namespace weir::demo {
namespace {

DeliveryPlan companies_plan() {
  return {.name = "crm/companies",
          .every = Every::week,
          .header =
              "Company ID,Company Name,Domain,Country,Region,Industry,Employees,Size Class,Owner ID,Created "
              "At,Last Modified",
          .time_cell = 9,
          .repairs = true};
}
DeliveryPlan contacts_plan() {
  return {
      .name = "crm/contacts",
      .every = Every::week,
      .header =
          "Contact ID,First Name,Last Name,Email,Phone,Job Title,Company ID,Opt In,Created At,Last Modified",
      .time_cell = 8,
      .repairs = true};
}
DeliveryPlan leads_plan() {
  return {.name = "crm/leads",
          .every = Every::week,
          .header =
              "Lead ID,Contact ID,Email,Company ID,Lead Source,Region,Industry,Company Size,Product,Campaign "
              "ID,Status,"
              "Disqualified Reason,Owner ID,Created At,Updated At",
          .time_cell = 14,
          .repairs = true};
}
DeliveryPlan deals_plan() {
  return {.name = "crm/deals",
          .every = Every::week,
          .header =
              "Deal ID,Deal Name,Lead ID,Company ID,Contact ID,Product,Lead "
              "Source,Stage,Amount,Currency,Owner ID,Created At,"
              "Close Date,Lost Reason,Updated At",
          .time_cell = 14,
          .amount_cell = 8,
          .choice_cell = 7,
          .repairs = true};
}
DeliveryPlan history_plan() {
  return {.name = "crm/deal_stage_history",
          .header = "History ID,Deal ID,From Stage,To Stage,Changed At,Changed By",
          .time_cell = 4};
}
DeliveryPlan conversions_plan() {
  return {.name = "crm/lead_conversions",
          .header = "Conversion ID,Lead ID,Deal ID,Converted At,Converted By",
          .time_cell = 3,
          .repairs = true};
}

std::string_view owner_id(const Pursuit& pursuit) {
  return pursuit.owner_is_unknown ? "u-917" : owners()[static_cast<std::size_t>(pursuit.owner)].id;
}

}  // namespace

CrmExports::CrmExports(FileSystem& files, const std::string& directory, const Draws& draws)
    : companies_(files, directory, companies_plan(), draws.split(1)),
      contacts_(files, directory, contacts_plan(), draws.split(2)),
      leads_(files, directory, leads_plan(), draws.split(3)),
      deals_(files, directory, deals_plan(), draws.split(4)),
      history_(files, directory, history_plan(), draws.split(5)),
      conversions_(files, directory, conversions_plan(), draws.split(6)) {}

void CrmExports::add_owner(CsvRow& row, const Pursuit& pursuit) {
  if (pursuit.owner_is_unknown) ++unknown_owner_rows_;
  row.text(owner_id(pursuit));
}

void CrmExports::lead_version(Register& parties, const Pursuit& lead, Wall at) {
  const Traits& traits = lead.traits;
  CsvRow row;
  row.id("L-", kLeadIds + lead.number).id("P-", kContactIds + parties.contact(lead.contact).number);
  row.text(parties.contact(lead.contact).email).id("C-", kAccountIds + parties.account(lead.account).number);
  row.text(kSources[traits.source]).text(kRegions[traits.region]).text(kIndustries[traits.industry]);
  row.text(kSizes[traits.size]).text(kProducts[traits.product]);
  if (lead.campaign < 0)
    row.empty();
  else
    row.text(campaign_id(traits.source, lead.campaign));
  row.text(lead.outcome == Outcome::lost ? lost_name(lead.funnel) : stage_name(lead.funnel, lead.stage))
      .text(lead.lost_reason);
  add_owner(row, lead);
  row.local(lead.created_at).local(at);
  leads_.add(day_of(at), at, row);
}

void CrmExports::deal_version(Register& parties, const Pursuit& deal, Wall at) {
  const Account& account = parties.account(deal.account);
  CsvRow row;
  row.id("D-", kDealIds + deal.number);
  row.text(account.short_name + " - " + std::string(kProducts[deal.traits.product]))
      .id("L-", kLeadIds + deal.lead_number);
  row.id("C-", kAccountIds + account.number).id("P-", kContactIds + parties.contact(deal.contact).number);
  row.text(kProducts[deal.traits.product]).text(kSources[deal.traits.source]);
  row.text(deal.outcome == Outcome::lost ? lost_name(deal.funnel) : stage_name(deal.funnel, deal.stage));
  row.text(std::to_string(deal.amount) + ".00").text(deal.currency);
  add_owner(row, deal);
  row.local(deal.created_at).date(deal.close_day).text(deal.lost_reason).local(at);
  deals_.add(day_of(at), at, row);
}

void CrmExports::stage_moved(const Pursuit& deal, std::string_view from, std::string_view to, Wall at) {
  CsvRow row;
  row.id("H-", ++history_count_)
      .id("D-", kDealIds + deal.number)
      .text(from)
      .text(to)
      .local(at)
      .text(owner_id(deal));
  history_.add(day_of(at), at, row);
}

void CrmExports::converted(const Pursuit& lead, const Pursuit& deal, Wall at) {
  CsvRow row;
  row.id("V-", ++conversion_count_)
      .id("L-", kLeadIds + lead.number)
      .id("D-", kDealIds + deal.number)
      .local(at)
      .text(owner_id(lead));
  conversions_.add(day_of(at), at, row);
}

void CrmExports::deliver_states(int day, Register& parties) {
  for (const int index : changed_accounts_) {
    const Account& account = parties.account(index);
    CsvRow row;
    row.id("C-", kAccountIds + account.number).text(account.name).text(account.domain).text(account.country);
    row.text(kRegions[account.region])
        .text(kIndustries[account.industry])
        .number(account.employees)
        .text(kSizes[account.size]);
    row.text(owners()[static_cast<std::size_t>(account.owner)].id)
        .local(account.created_at)
        .local(account.changed_at);
    companies_.add(day, account.changed_at, row);
  }
  for (const int index : changed_contacts_) {
    const Contact& contact = parties.contact(index);
    CsvRow row;
    row.id("P-", kContactIds + contact.number)
        .text(contact.first_name)
        .text(contact.last_name)
        .text(contact.email);
    row.text(contact.phone)
        .text(contact.title)
        .id("C-", kAccountIds + parties.account(contact.account).number);
    row.text(contact.opt_in ? "true" : "false").local(contact.created_at).local(contact.changed_at);
    contacts_.add(day, contact.changed_at, row);
  }
  changed_accounts_.clear();
  changed_contacts_.clear();
}

Status CrmExports::close_day(int day, Register& parties) {
  if (weekday_at(day) == 6 || day + 1 == kDays) deliver_states(day, parties);
  for (Delivery* each : {&companies_, &contacts_, &leads_, &deals_, &history_, &conversions_})
    WEIR_TRY_STATUS(each->close_day(day));
  return {};
}

std::vector<const Delivery*> CrmExports::deliveries() const {
  return {&companies_, &contacts_, &leads_, &deals_, &history_, &conversions_};
}

Status write_owners(FileSystem& files, const std::string& directory) {
  std::string text = "Owner ID,Owner Name,Team,Region,Manager\n";
  for (const Owner& owner : owners()) {
    CsvRow row;
    text +=
        row.text(owner.id).text(owner.name).text(owner.team).text(owner.region).text(owner.manager).line() +
        "\n";
  }
  const std::string folder = join_path(directory, "exports/crm");
  WEIR_TRY_STATUS(files.make_directories(folder));
  WEIR_TRY(const auto file, files.create(join_path(folder, "owners.csv")));
  return file->append(text);
}

int month_at(int day) {
  const YearMonthDay civil = year_month_day(date_at(day));
  return (civil.year - 2024) * 12 + static_cast<int>(civil.month) - 7;
}

std::string campaign_id(int source, int month) {
  const int months = month + 6;  // since January 2024
  const int number = months % 12 + 1;
  return "cmp-" + std::to_string(2024 + months / 12) + (number < 10 ? "-0" : "-") + std::to_string(number) +
         "-" + std::string(kSources[static_cast<std::size_t>(source)]);
}

}  // namespace weir::demo
