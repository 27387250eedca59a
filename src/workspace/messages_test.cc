// Every message about settings, expressions, signals, funnels, context and checks, with its exact place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workspace/messages_of.h"

namespace weir::workspace {
namespace {

using ::testing::ElementsAre;

TEST(SettingsMessages, an_empty_file) {
  EXPECT_THAT(messages_of(""),
              ElementsAre("1:1: error: the file is empty: a workspace begins with `weir: 1`"));
}

TEST(SettingsMessages, a_file_that_is_no_map) {
  EXPECT_THAT(messages_of(R"(- a
)"),
              ElementsAre("1:1: error: a workspace is a map of keys and values, not a list"));
}

TEST(SettingsMessages, version_and_name_are_required) {
  EXPECT_THAT(
      messages_of(R"(currency: EUR
)"),
      ElementsAre("1:1: error: a workspace needs 'weir'", "1:1: error: a workspace needs 'workspace'"));
}

TEST(SettingsMessages, only_version_1_is_read) {
  EXPECT_THAT(messages_of(R"(weir: 2
workspace: a b
)"),
              ElementsAre("1:7: error: 'weir' must be 1, the version of the format, not '2'",
                          "2:12: error: 'a b' cannot name a workspace: use letters, digits, _ and -"));
}

TEST(SettingsMessages, quoted_version_is_text) {
  EXPECT_THAT(messages_of(R"(weir: "1"
workspace: [a]
)"),
              ElementsAre("1:7: error: 'weir' must be 1, the version of the format, not '1'",
                          "2:12: error: 'workspace' must be text, not a list"));
}

TEST(SettingsMessages, unknown_key_names_the_nearest) {
  EXPECT_THAT(messages_below_head(R"(time_zoen: UTC
)"),
              ElementsAre("3:1: error: unknown key 'time_zoen' in a workspace; did you mean 'time_zone'?"));
}

TEST(SettingsMessages, unknown_key_without_a_near_one_lists_what_there_is) {
  EXPECT_THAT(messages_below_head(R"(xyz: UTC
)"),
              ElementsAre("3:1: error: unknown key 'xyz' in a workspace; known: weir, workspace, time_zone, "
                          "currency, rates, calendar, as_of, touch, free_mail, sources, signals, funnels, "
                          "features, risk, context, checks, policies, guardrails, targets"));
}

TEST(SettingsMessages, zone) {
  EXPECT_THAT(messages_below_head(R"(time_zone: Europe/Berln
)"),
              ElementsAre("3:12: error: 'time_zone': no time zone is named 'Europe/Berln'; use an IANA name "
                          "such as Europe/Berlin"));
}

TEST(SettingsMessages, currency) {
  EXPECT_THAT(messages_below_head(R"(currency: usd
)"),
              ElementsAre("3:11: error: 'currency': a currency is an ISO 4217 code of three capital letters, "
                          "such as EUR, not 'usd'"));
}

TEST(SettingsMessages, empty_values) {
  EXPECT_THAT(
      messages_below_head(R"(currency: ""
as_of:
rates: [a]
)"),
      ElementsAre("3:11: error: 'currency' is empty", "4:1: error: 'as_of' has no value: text is expected",
                  "5:8: error: 'rates' must be text, not a list"));
}

TEST(SettingsMessages, calendar) {
  EXPECT_THAT(
      messages_below_head(R"(calendar: { weekend: [sat, sunday, sat], fiscal_year_starts: 2, holiday: h.csv }
)"),
      ElementsAre("3:28: error: this item must be one of mon, tue, wed, thu, fri, sat, sun, not 'sunday'",
                  "3:36: error: 'sat' is there twice in 'weekend'",
                  "3:62: error: 'fiscal_year_starts' must be one of jan, feb, mar, apr, may, jun, jul, aug, "
                  "sep, oct, nov, dec, not '2'",
                  "3:65: error: unknown key 'holiday' in 'calendar'; did you mean 'holidays'?"));
}

TEST(SettingsMessages, whole_week_of_weekend) {
  EXPECT_THAT(messages_below_head(R"(calendar: { weekend: [mon, tue, wed, thu, fri, sat, sun] }
)"),
              ElementsAre("3:22: error: 'weekend' cannot be the whole week"));
}

TEST(SettingsMessages, as_of_needs_an_offset) {
  EXPECT_THAT(messages_below_head(R"(as_of: 2026-01-01T10:00:00
)"),
              ElementsAre("3:8: error: 'as_of' must be a date like 2026-03-01 or an instant like "
                          "2026-03-01T09:30:00Z, not '2026-01-01T10:00:00'"));
}

TEST(SettingsMessages, as_of_that_does_not_exist) {
  EXPECT_THAT(messages_below_head(R"(as_of: 2026-02-30
)"),
              ElementsAre("3:8: error: 'as_of' must be a date like 2026-03-01 or an instant like "
                          "2026-03-01T09:30:00Z, not '2026-02-30'"));
}

TEST(SettingsMessages, touch_types) {
  EXPECT_THAT(messages_below_head(R"(touch: [email.sent, "a b"]
)"),
              ElementsAre("3:21: error: this item must be an event type like email.replied, not 'a b'"));
}

TEST(SettingsMessages, free_mail_domains) {
  EXPECT_THAT(
      messages_below_head(R"(free_mail: [Example.com, localhost, mail.example.com]
)"),
      ElementsAre("3:13: error: this item must be a domain in lower case like example.com, not 'Example.com'",
                  "3:26: error: this item must be a domain in lower case like example.com, not 'localhost'"));
}

TEST(SettingsMessages, free_mail_is_a_list) {
  EXPECT_THAT(messages_below_head(R"(free_mail: example.com
)"),
              ElementsAre("3:12: error: 'free_mail' must be a list of domains, not 'example.com'"));
}

TEST(SettingsMessages, raw_sections_have_a_shape) {
  EXPECT_THAT(messages_below_head(R"(features: aut
risk: [a]
guardrails: []
targets: x
)"),
              ElementsAre("3:11: error: 'features' must be 'auto' or a list of features, not 'aut'",
                          "4:8: error: an item of 'risk' is a map of keys and values, not text",
                          "5:13: error: 'guardrails' must be a map of keys and values, not a list",
                          "6:10: error: 'targets' must be a map of keys and values, not 'x'"));
}

TEST(ExpressionsMessages, what_yaml_takes_apart) {
  EXPECT_THAT(messages_below_head(R"(signals:
  a: name = 'a #1'
  b:
  c: "type = 'x' -- hello"
  d: a; b
  e: [a, b]
  f: ( a
  g: ""
  h: a)
  i: "a /* b */"
)"),
              ElementsAre("4:6: error: 'a': the expression ends inside a quote; an expression with , : # { } "
                          "[ ] or a leading quote needs quotes around it or a block (|)",
                          "5:3: error: 'b' has no value: an SQL expression is expected",
                          "6:6: error: 'c': an expression has no SQL comment: use YAML's #",
                          "7:6: error: 'd': an expression has no ';': it is one value",
                          "8:6: error: 'e' must be an SQL expression, not a list; an expression with , : # { "
                          "} [ ] or a leading quote needs quotes around it or a block (|)",
                          "9:6: error: 'f': the expression lacks a ')'; an expression with , : # { } [ ] or "
                          "a leading quote needs quotes around it or a block (|)",
                          "10:6: error: 'g' is empty: an SQL expression is expected",
                          "11:6: error: 'h': a ')' in the expression closes nothing; an expression with , : "
                          "# { } [ ] or a leading quote needs quotes around it or a block (|)",
                          "12:6: error: 'i': an expression has no SQL comment: use YAML's #"));
}

TEST(ExpressionsMessages, syntax_errors_come_with_a_hint) {
  EXPECT_THAT(
      messages_below_head(R"(signals:
  reply: prop('to') = 'a': 3
)"),
      ElementsAre("4:26: error: not readable as YAML (illegal map value): check the indentation; an "
                  "expression with , : # { } [ ] or a leading quote needs quotes around it or a block (|)"));
}

TEST(ExpressionsMessages, a_leading_quote) {
  EXPECT_THAT(
      messages_below_head(R"(signals:
  reply: 'x' = type
)"),
      ElementsAre("4:14: error: not readable as YAML (end of map not found): check the indentation; an "
                  "expression with , : # { } [ ] or a leading quote needs quotes around it or a block (|)"));
}

TEST(SignalsMessages, names) {
  EXPECT_THAT(
      messages_below_head(R"(signals:
  1x: a
  order: a
  amount: b
  any_touch: c
  a-b: d
)"),
      ElementsAre("4:3: error: '1x' cannot name a signal: a letter or _ first, then letters, digits and _",
                  "5:3: error: 'order' is a keyword of SQL and cannot name a signal",
                  "6:3: error: 'amount' is there for every event and cannot name a signal",
                  "7:3: error: 'any_touch' is there for every event and cannot name a signal",
                  "8:3: error: 'a-b' cannot name a signal: a letter or _ first, then letters, digits and _"));
}

TEST(SignalsMessages, map_form) {
  EXPECT_THAT(messages_below_head(R"(signals:
  a: { value: x }
  b: { when: x, valu: y }
)"),
              ElementsAre("4:3: error: a signal needs 'when'",
                          "5:17: error: unknown key 'valu' in a signal; did you mean 'value'?"));
}

TEST(SignalsMessages, signals_are_a_map) {
  EXPECT_THAT(messages_below_head(R"(signals: a
)"),
              ElementsAre("3:10: error: 'signals' must be a map from names to expressions, not 'a'"));
}

TEST(FunnelsMessages, unknown_signal_names_the_nearest) {
  EXPECT_THAT(messages_below_head(R"(signals: { engaged: a = 1 }
funnels:
  f:
    subject: lead
    stages: [{ name: a, enter: engagd }]
    won: { enter: qqq }
)"),
              ElementsAre("7:32: error: no signal is named 'engagd'; did you mean 'engaged'?",
                          "8:19: error: no signal is named 'qqq'; known: engaged"));
}

TEST(FunnelsMessages, subject_stages_and_won_are_required) {
  EXPECT_THAT(messages_below_head(R"(funnels:
  f: {}
)"),
              ElementsAre("4:3: error: a funnel needs 'stages'", "4:3: error: a funnel needs 'subject'",
                          "4:3: error: a funnel needs 'won'"));
}

TEST(FunnelsMessages, at_least_one_stage) {
  EXPECT_THAT(messages_below_head(R"(signals: { engaged: a = 1 }
funnels:
  f:
    subject: lead
    stages: []
    won: { enter: engaged }
)"),
              ElementsAre("7:13: error: a funnel needs at least one stage"));
}

TEST(FunnelsMessages, subject) {
  EXPECT_THAT(
      messages_below_head(R"(signals: { engaged: a = 1 }
funnels:
  f:
    subject: deal
    stages: [{ name: a, enter: engaged }]
    won: { enter: engaged }
)"),
      ElementsAre("6:14: error: 'subject' must be one of lead, contact, account, opportunity, not 'deal'"));
}

TEST(FunnelsMessages, stages_are_a_list) {
  EXPECT_THAT(messages_below_head(R"(signals: { engaged: a = 1 }
funnels:
  f:
    subject: lead
    stages: { name: a, enter: engaged }
    won: { enter: engaged }
)"),
              ElementsAre("7:13: error: 'stages' must be a list of stages, not a map"));
}

TEST(FunnelsMessages, stage_names) {
  EXPECT_THAT(messages_below_head(R"(signals: { engaged: a = 1 }
funnels:
  f:
    subject: lead
    stages: [{ enter: engaged }, { name: a }, { name: a, enter: engaged }, { name: won, enter: engaged }, { name: group, enter: engaged }, { name: a b, enter: engaged }, x]
    won: { enter: engaged }
)"),
              ElementsAre("7:14: error: a stage needs 'name'", "7:34: error: a stage needs 'enter'",
                          "7:47: error: two stages of this funnel are named 'a', the first in line 7",
                          "7:84: error: 'won' is no stage: declare it as `won:` beside 'stages'",
                          "7:115: error: 'group' is a keyword of SQL and cannot name a stage",
                          "7:148: error: 'a b' cannot name a stage: use letters, digits, _ and -",
                          "7:171: error: a stage is a map of keys and values, not text"));
}

TEST(FunnelsMessages, durations_dates_and_ranks) {
  EXPECT_THAT(
      messages_below_head(R"(signals: { engaged: a = 1 }
funnels:
  f:
    subject: lead
    stages:
      - { name: a, enter: engaged, window: 0d, sla: 3x, rank: 1, valid_from: 2024-13-01 }
      - { name: b, enter: engaged, window: [1d], rank: 1, phase: a b, valid_from: }
      - { name: c, enter: engaged, rank: first }
    won: { enter: engaged }
)"),
      ElementsAre(
          "8:44: error: 'window': '0d' is no duration like 30d, 12h or 45m, more than 0 and at most 100 "
          "years",
          "8:53: error: 'sla': '3x' is no duration like 30d, 12h or 45m, more than 0 and at most 100 years",
          "8:78: error: 'valid_from': '2024-13-01' is no date like 2026-03-01",
          "9:9: error: the stages 'a' and 'b' have the same rank 1",
          "9:44: error: 'window' must be a duration like 30d, 12h or 45m, not a list",
          "9:66: error: 'a b' cannot name a phase: use letters, digits, _ and -",
          "9:71: error: 'valid_from' has no value: a date like 2026-03-01 is expected",
          "10:42: error: 'rank' must be a whole number from 0 to 1000, not 'first'"));
}

TEST(FunnelsMessages, conditions) {
  EXPECT_THAT(messages_below_head(R"(signals: { engaged: a = 1 }
funnels:
  f:
    subject: lead
    stages: [{ name: a, enter: { when: engaged, scope: account } }, { name: b, enter: { scope: contact } }, { name: c, enter: [engaged] }]
    won: { enter: engaged }
)"),
              ElementsAre("7:56: error: 'scope' must be one of own, contact, not 'account'",
                          "7:80: error: a condition needs 'when'",
                          "7:127: error: 'enter' must be an SQL expression, not a list; an expression with , "
                          ": # { } [ ] or a leading quote needs quotes around it or a block (|)"));
}

TEST(FunnelsMessages, ends) {
  EXPECT_THAT(messages_below_head(R"(signals: { engaged: a = 1 }
funnels:
  f:
    subject: lead
    stages: [{ name: a, enter: engaged }]
    won: engaged
    lost: { when: engaged }
    dormant: { silent_for: soon }
)"),
              ElementsAre("8:10: error: 'won' must be a map of keys and values, not 'engaged'",
                          "9:5: error: 'lost' needs 'enter'",
                          "9:13: error: unknown key 'when' in 'lost'; known: enter",
                          "10:28: error: 'silent_for': 'soon' is no duration like 30d, 12h or 45m, more than "
                          "0 and at most 100 years"));
}

TEST(FunnelsMessages, segments) {
  EXPECT_THAT(messages_below_head(R"(signals: { engaged: a = 1 }
funnels:
  f:
    subject: lead
    stages: [{ name: a, enter: engaged }]
    won: { enter: engaged }
    segments: { order: product, a: acount.sector, b: sector, c: [x] }
)"),
              ElementsAre("9:17: error: 'order' is a keyword of SQL and cannot name a segment",
                          "9:36: error: no kind of entity is named 'acount'; did you mean 'account'?",
                          "9:54: error: 'sector' is no kind of entity; an attribute is written with its "
                          "kind, like account.sector",
                          "9:65: error: 'c' must be an SQL expression, not a list; an expression with , : # "
                          "{ } [ ] or a leading quote needs quotes around it or a block (|)"));
}

TEST(FunnelsMessages, next) {
  EXPECT_THAT(messages_below_head(R"(signals: { engaged: a = 1 }
funnels:
  f:
    subject: lead
    stages: [{ name: a, enter: engaged }]
    won: { enter: engaged }
    next: { funnel: deal, link: oportunity }
)"),
              ElementsAre("9:21: error: no funnel is named 'deal'; known: f",
                          "9:33: error: 'link' must be one of lead, contact, account, opportunity, not "
                          "'oportunity'; did you mean 'opportunity'?"));
}

TEST(FunnelsMessages, next_without_link) {
  EXPECT_THAT(messages_below_head(R"(signals: { engaged: a = 1 }
funnels:
  f:
    subject: lead
    stages: [{ name: a, enter: engaged }]
    won: { enter: engaged }
    next: { funnel: f }
)"),
              ElementsAre("9:5: error: 'next' needs 'link'",
                          "9:21: error: the funnels follow each other in a circle: f -> f"));
}

TEST(FunnelsMessages, circles_are_told_once) {
  EXPECT_THAT(messages_below_head(R"(funnels:
  z: { subject: lead, stages: [{ name: x, enter: a = 1 }], won: { enter: a = 1 }, next: { funnel: a, link: lead } }
  a: { subject: lead, stages: [{ name: x, enter: a = 1 }], won: { enter: a = 1 }, next: { funnel: b, link: lead } }
  b: { subject: lead, stages: [{ name: x, enter: a = 1 }], won: { enter: a = 1 }, next: { funnel: a, link: lead } }
)"),
              ElementsAre("5:99: error: the funnels follow each other in a circle: a -> b -> a"));
}

TEST(FunnelsMessages, a_subject_that_no_source_names) {
  EXPECT_THAT(
      messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
signals: { engaged: a = 1 }
funnels:
  f:
    subject: lead
    stages: [{ name: a, enter: engaged }]
    won: { enter: engaged }
)"),
      ElementsAre("12:3: warning: no source has events with a key of kind lead: funnel 'f' stays empty"));
}

TEST(ContextMessages, facts) {
  EXPECT_THAT(messages_below_head(R"(sources:
  s:
    read: x.csv
    kind: snapshot
    key: id
    keys: { contact: c }
    entity: { contact: { id: c } }
context:
  - { from: 2026-02-01, to: 2026-01-01, what: a }
  - { to: 2026-01-01, outage: t }
  - { from: tomorrow, what: b, where: a = ( }
  - x
  - { from: 2026-01-01, what: c, whre: x }
)"),
              ElementsAre("11:29: error: 'to' (2026-01-01) lies before 'from' (2026-02-01)",
                          "12:5: error: an item of 'context' needs 'from'",
                          "12:5: error: an item of 'context' needs 'what'",
                          "12:31: error: no source is named 't'; did you mean 's'?",
                          "13:13: error: 'from': 'tomorrow' is no date like 2026-03-01",
                          "13:39: error: 'where': the expression lacks a ')'; an expression with , : # { } [ "
                          "] or a leading quote needs quotes around it or a block (|)",
                          "14:5: error: an item of 'context' is a map of keys and values, not text",
                          "15:34: error: unknown key 'whre' in an item of 'context'; did you mean 'where'?"));
}

TEST(ContextMessages, facts_are_a_list) {
  EXPECT_THAT(messages_below_head(R"(context: {}
)"),
              ElementsAre("3:10: error: 'context' must be a list of dated facts, not a map"));
}

TEST(ChecksMessages, checks) {
  EXPECT_THAT(messages_below_head(R"(checks:
  - { name: a b, when: x }
  - { when: x }
  - { name: c }
  - { name: d, when: x }
  - { name: d, when: y }
  - e
)"),
              ElementsAre("4:13: error: 'a b' cannot name a check: use letters, digits, _ and -",
                          "5:5: error: a check needs 'name'", "6:5: error: a check needs 'when'",
                          "8:5: error: two checks are named 'd', the first in line 7",
                          "9:5: error: a check is a map of keys and values, not text"));
}

}  // namespace
}  // namespace weir::workspace
