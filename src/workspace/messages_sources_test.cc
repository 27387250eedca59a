// Every message about sources, with its exact place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workspace/messages_of.h"

namespace weir::workspace {
namespace {

using ::testing::ElementsAre;

TEST(SourcesMessages, sources_are_a_map) {
  EXPECT_THAT(messages_below_head(R"(sources: [a]
)"),
              ElementsAre("3:10: error: 'sources' must be a map from names to sources, not a list"));
}

TEST(SourcesMessages, read_is_required) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s: { entity: { account: { id: a } } }
)"),
              ElementsAre("4:3: error: a source needs 'read'"));
}

TEST(SourcesMessages, unknown_key) {
  EXPECT_THAT(
      messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
    snapshott_at: x
)"),
      ElementsAre("10:5: error: unknown key 'snapshott_at' in a source; did you mean 'snapshot_at'?"));
}

TEST(SourcesMessages, nothing_to_give) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s: { read: x.csv }
)"),
              ElementsAre("4:3: warning: source 's' gives neither events nor entities"));
}

TEST(SourcesMessages, names) {
  EXPECT_THAT(
      messages_below_head(R"(sources:
  a b: { read: x.csv, entity: { account: { id: a } } }
  order: { read: x.csv, entity: { account: { id: a } } }
  weir: { read: x.csv, entity: { account: { id: a } } }
)"),
      ElementsAre("4:3: error: 'a b' cannot name a source: use letters, digits, _ and -",
                  "5:3: error: 'order' is a keyword of SQL and cannot name a source",
                  "6:3: error: 'weir' is the built-in source of weir's own acts; name yours differently"));
}

TEST(SourcesMessages, a_name_may_not_be_endless) {
  EXPECT_THAT(messages_below_head(R"(sources:
  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: { read: x.csv, entity: { account: { id: a } } }
)"),
              ElementsAre("4:3: error: the name of a source is longer than 64 bytes"));
}

TEST(SourcesMessages, files_without_a_name) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s: { read: [x.csv.gz, ""], entity: { account: { id: a } } }
)"),
              ElementsAre("4:25: error: this item is empty"));
}

TEST(SourcesMessages, words) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
    format: xlsx
    csv: { encoding: utf8, delimiter: "||", quote: no, date_format: d.m.Y, null_values: [NULL], x: 1 }
)"),
              ElementsAre("10:13: error: 'format' must be one of csv, jsonl, parquet, xes, not 'xlsx'",
                          "11:22: error: 'encoding' must be one of utf-8, latin-1, windows-1252, utf-16, not "
                          "'utf8'; did you mean 'utf-8'?",
                          "11:39: error: 'delimiter' must be one character in quotes, not '||'",
                          "11:52: error: 'quote' must be one character in quotes, not 'no'",
                          "11:69: error: 'date_format' must be a format like \"%d.%m.%Y\", not 'd.m.Y'",
                          "11:90: error: this item has no value: text is expected",
                          "11:97: error: unknown key 'x' in 'csv'; known: delimiter, quote, encoding, "
                          "null_values, date_format"));
}

TEST(SourcesMessages, csv_options_of_another_format) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
    format: jsonl
    csv: { delimiter: ";" }
)"),
              ElementsAre("11:5: error: 'csv' holds for `format: csv` only"));
}

TEST(SourcesMessages, a_misspelt_kind_is_told_once) {
  EXPECT_THAT(
      messages_below_head(R"(sources:
  s: { read: x.csv, kind: snapshoot, key: k, changed_at: u, entity: { account: { id: a } } }
)"),
      ElementsAre(
          "4:27: error: 'kind' must be one of log, snapshot, not 'snapshoot'; did you mean 'snapshot'?"));
}

TEST(SourcesMessages, snapshot_needs_a_key) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s: { read: x.csv, kind: snapshot, entity: { account: { id: a } } }
)"),
              ElementsAre("4:3: error: a source of `kind: snapshot` needs 'key'"));
}

TEST(SourcesMessages, changes_need_a_dated_snapshot) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
    changes_of: [stage]
)"),
              ElementsAre("10:5: error: 'changes_of' needs 'changed_at' or 'snapshot_at' beside it"));
}

TEST(SourcesMessages, what_needs_a_snapshot) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { contact: c }
    changed_at: u
    complete: true
    changes_of: [stage]
    events: [{ type: a, occurred_at: t }]
)"),
              ElementsAre("7:5: error: 'changed_at' needs `kind: snapshot`",
                          "8:5: error: 'complete' needs `kind: snapshot`",
                          "9:5: error: 'changes_of' needs `kind: snapshot`"));
}

TEST(SourcesMessages, two_ways_of_dating) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
    changed_at: u
    snapshot_at: { column: e }
)"),
              ElementsAre("11:5: error: a source has either 'changed_at' or 'snapshot_at', not both"));
}

TEST(SourcesMessages, snapshot_at_is_one_of_two) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
    snapshot_at: { column: e, file_name: "d_%Y-%m-%d.csv" }
)"),
              ElementsAre("10:18: error: 'snapshot_at' needs either 'file_name' or 'column'"));
}

