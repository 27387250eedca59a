#include "engine/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "engine/compiled_workspace.h"
#include "engine/draft_deliveries.h"
#include "engine/draft_templates.h"
#include "engine/draft_text.h"
#include "engine/draft_words.h"

namespace weir::engine {
namespace {

using testing::HasSubstr;
using testing::Not;
using workspace::EntityKind;

// A folder of its own with export files; drafts and checks what was drafted.
class DraftTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ =
        (std::filesystem::temp_directory_path() / ("weir_draft_" + test + "_" + std::to_string(::getpid())))
            .string();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& name, const std::string& text) {
    options_.files.push_back(folder_ + "/" + name);
    ASSERT_TRUE(files_->write_durably(options_.files.back(), text).has_value());
  }

  Draft draft() {
    options_.directory = folder_;
    auto drafted = draft_workspace(*files_, options_);
    EXPECT_TRUE(drafted.has_value()) << (drafted.has_value() ? "" : drafted.error().message);
    return drafted.has_value() ? *std::move(drafted) : Draft{};
  }

  // "" when `weir check` would find nothing.
  std::string mistakes_of(const Draft& draft) {
    EXPECT_TRUE(files_->write_durably(folder_ + "/weir.yaml", draft.text).has_value());
    Environment environment;
    environment.files = files_.get();
    environment.clock = &clock_;
    environment.directory = folder_;
    const auto compiled = compile_workspace(environment);
    if (!compiled.has_value()) return compiled.error().message;
    std::string all;
    for (const auto& diagnostic : compiled->diagnostics) all += to_text(diagnostic) + "\n";
    return all;
  }

  std::unique_ptr<FileSystem> files_{posix_file_system()};
  SystemClock clock_;
  DraftOptions options_;
  std::string folder_;
};

constexpr const char* kDeals =
    "Deal ID,Company,Stage,Create Date,Close Date,Amount\n"
    "d1,Acme,Closed Won,2026-01-02,2026-02-01,100\nd2,Acme,Closed Lost,2026-01-03,2026-02-03,\n"
    "d3,Birch,Proposal,2026-01-04,,\nd4,Birch,Discovery,2026-01-05,,\n";

TEST_F(DraftTest, DealsWithDatesGiveAFunnel) {
  put("deals.csv", kDeals);
  put("companies.csv", "Company,Industry\nAcme,metal\nBirch,software\nCedar,metal\nDate,software\n");
  const Draft drafted = draft();
  EXPECT_EQ(mistakes_of(drafted), "");
  EXPECT_THAT(drafted.text, HasSubstr("key: deal_id"));
  EXPECT_THAT(drafted.text, HasSubstr("account: company  "));
  EXPECT_THAT(drafted.text, HasSubstr("- { type: deal.created, occurred_at: create_date }"));
  EXPECT_THAT(drafted.text, HasSubstr("- { type: deal.won, occurred_at: close_date, day: end, when: stage = "
                                      "'Closed Won', amount: amount }"));
  EXPECT_THAT(
      drafted.text,
      HasSubstr("- { type: deal.lost, occurred_at: close_date, day: end, when: stage = 'Closed Lost' }"));
  EXPECT_THAT(drafted.text, HasSubstr("industry: account.industry"));
  EXPECT_THAT(drafted.text, HasSubstr("# no stage: \"Discovery, Proposal\""));
}

TEST_F(DraftTest, EveryGuessIsMarkedOnItsLine) {
  put("deals.csv", kDeals);
  const Draft drafted = draft();
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < drafted.text.size();) {
    const std::size_t end = drafted.text.find('\n', begin);
    lines.push_back(drafted.text.substr(begin, end - begin));
    begin = end + 1;
  }
  std::size_t marked = 0;
  for (const auto& line : lines) marked += line.find("# guess: ") != std::string::npos ? 1U : 0U;
  EXPECT_EQ(marked, drafted.guesses.size());
  for (const Guess& guess : drafted.guesses) {
    ASSERT_GE(guess.line, 1);
    ASSERT_LE(static_cast<std::size_t>(guess.line), lines.size());
    EXPECT_THAT(lines[static_cast<std::size_t>(guess.line) - 1], HasSubstr("# guess: " + guess.why));
  }
}

