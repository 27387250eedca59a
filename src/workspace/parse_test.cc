// The example of the design page, whole: no diagnostics, and the structs it stands for.
#include "workspace/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::workspace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kMaven = R"yaml(weir: 1
workspace: maven
time_zone: America/New_York
currency: USD                            # base; `rates: rates.csv` holds dated rates for others
calendar: { weekend: [sat, sun], fiscal_year_starts: feb }
as_of: 2018-01-01                        # history; a live workspace leaves it out

sources:
  pipeline:
    read: sales_pipeline.csv             # csv | jsonl | parquet | xes, globs
    # contract: contracts/pipeline.yaml
    kind: snapshot
    key: opportunity_id
    keys: { opportunity: opportunity_id, account: account, owner: sales_agent, product: product }     # for all its events
    events:                              # one event per row where `when` holds and occurred_at is not null
      - { type: deal.engaged, occurred_at: engage_date }
      - { type: deal.won,     occurred_at: close_date, day: end, when: deal_stage = 'Won',  amount: close_value }
      - { type: deal.lost,    occurred_at: close_date, day: end, when: deal_stage = 'Lost' }
  accounts:
    read: accounts.csv
    kind: snapshot
    key: account
    entity: { account: { id: account, sector: sector, revenue: revenue, employees: employees } }
  teams:
    read: sales_teams.csv
    kind: snapshot
    key: sales_agent
    entity: { owner: { id: sales_agent, manager: manager, region: regional_office } }

signals:
  engaged: type = 'deal.engaged'
  # value:  usage: { when: type = 'feature.used', value: prop('minutes') }

funnels:
  deals:
    subject: opportunity                 # lead | contact | account | opportunity
    stages:
      - { name: engaged, phase: middle, enter: engaged, window: 180d }
    won:     { enter: type = 'deal.won', money: amount }
    lost:    { enter: type = 'deal.lost' }
    dormant: { silent_for: 120d }
    segments: { sector: account.sector, region: owner.region, product: product }     # value at stage entry
    # next: { funnel: renewals, link: opportunity }

features:                                # left out: auto
  - { since: [any_touch, engaged] }
  - { attribute: [account.sector, account.revenue, owner.region, product] }      # as known then
  - { count: [any_touch], over: [7d, 30d, 90d] }

risk:
  - { funnel: deals, outcome: lost, horizon: 30d, landmarks: 7d }
    # bands: { by: probability, medium: 0.15, high: 0.35, critical: 0.6 }

context:                                 # dated facts of the world
  - { from: 2017-07-01, what: new price list, where: product LIKE 'GTX%' }
checks:                                  # routine checks: each breach is a row in the work list
  - { name: stale-deal, when: stage.days > 120, owner: owner }
policies: []                             # section 6
)yaml";

class Maven : public ::testing::Test {
 protected:
  static const Definitions& definitions() {
    static const Parsed parsed = parse_definitions(kMaven, "/maven", "weir.yaml");
    return parsed.definitions;
  }
};

TEST_F(Maven, has_no_diagnostics) {
  for (const Diagnostic& each : parse_definitions(kMaven, ".", "weir.yaml").diagnostics)
    ADD_FAILURE() << to_text(each);
}

TEST_F(Maven, settings) {
  const Definitions& all = definitions();
  EXPECT_EQ(all.directory, "/maven");
  EXPECT_EQ(all.file, "weir.yaml");
  EXPECT_EQ(all.name, "maven");
  EXPECT_EQ(all.time_zone, "America/New_York");
  EXPECT_EQ(all.currency.code(), "USD");
  EXPECT_THAT(all.calendar.weekend, ElementsAre(5, 6));
  EXPECT_EQ(all.calendar.fiscal_year_starts, 2);
  EXPECT_EQ(all.as_of, "2018-01-01");
  EXPECT_EQ(to_text(all.as_of_place), "weir.yaml:6:8");
  EXPECT_THAT(all.touch, IsEmpty());
}

TEST_F(Maven, the_pipeline_is_a_snapshot_with_three_events) {
  const Source& pipeline = definitions().sources.at(0);
  EXPECT_EQ(pipeline.name, "pipeline");
  EXPECT_EQ(to_text(pipeline.place), "weir.yaml:9:3");
  EXPECT_THAT(pipeline.read, ElementsAre("sales_pipeline.csv"));
  EXPECT_EQ(pipeline.kind, SourceKind::snapshot);
  EXPECT_THAT(pipeline.key, ElementsAre("opportunity_id"));
  ASSERT_EQ(pipeline.keys.size(), 4U);
  EXPECT_EQ(pipeline.keys[0].kind, EntityKind::opportunity);
  EXPECT_EQ(pipeline.keys[2].kind, EntityKind::owner);
  EXPECT_EQ(pipeline.keys[2].value.sql, "sales_agent");
  ASSERT_EQ(pipeline.events.size(), 3U);
  const EventRule& won = pipeline.events[1];
  EXPECT_EQ(won.name, "deal.won");
  EXPECT_TRUE(won.type_is_literal);
  EXPECT_EQ(won.occurred_at.sql, "close_date");
  EXPECT_TRUE(won.day_end);
  EXPECT_EQ(won.when.sql, "deal_stage = 'Won'");
  EXPECT_EQ(won.amount.sql, "close_value");
  EXPECT_EQ(to_text(won.when.place), "weir.yaml:17:72");
  EXPECT_FALSE(pipeline.events[0].day_end);
}

