#include "demo/company.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/hash.h"
#include "demo/register.h"
#include "demo/scenario.h"

namespace weir::demo {
namespace {

using nlohmann::json;

// One company per process, removed at its end.
class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(testing::TempDir() + "weir_demo_" + name + "_" + std::to_string(::getpid())) {}
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { EXPECT_TRUE(files_->remove(path_).has_value()); }
  [[nodiscard]] FileSystem& files() { return *files_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string read(const std::string& name) {
    auto content = files_->read_file(join_path(path_, name));
    return content ? *content : "";
  }

 private:
  std::unique_ptr<FileSystem> files_ = posix_file_system();
  std::string path_;
};

void hash_folder(FileSystem& files, const std::string& path, const std::string& shown,
                 std::map<std::string, std::string>& hashes) {
  const auto names = files.list(path);
  ASSERT_TRUE(names.has_value());
  for (const std::string& name : *names) {
    const std::string inner = join_path(path, name);
    if (files.is_directory(inner)) {
      hash_folder(files, inner, shown + name + "/", hashes);
      continue;
    }
    const auto content = files.read_file(inner);
    ASSERT_TRUE(content.has_value());
    hashes[shown + name] = blake2b_hex(*content);
  }
}

std::map<std::string, std::string> hashes_of_run(const std::string& name, std::uint64_t seed) {
  Folder folder(name);
  EXPECT_TRUE(write_demo_company(folder.files(), folder.path(), {.seed = seed}).has_value());
  std::map<std::string, std::string> hashes;
  hash_folder(folder.files(), folder.path(), "", hashes);
  return hashes;
}

// RFC 4180 as plain as it goes.
std::vector<std::vector<std::string>> parse_csv(const std::string& text, char delimiter) {
  std::vector<std::vector<std::string>> rows(1);
  std::string cell;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        cell += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == delimiter || c == '\n') {
      rows.back().push_back(std::move(cell));
      cell.clear();
      if (c == '\n') rows.emplace_back();
    } else {
      cell += c;
    }
  }
  EXPECT_FALSE(quoted);
  rows.pop_back();  // every line ends
  return rows;
}

using Record = std::map<std::string, std::string>;

class DemoCompany : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<Folder>("company");
    const auto made = write_demo_company(folder_->files(), folder_->path(), {});
    ASSERT_TRUE(made.has_value());
    summary_ = *made;
    truth_ = json::parse(folder_->read("truth/truth.json"));
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::vector<std::string> files_of(const std::string& name) {
    const auto found = folder_->files().glob(join_path(folder_->path(), "exports/" + name + "_2*"));
    EXPECT_TRUE(found.has_value());
    return *found;
  }
  // Rows as long as their header, and how many are not.
  static std::vector<Record> records_of(const std::string& name, std::int64_t* ragged = nullptr) {
    std::vector<Record> records;
    for (const std::string& path : files_of(name)) {
      const auto rows = parse_csv(*folder_->files().read_file(path), name == "intent/intent" ? ';' : ',');
      for (std::size_t i = 1; i < rows.size(); ++i) {
        if (rows[i].size() != rows[0].size()) {
          if (ragged != nullptr) ++*ragged;
          continue;
        }
        Record& record = records.emplace_back();
        for (std::size_t cell = 0; cell < rows[i].size(); ++cell) record[rows[0][cell]] = rows[i][cell];
      }
    }
    return records;
  }

  static std::unique_ptr<Folder> folder_;
  static DemoSummary summary_;
  static json truth_;
};
std::unique_ptr<Folder> DemoCompany::folder_;
DemoSummary DemoCompany::summary_;
json DemoCompany::truth_;

TEST(Demo, equal_options_give_equal_bytes_and_another_seed_gives_others) {
  const auto first = hashes_of_run("first", 7);
  EXPECT_GT(first.size(), 500U);
  EXPECT_EQ(first, hashes_of_run("second", 7));
  const auto other = hashes_of_run("other", 8);
  EXPECT_NE(first.at("exports/crm/leads_2026-03-02.csv"), other.at("exports/crm/leads_2026-03-02.csv"));
  EXPECT_EQ(first.at("weir.yaml"), other.at("weir.yaml"));
}