TEST_F(DraftTest, WhatTheUserSaysIsNoGuess) {
  put("deals.csv", kDeals);
  options_.currency = "CHF";
  options_.time_zone = "Europe/Zurich";
  const Draft drafted = draft();
  EXPECT_EQ(mistakes_of(drafted), "");
  EXPECT_THAT(drafted.text, HasSubstr("time_zone: Europe/Zurich\ncurrency: CHF\n"));
}

TEST_F(DraftTest, LeadsAndAFileOfTheirWinnersGiveOneFunnel) {
  put("qualified.csv",
      "mql_id,first_contact_date,origin\nm1,2026-01-01,web\nm2,2026-01-02,web\nm3,2026-01-03,fair\nm4,2026-"
      "01-04,fair\n");
  put("closed_deals.csv", "mql_id,won_date,lead_type\nm2,2026-02-01,online\nm3,2026-02-02,shop\n");
  const Draft drafted = draft();
  EXPECT_EQ(mistakes_of(drafted), "");
  EXPECT_THAT(drafted.text, HasSubstr("{ name: mql, phase: top, enter: type = 'lead.created'"));
  EXPECT_THAT(drafted.text, HasSubstr("- { type: lead.won, occurred_at: won_date, day: end }"));
  EXPECT_THAT(drafted.text, HasSubstr("origin: lead.origin"));
  EXPECT_THAT(drafted.text, Not(HasSubstr("lead_type: lead_type"))) << "only winners have it";
}

TEST_F(DraftTest, AStageHistoryGivesItsStagesInOrder) {
  put("deal_stage_history.csv",
      "history_id,deal_id,from_stage,to_stage,changed_at\n"
      "1,d1,,discovery,2026-01-01T08:00:00Z\n2,d1,discovery,proposal,2026-01-05T08:00:00Z\n3,d1,proposal,won,"
      "2026-01-09T08:00:00Z\n"
      "4,d2,,discovery,2026-01-02T08:00:00Z\n5,d2,discovery,lost,2026-01-06T08:00:00Z\n");
  const Draft drafted = draft();
  EXPECT_EQ(mistakes_of(drafted), "");
  EXPECT_THAT(drafted.text, HasSubstr("kind: log"));
  EXPECT_LT(drafted.text.find("name: discovery"), drafted.text.find("name: proposal"));
  EXPECT_THAT(drafted.text,
              HasSubstr("- { type: deal.won, occurred_at: changed_at, when: to_stage = 'won' }"));
}

TEST_F(DraftTest, DatedDeliveriesAreOneSource) {
  put("deals_2026-01-05.csv", kDeals);
  put("deals_2026-01-12.csv", kDeals);
  const Draft drafted = draft();
  EXPECT_EQ(mistakes_of(drafted), "");
  EXPECT_THAT(drafted.text, HasSubstr("read: deals_?"));
  EXPECT_THAT(drafted.text, HasSubstr("snapshot_at: { file_name: \"deals_%Y-%m-%d.csv\" }"));
  EXPECT_THAT(drafted.text, HasSubstr("changes_of: [{ column: stage, type: deal.stage }]"));
  EXPECT_THAT(drafted.text, HasSubstr("enter: type = 'deal.stage' AND prop('to') = 'Discovery'"));
}

TEST_F(DraftTest, WhatIsNoTableIsLeftOutWithItsReason) {
  put("deals.csv", kDeals);
  put("data_dictionary.csv",
      "table,column,meaning\ndeals,Deal ID,key\ndeals,Stage,state\ndeals,Amount,money\n");
  put("notes.csv", "Notes,,,\nsome,,,\n");
  const Draft drafted = draft();
  EXPECT_EQ(mistakes_of(drafted), "");
  EXPECT_THAT(drafted.remarks,
              testing::Contains("data_dictionary.csv is left out: it lists columns of the other files"));
  EXPECT_THAT(drafted.remarks,
              testing::Contains("notes.csv is left out: its first line names only 1 of 4 columns"));
}

