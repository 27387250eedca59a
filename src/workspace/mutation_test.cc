// Broken input never ends the program: mutations of a workspace that uses the whole grammar, from a fixed
// seed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "workspace/messages_of.h"

namespace weir::workspace {
namespace {

constexpr std::string_view kWhole = R"(weir: 1
workspace: w
time_zone: Europe/Berlin
currency: EUR
calendar: { weekend: [sat, sun], fiscal_year_starts: feb, holidays: h.csv }
as_of: 2026-01-01
touch: [email.sent]
free_mail: [example.com]
sources:
  deals:
    read: [a.csv, "b_*.csv"]
    format: csv
    csv: { delimiter: ";", quote: '"', encoding: latin-1, null_values: ["NULL", "-"], date_format: "%d.%m.%Y" }
    kind: snapshot
    key: [deal_id, line]
    snapshot_at: { file_name: "deals_%Y-%m-%d.csv" }
    complete: true
    keys: { opportunity: deal_id, contact: [{ id: contact_id }, { email: email }], account: { domain: website } }
    changes_of: [stage, { column: amount, type: deal.amount, first: created_at }]
    events:
      - { type: deal.created, occurred_at: created_at, amount: amount, currency: "'EUR'" }
      - { type: { from: "'email.' || action" }, name: mail, occurred_at: ts, direction: "'out'", rank: 3, day: end }
    entity: { account: { id: company_id, domain: website, industry: industry, owner: owner_id, when: NOT deleted } }
signals:
  reply: type = 'email.replied'
  usage: { when: type = 'feature.used', value: prop_number('minutes') }
funnels:
  deals:
    subject: opportunity
    stages:
      - { name: first, phase: top, enter: reply, window: 30d, sla: 2d, rank: 1, valid_from: 2024-01-01 }
      - { name: second, enter: "type = 'x' AND prop('to') = 'MQL'", exit: usage }
    won: { enter: type = 'deal.won', money: amount }
    lost: { enter: { when: type = 'deal.lost', scope: contact } }
    dormant: { silent_for: 60d }
    segments: { source: lead.source, region: owner.region }
context:
  - { from: 2026-07-01, to: 2026-07-14, what: tracking was down, outage: deals }
checks:
  - { name: stale, when: stage.days > 120, owner: owner }
policies: []
)";

constexpr std::array<std::string_view, 24> kScraps{"{",  "}",  "[",    "]",     ":", ": ",  ",",    "'",
                                                   "\"", "\n", "\n  ", "- ",    "#", "&a ", "*a",   "!x ",
                                                   "|",  ">",  "?",    "---\n", "~", "\t",  "\xff", "é"};

std::string mutated(Random& random) {
  std::string text(kWhole);
  for (std::uint64_t change = 1 + random.below(4); change > 0; --change) {
    const std::size_t at = random.below(text.size() + 1);
    const std::size_t length = std::min<std::size_t>(random.below(12), text.size() - at);
    switch (random.below(4)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, kScraps[random.below(kScraps.size())]);
        break;
      case 2:
        text.insert(at, text.substr(random.below(text.size() + 1), 20));
        break;
      default:
        text.replace(at, length, kScraps[random.below(kScraps.size())]);
        break;
    }
  }
  return text;
}

TEST(Mutation, the_original_is_whole) {
  EXPECT_THAT(messages_of(kWhole), ::testing::IsEmpty());
}

TEST(Mutation, broken_files_get_places_and_never_end_the_program) {
  constexpr std::uint64_t kSeed = 20260301;
  Random random(kSeed);
  int with_errors = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string text = mutated(random);
    const Parsed parsed = parse_definitions(text, ".", "w");
    const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
    for (const Diagnostic& each : parsed.diagnostics) {
      ASSERT_EQ(each.place.file, "w") << text;
      ASSERT_TRUE(each.place.line >= 1 && each.place.line <= lines && each.place.column >= 1)
          << to_text(each) << "\n"
          << text;
    }
    with_errors += has_errors(parsed.diagnostics) ? 1 : 0;
  }
  EXPECT_GT(with_errors, 500);
}

TEST(Mutation, every_prefix_is_read) {
  for (std::size_t length = 0; length < kWhole.size(); length += 3) {
    (void)parse_definitions(kWhole.substr(0, length), ".", "w");
  }
}

TEST(Mutation, complaints_have_a_limit) {
  std::string text = "weir: 1\nworkspace: w\n";
  for (int i = 0; i < 1500; ++i) text += "unknown" + std::to_string(i) + ": 1\n";
  const auto messages = messages_of(text);
  ASSERT_EQ(messages.size(), Diagnostics::kMost + 1);
  EXPECT_THAT(messages.back(), ::testing::HasSubstr("and 500 more mistakes"));
}

}  // namespace
}  // namespace weir::workspace
