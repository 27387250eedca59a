#include "ingest/parquet_events.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "store/query_engine.h"

namespace weir::ingest {
namespace {

using store::QueryEngine;
using store::sql_quote;

std::string path_of(const std::string& name) {
  return testing::TempDir() + "/" + name + ".parquet";
}

// Rows as text, from whatever lists their texts come in; a value is kept as long as its list says.
class Collected {
 public:
  Status take(const EventChunk& chunk) {
    for (std::size_t row = 0; row < chunk.occurred_at.size(); ++row) {
      std::string line = text(chunk.subjects, row) + " " + text(chunk.types, row);
      line += " " + (chunk.occurred_at[row] == kNoTime ? "-" : std::to_string(chunk.occurred_at[row]));
      for (const EventTexts& key : chunk.keys) line += " " + text(key, row);
      if (!chunk.amounts.empty())
        line += " " + (std::isnan(chunk.amounts[row]) ? "-" : std::to_string(chunk.amounts[row]));
      rows.push_back(std::move(line));
    }
    expect_lasting(chunk.subjects);
    return {};
  }
  std::vector<std::string> rows;

 private:
  static std::string text(const EventTexts& texts, std::size_t row) {
    const std::uint32_t code = texts.codes[row];
    return code == kNoText || texts.values[code].empty() ? "-" : std::string(texts.values[code]);
  }
  void expect_lasting(const EventTexts& subjects) {
    const std::vector<std::string> now{
        subjects.values.begin(), subjects.values.begin() + static_cast<std::ptrdiff_t>(subjects.lasting)};
    if (subjects.list == list_ && now.size() == lasting_.size()) {
      EXPECT_EQ(now, lasting_);
    }
    list_ = subjects.list;
    lasting_ = now;
  }
  std::uint64_t list_{0};
  std::vector<std::string> lasting_;
};

class ParquetEventsTest : public testing::Test {
 protected:
  ParquetEventsTest() : files(posix_file_system()), engine(std::move(QueryEngine::open({}).value())) {}

  void write(const std::string& path, const std::string& select, const std::string& options) {
    const Status status =
        engine->execute("COPY (" + select + ") TO " + sql_quote(path) + " (FORMAT parquet" + options + ")");
    ASSERT_TRUE(status.has_value()) << to_text(status.error());
  }
  std::vector<std::string> read_by_engine(const std::string& pattern, const EventColumnNames& names) {
    Collected collected;
    const auto columns = EventColumns::open(*files, *engine, pattern, names);
    EXPECT_TRUE(columns.has_value());
    EXPECT_TRUE(columns->scan([&](const EventChunk& chunk) { return collected.take(chunk); }).has_value());
    return collected.rows;
  }
  // Nothing when it gives up.
  std::optional<std::vector<std::string>> read(const std::string& pattern, const EventColumnNames& names) {
    Collected collected;
    const auto events = ParquetEvents::open(*files, pattern, names);
    if (!events) return std::nullopt;
    const auto is_read = events->scan([&](const EventChunk& chunk) { return collected.take(chunk); });
    if (!is_read.has_value() || !is_read.value()) return std::nullopt;
    return collected.rows;
  }