TEST(Demo, days_of_the_calendar_are_the_right_ones) {
  EXPECT_EQ(to_text(date_at(0)), "2024-07-01");
  EXPECT_EQ(to_text(date_at(kDays - 1)), "2026-06-30");
  EXPECT_EQ(weekday_of(date_at(0)), 0);
  EXPECT_EQ(to_text(date_at(kPeriodBegin)), "2026-06-01");
  EXPECT_EQ(to_text(date_at(kPeriodEnd)), "2026-06-29");
  EXPECT_EQ(to_text(date_at(kOutageBegin)), "2026-04-14");
}

TEST(Demo, planted_leaks_are_of_all_kinds_and_do_not_overlap) {
  std::set<std::pair<FunnelName, int>> stages;
  std::set<LeakKind> kinds;
  for (const PlantedLeak& leak : planted_leaks()) {
    EXPECT_TRUE(stages.emplace(leak.funnel, leak.stage).second) << leak.id;
    kinds.insert(leak.kind);
    const int weeks_before_end = (kDays - leak.onset) / 7;
    EXPECT_GE(weeks_before_end, 3) << leak.id;
    EXPECT_LE(weeks_before_end, 7) << leak.id;
    EXPECT_GE(leak.cell.named().size(), 1U);
    EXPECT_LE(leak.cell.named().size(), 2U);
  }
  EXPECT_EQ(kinds.size(), 3U);
}

