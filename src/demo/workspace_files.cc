#include "demo/workspace_files.h"

#include <array>
#include <string_view>

#include "demo/wall_clock.h"

namespace weir::demo {
namespace {

constexpr std::string_view kWorkspace =
    R"yaml(# Tideway Software, a made-up vendor of planning software for mid-size companies. `weir demo` wrote this file and the
# exports it reads; change it as you like and see with `weir plan` what that would do.
weir: 1
workspace: tideway
time_zone: Europe/Berlin
currency: EUR                            # some British and American customers pay in their own money:
rates: rates.csv
calendar: { weekend: [sat, sun], fiscal_year_starts: jan }
as_of: 2026-07-01                        # a history; a live workspace leaves this out

# What counts as a touch. Sending and delivering mail is our own doing, and opening is often a mail gateway's: neither
# shows that somebody is still interested.
touch:
  - email.clicked
  - email.replied
  - call.logged
  - email.logged
  - meeting.booked
  - meeting.held
  - page.viewed
  - content.viewed
  - form.submitted
  - webinar.registered
  - webinar.attended
  - feature.used
  - ticket.opened

sources:

  # ---- CRM. Weekly deliveries; the first one is full, the others hold what was created or changed since.

  owners:
    read: exports/crm/owners.csv
    kind: snapshot
    key: owner_id
    entity: { owner: { id: owner_id, name: owner_name, team: team, region: region, manager: manager } }

  companies:
    read: exports/crm/companies_*.csv
    kind: snapshot
    key: company_id
    snapshot_at: { file_name: "companies_%Y-%m-%d.csv" }      # the state on that day, without a time of its own
    entity:
      account: { id: company_id, domain: domain, name: company_name, country: country, region: region,
                 industry: industry, employees: employees, size: size_class, owner: owner_id }

  contacts:
    read: exports/crm/contacts_*.csv
    kind: snapshot
    key: contact_id
    snapshot_at: { file_name: "contacts_%Y-%m-%d.csv" }
    entity:
      contact: { id: contact_id, email: email, phone: phone, account: company_id, title: job_title, opt_in: opt_in }

  leads:
    read: exports/crm/leads_*.csv
    kind: snapshot
    key: lead_id
    changed_at: updated_at                                    # one row per saved version of a lead
    keys:
      lead: lead_id
      contact: [{ id: contact_id }, { email: email }]
      account: company_id
      owner: owner_id
      product: product
      campaign: campaign_id
    changes_of:                                               # lead.status and lead.owner, with `from` and `to`
      - { column: status, first: created_at }
      - { column: owner_id, type: lead.owner, first: created_at }
    events:
      - { type: lead.created, occurred_at: created_at }
    entity:
      lead: { id: lead_id, source: lead_source, region: region, industry: industry, size: company_size,
              product: product, contact: contact_id, account: company_id, owner: owner_id }

  deals:
    read: exports/crm/deals_*.csv
    contract: contracts/deals.yaml                            # the only source with a written contract; see there
    kind: snapshot
    key: deal_id
    changed_at: updated_at
    keys:
      opportunity: deal_id
      lead: lead_id
      contact: contact_id
      account: company_id
      owner: owner_id
      product: product
    changes_of:                                               # deal.stage, deal.amount, deal.owner
      - { column: stage, first: created_at }
      - amount
      - { column: owner_id, type: deal.owner }
    events:
      - { type: deal.created, occurred_at: created_at, amount: amount, currency: currency }
      # Sellers correct close dates afterwards: the correction replaces the event, and says when it was known.
      - { type: deal.won,  occurred_at: close_date, day: end, when: stage = 'won',  known_at: updated_at,
          amount: amount, currency: currency }
      - { type: deal.lost, occurred_at: close_date, day: end, when: stage = 'lost', known_at: updated_at,
          properties: { reason: lost_reason } }
    entity:
      opportunity: { id: deal_id, source: lead_source, amount: amount, currency: currency, product: product,
                     lead: lead_id, contact: contact_id, account: company_id, owner: owner_id }

  deal_stage_history:                                         # the CRM's own log of moves: to check ours against
    read: exports/crm/deal_stage_history_*.csv
    key: history_id
    keys: { opportunity: deal_id }
    events:
      - { type: deal.history, occurred_at: changed_at, properties: { from: from_stage, to: to_stage } }

  lead_conversions:                                           # which lead became which deal
    read: exports/crm/lead_conversions_*.csv
    key: conversion_id
    keys: { lead: lead_id, opportunity: deal_id }
    events:
      - { type: handoff.accepted, occurred_at: converted_at }

  # ---- Marketing.

  campaigns:
    read: exports/marketing/campaigns.csv
    kind: snapshot
    key: campaign_id
    entity: { campaign: { id: campaign_id, name: campaign_name, channel: channel, cost: cost, currency: currency } }

