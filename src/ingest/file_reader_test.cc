#include "ingest/file_reader.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "ingest/memory_files.h"

namespace weir::ingest {
namespace {

using contract::ColumnType;

// One for all tests: opening takes 50 ms.
store::QueryEngine& engine() {
  static const std::unique_ptr<store::QueryEngine> opened = store::QueryEngine::open({}).value();
  return *opened;
}

contract::Field field(std::string name, ColumnType type, bool required = false) {
  contract::Field made;
  made.name = std::move(name);
  made.type = type;
  made.required = required;
  return made;
}

struct Read {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;
  std::vector<contract::Rejected> rejected;
  std::vector<std::string> unknown;
  std::string error;
};

std::string text_of(const contract::Column& column, std::size_t row) {
  if (column.is_null(row)) return "~";
  switch (column.type) {
    case ColumnType::number:
      return std::to_string(column.numbers[row]);
    case ColumnType::text:
    case ColumnType::json:
      return std::string(column.text(row));
    case ColumnType::date:
      return to_text(Date{static_cast<std::int32_t>(column.integers[row])});
    case ColumnType::timestamp:
      return rfc3339(column.integers[row]);
    case ColumnType::integer:
    case ColumnType::boolean:
      break;
  }
  return std::to_string(column.integers[row]);
}

Read read_all(FileSystem& files, const std::string& path, const contract::Contract& contract,
              const ReadOptions& options = {}) {
  Read read;
  auto reader = open_file(files, engine(), path, contract, options);
  if (!reader) {
    read.error = reader.error().message;
    return read;
  }
  contract::RecordBatch batch;
  for (;;) {
    const auto more = (*reader)->next(batch, read.rejected);
    if (!more) read.error = more.error().message;
    if (!more || !*more) break;
    read.names = batch.names;
    for (std::size_t row = 0; row < batch.row_count(); ++row) {
      std::vector<std::string> cells;
      for (const contract::Column& column : batch.columns) cells.push_back(text_of(column, row));
      read.rows.push_back(std::move(cells));
    }
  }
  read.unknown = (*reader)->unknown_columns();
  if (read.error.empty()) {
    EXPECT_EQ((*reader)->bytes_read(), (*reader)->bytes_total());
  }
  return read;
}

TEST(file_reader, csv_columns_are_matched_by_written_or_normalised_name) {
  MemoryFiles files("d.csv",
                    "Deal Stage,Close Date,extra,amount\nWon,3/1/2017,x,5\nLost,,y,6\nLost,1/40/2017,y,7\n");
  contract::Contract contract;
  contract.fields = {field("when_", ColumnType::date), field("deal_stage", ColumnType::text),
                     field("lacking", ColumnType::integer)};
  contract.fields[0].source_name = "Close Date";
  contract.fields[0].date_format = "%m/%d/%Y";
  const Read read = read_all(files, "d.csv", contract);
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.names, (std::vector<std::string>{"when_", "deal_stage", "lacking"}));
  EXPECT_EQ(read.rows,
            (std::vector<std::vector<std::string>>{{"2017-03-01", "Won", "~"}, {"~", "Lost", "~"}}));
  EXPECT_EQ(read.unknown, (std::vector<std::string>{"extra", "amount"}));
  ASSERT_EQ(read.rejected.size(), 1U);
  EXPECT_EQ(read.rejected[0].reason, "when_ is no date of the form %m/%d/%Y: '1/40/2017'");
  EXPECT_EQ(read.rejected[0].row, 3);
  EXPECT_EQ(read.rejected[0].line, 4);
  EXPECT_EQ(read.rejected[0].payload, "Lost,1/40/2017,y,7");
}

TEST(file_reader, a_declared_date_format_fills_in_for_a_written_contract) {
  MemoryFiles files("d.csv", "d,t\n31.12.2024,2024-12-31 10:00\n");
  contract::Contract contract;
  contract.fields = {field("d", ColumnType::date), field("t", ColumnType::timestamp)};
  ReadOptions options;
  options.csv.date_format = "%d.%m.%Y";
  EXPECT_EQ(read_all(files, "d.csv", contract, options).rows,
            (std::vector<std::vector<std::string>>{{"2024-12-31", "2024-12-31T10:00:00Z"}}));
}

TEST(file_reader, missing_required_columns_are_all_named) {
  MemoryFiles files("d.csv", "a\n1\n");
  files.put("empty.csv", "");
  contract::Contract contract;
  contract.fields = {field("a", ColumnType::integer, true), field("b", ColumnType::integer, true),
                     field("c", ColumnType::text, true)};
  EXPECT_EQ(read_all(files, "d.csv", contract).error,
            "d.csv lacks columns that its contract requires: 'b', 'c'");
  const Read empty = read_all(files, "empty.csv", contract);
  EXPECT_EQ(empty.error, "");
  EXPECT_TRUE(empty.rows.empty());
}

TEST(file_reader, json_lines_give_typed_columns) {
  MemoryFiles files("e.jsonl", R"({"at":"2024-05-01T10:00:00","properties":{"minutes":5},"n":"x"})"
                               "\n"
                               R"({"at":"2024-05-01","properties":{"minutes":"many"}})"
                               "\n");
  contract::Contract contract;
  contract.fields = {field("at_", ColumnType::timestamp), field("properties_minutes", ColumnType::integer),
                     field("properties", ColumnType::json)};
  ReadOptions options;
  options.zone = *Zone::find("Europe/Berlin");
  const Read read = read_all(files, "e.jsonl", contract, options);
  EXPECT_EQ(read.rows,
            (std::vector<std::vector<std::string>>{{"2024-05-01T08:00:00Z", "5", R"({"minutes":5})"}}));
  EXPECT_EQ(read.unknown, (std::vector<std::string>{"n"}));
  ASSERT_EQ(read.rejected.size(), 1U);
  EXPECT_EQ(read.rejected[0].reason, "properties_minutes is no whole number: 'many'");
}

TEST(file_reader, formats_follow_the_name) {
  EXPECT_EQ(*format_of("a/B.CSV", workspace::FileFormat::automatic), workspace::FileFormat::csv);
  EXPECT_EQ(*format_of("a.ndjson", workspace::FileFormat::automatic), workspace::FileFormat::jsonl);
  EXPECT_EQ(*format_of("a.dat", workspace::FileFormat::parquet), workspace::FileFormat::parquet);
  EXPECT_EQ(*format_of("a.Csv.GZ", workspace::FileFormat::automatic), workspace::FileFormat::csv);
  EXPECT_EQ(*format_of("a.xes", workspace::FileFormat::automatic), workspace::FileFormat::xes);
  EXPECT_EQ(*format_of("a.xes.gz", workspace::FileFormat::automatic), workspace::FileFormat::xes);
  EXPECT_EQ(*format_of("a.gz", workspace::FileFormat::xes), workspace::FileFormat::xes);
  EXPECT_FALSE(format_of("a.gz", workspace::FileFormat::automatic));
  EXPECT_FALSE(format_of("a.parquet.gz", workspace::FileFormat::automatic));
}

TEST(file_reader, a_missing_file_is_an_error) {
  MemoryFiles files;
  for (const char* path : {"no.csv", "no.jsonl", "no.parquet", "no.xes"}) {
    EXPECT_FALSE(infer_file(files, engine(), path, {}, "s")) << path;
    EXPECT_FALSE(open_file(files, engine(), path, {}, {})) << path;
  }
}

TEST(file_reader, header_and_inference_agree) {
  MemoryFiles files("d.csv", "Id,Close Date,Amount\n1,13/1/2017,\"1.234,5\"\n2,2/1/2017,7\n");
  const auto header = read_header(files, engine(), "d.csv", {});
  ASSERT_TRUE(header);
  EXPECT_EQ(header->names, (std::vector<std::string>{"id", "close_date", "amount"}));
  const auto inferred = infer_file(files, engine(), "d.csv", {}, "deals");
  ASSERT_TRUE(inferred);
  ASSERT_EQ(inferred->fields.size(), 3U);
  EXPECT_EQ(inferred->fields[0].type, ColumnType::integer);
  EXPECT_EQ(inferred->fields[1].date_format, "%d/%m/%Y");
  EXPECT_EQ(inferred->fields[2].type, ColumnType::number);
  EXPECT_EQ(read_all(files, "d.csv", *inferred).rows,
            (std::vector<std::vector<std::string>>{{"1", "2017-01-13", "1234.500000"},
                                                   {"2", "2017-01-02", "7.000000"}}));
}

TEST(file_reader, event_logs_give_typed_columns) {
  MemoryFiles files("l.xes",
                    R"(<log><trace><string key="concept:name" value="7"/><float key="amount" value="5.5"/>
<event><string key="concept:name" value="A"/><date key="time:timestamp" value="2013-11-07T08:18:29.250+01:00"/><int key="Age" value="90"/></event>
<event><string key="concept:name" value="B"/><date key="time:timestamp" value="2013-11-07T08:19:00Z"/><boolean key="ok" value="True"/></event>
</trace></log>)");
  const auto contract = infer_file(files, engine(), "l.xes", {}, "log");
  ASSERT_TRUE(contract) << contract.error().message;
  std::vector<std::string> types;
  for (const auto& each : contract->fields)
    types.push_back(each.source_name + " " + each.name + " " + contract::to_text(each.type));
  EXPECT_EQ(types, (std::vector<std::string>{
                       "case:concept:name case_concept_name integer", "case:amount case_amount number",
                       "concept:name concept_name text", "time:timestamp time_timestamp timestamp",
                       "Age age integer", "ok ok boolean"}));
  EXPECT_EQ(
      read_all(files, "l.xes", *contract).rows,
      (std::vector<std::vector<std::string>>{{"7", "5.500000", "A", "2013-11-07T07:18:29.25Z", "90", "~"},
                                             {"7", "5.500000", "B", "2013-11-07T08:19:00Z", "~", "1"}}));
}

class ParquetFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("weir_parquet_" + std::to_string(testing::UnitTest::GetInstance()->random_seed()) +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string write(const std::string& query) const {
    const std::string path = (folder_ / "t.parquet").string();
    const Status written =
        engine().execute("COPY (" + query + ") TO " + store::sql_quote(path) + " (FORMAT parquet)");
    EXPECT_TRUE(written) << (written ? "" : written.error().message);
    return path;
  }
  std::filesystem::path folder_;
};

TEST_F(ParquetFile, rows_come_in_file_order_with_their_types) {
  const std::string path = write(
      "SELECT i AS \"Row Id\", i * 0.5::DOUBLE AS half, DATE '2024-01-01' + i::INTEGER AS day, "
      "TIMESTAMP '2024-01-01 10:00:00' AS at_time, i % 2 = 0 AS even, 'x' || i AS name, {'a': i} AS nest, "
      "NULL::VARCHAR AS nothing FROM range(200000) t(i)");
  const auto files = posix_file_system();
  const auto inferred = infer_file(*files, engine(), path, {}, "t");
  ASSERT_TRUE(inferred) << inferred.error().message;
  ReadOptions options;
  options.zone = *Zone::find("Europe/Berlin");
  const Read read = read_all(*files, path, *inferred, options);
  EXPECT_EQ(read.error, "");
  EXPECT_TRUE(read.rejected.empty());
  ASSERT_EQ(read.rows.size(), 200'000U);
  EXPECT_EQ(read.rows[3], (std::vector<std::string>{"3", "1.500000", "2024-01-04", "2024-01-01T09:00:00Z",
                                                    "0", "x3", R"({"a":3})", "~"}));
  for (std::size_t i = 0; i < read.rows.size(); ++i) ASSERT_EQ(read.rows[i][0], std::to_string(i));
}

TEST_F(ParquetFile, truncated_and_foreign_files_are_errors_that_name_the_file) {
  const std::string path = write("SELECT i, 'text ' || i AS t FROM range(1000) t(i)");
  const auto files = posix_file_system();
  const std::string whole = *files->read_file(path);
  contract::Contract contract;
  contract.fields = {field("i", ColumnType::integer), field("t", ColumnType::text)};
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{12}, whole.size() / 2, whole.size() - 1}) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, size);
    const Read read = read_all(*files, path, contract);
    EXPECT_NE(read.error.find(path), std::string::npos) << size << ": " << read.error;
  }
  std::string damaged = whole;
  for (std::size_t i = 4; i < 600 && i < damaged.size() / 2; ++i)
    damaged[i] = static_cast<char>(damaged[i] ^ 0x5A);
  std::ofstream(path, std::ios::binary) << damaged;
  const Read read = read_all(*files, path, contract);
  if (!read.error.empty()) {
    EXPECT_NE(read.error.find(path), std::string::npos) << read.error;
  }
}