TEST(SourcesMessages, snapshot_at_has_one_of_two) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
    snapshot_at: {}
)"),
              ElementsAre("10:18: error: 'snapshot_at' needs either 'file_name' or 'column'"));
}

TEST(SourcesMessages, file_name_needs_a_date) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
    snapshot_at: { file_name: "deals_%y.csv" }
)"),
              ElementsAre("10:31: error: 'file_name' must be a name with %Y, %m and %d like "
                          "\"deals_%Y-%m-%d.csv\", not 'deals_%y.csv'"));
}

TEST(SourcesMessages, columns_have_normalised_names) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s: { read: x.csv, kind: snapshot, key: [Deal ID, a, a], sequence: Nr, entity: { account: { id: a } } }
)"),
              ElementsAre("4:43: error: 'Deal ID' is no column: columns have normalised names here (`Deal "
                          "Stage` is deal_stage, `from` is from_); `weir check --columns` lists them",
                          "4:55: error: 'a' is there twice in 'key'",
                          "4:69: error: 'Nr' is no column: columns have normalised names here (`Deal Stage` "
                          "is deal_stage, `from` is from_); `weir check --columns` lists them"));
}

TEST(SourcesMessages, an_empty_key) {
  EXPECT_THAT(
      messages_below_head(R"(sources:
  s: { read: [], kind: snapshot, key: [], complete: yes, time_zone: Mars, namespace: "a b", entity: { account: { id: a } } }
)"),
      ElementsAre(
          "4:14: error: 'read' is an empty list", "4:39: error: 'key' is an empty list",
          "4:53: error: 'complete' must be true or false, not 'yes'",
          "4:69: error: 'time_zone': no time zone is named 'Mars'; use an IANA name such as Europe/Berlin",
          "4:86: error: 'a b' cannot name a namespace: use letters, digits, _ and -"));
}

TEST(KeysMessages, kinds_and_schemes) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { accont: a, contact: { mail: b }, owner: [], lead: { domain: d }, account: { domain: d, namespace: a/b }, deal: x }
    events: [{ type: a, occurred_at: t }]
)"),
              ElementsAre("6:13: error: no kind of entity is named 'accont'; did you mean 'account'?",
                          "6:33: error: 'contact' needs one of id, email, phone, domain",
                          "6:35: error: unknown key 'mail' in a key of kind contact; did you mean 'email'?",
                          "6:53: error: 'owner' is an empty list",
                          "6:73: error: a domain is a handle of accounts, not of kind lead",
                          "6:111: error: 'a/b' cannot name a namespace: use letters, digits, _ and -",
                          "6:118: error: no kind of entity is named 'deal'; known: lead, opportunity, "
                          "contact, account, anonymous, product, campaign, content, owner"));
}

TEST(KeysMessages, keys_are_a_map) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s: { read: x.csv, keys: [contact], events: [{ type: a, occurred_at: t }] }
)"),
              ElementsAre("4:27: error: 'keys' must be a map from kinds of entities to columns, not a list"));
}

TEST(KeysMessages, events_of_nobody) {
  EXPECT_THAT(
      messages_below_head(R"(sources:
  s: { read: x.csv, events: [{ type: a, occurred_at: t }] }
)"),
      ElementsAre("4:30: warning: event 'a' belongs to nobody: neither it nor its source has 'keys'"));
}

TEST(EventsMessages, type_and_occurred_at_are_required) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { contact: c }
    events:
      - { when: a }
      - x
)"),
              ElementsAre("8:9: error: an event needs 'occurred_at'", "8:9: error: an event needs 'type'",
                          "9:9: error: an event is a map of keys and values, not text"));
}

TEST(EventsMessages, events_are_a_list) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { contact: c }
    events: { type: a, occurred_at: t }
)"),
              ElementsAre("7:13: error: 'events' must be a list of events, not a map"));
}

TEST(EventsMessages, a_type_is_a_literal_or_computed) {
  EXPECT_THAT(
      messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { contact: c }
    events:
      - { type: a || b, occurred_at: t }
      - { type: { form: a }, occurred_at: t }
      - { type: deal., occurred_at: t }
)"),
      ElementsAre(
          "8:17: error: 'type' must be a literal type like deal.won, or { from: expression }, not 'a || b'",
          "9:11: error: 'type' needs 'from'",
          "9:19: error: unknown key 'form' in 'type'; did you mean 'from'?",
          "10:17: error: 'type' must be a literal type like deal.won, or { from: expression }, not 'deal.'"));
}

TEST(EventsMessages, names_are_unique_in_a_source) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { contact: c }
    events:
      - { type: a, occurred_at: t }
      - { type: a, occurred_at: u }
      - { type: b, name: a, occurred_at: u }
)"),
              ElementsAre("9:9: error: two events of this source are named 'a', the first in line 8; give "
                          "this one a `name:` of its own",
                          "10:9: error: two events of this source are named 'a', the first in line 8; give "
                          "this one a `name:` of its own"));
}