  std::unique_ptr<FileSystem> files;
  std::unique_ptr<QueryEngine> engine;
};

constexpr const char* kEvents =
    "SELECT CASE i % 50 WHEN 7 THEN NULL WHEN 8 THEN '' ELSE 'lead ' || (i * 7919 % 3000) END AS lead, "
    "(i * 7919 % 3000)::INTEGER AS number, "
    "CASE i % 40 WHEN 3 THEN NULL ELSE ['view', 'mail', 'won'][1 + i % 3] END AS type, "
    "CASE i % 30 WHEN 5 THEN NULL WHEN 6 THEN 'infinity'::TIMESTAMP "
    "ELSE TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND END AS occurred_at, "
    "DATE '2024-01-01' + (i % 300)::INT AS day, "
    "['organic', '', 'paid'][1 + i % 3] AS channel, i % 5 AS wave, "
    "CASE WHEN i % 4 = 0 THEN NULL ELSE i / 8 END AS amount FROM range(25000) t(i)";

TEST_F(ParquetEventsTest, are_those_of_the_query_engine) {
  write(path_of("events-1"), kEvents, ", ROW_GROUP_SIZE 6144");
  write(path_of("events-2"), kEvents, ", CODEC zstd, PARQUET_VERSION V2");
  const std::string pattern = path_of("events-[12]");
  for (const EventColumnNames& names :
       {EventColumnNames{"lead", "occurred_at", "type", {}, ""},
        EventColumnNames{"lead", "occurred_at", "type", {"channel", "wave"}, "amount"},
        EventColumnNames{"number", "day", "channel", {"lead"}, "wave"}}) {
    const auto expected = read_by_engine(pattern, names);
    EXPECT_EQ(expected.size(), 50'000U);
    EXPECT_EQ(read(pattern, names), expected);
  }
  EXPECT_TRUE(ParquetEvents::open(*files, pattern, {"lead", "day", "type", {}, ""})->are_days());
}

TEST_F(ParquetEventsTest, leave_to_the_query_engine_what_only_it_can_read) {
  const EventColumnNames names{"lead", "occurred_at", "type", {}, ""};
  write(path_of("nanos"),
        "SELECT 'a' AS lead, 'won' AS type, TIMESTAMP_NS '2024-01-01 00:00:01' AS occurred_at", "");
  EXPECT_EQ(read(path_of("nanos"), names), std::nullopt);
  EXPECT_EQ(read_by_engine(path_of("nanos"), names), std::vector<std::string>{"a won 1704067201000000"});
  write(path_of("gzip"), "SELECT 'a' AS lead, 'won' AS type, TIMESTAMP '2024-01-01' AS occurred_at",
        ", CODEC gzip");
  EXPECT_EQ(read(path_of("gzip"), names), std::nullopt);
  EXPECT_EQ(read_by_engine(path_of("gzip"), names), std::vector<std::string>{"a won 1704067200000000"});
  // The first file decides what the others' columns are.
  write(path_of("mixed-1"), "SELECT 1 AS lead, 'won' AS type, TIMESTAMP '2024-01-01' AS occurred_at", "");
  write(path_of("mixed-2"), "SELECT '02' AS lead, 'won' AS type, TIMESTAMP '2024-01-01' AS occurred_at", "");
  EXPECT_EQ(read(path_of("mixed-[12]"), names), std::nullopt);
  for (const EventColumnNames& odd : {EventColumnNames{"nobody", "occurred_at", "type", {}, ""},
                                      EventColumnNames{"lead", "type", "type", {}, ""},
                                      EventColumnNames{"lead", "occurred_at", "type", {"nothing"}, ""},
                                      EventColumnNames{"lead", "occurred_at", "type", {}, "lead"}})
    EXPECT_FALSE(ParquetEvents::open(*files, path_of("mixed-2"), odd).has_value());
  EXPECT_FALSE(ParquetEvents::open(*files, path_of("missing"), names).has_value());
}

TEST_F(ParquetEventsTest, of_a_damaged_file_are_given_up_late) {
  const std::string path = path_of("damaged");
  const EventColumnNames names{"lead", "occurred_at", "type", {}, ""};
  write(path, kEvents, ", CODEC zstd, ROW_GROUP_SIZE 6144");
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 4), bytes.size() / 2, 'x');
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_TRUE(ParquetEvents::open(*files, path, names).has_value());
  EXPECT_EQ(read(path, names), std::nullopt);
}

// What the visitor fails with is no reason to read the file another way.
TEST_F(ParquetEventsTest, the_visitors_failure_is_the_answer) {
  write(path_of("some"), kEvents, "");
  const auto events = ParquetEvents::open(*files, path_of("some"), {"lead", "occurred_at", "type", {}, ""});
  ASSERT_TRUE(events.has_value());
  const auto read = events->scan([](const EventChunk&) -> Status { return fail(Errc::usage, "enough"); });
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message, "enough");
}

}  // namespace
}  // namespace weir::ingest
