#include "engine/draft_templates.h"

#include "base/nearest_name.h"

namespace weir::engine {
namespace {

constexpr const char* kCsvWorkspace =
    R"(# The smallest workspace: deals and their accounts, one CSV file each.
# Put your exports in place of the samples, then: weir check, weir run, weir funnel
weir: 1
workspace: example
time_zone: UTC                 # where your days begin
currency: EUR

sources:
  deals:
    read: exports/deals.csv
    kind: snapshot             # one row per deal, its current state
    key: deal_id
    keys: { opportunity: deal_id, account: account_id, owner: owner }
    events:                    # one event per row where the date is filled and `when` holds
      - { type: deal.created, occurred_at: created }
      - { type: deal.won, occurred_at: closed, day: end, when: stage = 'Won', amount: amount }
      - { type: deal.lost, occurred_at: closed, day: end, when: stage = 'Lost' }
  accounts:
    read: exports/accounts.csv
    kind: snapshot
    key: account_id
    entity:
      account: { id: account_id, name: name, industry: industry, region: region }

funnels:
  deals:
    subject: opportunity
    stages:
      - { name: created, phase: middle, enter: type = 'deal.created', window: 90d }
    won:  { enter: type = 'deal.won', money: amount }
    lost: { enter: type = 'deal.lost' }
    dormant: { silent_for: 60d }
    segments: { industry: account.industry, region: account.region }
)";

constexpr const char* kCsvDeals = R"(deal_id,account_id,owner,stage,created,closed,amount
D-1,A-1,Kim,Won,2026-01-05,2026-02-03,12000
D-2,A-2,Kim,Lost,2026-01-07,2026-01-30,
D-3,A-3,Noor,Won,2026-01-12,2026-03-02,8500
D-4,A-1,Noor,Open,2026-01-19,,
D-5,A-4,Kim,Lost,2026-01-26,2026-02-20,
D-6,A-2,Noor,Won,2026-02-02,2026-03-09,15200
D-7,A-4,Kim,Open,2026-02-16,,
D-8,A-3,Noor,Open,2026-03-02,,
)";

constexpr const char* kCsvAccounts = R"(account_id,name,industry,region
A-1,Alder Works,manufacturing,north
A-2,Birch Labs,software,south
A-3,Cedar Freight,logistics,north
A-4,Dogwood Health,health,south
)";

constexpr const char* kSaasWorkspace =
    R"(# A B2B SaaS company: leads from marketing, deals with stages from a CRM, and what people do in between.
# The samples under exports/ only show the columns. Each export of the CRM is one delivery: keep them all, dated by name.
weir: 1
workspace: saas
time_zone: UTC                 # where your days begin
currency: USD                  # `rates: rates.csv` (date,currency,rate) for others

sources:
  leads:
    read: exports/leads_*.csv
    kind: snapshot
    key: lead_id
    changed_at: updated_at     # the CRM's own time of the last change
    keys: { lead: lead_id, contact: [{ id: contact_id }, { email: email }], account: company_id, owner: owner }
    events:
      - { type: lead.created, occurred_at: created_at }
      - { type: lead.mql, occurred_at: mql_at }
      - { type: handoff.accepted, occurred_at: sql_at, keys: { opportunity: deal_id } }
      - { type: lead.lost, occurred_at: updated_at, when: status = 'Disqualified' }
    entity:
      lead: { id: lead_id, contact: contact_id, account: company_id, channel: channel }
  deals:
    read: exports/deals_*.csv
    kind: snapshot
    key: deal_id
    changed_at: updated_at
    changes_of: [{ column: stage, type: deal.stage }]      # later deliveries tell who moved, and when at the latest
    keys: { opportunity: deal_id, account: company_id, contact: contact_id, owner: owner }
    events:
      - { type: deal.created, occurred_at: created_at }
      - { type: deal.won, occurred_at: closed_on, day: end, when: stage = 'Closed Won', amount: amount }
      - { type: deal.lost, occurred_at: closed_on, day: end, when: stage = 'Closed Lost' }
  companies:
    read: exports/companies.csv
    kind: snapshot
    key: company_id
    entity:
      account: { id: company_id, domain: website, industry: industry, size: size_band }
  marketing:
    read: exports/marketing_*.csv
    kind: log                  # rows are facts
    key: event_id
    keys: { contact: [{ id: contact_id }, { email: email }], campaign: campaign_id }
    events:
      - { type: { from: event }, name: marketing, occurred_at: occurred_at }

signals:
  reply: type = 'email.replied'
  meeting: type = 'meeting.held'

