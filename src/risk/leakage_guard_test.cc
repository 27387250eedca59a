#include "risk/leakage_guard.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include "base/random.h"

namespace weir::risk {
namespace {

using features::ColumnType;
using features::FeatureColumn;
using features::FeatureMatrix;
using Outcomes = std::vector<std::uint8_t>;

constexpr double kNull = std::numeric_limits<double>::quiet_NaN();

FeatureColumn number_column(const std::string& name) {
  FeatureColumn column;
  column.name = name;
  return column;
}

FeatureColumn category_column(const std::string& name, std::vector<std::string> levels) {
  FeatureColumn column;
  column.name = name;
  column.type = ColumnType::category;
  column.levels = std::move(levels);
  return column;
}

// ---- tables from files ----

using Table = std::map<std::string, std::vector<std::string>>;

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

Table table_of(std::istream& text) {
  std::string line;
  std::getline(text, line);
  const std::vector<std::string> names = cells_of(line);
  Table table;
  while (std::getline(text, line)) {
    std::vector<std::string> cells = cells_of(line);
    cells.resize(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) table[names[i]].push_back(cells[i]);
  }
  return table;
}

Table read_table(const std::string& path) {
  std::ifstream file(path);
  return table_of(file);
}

Table read_packed_table(const std::string& path) {
  std::string text;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return {};
  char block[65536];
  for (int got = gzread(file, block, sizeof block); got > 0; got = gzread(file, block, sizeof block)) {
    text.append(block, static_cast<std::size_t>(got));
  }
  gzclose(file);
  std::istringstream stream(text);
  return table_of(stream);
}

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

FeatureColumn column_of(const std::string& name, const std::vector<std::string>& texts) {
  FeatureColumn column = number_column(name);
  if (std::all_of(texts.begin(), texts.end(),
                  [](const std::string& text) { return text.empty() || number_in(text); })) {
    for (const std::string& text : texts) column.numbers.push_back(number_in(text).value_or(kNull));
    return column;
  }
  column.type = ColumnType::category;
  column.levels = texts;
  std::sort(column.levels.begin(), column.levels.end());
  column.levels.erase(std::unique(column.levels.begin(), column.levels.end()), column.levels.end());
  if (column.levels.front().empty()) column.levels.erase(column.levels.begin());
  for (const std::string& text : texts) {
    const auto place =
        std::lower_bound(column.levels.begin(), column.levels.end(), text) - column.levels.begin();
    column.codes.push_back(text.empty() ? features::kNoLevel : static_cast<std::uint32_t>(place));
  }
  return column;
}

FeatureMatrix matrix_of(const Table& table, const std::vector<std::string>& left_out) {
  FeatureMatrix matrix;
  for (const auto& [name, texts] : table) {
    if (std::find(left_out.begin(), left_out.end(), name) != left_out.end()) continue;
    matrix.row_count = texts.size();
    matrix.columns.push_back(column_of(name, texts));
  }
  return matrix;
}

Outcomes outcomes_of(const std::vector<std::string>& texts, const std::string& event) {
  Outcomes outcomes;
  for (const std::string& text : texts) outcomes.push_back(text == event ? 1 : 0);
  return outcomes;
}

std::vector<std::string> names_of(const LeakageReport& report) {
  std::vector<std::string> names;
  for (const SuspiciousColumn& column : report.suspicious) names.push_back(column.name);
  std::sort(names.begin(), names.end());
  return names;
}

std::string data_folder() {
  const char* folder = std::getenv("WEIR_DATA");
  return folder == nullptr ? std::string() : std::string(folder);
}

std::string figures_of(const LeakageReport& report) {
  std::ostringstream text;
  for (const ColumnPower& column : report.columns) text << column.name << " " << column.auc << "\n";
  for (const SuspiciousColumn& column : report.suspicious) text << column.sentence << "\n";
  return text.str();
}

// ---- real data ----

TEST(LeakageGuard, names_the_length_of_the_call_in_bank_marketing_and_nothing_else) {
  if (data_folder().empty()) GTEST_SKIP() << "WEIR_DATA is not set";
  const Table table = read_packed_table(data_folder() + "/uci_bank/bank_market.csv.gz");
  ASSERT_EQ(table.at("y").size(), 45211U);
  const auto report = find_leakage(matrix_of(table, {"y", "Cust_num"}), outcomes_of(table.at("y"), "yes"));
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(names_of(*report), std::vector<std::string>{"duration"}) << figures_of(*report);
  const auto without =
      find_leakage(matrix_of(table, {"y", "Cust_num", "duration"}), outcomes_of(table.at("y"), "yes"));
  EXPECT_TRUE(without->suspicious.empty()) << figures_of(*without);
}

TEST(LeakageGuard, names_nothing_in_telco_churn) {
  if (data_folder().empty()) GTEST_SKIP() << "WEIR_DATA is not set";
  const Table table = read_table(data_folder() + "/telco_churn/telco.csv");
  const auto report = find_leakage(matrix_of(table, {"Churn"}), outcomes_of(table.at("Churn"), "Yes"));
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->judged);
  EXPECT_TRUE(report->suspicious.empty()) << figures_of(*report);
}

TEST(LeakageGuard, names_the_columns_of_olist_that_only_winners_have) {
  if (data_folder().empty()) GTEST_SKIP() << "WEIR_DATA is not set";
  Table table = read_table(data_folder() + "/olist/olist_marketing_qualified_leads_dataset.csv");
  const Table deals = read_table(data_folder() + "/olist/olist_closed_deals_dataset.csv");
  std::map<std::string, std::size_t> deal_of;
  for (std::size_t row = 0; row < deals.at("mql_id").size(); ++row) deal_of[deals.at("mql_id")[row]] = row;
  Outcomes won;
  for (const std::string& lead : table.at("mql_id")) won.push_back(deal_of.count(lead) > 0 ? 1 : 0);
  std::vector<std::string> expected;
  for (const auto& [name, texts] : deals) {
    if (name == "mql_id") continue;
    expected.push_back(name);
    for (const std::string& lead : table.at("mql_id")) {
      const auto deal = deal_of.find(lead);
      table[name].push_back(deal == deal_of.end() ? std::string() : texts[deal->second]);
    }
  }
  const auto report = find_leakage(matrix_of(table, {"mql_id"}), won);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(names_of(*report), expected) << figures_of(*report);
}

// ---- drawn data ----

struct Drawn {
  FeatureMatrix matrix;
  Outcomes outcomes;
};

// Four honest columns of modest power, one category among them.
Drawn draw(std::size_t rows, std::uint64_t seed) {
  Random random(seed);
  Drawn drawn;
  drawn.matrix.row_count = rows;
  for (int i = 0; i < 3; ++i) drawn.matrix.columns.push_back(number_column("honest" + std::to_string(i)));
  FeatureColumn origin = category_column("origin", {"paid", "search", "social"});
  for (std::size_t row = 0; row < rows; ++row) {
    const bool event = random.chance(0.2);
    drawn.outcomes.push_back(event ? 1 : 0);
    for (int i = 0; i < 3; ++i) {
      const double shift = event ? 0.1 * (i + 1) : 0;
      auto& numbers = drawn.matrix.columns[static_cast<std::size_t>(i)].numbers;
      numbers.push_back(random.chance(0.1) ? kNull : random.uniform() + shift);
    }
    origin.codes.push_back(static_cast<std::uint32_t>(random.below(event ? 2 : 3)));
  }
  drawn.matrix.columns.push_back(origin);
  return drawn;
}

FeatureColumn& add_column(Drawn& drawn, const std::string& name) {
  drawn.matrix.columns.push_back(number_column(name));
  drawn.matrix.columns.back().numbers.resize(drawn.matrix.row_count, kNull);
  return drawn.matrix.columns.back();
}

TEST(LeakageGuard, honest_columns_are_left_alone) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Drawn drawn = draw(600, seed);
    const auto report = find_leakage(drawn.matrix, drawn.outcomes);
    EXPECT_TRUE(report->suspicious.empty()) << figures_of(*report);
  }
}

