#include "engine/definitions_before.h"

#include <gtest/gtest.h>

#include "workspace/parse.h"

namespace weir::engine {
namespace {

// As the control store keeps them.
std::vector<store::Definition> stored(const workspace::Definitions& definitions) {
  std::vector<store::Definition> all;
  for (const auto& [path, form] : definitions.normal_forms) {
    const std::size_t slash = path.find('/');
    all.push_back(
        {path.substr(0, slash), slash == std::string::npos ? path : path.substr(slash + 1), "", form});
  }
  return all;
}

constexpr const char* kWorkspace = R"yaml(
weir: 1
workspace: before
time_zone: Europe/Berlin
currency: EUR
calendar: { weekend: [sat, sun], fiscal_year_starts: feb }
as_of: 2026-03-01
free_mail: [example.com]
sources:
  deals:
    read: ["deals_*.csv", "exports/more deals.csv"]
    csv: { delimiter: ";", null_values: ["-", "NULL"], date_format: "%d.%m.%Y" }
    kind: snapshot
    key: [id, region]
    snapshot_at: { file_name: "deals_%Y-%m-%d.csv" }
    complete: true
    keys: { opportunity: id, contact: [{ id: contact_id }, { email: email }] }
    changes_of: [stage]
    events:
      - { type: { from: "'deal.' || stage" }, name: staged, occurred_at: changed, rank: -5, day: end }
      - type: deal.won
        occurred_at: closed
        when: |
          stage = 'Won' AND note <> 'a: "b", {c}'
signals:
  engaged: type = 'deal.engaged'
  usage: { when: type = 'feature.used', value: prop_number('minutes') }
funnels:
  deals:
    subject: opportunity
    stages:
      - { name: "1st", phase: top, enter: engaged, window: 30d, rank: 1 }
      - { name: new, enter: type = 'deal.new', valid_from: 2024-01-01, rank: 2 }
    won: { enter: { when: type = 'deal.won', scope: contact }, money: amount }
    dormant: { silent_for: 60d }
checks:
  - { name: stale, when: stage.days > 120, owner: owner }
context:
  - { from: 2026-03-01, what: "new: price list" }
features:
  - { since: [any_touch, engaged] }
risk:
  - { funnel: deals, outcome: advance, horizon: 30d, bands: { by: probability, medium: 0.15 }, recorded: 0.9 }
  - { funnel: deals, outcome: won, horizon: eventual, landmarks: events, bands: { by: capacity, high: 20 per owner } }
)yaml";

TEST(DefinitionsBefore, the_rebuilt_file_means_what_was_applied) {
  const auto written = workspace::parse_definitions(kWorkspace, ".", "weir.yaml");
  ASSERT_FALSE(workspace::has_errors(written.diagnostics));
  const std::string yaml = yaml_of(stored(written.definitions));
  const auto again = workspace::parse_definitions(yaml, ".", "weir.yaml");
  for (const auto& diagnostic : again.diagnostics) {
    EXPECT_NE(diagnostic.severity, workspace::Severity::error) << to_text(diagnostic) << "\n" << yaml;
  }
  EXPECT_EQ(again.definitions.normal_forms, written.definitions.normal_forms);
  EXPECT_TRUE(again.definitions.sources.at(0).complete);
  EXPECT_EQ(again.definitions.sources.at(0).events.at(0).rank, -5);
}

TEST(DefinitionsBefore, contracts_are_no_part_of_the_file) {
  const std::vector<store::Definition> all{
      {"contract", "deals", "v", "{}"}, {"workspace", "workspace", "v", R"({"weir":"1","workspace":"w"})"}};
  EXPECT_EQ(yaml_of(all), "weir: 1\nworkspace: \"w\"\n");
}

}  // namespace
}  // namespace weir::engine