TEST(EventsMessages, names_are_words) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { contact: c }
    events: [{ type: a, name: a b, occurred_at: t }]
)"),
              ElementsAre("7:31: error: 'a b' cannot name an event rule: use letters, digits, _, - and ."));
}

TEST(EventsMessages, unknown_key) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { contact: c }
    events: [{ type: a, ocurred_at: t }]
)"),
              ElementsAre("7:14: error: an event needs 'occurred_at'",
                          "7:25: error: unknown key 'ocurred_at' in an event; did you mean 'occurred_at'?"));
}

TEST(EventsMessages, words_and_numbers) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { contact: c }
    events: [{ type: a, occurred_at: t, day: noon, rank: high }, { type: b, occurred_at: t, rank: 1001 }]
)"),
              ElementsAre("7:46: error: 'day' must be one of start, end, not 'noon'",
                          "7:58: error: 'rank' must be a whole number from -1000 to 1000, not 'high'",
                          "7:99: error: 'rank' must be a whole number from -1000 to 1000, not '1001'"));
}

TEST(EventsMessages, a_direction_is_an_expression) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { contact: c }
    events: [{ type: a, occurred_at: t, direction: out }]
)"),
              ElementsAre("7:52: error: 'direction' is an expression: write \"'out'\" for the word itself"));
}

TEST(EventsMessages, properties) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { contact: c }
    events: [{ type: a, occurred_at: t, properties: { "a b": x, c: [d] } }]
)"),
              ElementsAre("7:55: error: 'a b' cannot name a property: use letters, digits, _ and -",
                          "7:68: error: 'c' must be an SQL expression, not a list; an expression with , : # "
                          "{ } [ ] or a leading quote needs quotes around it or a block (|)"));
}

TEST(EventsMessages, an_unquoted_comma_leaves_a_strange_key) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    keys: { contact: c }
    events: [{ type: a, occurred_at: t, when: stage IN (1, 2) }]
)"),
              ElementsAre("7:47: error: 'when': the expression lacks a ')'; an expression with , : # { } [ ] "
                          "or a leading quote needs quotes around it or a block (|)",
                          "7:60: error: unknown key '2)' in an event; an expression with , : # { } [ ] or a "
                          "leading quote needs quotes around it or a block (|)"));
}

TEST(ChangesMessages, columns_and_types) {
  EXPECT_THAT(
      messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
    changed_at: u
    changes_of: [stage, stage, { colum: x }, { column: y, type: a b }, Big]
)"),
      ElementsAre("11:25: error: the column 'stage' is there twice in 'changes_of'",
                  "11:32: error: an item of 'changes_of' needs 'column'",
                  "11:34: error: unknown key 'colum' in an item of 'changes_of'; did you mean 'column'?",
                  "11:65: error: 'type' must be a literal type like deal.amount, not 'a b'",
                  "11:72: error: 'Big' is no column: columns have normalised names here (`Deal Stage` is "
                  "deal_stage, `from` is from_); `weir check --columns` lists them"));
}

TEST(ChangesMessages, a_change_without_keys_needs_a_type) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s: { read: x.csv, kind: snapshot, key: k, changed_at: u, changes_of: [stage] }
)"),
              ElementsAre("4:73: error: the change of 'stage' has no type: give the source 'keys', or write "
                          "{ column: stage, type: ... }"));
}

TEST(ChangesMessages, changes_are_a_list) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
    changed_at: u
    changes_of: stage
)"),
              ElementsAre("11:17: error: 'changes_of' must be a list of columns, not 'stage'"));
}

TEST(EntitiesMessages, handles_kinds_and_attributes) {
  EXPECT_THAT(
      messages_below_head(R"(sources:
  s:
    read: x.csv
    entity:
      acount: { id: a }
      contact: { name: n }
      account: { id: a, account: b, order: c, "a b": d }
      lead: l
      owner: { id: }
)"),
      ElementsAre(
          "7:7: error: no kind of entity is named 'acount'; did you mean 'account'?",
          "8:7: error: an entity needs a handle: one of id, email, phone, domain",
          "9:25: error: an entity of kind account has no relation to its own kind: name an attribute "
          "differently",
          "9:37: error: 'order' is a keyword of SQL and cannot name an attribute",
          "9:47: error: 'a b' cannot name an attribute: a letter or _ first, then letters, digits and _",
          "10:13: error: 'lead' must be a map like { id: account_id, sector: sector }, not 'l'",
          "11:16: error: 'id' has no value: an SQL expression is expected"));
}

TEST(EntitiesMessages, entities_are_a_map) {
  EXPECT_THAT(
      messages_below_head(R"(sources:
  s: { read: x.csv, entity: account }
)"),
      ElementsAre(
          "4:29: error: 'entity' must be a map from kinds of entities to their members, not 'account'"));
}

}  // namespace
}  // namespace weir::workspace
