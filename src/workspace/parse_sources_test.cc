// Sources, as structs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workspace/messages_of.h"

namespace weir::workspace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The reference's example of docs/workspace.md.
constexpr std::string_view kDeals = R"(weir: 1
workspace: w
sources:
  deals:
    read: exports/deals_*.csv          # a pattern or a list of patterns
    format: csv
    csv: { delimiter: ";", quote: '"', encoding: latin-1, null_values: ["NULL", "-"], date_format: "%d.%m.%Y" }
    contract: contracts/deals.yaml
    kind: snapshot
    key: deal_id
    namespace: hubspot
    time_zone: UTC
    sequence: event_no
    snapshot_at: { file_name: "deals_%Y-%m-%d.csv" }
    complete: true
    keys: { opportunity: deal_id, account: company_id, contact: [{ id: contact_id }, { email: email }], owner: owner }
    changes_of: [stage, { column: amount, type: deal.value }, { column: owner, first: created_at }]
    events:
      - { type: deal.created, occurred_at: created_at, amount: amount, currency: currency }
      - { type: { from: "'email.' || action" }, name: mail, occurred_at: ts, direction: "'out'", text: body }
      - { type: deal.won, occurred_at: close_date, day: end, when: stage = 'Won', amount: amount, rank: 9,
          known_at: updated_at, keys: { contact: buyer_id }, properties: { reason: close_reason } }
      - { type: { from: kind }, occurred_at: ts }
    entity: { account: { id: company_id, domain: website, industry: industry, owner: owner_id, when: "NOT deleted" } }
  calls:
    read: [calls.jsonl, more.jsonl]
    keys: { contact: { phone: number, id: person, namespace: dialler } }
    events: [{ type: call.logged, occurred_at: at, channel: "'phone'" }]
  people:
    read: people.csv
    kind: snapshot
    key: [id, region]
    changed_at: updated_at
    keys: { contact: id }
    changes_of: [owner]
)";

const Parsed& parsed() {
  static const Parsed all = parse_definitions(kDeals, ".", "w");
  return all;
}
const Source& source(std::size_t index) {
  return parsed().definitions.sources.at(index);
}

TEST(Sources, the_reference_example_has_no_diagnostics) {
  EXPECT_THAT(messages_of(kDeals), IsEmpty());
}

TEST(Sources, files_and_format) {
  const Source& deals = source(0);
  EXPECT_THAT(deals.read, ElementsAre("exports/deals_*.csv"));
  EXPECT_EQ(deals.format, FileFormat::csv);
  EXPECT_EQ(deals.csv.delimiter, ';');
  EXPECT_EQ(deals.csv.quote, '"');
  EXPECT_EQ(deals.csv.encoding, "latin-1");
  EXPECT_THAT(deals.csv.null_values, ElementsAre("NULL", "-"));
  EXPECT_EQ(deals.csv.date_format, "%d.%m.%Y");
  EXPECT_EQ(deals.contract, "contracts/deals.yaml");
  EXPECT_THAT(source(1).read, ElementsAre("calls.jsonl", "more.jsonl"));
  EXPECT_EQ(source(1).format, FileFormat::automatic);
}

TEST(Sources, identity_and_times_with_their_places) {
  const Source& deals = source(0);
  EXPECT_EQ(deals.kind, SourceKind::snapshot);
  EXPECT_EQ(deals.name_space, "hubspot");
  EXPECT_EQ(deals.time_zone, "UTC");
  EXPECT_EQ(deals.sequence, "event_no");
  EXPECT_EQ(deals.snapshot_file_name, "deals_%Y-%m-%d.csv");
  EXPECT_TRUE(deals.complete);
  EXPECT_EQ(to_text(deals.key_place), "w:10:10");
  EXPECT_EQ(to_text(deals.contract_place), "w:8:15");
  EXPECT_EQ(to_text(deals.sequence_place), "w:13:15");
  EXPECT_EQ(to_text(deals.snapshot_place), "w:14:18");
  EXPECT_EQ(to_text(deals.read_place), "w:5:11");
  EXPECT_EQ(source(1).kind, SourceKind::log);
  EXPECT_THAT(source(2).key, ElementsAre("id", "region"));
  EXPECT_EQ(source(2).changed_at, "updated_at");
}

TEST(Sources, a_kind_may_have_several_handles) {
  const auto& keys = source(0).keys;
  ASSERT_EQ(keys.size(), 5U);
  EXPECT_EQ(keys[2].kind, EntityKind::contact);
  EXPECT_EQ(keys[2].scheme, HandleScheme::id);
  EXPECT_EQ(keys[2].value.sql, "contact_id");
  EXPECT_EQ(keys[3].kind, EntityKind::contact);
  EXPECT_EQ(keys[3].scheme, HandleScheme::email);
  const auto& calls = source(1).keys;
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].scheme, HandleScheme::phone);
  EXPECT_EQ(calls[1].scheme, HandleScheme::id);
  EXPECT_EQ(calls[1].name_space, "dialler");
}

TEST(Sources, changes_have_types_by_kind) {
  const auto& changes = source(0).changes;
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].type, "deal.stage");
  EXPECT_EQ(changes[1].type, "deal.value");
  EXPECT_EQ(changes[2].type, "deal.owner");
  EXPECT_EQ(changes[2].first_at.sql, "created_at");
  EXPECT_EQ(source(2).changes.at(0).type, "contact.owner");
}

TEST(Sources, events_are_named_by_name_type_or_number) {
  const auto& events = source(0).events;
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].name, "deal.created");
  EXPECT_EQ(events[1].name, "mail");
  EXPECT_FALSE(events[1].type_is_literal);
  EXPECT_EQ(events[1].type_from.sql, "'email.' || action");
  EXPECT_EQ(events[1].direction.sql, "'out'");
  EXPECT_EQ(events[1].text.sql, "body");
  EXPECT_EQ(events[2].rank, 9);
  EXPECT_EQ(events[2].known_at.sql, "updated_at");
  ASSERT_EQ(events[2].keys.size(), 1U);
  EXPECT_EQ(events[2].keys[0].value.sql, "buyer_id");
  EXPECT_THAT(events[2].properties.at(0).first, "reason");
  EXPECT_EQ(events[3].name, "rule_4");
}

TEST(Sources, an_entity_has_handles_relations_attributes_and_a_condition) {
  const EntityRule& account = source(0).entities.at(0);
  ASSERT_EQ(account.handles.size(), 2U);
  EXPECT_EQ(account.handles[1].scheme, HandleScheme::domain);
  ASSERT_EQ(account.relations.size(), 1U);
  EXPECT_EQ(account.relations[0].kind, EntityKind::owner);
  EXPECT_EQ(account.relations[0].value.sql, "owner_id");
  ASSERT_EQ(account.attributes.size(), 1U);
  EXPECT_EQ(account.attributes[0].first, "industry");
  EXPECT_EQ(account.when.sql, "NOT deleted");
}

TEST(Sources, a_block_is_one_expression_without_its_line_break) {
  const Parsed all = parse_definitions(
      "weir: 1\nworkspace: w\nsignals:\n  a: |\n    type = 'x: y'\n    AND amount > 1 # not a comment of "
      "YAML\n",
      ".", "w");
  EXPECT_THAT(all.diagnostics, IsEmpty());
  EXPECT_EQ(all.definitions.signals.at(0).when.sql, "type = 'x: y'\nAND amount > 1 # not a comment of YAML");
}

}  // namespace
}  // namespace weir::workspace
