// Funnels, signals, context and checks, as structs; and a file full of mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workspace/messages_of.h"

namespace weir::workspace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The reference's examples of docs/workspace.md.
constexpr std::string_view kFunnels = R"(weir: 1
workspace: w
sources:
  web:
    read: web.jsonl
    keys: { lead: lead_id, opportunity: deal_id }
    events: [{ type: page.viewed, occurred_at: at }]
funnels:
  leads:
    subject: lead
    stages:
      - { name: new, phase: top, enter: type = 'lead.created', window: 30d }
      - { name: mql, phase: top, enter: "type = 'lead.stage' AND prop('to') = 'MQL'", window: 30d, sla: 2d }
      - { name: sql, phase: middle, enter: sql_accepted, exit: reply, window: 60d, valid_from: 2024-01-01, rank: 7 }
    won:     { enter: type = 'handoff.accepted', money: amount }
    lost:    { enter: { when: type = 'lead.lost', scope: contact } }
    dormant: { silent_for: 60d }
    segments: { source: lead.source, region: owner.region, big: "account.revenue > 1000" }
    next:    { funnel: deals, link: opportunity }
  deals:
    subject: opportunity
    stages: [{ name: open, enter: { when: reply, scope: contact } }]
    won: { enter: { when: reply, scope: own } }
signals:
  reply: type = 'email.replied'
  sql_accepted: type = 'handoff.accepted'
  usage: { when: type = 'feature.used', value: prop_number('minutes') }
context:
  - { from: 2026-07-01, to: 2026-07-14, what: web tracking was down, outage: web }
  - { from: 2026-03-01, what: new price list, where: product LIKE 'GTX%' }
checks:
  - { name: stale-deal, when: stage.days > 120, owner: owner }
)";

const Definitions& all() {
  static const Parsed parsed = parse_definitions(kFunnels, ".", "w");
  return parsed.definitions;
}

TEST(Funnels, the_reference_examples_have_no_diagnostics) {
  EXPECT_THAT(messages_of(kFunnels), IsEmpty());
}

TEST(Funnels, stages_in_their_order) {
  const Funnel& leads = all().funnels.at(0);
  EXPECT_EQ(leads.subject, EntityKind::lead);
  ASSERT_EQ(leads.stages.size(), 3U);
  EXPECT_EQ(leads.stages[0].enter.expression.sql, "type = 'lead.created'");
  EXPECT_FALSE(leads.stages[0].rank.has_value());
  EXPECT_EQ(weir::to_text(leads.stages[1].sla.value()), "2d");
  const Stage& sql = leads.stages[2];
  EXPECT_EQ(sql.name, "sql");
  EXPECT_EQ(sql.enter.signal, "sql_accepted");
  EXPECT_EQ(sql.exit.signal, "reply");
  EXPECT_EQ(sql.rank, 7);
  EXPECT_EQ(to_text(sql.valid_from.value()), "2024-01-01");
  EXPECT_EQ(to_text(sql.enter.place), "w:14:44");
}

TEST(Funnels, ends_and_chain) {
  const Funnel& leads = all().funnels.at(0);
  EXPECT_EQ(leads.money.sql, "amount");
  EXPECT_TRUE(leads.lost.contact_scope);
  EXPECT_EQ(leads.lost.expression.sql, "type = 'lead.lost'");
  EXPECT_EQ(weir::to_text(leads.silent_for.value()), "60d");
  EXPECT_EQ(leads.next_funnel, "deals");
  EXPECT_EQ(leads.next_link, EntityKind::opportunity);
  EXPECT_EQ(to_text(leads.next_place), "w:19:24");
  const Funnel& deals = all().funnels.at(1);
  EXPECT_TRUE(deals.lost.empty());
  EXPECT_FALSE(deals.won.contact_scope);
  EXPECT_EQ(deals.stages.at(0).enter.signal, "reply");
  EXPECT_TRUE(deals.stages.at(0).enter.contact_scope);
}

TEST(Funnels, segments_keep_the_declared_order) {
  std::vector<std::string> names;
  for (const Segment& segment : all().funnels.at(0).segments) names.push_back(segment.name);
  EXPECT_THAT(names, ElementsAre("source", "region", "big"));
}

TEST(Signals, a_signal_may_have_a_value) {
  ASSERT_EQ(all().signals.size(), 3U);
  EXPECT_TRUE(all().signals[0].value.empty());
  EXPECT_EQ(all().signals[2].when.sql, "type = 'feature.used'");
  EXPECT_EQ(all().signals[2].value.sql, "prop_number('minutes')");
}

TEST(Context, an_outage_names_its_source) {
  const ContextFact& down = all().context.at(0);
  EXPECT_TRUE(down.outage);
  EXPECT_EQ(down.source, "web");
  EXPECT_EQ(to_text(down.to.value()), "2026-07-14");
}

TEST(Sections, a_section_without_content_is_as_good_as_none) {
  EXPECT_THAT(messages_below_head("sources:\nsignals:\nfunnels:\nrisk:\npolicies:\ntargets:\n"), IsEmpty());
}

// Every line from 3 on that ends with `# bad` must be named, and no other.
TEST(Mistakes, thirty_in_one_file_are_all_reported_in_order) {
  const std::string_view text = R"(weir: 2          # bad
workspace: my workspace  # bad
time_zone: Berlin  # bad
currency: Euro  # bad
as_of: yesterday  # bad
calender: {}  # bad
touch:
  - email.sent
  - email sent  # bad
sources:
  s:
    read: [x.csv]
    kind: snapshots  # bad
    key: Deal ID  # bad
    time_zone: Mars  # bad
    complete: yes  # bad
    keys:
      contat: a  # bad
      contact: { mail: b }  # bad bad
    events:
      - type: a b  # bad
        occurred_at: (t  # bad
        day: middle  # bad
        rank: first  # bad
      - { type: c, when: x }  # bad
    entity:
      account: { name: n }  # bad
signals:
  select: a  # bad
  good: b
  open: c = 'x  # bad
funnels:
  f:
    subject: leads  # bad
    stages:
      - { name: one, enter: god, window: 30 }  # bad bad
      - { name: one, enter: good }  # bad
    won: good  # bad
    dormant: { silent: 3d }  # bad bad
    segments: { a: sector }  # bad
    next: { funnel: g, link: lead }  # bad
context:
  - { from: 2026-02-30, what: x }  # bad
  - { from: 2026-02-02, to: 2026-02-01, what: x }  # bad
checks:
  - { name: c }  # bad
policies: none  # bad
)";
  std::vector<int> expected;
  int line = 0;
  for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
    ++line;
    const std::string_view row = text.substr(begin, text.find('\n', begin) - begin);
    const std::size_t mark = row.find("# bad");
    if (mark == std::string_view::npos) continue;
    expected.insert(expected.end(), row.substr(mark) == "# bad bad" ? 2 : 1, line);
  }
  std::vector<int> found;
  for (const Diagnostic& each : parse_definitions(text, ".", "w").diagnostics)
    found.push_back(each.place.line);
  EXPECT_EQ(found, expected);
  EXPECT_GE(found.size(), 30U);
}

}  // namespace
}  // namespace weir::workspace