TEST_F(DraftTest, NothingUsableIsAnError) {
  put("notes.csv", "Notes,,,\nsome,,,\n");
  options_.directory = folder_;
  const auto drafted = draft_workspace(*files_, options_);
  ASSERT_FALSE(drafted.has_value());
  EXPECT_EQ(drafted.error().code, Errc::usage);
  EXPECT_THAT(drafted.error().message, HasSubstr("notes.csv: its first line names only 1 of 4 columns"));
}

TEST_F(DraftTest, HostileValuesStayInTheirQuotes) {
  put("deals.csv",
      "deal_id,stage,created,closed\nd1,\"Won \"\"it\"\", # at: 'last' }\",2026-01-01,2026-01-02\nd2,\"Lost: "
      "{x, [y]}\",2026-01-01,2026-01-03\n"
      "d3,Won,2026-01-01,2026-01-02\n");
  EXPECT_EQ(mistakes_of(draft()), "");
}

TEST_F(DraftTest, TheSameFilesGiveTheSameText) {
  put("deals.csv", kDeals);
  EXPECT_EQ(draft().text, draft().text);
}

TEST(DraftWords, NamesOfColumnsAndFiles) {
  EXPECT_EQ(kind_of_column("account_id"), EntityKind::account);
  EXPECT_EQ(kind_of_column("sales_agent"), EntityKind::owner);
  EXPECT_EQ(kind_of_column("lead_source"), std::nullopt);
  EXPECT_EQ(kind_of_file("sales_pipeline"), EntityKind::opportunity);
  EXPECT_EQ(kind_of_file("hubspot_companies"), EntityKind::account);
  EXPECT_EQ(step_of_date("engage_date"), "engaged");
  EXPECT_EQ(step_of_date("proposal_sent_at"), "proposal_sent");
  EXPECT_EQ(date_role("expected_close_date"), DateRole::planned);
  EXPECT_EQ(date_role("won_date"), DateRole::won);
  EXPECT_EQ(stage_column_rank("from_stage"), 0);
  EXPECT_EQ(money_column_rank("declared_monthly_revenue"), 0);
  EXPECT_EQ(usual_event_type("Email Opened"), "email.opened");
}

TEST(DraftWords, StagesByTheirWords) {
  EXPECT_EQ(stage_word("Closed Won").kind, StageClass::won);
  EXPECT_EQ(stage_word("closedlost").kind, StageClass::lost);
  EXPECT_EQ(stage_word("No Decision").kind, StageClass::lost);
  EXPECT_EQ(stage_word("Unqualified").kind, StageClass::lost);
  EXPECT_LT(stage_word("Discovery").order, stage_word("Proposal/Price Quote").order);
  EXPECT_LT(stage_word("Proposal").order, stage_word("Negotiation/Review").order);
  EXPECT_FALSE(stage_word("Phase 3").known);
}

TEST(DraftText, ScalarsAreQuotedWhereYamlWouldReadMore) {
  EXPECT_EQ(yaml_scalar("stage = 'Won'"), "stage = 'Won'");
  EXPECT_EQ(yaml_scalar("stage IN ('a', 'b')"), "\"stage IN ('a', 'b')\"");
  EXPECT_EQ(yaml_scalar("2026"), "\"2026\"");
  EXPECT_EQ(is_one_of("stage", {"it's", "b"}), "stage IN ('it''s', 'b')");
}

TEST(DraftTemplates, AnUnknownNameListsTheOnesThereAre) {
  const auto files = template_files("cvs");
  ASSERT_FALSE(files.has_value());
  EXPECT_THAT(files.error().message, HasSubstr("csv and b2b-saas; did you mean 'csv'?"));
}

}  // namespace
}  // namespace weir::engine