TEST_F(Maven, entities_have_handles_and_attributes) {
  ASSERT_EQ(definitions().sources.size(), 3U);
  const EntityRule& account = definitions().sources[1].entities.at(0);
  EXPECT_EQ(account.kind, EntityKind::account);
  ASSERT_EQ(account.handles.size(), 1U);
  EXPECT_EQ(account.handles[0].scheme, HandleScheme::id);
  ASSERT_EQ(account.attributes.size(), 3U);
  EXPECT_EQ(account.attributes[1].first, "revenue");
  const EntityRule& owner = definitions().sources[2].entities.at(0);
  EXPECT_EQ(owner.kind, EntityKind::owner);
  EXPECT_EQ(owner.attributes[1].first, "region");
  EXPECT_EQ(owner.attributes[1].second.sql, "regional_office");
}

TEST_F(Maven, the_funnel_has_a_stage_named_by_a_signal) {
  ASSERT_EQ(definitions().signals.size(), 1U);
  EXPECT_EQ(definitions().signals[0].when.sql, "type = 'deal.engaged'");
  const Funnel& deals = definitions().funnels.at(0);
  EXPECT_EQ(deals.subject, EntityKind::opportunity);
  ASSERT_EQ(deals.stages.size(), 1U);
  EXPECT_EQ(deals.stages[0].enter.signal, "engaged");
  EXPECT_TRUE(deals.stages[0].enter.expression.empty());
  EXPECT_EQ(weir::to_text(deals.stages[0].window.value()), "180d");
  EXPECT_EQ(deals.won.expression.sql, "type = 'deal.won'");
  EXPECT_EQ(deals.money.sql, "amount");
  EXPECT_EQ(deals.lost.expression.sql, "type = 'deal.lost'");
  EXPECT_EQ(weir::to_text(deals.silent_for.value()), "120d");
  ASSERT_EQ(deals.segments.size(), 3U);
  EXPECT_EQ(deals.segments[1].value.sql, "owner.region");
}

TEST_F(Maven, context_and_checks) {
  const ContextFact& fact = definitions().context.at(0);
  EXPECT_EQ(to_text(fact.from), "2017-07-01");
  EXPECT_FALSE(fact.to.has_value());
  EXPECT_EQ(fact.what, "new price list");
  EXPECT_EQ(fact.where.sql, "product LIKE 'GTX%'");
  EXPECT_FALSE(fact.outage);
  EXPECT_EQ(definitions().checks.at(0).name, "stale-deal");
  EXPECT_EQ(definitions().checks.at(0).owner, "owner");
}

TEST_F(Maven, every_definition_has_a_normal_form) {
  std::vector<std::string> names;
  for (const auto& [name, form] : definitions().normal_forms) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("check/stale-deal", "context", "features", "funnel/deals", "policies",
                                 "risk/deals/lost/30d", "signal/engaged", "source/accounts",
                                 "source/pipeline", "source/teams", "workspace"));
  EXPECT_EQ(definitions().normal_forms.at("signal/engaged"), R"("type = 'deal.engaged'")");
  EXPECT_EQ(definitions().normal_forms.at("policies"), "[]");
  EXPECT_EQ(definitions().normal_forms.at("risk/deals/lost/30d"),
            R"({"funnel":"deals","horizon":"30d","landmarks":"7d","outcome":"lost"})");
}

TEST(ParseWorkspace, reads_the_file_of_a_directory) {
  const std::string folder = ::testing::TempDir() + "weir_parse_test";
  const auto files = posix_file_system();
  ASSERT_TRUE(files->make_directories(folder).has_value());
  ASSERT_TRUE(files->write_durably(join_path(folder, "weir.yaml"), kMaven).has_value());
  const auto parsed = parse_workspace(*files, folder);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_THAT(parsed->diagnostics, IsEmpty());
  EXPECT_EQ(parsed->definitions.directory, folder);
  EXPECT_EQ(parsed->definitions.file, folder + "/weir.yaml");
}

TEST(ParseWorkspace, fails_where_there_is_none) {
  const auto files = posix_file_system();
  EXPECT_FALSE(parse_workspace(*files, ::testing::TempDir() + "weir_no_such_folder").has_value());
}

}  // namespace
}  // namespace weir::workspace
