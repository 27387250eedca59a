#include "ingest/jsonl_reader.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "ingest/memory_files.h"

namespace weir::ingest {
namespace {

using contract::CellKind;

struct Read {
  std::vector<std::vector<std::string>> rows;  // "~": absent
  std::vector<CellKind> kinds;
  std::vector<std::int64_t> numbers, lines;
  std::vector<contract::Rejected> rejected;
  std::vector<std::string> undeclared;
  std::string error;
};

Read read_json(const std::string& bytes, const std::vector<JsonColumn>& columns,
               std::size_t block_bytes = kDefaultBlockBytes, std::size_t max_rows = 1000) {
  MemoryFiles files("f.jsonl", bytes);
  Read read;
  auto reader = JsonlReader::open(files, "f.jsonl", "", columns, block_bytes);
  if (!reader) {
    read.error = to_text(reader.error());
    return read;
  }
  contract::RawBatch batch;
  for (;;) {
    const auto more = (*reader)->next(batch, read.rejected, max_rows);
    if (!more) read.error = to_text(more.error());
    if (!more || !*more) break;
    for (std::size_t row = 0; row < batch.row_count(); ++row) {
      std::vector<std::string> cells;
      for (std::size_t column = 0; column < batch.column_count; ++column) {
        const contract::Cell& cell = batch.cell(row, column);
        cells.emplace_back(cell.kind == CellKind::absent ? "~" : cell.text());
        read.kinds.push_back(cell.kind);
      }
      read.rows.push_back(std::move(cells));
      read.numbers.push_back(batch.rows[row]);
      read.lines.push_back(batch.lines[row]);
    }
  }
  read.undeclared = (*reader)->undeclared();
  return read;
}

std::vector<JsonColumn> columns(const std::vector<std::string>& paths) {
  std::vector<JsonColumn> made;
  for (const std::string& path : paths) made.push_back({path, contract::normalised_name(path), false});
  return made;
}

// The one value of `{"v": ...}`.
std::string value_of(const std::string& json, bool as_json = false) {
  const Read read = read_json("{\"v\":" + json + "}\n", {{"v", "v", as_json}});
  if (!read.rejected.empty()) return "rejected: " + read.rejected.front().reason;
  return read.rows.empty() ? "none" : read.rows.front().front();
}

TEST(jsonl_reader, scalars_become_texts) {
  EXPECT_EQ(value_of("\"a\\u00fc\\n\""), "a\xC3\xBC\n");
  EXPECT_EQ(value_of("1.5"), "1.5");
  EXPECT_EQ(value_of("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(value_of("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(value_of("true"), "true");
  EXPECT_EQ(value_of("null"), "~");
  EXPECT_EQ(value_of("\"\""), "");
  EXPECT_EQ(value_of("[1, {\"a\": \"b\"}]"), "[1,{\"a\":\"b\"}]");
  EXPECT_EQ(value_of("\"x\"", true), "\"x\"");
}

TEST(jsonl_reader, numbers_beyond_64_bits_stay_as_written) {
  EXPECT_EQ(value_of("123456789012345678901234567890"), "123456789012345678901234567890");
  EXPECT_EQ(value_of("1e999"), "1e999");
  EXPECT_EQ(value_of("[\"1e999 \\\" 12345678901234567890123\", 12345678901234567890123]"),
            "[\"1e999 \\\" 12345678901234567890123\",\"12345678901234567890123\"]");
  EXPECT_EQ(value_of("012345678901234567890123").substr(0, 9), "rejected:");
  EXPECT_EQ(value_of("-"), "rejected: line 1 is no valid JSON: Problem while parsing a number");
}

TEST(jsonl_reader, nested_objects_are_flattened_and_kept) {
  const std::string record =
      R"({"id":1,"properties":{"minutes":5,"plan":{"name":"pro"}},"a":{"b":{"c":{"d":{"e":1}}}}})";
  std::vector<JsonColumn> wanted =
      columns({"id", "properties.minutes", "properties.plan.name", "a.b.c.d", "a.b.c.d.e"});
  wanted.push_back({"properties", "properties", true});
  const Read read = read_json(record, wanted);
  EXPECT_EQ(read.rows, (std::vector<std::vector<std::string>>{
                           {"1", "5", "pro", R"({"e":1})", "~", R"({"minutes":5,"plan":{"name":"pro"}})"}}));
}

TEST(jsonl_reader, columns_without_a_path_are_found_by_name) {
  const Read read = read_json(R"({"Deal Stage":"Won","from":"x","other":1,"nest":{"more":2}})",
                              {{"", "deal_stage", false}, {"", "from_", false}});
  EXPECT_EQ(read.rows, (std::vector<std::vector<std::string>>{{"Won", "x"}}));
  EXPECT_EQ(read.undeclared, (std::vector<std::string>{"other", "nest.more"}));
}

TEST(jsonl_reader, broken_lines_are_rejected_with_their_line) {
  const Read read =
      read_json("{\"v\":1}\n\n{\"v\":\n[1]\n{\"v\":2} x\n{\"v\":\"\\ud800\"}\n{\"v\":3}", columns({"v"}));
  EXPECT_EQ(read.rows, (std::vector<std::vector<std::string>>{{"1"}, {"3"}}));
  EXPECT_EQ(read.lines, (std::vector<std::int64_t>{1, 7}));
  EXPECT_EQ(read.numbers, (std::vector<std::int64_t>{1, 6}));
  ASSERT_EQ(read.rejected.size(), 4U);
  EXPECT_EQ(read.rejected[0].line, 3);
  EXPECT_EQ(read.rejected[0].clause, "parse");
  EXPECT_EQ(read.rejected[0].payload, "{\"v\":");
  EXPECT_EQ(read.rejected[1].reason, "line 4 is no JSON object");
  EXPECT_EQ(read.rejected[2].line, 5);
  EXPECT_EQ(read.rejected[3].line, 6);
}

TEST(jsonl_reader, a_repeated_key_counts_with_its_last_value) {
  EXPECT_EQ(read_json(R"({"v":1,"v":2})", columns({"v"})).rows,
            (std::vector<std::vector<std::string>>{{"2"}}));
}

TEST(jsonl_reader, depth_has_a_limit) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(value_of(nested(1'000)), nested(1'000));
  EXPECT_EQ(value_of(nested(100'000)).substr(0, 35), "rejected: line 1 is no valid JSON: ");
  EXPECT_EQ(value_of(std::string(100'000, '[')).substr(0, 35), "rejected: line 1 is no valid JSON: ");
}

TEST(jsonl_reader, bytes_that_are_no_utf_8_reject_their_line) {
  const Read read = read_json("{\"v\":\"\xFC\"}\n{\"v\":2}\n", columns({"v"}));
  EXPECT_EQ(read.rejected.size(), 1U);
  EXPECT_EQ(read.rows, (std::vector<std::vector<std::string>>{{"2"}}));
}

TEST(jsonl_reader, a_top_level_array_gives_its_elements) {
  const Read read = read_json("\n [ {\"v\":1},\n {\"v\":\"],\\\"{\"}, 5, {\"v\":[1,2]}\n]\n", columns({"v"}));
  EXPECT_EQ(read.rows, (std::vector<std::vector<std::string>>{{"1"}, {"],\"{"}, {"[1,2]"}}));
  EXPECT_EQ(read.lines, (std::vector<std::int64_t>{2, 3, 3}));
  ASSERT_EQ(read.rejected.size(), 1U);
  EXPECT_EQ(read.rejected[0].reason, "line 3 is no JSON object");
  EXPECT_EQ(read.error, "");
  EXPECT_TRUE(read_json("[]", columns({"v"})).rejected.empty());
  EXPECT_TRUE(read_json(" [ \n ] \n", columns({"v"})).rejected.empty());
  EXPECT_EQ(read_json("[{\"v\":1},]", columns({"v"})).rejected.size(), 1U);
  EXPECT_EQ(read_json("[{\"v\":1}] x", columns({"v"})).rejected.front().reason,
            "line 1 has text after the end of the array");
}

TEST(jsonl_reader, an_array_that_breaks_off_gives_what_came_before) {
  const Read read = read_json("[{\"v\":1},\n{\"v\":2},{\"v\":", columns({"v"}));
  EXPECT_EQ(read.rows.size(), 2U);
  EXPECT_EQ(read.error, "f.jsonl:1: the array that begins in line 1 of f.jsonl does not end");
}

TEST(jsonl_reader, files_without_records) {
  for (const char* bytes : {"", "\n", "  \n\n", "\xEF\xBB\xBF"}) {
    const Read read = read_json(bytes, columns({"v"}));
    EXPECT_TRUE(read.rows.empty() && read.rejected.empty() && read.error.empty());
  }
  EXPECT_EQ(read_json("\xEF\xBB\xBF{\"v\":1}", columns({"v"})).rows.size(), 1U);
}

TEST(jsonl_reader, the_size_of_blocks_changes_nothing) {
  for (const std::string bytes : {"{\"v\":\"\xC3\xBC\"}\r\n{bad}\n\n{\"v\":\"a\\\"b\"}",
                                  "[{\"v\":1},\n {\"v\":\"x,]}\"} ,{}] x", "[{\"v\":1},{"}) {
    const Read whole = read_json(bytes, columns({"v"}));
    for (std::size_t block = 1; block <= bytes.size(); ++block) {
      const Read read = read_json(bytes, columns({"v"}), block, 1);
      EXPECT_EQ(read.rows, whole.rows);
      EXPECT_EQ(read.lines, whole.lines);
      EXPECT_EQ(read.error, whole.error);
      ASSERT_EQ(read.rejected.size(), whole.rejected.size());
      for (std::size_t i = 0; i < whole.rejected.size(); ++i) {
        EXPECT_EQ(read.rejected[i].reason, whole.rejected[i].reason);
        EXPECT_EQ(read.rejected[i].payload, whole.rejected[i].payload);
      }
    }
  }
}

TEST(jsonl_reader, a_line_beyond_the_limit_ends_the_file) {
  const Read read =
      read_json("{\"v\":1}\n{\"v\":\"" + std::string(kMaxRecordBytes, 'x') + "\"}\n", columns({"v"}));
  EXPECT_EQ(read.rows.size(), 1U);
  EXPECT_EQ(read.error,
            "f.jsonl:2: the record that begins in line 2 of f.jsonl is longer than 67108864 bytes");
}

TEST(jsonl_reader, many_distinct_keys_stay_bounded) {
  std::string bytes;
  for (int i = 0; i < 30'000; ++i) bytes += "{\"k" + std::to_string(i) + "\":1}\n";
  const Read read = read_json(bytes + "{\"v\":1}\n", columns({"v"}));
  EXPECT_EQ(read.rows.size(), 30'001U);
  EXPECT_EQ(read.undeclared.size(), 10'000U);
}

TEST(jsonl_reader, columns_are_discovered_in_order) {
  MemoryFiles files("f.jsonl", R"({"id":1,"p":{"a":1}})"
                               "\n"
                               R"({"id":2,"p":{"b":[1]},"P A":null})");
  const auto found = discover_json_columns(files, "f.jsonl", "", 100, kDefaultBlockBytes);
  ASSERT_TRUE(found);
  std::string text;
  for (const JsonColumn& column : *found)
    text += column.path + "=" + column.name + (column.as_json ? "*" : "") + " ";
  EXPECT_EQ(text, "id=id p=p* p.a=p_a p.b=p_b* P A=p_a_2 ");
}

std::string data_folder() {
  const char* const folder = std::getenv("WEIR_DATA");
  return folder == nullptr ? "" : folder;
}

// Each document stands as one value in a list of one record, so that documents of all kinds and with line
// breaks fit.
TEST(jsonl_reader, json_testsuite) {
  if (data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  const auto files = posix_file_system();
  const std::string folder = data_folder() + "/json_testsuite/test_parsing";
  const auto names = files->list(folder);
  ASSERT_TRUE(names);
  EXPECT_GT(names->size(), 300U);
  for (const std::string& name : *names) {
    const std::string document = *files->read_file(folder + "/" + name);
    const Read read = read_json("[{\"v\":" + document + "}]", columns({"v"}));
    const bool accepted = read.rows.size() == 1 && read.rejected.empty() && read.error.empty();
    if (!name.starts_with("i_")) {
      EXPECT_EQ(accepted, name.starts_with("y_")) << name;
    }
    read_json(document, columns({"v"}));
  }
}

TEST(jsonl_reader, naughty_strings_survive) {
  if (data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  const auto strings =
      nlohmann::json::parse(*posix_file_system()->read_file(data_folder() + "/blns/blns.json"))
          .get<std::vector<std::string>>();
  std::string bytes;
  std::vector<std::vector<std::string>> expected;
  for (const std::string& text : strings) {
    bytes += nlohmann::json{{"v", text}}.dump() + "\n";
    expected.push_back({text});
  }
  EXPECT_EQ(read_json(bytes, columns({"v"})).rows, expected);
}

}  // namespace
}  // namespace weir::ingest