funnels:
  leads:
    subject: lead
    stages:
      - { name: new, phase: top, enter: type = 'lead.created', window: 30d }
      - { name: mql, phase: top, enter: type = 'lead.mql', window: 30d, sla: 2d }
    won:  { enter: type = 'handoff.accepted' }
    lost: { enter: type = 'lead.lost' }
    dormant: { silent_for: 45d }
    segments: { channel: lead.channel, industry: account.industry }
    next: { funnel: deals, link: opportunity }
  deals:
    subject: opportunity
    stages:
      - { name: created, phase: middle, enter: type = 'deal.created', window: 90d }
      - { name: proposal, phase: middle, enter: "type = 'deal.stage' AND prop('to') = 'Proposal'", window: 60d }
      - { name: negotiation, phase: bottom, enter: "type = 'deal.stage' AND prop('to') = 'Negotiation'", window: 45d }
    won:  { enter: type = 'deal.won', money: amount }
    lost: { enter: type = 'deal.lost' }
    dormant: { silent_for: 60d }
    segments: { industry: account.industry, size: account.size }
)";

constexpr const char* kSaasLeads =
    R"(lead_id,contact_id,company_id,email,owner,channel,status,created_at,mql_at,sql_at,deal_id,updated_at
L-1,C-1,O-1,ada@alder.example,Kim,webinar,Converted,2026-01-05T09:10:00Z,2026-01-09T11:00:00Z,2026-01-14T15:30:00Z,D-1,2026-01-14T15:30:00Z
L-2,C-2,O-2,ben@birch.example,Kim,paid,Disqualified,2026-01-08T08:00:00Z,,,,2026-01-20T10:00:00Z
L-3,C-3,O-3,cleo@cedar.example,Noor,organic,Converted,2026-01-12T13:45:00Z,2026-01-13T09:00:00Z,2026-01-22T12:00:00Z,D-2,2026-01-22T12:00:00Z
L-4,C-4,O-2,dee@birch.example,Noor,webinar,Open,2026-02-02T10:30:00Z,2026-02-10T09:00:00Z,,,2026-02-10T09:00:00Z
)";

constexpr const char* kSaasDeals =
    R"(deal_id,company_id,contact_id,owner,stage,amount,created_at,closed_on,updated_at
D-1,O-1,C-1,Kim,Closed Won,24000,2026-01-14T15:30:00Z,2026-02-27,2026-02-27T16:00:00Z
D-2,O-3,C-3,Noor,Negotiation,18000,2026-01-22T12:00:00Z,,2026-02-24T09:20:00Z
)";

constexpr const char* kSaasCompanies = R"(company_id,website,industry,size_band
O-1,alder.example,manufacturing,200-999
O-2,birch.example,software,10-49
O-3,cedar.example,logistics,50-199
)";

constexpr const char* kSaasMarketing = R"(event_id,contact_id,email,event,campaign_id,occurred_at
E-1,C-1,ada@alder.example,webinar.attended,CA-1,2026-01-08T14:00:00Z
E-2,C-1,ada@alder.example,email.replied,,2026-01-12T08:12:00Z
E-3,C-3,cleo@cedar.example,form.submitted,CA-2,2026-01-12T13:45:00Z
E-4,C-3,cleo@cedar.example,meeting.held,,2026-02-03T10:00:00Z
E-5,C-4,dee@birch.example,email.opened,CA-1,2026-02-11T07:30:00Z
)";

std::vector<TemplateFile> csv_files() {
  return {{"weir.yaml", "the workspace", kCsvWorkspace},
          {"exports/deals.csv", "sample: put your deals here", kCsvDeals},
          {"exports/accounts.csv", "sample: put your accounts here", kCsvAccounts}};
}

std::vector<TemplateFile> saas_files() {
  return {{"weir.yaml", "the workspace", kSaasWorkspace},
          {"exports/leads_2026-03-01.csv", "sample: leads of marketing", kSaasLeads},
          {"exports/deals_2026-03-01.csv", "sample: deals of the CRM", kSaasDeals},
          {"exports/companies.csv", "sample: companies of the CRM", kSaasCompanies},
          {"exports/marketing_2026-03.csv", "sample: e-mails, webinars, meetings", kSaasMarketing}};
}

}  // namespace

Result<std::vector<TemplateFile>> template_files(const std::string& name) {
  if (name == "csv") return csv_files();
  if (name == "b2b-saas") return saas_files();
  const std::vector<std::string> names{"csv", "b2b-saas"};
  return fail(Errc::usage,
              "there is no template '" + name + "'; there are csv and b2b-saas" + did_you_mean(name, names));
}

}  // namespace weir::engine