TEST(LeakageGuard, names_a_falling_number_a_hidden_middle_and_a_category) {
  Random random(5);
  Drawn drawn = draw(1500, 5);
  FeatureColumn& falling = add_column(drawn, "days_to_close");
  for (std::size_t row = 0; row < 1500; ++row)
    falling.numbers[row] = (drawn.outcomes[row] != 0 ? -1 : 0) + 0.6 * random.uniform();
  FeatureColumn& middle = add_column(drawn, "code");
  for (std::size_t row = 0; row < 1500; ++row) {
    middle.numbers[row] = drawn.outcomes[row] != 0 ? 0.45 + 0.1 * random.uniform() : random.uniform();
  }
  FeatureColumn reason = category_column("reason", {"budget", "none"});
  for (const std::uint8_t outcome : drawn.outcomes)
    reason.codes.push_back(random.chance(0.03) ? 1 : (outcome != 0 ? 0 : 1));
  drawn.matrix.columns.push_back(reason);
  const auto report = find_leakage(drawn.matrix, drawn.outcomes);
  EXPECT_EQ(names_of(*report), (std::vector<std::string>{"code", "days_to_close", "reason"}))
      << figures_of(*report);
  EXPECT_NE(report->suspicious[0].sentence.find("AUC"), std::string::npos);
}