  email:
    read: exports/marketing/email_*.csv
    key: event_id
    keys: { contact: [{ email: recipient }], campaign: campaign_id }
    events:
      # sent, delivered, opened, clicked, replied, bounced, unsubscribed
      - { type: { from: "'email.' || event" }, name: mail, occurred_at: event_time, channel: "'email'" }

  webinars:
    read: exports/marketing/webinars_*.csv
    key: registration_id
    keys: { contact: [{ email: email }], campaign: webinar }
    events:
      - { type: { from: "'webinar.' || action" }, name: webinar, occurred_at: action_time,
          properties: { minutes: minutes } }

  # ---- Web site and product trial: Segment calls as JSON lines, times in UTC.

  web:
    read: exports/web/web_*.jsonl
    key: message_id
    keys: { anonymous: anonymous_id, contact: [{ id: user_id }, { email: traits_email }] }
    events:
      - { type: page.viewed,        occurred_at: timestamp, when: type = 'page', properties: { path: properties_path } }
      - { type: visitor.identified, occurred_at: timestamp, when: type = 'identify' }
      - { type: content.viewed,     occurred_at: timestamp, when: event = 'Content Viewed',
          properties: { title: properties_title } }
      - { type: form.submitted,     occurred_at: timestamp, when: event = 'Form Submitted',
          properties: { title: properties_title } }

  product_usage:
    read: exports/product/product_*.jsonl
    key: message_id
    keys: { contact: user_id, product: properties_product }
    events:
      - { type: feature.used, occurred_at: timestamp, when: event = 'Feature Used',
          properties: { feature: properties_feature, minutes: properties_minutes } }

  # ---- Sales and support.

  meetings:
    read: exports/sales/meetings_*.csv
    key: [meeting_id, action, action_time]
    keys: { lead: lead_id, opportunity: deal_id, contact: [{ email: contact_email }], owner: owner_id }
    events:
      # booked, held, no_show, moved
      - { type: { from: "'meeting.' || action" }, name: meeting, occurred_at: action_time,
          properties: { scheduled_for: scheduled_for } }

  notes:
    read: exports/sales/notes_*.csv
    key: note_id
    keys: { lead: lead_id, opportunity: deal_id, contact: contact_id, owner: owner_id }
    events:
      - type: { from: "kind || '.logged'" }                    # call.logged, email.logged, note.logged
        name: note
        occurred_at: logged_at
        direction: direction
        text: body                                             # free text stays in the vault; signals may read it

  tickets:
    read: exports/support/tickets_*.jsonl
    key: [ticket_id, action]
    keys: { contact: [{ email: requester_email }] }
    events:
      - { type: { from: "'ticket.' || action" }, name: ticket, occurred_at: occurred_at }