TEST(file_reader, a_contract_may_refuse_unknown_columns) {
  contract::Contract contract;
  contract.fields = {field("a", ColumnType::text)};
  contract.allow_unknown_columns = false;
  MemoryFiles csv("d.csv", "a,b\n1,2\n");
  EXPECT_NE(read_all(csv, "d.csv", contract).error.find("has columns that its contract does not: 'b'"),
            std::string::npos);
  MemoryFiles json("d.jsonl", "{\"a\": 1}\n{\"a\": 1, \"b\": 2}\n");
  EXPECT_NE(read_all(json, "d.jsonl", contract).error.find("has columns that its contract does not: 'b'"),
            std::string::npos);
  MemoryFiles good("d.csv", "a\n1\n");
  EXPECT_EQ(read_all(good, "d.csv", contract).error, "");
}

std::string data_folder() {
  const char* const folder = std::getenv("WEIR_DATA");
  return folder == nullptr ? "" : folder;
}

TEST(file_reader, maven_dates_are_month_first) {
  if (data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  const auto files = posix_file_system();
  const std::string path = data_folder() + "/maven_crm/sales_pipeline.csv";
  const auto inferred = infer_file(*files, engine(), path, {}, "pipeline");
  ASSERT_TRUE(inferred);
  for (const char* name : {"engage_date", "close_date"}) {
    ASSERT_NE(inferred->find(name), nullptr);
    EXPECT_EQ(inferred->find(name)->type, ColumnType::date);
    EXPECT_EQ(inferred->find(name)->date_format, "%m/%d/%Y");
    EXPECT_EQ(inferred->find(name)->guess, "");
  }
  EXPECT_EQ(inferred->find("sales_agent")->personal, contract::PersonalClass::none);
  const Read read = read_all(*files, path, *inferred);
  EXPECT_EQ(read.rows.size(), 8'800U);
  EXPECT_TRUE(read.rejected.empty());
  EXPECT_EQ(read.rows[0], (std::vector<std::string>{"1C1I7A6R", "Moses Frase", "GTX Plus Basic", "Cancity",
                                                    "Won", "2016-10-20", "2017-03-01", "1054.000000"}));
}

// An inferred contract must fit the file that it was drawn from.
TEST(file_reader, real_exports_hold_their_inferred_contracts) {
  if (data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  const auto files = posix_file_system();
  int seen = 0;
  for (const char* pattern :
       {"maven_crm/*.csv", "olist/*.csv", "fivetran_hubspot/*.csv", "fivetran_salesforce/*.csv",
        "fivetran_marketo/*.csv", "fivetran_zendesk/*.csv", "fivetran_intercom/*.csv", "febrl/*.csv"}) {
    const auto paths = files->glob(data_folder() + "/" + pattern);
    ASSERT_TRUE(paths);
    for (const std::string& path : *paths) {
      const auto inferred = infer_file(*files, engine(), path, {}, "s");
      ASSERT_TRUE(inferred) << path;
      const Read read = read_all(*files, path, *inferred);
      EXPECT_EQ(read.error, "") << path;
      for (const contract::Rejected& rejected : read.rejected)
        EXPECT_NE(rejected.clause, "parse") << path << " line " << rejected.line;
      EXPECT_LE(read.rejected.size() * 50, read.rows.size()) << path;
      ++seen;
    }
  }
  EXPECT_GT(seen, 100);
}

}  // namespace
}  // namespace weir::ingest