TEST_F(DemoCompany, sizes_are_those_of_a_mid_size_vendor) {
  EXPECT_GT(summary_.leads, 13'000);
  EXPECT_LT(summary_.leads, 15'000);
  EXPECT_GT(summary_.deals, summary_.leads / 3);
  EXPECT_LT(summary_.deals, summary_.leads / 2);
  EXPECT_GT(summary_.won_deals, summary_.deals / 4);
  EXPECT_LT(summary_.won_deals, summary_.deals / 2);
  EXPECT_GT(summary_.rows, 500'000);
  EXPECT_LT(summary_.files, 800);
  const double broken = static_cast<double>(summary_.broken_rows) / static_cast<double>(summary_.rows);
  EXPECT_NEAR(broken, 0.003, 0.001);
}

TEST_F(DemoCompany, every_csv_parses_and_its_rows_are_those_that_were_counted) {
  std::int64_t rows_in_all = 0;
  for (const auto& [name, counts] : truth_.at("exports").items()) {
    if (files_of(name).front().ends_with(".jsonl")) continue;
    std::int64_t ragged = 0;
    const auto records = records_of(name, &ragged);
    EXPECT_EQ(ragged, counts.at("ragged").get<std::int64_t>()) << name;
    EXPECT_EQ(static_cast<std::int64_t>(records.size()) + ragged, counts.at("rows").get<std::int64_t>())
        << name;
    EXPECT_EQ(static_cast<std::int64_t>(files_of(name).size()), counts.at("files").get<std::int64_t>())
        << name;
    rows_in_all += counts.at("rows").get<std::int64_t>();
  }
  EXPECT_GT(rows_in_all, 300'000);
}

TEST_F(DemoCompany, json_lines_parse_but_for_those_that_are_broken) {
  for (const std::string name : {"web/web", "product/product", "support/tickets"}) {
    std::int64_t lines = 0;
    std::int64_t broken = 0;
    for (const std::string& path : files_of(name)) {
      const std::string text = *folder_->files().read_file(path);
      for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        ASSERT_NE(end, std::string::npos);
        ++lines;
        broken += json::accept(text.begin() + static_cast<std::ptrdiff_t>(begin),
                               text.begin() + static_cast<std::ptrdiff_t>(end))
                      ? 0
                      : 1;
        begin = end + 1;
      }
    }
    EXPECT_EQ(broken, truth_.at("exports").at(name).at("invalid_json").get<std::int64_t>()) << name;
    EXPECT_EQ(lines, truth_.at("exports").at(name).at("rows").get<std::int64_t>()) << name;
  }
}

TEST_F(DemoCompany, leaks_are_strong_enough_to_be_found) {
  ASSERT_EQ(truth_.at("leaks").size(), kLeaks);
  for (const json& leak : truth_.at("leaks")) {
    const json& period = leak.at("period");
    EXPECT_GE(period.at("evidence").get<double>(), 20) << leak.at("id");
    EXPECT_GE(leak.at("subjects_lost").get<double>(), 15) << leak.at("id");
    const bool stalls = leak.at("kind") == "stall";
    if (stalls) {
      EXPECT_GE(period.at("expected").get<double>(), 60) << leak.at("id");
    }
    EXPECT_EQ(stalls, period.at("observed").get<double>() < period.at("expected").get<double>())
        << leak.at("id");
  }
}

// What a reader of the CRM sees: moves in the order of the funnel, one version a day, nothing after the end.
TEST_F(DemoCompany, a_lead_moves_in_order_and_at_most_once_a_day) {
  const std::map<std::string, int> order{
      {"new", 0}, {"mql", 1}, {"sql", 2}, {"converted", 3}, {"disqualified", 3}};
  std::map<std::string, std::map<std::string, std::string>> versions;  // lead, day, status
  for (const Record& record : records_of("crm/leads")) {
    const std::string& at = record.at("Updated At");
    if (at.size() != 19 || at == "2026-02-31 25:10:00") continue;
    EXPECT_GE(at, record.at("Created At"));
    EXPECT_LT(at, "2026-07-01");
    const auto [place, is_first] =
        versions[record.at("Lead ID")].emplace(at.substr(0, 10), record.at("Status"));
    if (!is_first) {
      EXPECT_EQ(place->second, record.at("Status"));  // the same row again
    }
  }
  EXPECT_EQ(static_cast<std::int64_t>(versions.size()), summary_.leads);
  for (const auto& [lead, days] : versions) {
    int before = -1;
    for (const auto& [day, status] : days) {
      EXPECT_EQ(order.at(status) > before, true) << lead << " " << day;
      EXPECT_TRUE(status == "disqualified" || order.at(status) == before + 1) << lead << " " << day;
      before = order.at(status);
    }
  }
}

TEST_F(DemoCompany, accounts_are_known_before_their_leads) {
  std::map<std::string, std::string> created;
  for (const Record& record : records_of("crm/companies")) {
    const std::string& at = record.at("Created At");
    if (at.size() == 19 && at != "2026-02-31 25:10:00") created[record.at("Company ID")] = at.substr(0, 10);
  }
  for (const Record& record : records_of("crm/leads")) {
    ASSERT_TRUE(created.contains(record.at("Company ID")));
    EXPECT_LT(created[record.at("Company ID")], record.at("Created At"));
  }
}

TEST_F(DemoCompany, truth_names_every_subject_and_every_person) {
  EXPECT_EQ(static_cast<std::int64_t>(truth_.at("subjects").size()), summary_.leads + summary_.deals);
  std::int64_t won = 0;
  for (const json& subject : truth_.at("subjects")) {
    if (subject[0].get<std::string>().starts_with("D-") && subject[1] == "won") ++won;
    const bool open_in_truth = subject[1] == "open" && subject[4].is_null();
    EXPECT_EQ(open_in_truth, subject[7].is_number()) << subject[0];
  }
  EXPECT_EQ(won, summary_.won_deals);
  std::set<std::string> mails;
  std::set<std::string> names;
  for (const json& person : truth_.at("people")) {
    names.insert(person[0].get<std::string>());
    mails.insert(person[1].get<std::string>());
  }
  EXPECT_EQ(mails.size(), truth_.at("people").size());
  for (const Record& record : records_of("crm/leads")) EXPECT_TRUE(mails.contains(record.at("Email")));
  for (const Owner& owner : owners()) EXPECT_FALSE(names.contains(std::string(owner.name)));
}

// Chances are worked out from hazards, courses are drawn: over thousands of subjects they have to agree.
TEST_F(DemoCompany, true_chances_come_true) {
  std::map<std::string, std::pair<std::string, std::string>> course;  // lost on, recorded on
  const auto text = [](const json& value) {
    return value.is_null() ? std::string("9") : value.get<std::string>();
  };
  for (const json& subject : truth_.at("subjects")) course[subject[0]] = {text(subject[4]), text(subject[5])};
  struct Sums {
    double rows{0}, lost{0}, recorded{0}, lost_chance{0}, recorded_chance{0}, variance{0};
  };
  std::map<std::pair<char, int>, Sums> by_fifth;  // funnel, fifth of the chance
  for (const json& row : truth_.at("chances")) {
    const std::string on = row[1];
    const double chance = row[3];
    EXPECT_GE(chance, 0);
    EXPECT_LE(chance, 1);
    EXPECT_LE(row[4].get<double>(), chance + 1e-12);
    EXPECT_LE(chance + row[5].get<double>(), 2);
    if (on > "2026-06-01" || !row[2].get<bool>()) continue;
    const int day = day_at(*parse_date(on));
    const std::string end = to_text(date_at(day + 30));
    const auto& [lost_on, recorded_on] = course.at(row[0].get<std::string>());
    EXPECT_GE(lost_on, on);
    Sums& sums = by_fifth[{row[0].get<std::string>()[0], static_cast<int>(chance * 5)}];
    sums.rows += 1;
    sums.lost += lost_on < end ? 1 : 0;
    sums.recorded += recorded_on < end ? 1 : 0;
    sums.lost_chance += chance;
    sums.recorded_chance += row[4].get<double>();
    sums.variance += chance * (1 - chance);
  }
  for (const auto& [what, sums] : by_fifth) {
    if (sums.rows < 200) continue;
    // Landmarks are four weeks apart, so that one subject's hang together a little: four standard errors.
    EXPECT_NEAR(sums.lost, sums.lost_chance, 4 * std::sqrt(sums.variance)) << what.first << what.second;
    EXPECT_NEAR(sums.recorded, sums.recorded_chance, 4 * std::sqrt(sums.variance))
        << what.first << what.second;
  }
  EXPECT_GE(by_fifth.size(), 8U);
  EXPECT_NEAR(truth_.at("recorded_in_time").at("leads").get<double>(), 0.877, 0.001);
}

TEST_F(DemoCompany, the_web_is_silent_in_the_outage_and_nowhere_else) {
  std::map<std::string, int> lines_by_day;
  for (const std::string& path : files_of("web/web")) {
    const std::string text = *folder_->files().read_file(path);
    for (std::size_t at = text.find("\"timestamp\":\""); at != std::string::npos;
         at = text.find("\"timestamp\":\"", at + 1)) {
      ++lines_by_day[text.substr(at + 13, 10)];
    }
  }
  for (int day = 60; day < kDays; ++day) {
    const bool is_down = day >= kOutageBegin && day < kOutageEnd;
    EXPECT_EQ(is_down, lines_by_day[to_text(date_at(day))] == 0) << to_text(date_at(day));
  }
  EXPECT_GT(truth_.at("outage").at("rows_lost").get<int>(), 1000);
}

TEST_F(DemoCompany, dirt_of_every_kind_is_there) {
  const json& deals = truth_.at("exports").at("crm/deals");
  for (const char* kind :
       {"late", "duplicate", "bad_time", "ragged", "bad_amount", "unknown_choice", "repaired"}) {
    EXPECT_GT(deals.at(kind).get<int>(), 0) << kind;
  }
  std::int64_t text_amounts = 0;
  for (const Record& record : records_of("crm/deals"))
    text_amounts += record.at("Amount") == "auf Anfrage" ? 1 : 0;
  EXPECT_EQ(text_amounts, deals.at("bad_amount").get<std::int64_t>());
  EXPECT_GT(truth_.at("dirt").at("revised_close_dates").get<int>(), 50);
  EXPECT_GT(truth_.at("dirt").at("unknown_owner_rows").get<int>(), 50);
  EXPECT_GT(truth_.at("dirt").at("name_variants").get<int>(), 1000);
}

TEST_F(DemoCompany, money_is_in_the_bounds_of_the_price_list) {
  std::set<std::string> currencies;
  for (const Record& record : records_of("crm/deals")) {
    currencies.insert(record.at("Currency"));
    if (record.at("Amount") == "auf Anfrage") continue;
    const int amount = std::stoi(record.at("Amount"));
    EXPECT_GE(amount, 4'000) << record.at("Deal ID");    // 5,000 EUR in pounds
    EXPECT_LE(amount, 170'000) << record.at("Deal ID");  // 150,000 EUR in dollars
  }
  EXPECT_EQ(currencies, (std::set<std::string>{"EUR", "GBP", "USD"}));
}

}  // namespace
}  // namespace weir::demo