TEST(LeakageGuard, names_what_is_filled_for_one_outcome_only_also_where_it_is_rare) {
  Random random(6);
  Drawn drawn = draw(3000, 6);
  FeatureColumn& rare = add_column(drawn, "churn_note_length");
  for (std::size_t row = 0; row < 3000; ++row) {
    if (drawn.outcomes[row] != 0 && random.chance(0.1)) rare.numbers[row] = random.uniform();
  }
  const auto report = find_leakage(drawn.matrix, drawn.outcomes);
  ASSERT_EQ(names_of(*report), std::vector<std::string>{"churn_note_length"}) << figures_of(*report);
  EXPECT_EQ(report->suspicious[0].why, Suspicion::presence);
  EXPECT_EQ(report->suspicious[0].filled_among_others, 0);
}

TEST(LeakageGuard, names_what_is_filled_in_whenever_the_outcome_came_but_not_what_only_happened_to_be_empty) {
  Random random(8);
  Drawn drawn = draw(3000, 8);
  for (const char* name : {"account_sector", "reply_time"}) {
    FeatureColumn& column = add_column(drawn, name);
    for (std::size_t row = 0; row < 3000; ++row) {
      if (drawn.outcomes[row] != 0 || random.chance(0.7)) column.numbers[row] = random.uniform();
    }
  }
  const std::vector<ColumnFact> facts{{"account_sector", 0, true}, {"honest0", 0, true}};
  const auto report = find_leakage(drawn.matrix, drawn.outcomes, facts);
  ASSERT_EQ(names_of(*report), std::vector<std::string>{"account_sector"}) << figures_of(*report);
  EXPECT_EQ(report->suspicious[0].why, Suspicion::presence);
  EXPECT_NE(report->suspicious[0].sentence.find("100.0 % of the rows with the outcome"), std::string::npos)
      << report->suspicious[0].sentence;
}

TEST(LeakageGuard, believes_the_history_of_a_column) {
  const Drawn drawn = draw(400, 7);
  const std::vector<ColumnFact> facts{{"honest1", 0.4}, {"honest2", 0.01}};
  const auto report = find_leakage(drawn.matrix, drawn.outcomes, facts);
  ASSERT_EQ(names_of(*report), std::vector<std::string>{"honest1"});
  EXPECT_EQ(report->suspicious[0].why, Suspicion::changed_after);
  EXPECT_NE(report->suspicious[0].sentence.find("40.0 %"), std::string::npos)
      << report->suspicious[0].sentence;
}

TEST(LeakageGuard, rows_of_one_subject_do_not_vouch_for_each_other) {
  Random random(8);
  FeatureMatrix matrix{2000, {}};
  FeatureColumn account = category_column("account", {});
  Outcomes outcomes;
  std::vector<std::uint64_t> subjects;
  for (std::uint32_t subject = 0; subject < 200; ++subject) {
    account.levels.push_back("a" + std::to_string(1000 + subject));
    const std::uint8_t outcome = random.chance(0.3) ? 1 : 0;
    for (int week = 0; week < 10; ++week) {
      account.codes.push_back(subject);
      outcomes.push_back(outcome);
      subjects.push_back(subject);
    }
  }
  matrix.columns.push_back(account);
  EXPECT_FALSE(find_leakage(matrix, outcomes)->suspicious.empty());
  EXPECT_TRUE(find_leakage(matrix, outcomes, {}, subjects)->suspicious.empty());
}

TEST(LeakageGuard, few_outcomes_are_not_judged_and_lengths_must_fit) {
  Drawn drawn = draw(60, 9);
  FeatureColumn& known = add_column(drawn, "known");
  for (std::size_t row = 0; row < 60; ++row) known.numbers[row] = drawn.outcomes[row];
  ASSERT_LT(std::count(drawn.outcomes.begin(), drawn.outcomes.end(), 1), 20);
  const auto report = find_leakage(drawn.matrix, drawn.outcomes);
  EXPECT_FALSE(report->judged);
  EXPECT_TRUE(report->suspicious.empty());
  EXPECT_FALSE(find_leakage(drawn.matrix, Outcomes{1, 0}).has_value());
  EXPECT_TRUE(find_leakage({}, {}).has_value());
}

}  // namespace
}  // namespace weir::risk