  intent:                                                      # bought from a data vendor
    read: exports/intent/intent_*.csv
    csv: { delimiter: ";", encoding: latin-1, date_format: "%d.%m.%Y" }
    keys: { account: [{ domain: domain }] }
    events:
      - { type: external.signal, occurred_at: datum, properties: { topic: thema, strength: wert } }

signals:
  reply: type = 'email.replied'
  click: type = 'email.clicked'
  call: type = 'call.logged'
  meeting: type = 'meeting.held'
  no_show: type = 'meeting.no_show'
  web_visit: type IN ('page.viewed', 'content.viewed')
  usage: { when: type = 'feature.used', value: prop_number('minutes') }
  price_objection: objection(text) = 'price'               # spotted in notes, by lexicon; see docs/methods/objections.md
  competitor_objection: objection(text) = 'competitor'
  timing_objection: objection(text) = 'timing'
  authority_objection: objection(text) = 'authority'
  need_objection: objection(text) = 'need'

funnels:
  leads:
    subject: lead
    stages:
      - { name: new, phase: top,    enter: type = 'lead.created', window: 30d, sla: 3d }
      - { name: mql, phase: top,    enter: "type = 'lead.status' AND prop('to') = 'mql'", window: 45d }
      - { name: sql, phase: middle, enter: "type = 'lead.status' AND prop('to') = 'sql'", window: 45d }
    won:     { enter: "type = 'lead.status' AND prop('to') = 'converted'" }
    lost:    { enter: "type = 'lead.status' AND prop('to') = 'disqualified'" }
    dormant: { silent_for: 30d }
    segments: { source: lead.source, region: lead.region, industry: lead.industry, size: lead.size }
    next:    { funnel: deals, link: opportunity }
  deals:
    subject: opportunity
    stages:
      - { name: discovery,   phase: middle, enter: type = 'deal.created', window: 45d }
      - { name: evaluation,  phase: middle, enter: "type = 'deal.stage' AND prop('to') = 'evaluation'", window: 60d }
      - { name: proposal,    phase: bottom, enter: "type = 'deal.stage' AND prop('to') = 'proposal'", window: 60d, sla: 14d }
      - { name: negotiation, phase: bottom, enter: "type = 'deal.stage' AND prop('to') = 'negotiation'", window: 60d }
    won:     { enter: type = 'deal.won', money: amount }
    lost:    { enter: type = 'deal.lost' }
    dormant: { silent_for: 21d }
    segments: { region: account.region, industry: account.industry, product: product, source: opportunity.source }

risk:
  - { funnel: leads, outcome: lost, horizon: 30d, landmarks: 7d }
  - { funnel: deals, outcome: lost, horizon: 30d, landmarks: 7d }

context:                                 # what happened in the world: marks on charts, candidates in driver search
  - { from: 2024-09-16, to: 2024-09-20, what: trade fair in Hannover }
  - { from: 2025-03-03, what: new web site }
  - { from: 2025-10-01, what: partner programme opens in Benelux }
  - { from: 2026-04-14, to: 2026-04-23, what: web tracking was down after the consent banner changed, outage: web }
  - { from: 2026-06-01, what: new price list, where: product = 'Analytics' }

checks:                                  # routine checks: each breach is a row in the work list
  - { name: stale-deal, when: stage.days > 90, owner: owner }
)yaml";

constexpr std::string_view kDealsContract =
    R"yaml(# What the CRM team promised about its export of deals. A row that breaks it goes to quarantine with the broken clause.
apiVersion: v3.1.0
kind: DataContract
id: tideway-crm-deals
name: deals
version: 1.2.0
status: active
description:
  purpose: Sales pipeline for funnel, risk and leak reports.
  limitations: One row per saved version of a deal; amounts in the deal's currency, net, whole contract.
schema:
  - name: deals
    physicalName: deals_*.csv
    logicalType: object
    properties:
      - name: deal_id
        physicalName: Deal ID
        logicalType: string
        required: true
        logicalTypeOptions: { pattern: "^D-[0-9]+$" }
      - name: deal_name
        physicalName: Deal Name
        logicalType: string
      - name: lead_id
        physicalName: Lead ID
        logicalType: string
        required: true
        logicalTypeOptions: { pattern: "^L-[0-9]+$" }
      - name: company_id
        physicalName: Company ID
        logicalType: string
        required: true
      - name: contact_id
        physicalName: Contact ID
        logicalType: string
      - name: product
        physicalName: Product
        logicalType: string
        required: true
        logicalTypeOptions: { pattern: "^(Analytics|Planner|Connect)$" }
      - name: lead_source
        physicalName: Lead Source
        logicalType: string
      - name: stage
        physicalName: Stage
        logicalType: string
        required: true
        logicalTypeOptions: { pattern: "^(discovery|evaluation|proposal|negotiation|won|lost)$" }
      - name: amount
        physicalName: Amount
        logicalType: number
        logicalTypeOptions: { minimum: 0, maximum: 1000000 }
      - name: currency
        physicalName: Currency
        logicalType: string
        required: true
        logicalTypeOptions: { pattern: "^(EUR|USD|GBP)$" }
      - name: owner_id
        physicalName: Owner ID
        logicalType: string
      - name: created_at
        physicalName: Created At
        logicalType: timestamp
        required: true
      - name: close_date
        physicalName: Close Date
        logicalType: date
      - name: lost_reason
        physicalName: Lost Reason
        logicalType: string
      - name: updated_at
        physicalName: Updated At
        logicalType: timestamp
        required: true
)yaml";

// One unit of the currency in euros, month by month.
constexpr std::array<std::string_view, 5> kPoundSteps{"1.1700", "1.1800", "1.1900", "1.1850", "1.1750"};
constexpr std::array<std::string_view, 4> kDollarSteps{"0.9200", "0.9300", "0.9100", "0.9000"};

std::string rates() {
  std::string text = "date,currency,rate\n";
  int month = 0;
  for (int day = 0; day < kDays; ++day) {
    if (year_month_day(date_at(day)).day != 1) continue;
    const std::string date = WallClock::date_text(day);
    text += date + ",GBP," + std::string(kPoundSteps[static_cast<std::size_t>(month) % kPoundSteps.size()]) +
            "\n";
    text += date + ",USD," +
            std::string(kDollarSteps[static_cast<std::size_t>(month) % kDollarSteps.size()]) + "\n";
    ++month;
  }
  return text;
}

Status write(FileSystem& files, const std::string& path, std::string_view text) {
  WEIR_TRY_STATUS(files.make_directories(parent_path(path)));
  WEIR_TRY(const auto file, files.create(path));
  return file->append(text);
}

}  // namespace

Status write_workspace_files(FileSystem& files, const std::string& directory) {
  WEIR_TRY_STATUS(write(files, join_path(directory, "weir.yaml"), kWorkspace));
  WEIR_TRY_STATUS(write(files, join_path(directory, "contracts/deals.yaml"), kDealsContract));
  return write(files, join_path(directory, "rates.csv"), rates());
}

}  // namespace weir::demo
