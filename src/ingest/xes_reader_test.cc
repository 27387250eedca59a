#include "ingest/xes_reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "ingest/gzip_bytes.h"
#include "ingest/memory_files.h"

namespace weir::ingest {
namespace {

using Row = std::vector<std::string>;

struct Read {
  std::vector<std::string> columns, names;
  std::vector<Row> rows;  // "-" is absent
  std::vector<std::int64_t> numbers, lines;
  std::vector<std::string> undeclared, notes;
  std::string error;
};

Read read_with(FileSystem& files, const std::string& path, const std::vector<XesColumn>& columns,
               std::size_t block_bytes, std::size_t max_rows) {
  Read read;
  const auto reader = XesReader::open(files, path, columns, block_bytes);
  if (!reader) {
    read.error = to_text(reader.error());
    return read;
  }
  read.columns = (*reader)->columns();
  contract::RawBatch batch;
  std::vector<contract::Rejected> rejected;
  for (;;) {
    const auto more = (*reader)->next(batch, rejected, max_rows);
    if (!more) read.error = to_text(more.error());
    if (!more || !*more) break;
    EXPECT_LE(batch.row_count(), max_rows);
    for (std::size_t row = 0; row < batch.row_count(); ++row) {
      Row cells;
      for (std::size_t column = 0; column < batch.column_count; ++column) {
        const contract::Cell& cell = batch.cell(row, column);
        cells.push_back(cell.kind == contract::CellKind::absent ? "-" : std::string(cell.text()));
      }
      read.rows.push_back(std::move(cells));
      read.numbers.push_back(batch.rows[row]);
      read.lines.push_back(batch.lines[row]);
    }
  }
  EXPECT_TRUE(rejected.empty());
  read.undeclared = (*reader)->undeclared();
  read.notes = (*reader)->notes();
  return read;
}

// Every column that the file shows.
Read read_xes(const std::string& bytes, std::size_t block_bytes = kDefaultBlockBytes,
              std::size_t max_rows = 1000) {
  MemoryFiles files("f.xes", bytes);
  const auto columns = discover_xes_columns(files, "f.xes", ~std::uint64_t{0}, block_bytes);
  if (!columns) {
    Read read;
    read.error = to_text(columns.error());
    return read;
  }
  Read read = read_with(files, "f.xes", *columns, block_bytes, max_rows);
  for (const XesColumn& column : *columns) read.names.push_back(column.name);
  return read;
}

const std::string kLog = R"(<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <global scope="event"><string key="concept:name" value="name"/></global>
  <classifier name="Activity" keys="concept:name"/>
  <string key="origin" value="csv"><int key="inner" value="1"/></string>
  <trace>
    <string key="concept:name" value="case &amp; 1"/>
    <int key="amount" value="250"/>
    <event>
      <string key="concept:name" value="A"/>
      <date key="time:timestamp" value="2013-11-07T08:18:29.000+01:00"/>
      <boolean key="ok" value="True"/>
    </event>
    <event><string key="concept:name" value="B"/><float key="CRP" value="1.4"/></event>
  </trace>
  <trace>
    <string key="concept:name" value="case 2"/>
    <event><id key="concept:name" value=""/><float key="CRP" value="NaN"/></event>
  </trace>
  <event><string key="concept:name" value="alone"/></event>
</log>
)";

TEST(xes_reader, one_row_per_event_with_the_attributes_of_its_trace) {
  const Read read = read_xes(kLog);
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.columns,
            (Row{"case:concept:name", "case:amount", "concept:name", "time:timestamp", "ok", "CRP"}));
  EXPECT_EQ(read.names,
            (Row{"case_concept_name", "case_amount", "concept_name", "time_timestamp", "ok", "crp"}));
  EXPECT_EQ(read.rows,
            (std::vector<Row>{{"case & 1", "250", "A", "2013-11-07T08:18:29.000+01:00", "True", "-"},
                              {"case & 1", "250", "B", "-", "-", "1.4"},
                              {"case 2", "-", "", "-", "-", "-"},
                              {"-", "-", "alone", "-", "-", "-"}}));
  EXPECT_EQ(read.numbers, (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_EQ(read.lines, (std::vector<std::int64_t>{10, 15, 19, 21}));
  EXPECT_TRUE(read.notes.empty());
}

TEST(xes_reader, blocks_batches_and_packing_change_nothing) {
  const Read whole = read_xes(kLog);
  for (const std::size_t block : {std::size_t{1}, std::size_t{3}, std::size_t{64}}) {
    const Read read = read_xes(kLog, block, 1);
    EXPECT_EQ(read.rows, whole.rows);
    EXPECT_EQ(read.lines, whole.lines);
    EXPECT_EQ(read.numbers, whole.numbers);
  }
  EXPECT_EQ(read_xes(gzip_of(kLog)).rows, whole.rows);
}

TEST(xes_reader, declared_columns_are_found_as_written_or_by_their_name) {
  MemoryFiles files("f.xes", kLog);
  const Read read = read_with(
      files, "f.xes", {{"concept:name", "activity"}, {"", "case_concept_name"}, {"gone", "gone"}}, 100, 100);
  EXPECT_EQ(read.columns, (Row{"concept:name", "case_concept_name", "gone"}));
  EXPECT_EQ(read.rows.front(), (Row{"A", "case & 1", "-"}));
  EXPECT_EQ(read.undeclared, (Row{"case:amount", "time:timestamp", "ok", "CRP"}));
}

TEST(xes_reader, attributes_within_attributes_are_columns_and_lists_are_passed_over) {
  const Read read = read_xes(R"(<log><trace><string key="who" value="x"><int key="age" value="4"/></string>
<event><string key="a" value="1"><string key="b" value="2"><string key="c" value="3"><string key="d" value="4">
<string key="e" value="5"/></string></string></string></string>
<list key="l"><values><string key="v" value="6"/></values></list><string value="no key"><string key="in" value="7"/></string>
<string key="z"/><string key="y" value="first"/><string key="y" value="last"/></event>
<string key="late" value="8"/><event/></trace></log>)");
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.columns,
            (Row{"case:who", "case:who.age", "a", "a.b", "a.b.c", "a.b.c.d", "z", "y", "case:late"}));
  EXPECT_EQ(read.rows, (std::vector<Row>{{"x", "4", "1", "2", "3", "4", "-", "last", "-"},
                                         {"x", "4", "-", "-", "-", "-", "-", "-", "8"}}));
  EXPECT_EQ(read.notes,
            (Row{"1 lists or containers were passed over: only single values are columns",
                 "1 attributes within attributes were passed over: they are nested deeper than 4 levels",
                 "1 attributes without a key were passed over",
                 "1 attributes of traces stand behind events of theirs; they hold for later events only"}));
}

TEST(xes_reader, an_events_own_attribute_wins_over_one_of_its_trace) {
  const Read read = read_xes(
      R"(<log><trace><string key="id" value="t"/><event><string key="case:id" value="e"/></event><event/></trace></log>)");
  EXPECT_EQ(read.rows, (std::vector<Row>{{"e"}, {"t"}}));
}

TEST(xes_reader, what_stands_before_the_damage_is_given_then_line_and_column) {
  const std::string good = "<log>\n<trace>\n<event><string key=\"a\" value=\"1\"/></event>\n";
  const Read open = read_xes(good + "</log>", 5);
  EXPECT_EQ(open.rows, (std::vector<Row>{{"1"}}));
  EXPECT_EQ(open.error, "f.xes:4:3: f.xes is no well-formed XML at line 4, column 3: mismatched tag");
  const Read cut = read_xes(good + "<event><string key=\"a\" val");
  EXPECT_EQ(cut.rows, (std::vector<Row>{{"1"}}));
  EXPECT_EQ(cut.error, "f.xes:4:8: f.xes is no well-formed XML at line 4, column 8: unclosed token");
  const std::string packed = gzip_of(good + "</trace></log>");
  const Read broken = read_xes(packed.substr(0, packed.size() - 4));
  EXPECT_EQ(broken.rows, (std::vector<Row>{{"1"}}));
  EXPECT_NE(broken.error.find("it breaks off"), std::string::npos) << broken.error;
}

TEST(xes_reader, what_is_no_event_log_says_so) {
  EXPECT_EQ(read_xes("<html><body/></html>").error,
            "f.xes:1:1: f.xes is no XES: its root is <html>, not <log>");
  EXPECT_NE(read_xes("<!DOCTYPE log [<!ENTITY a \"x\">]><log/>").error.find("declares a document type"),
            std::string::npos);
  EXPECT_NE(read_xes("id,name\n1,2\n").error.find("is no well-formed XML at line 1, column 1"),
            std::string::npos);
  std::string deep = "<log>";
  for (int i = 0; i < 1200; ++i) deep += "<a>";
  EXPECT_NE(read_xes(deep).error.find("nested deeper than 1024 levels"), std::string::npos);
  EXPECT_EQ(read_xes("").error, "");
  EXPECT_EQ(read_xes("<log/>").error, "");
}

TEST(xes_reader, a_long_value_in_small_blocks_is_read_whole) {
  const std::string value(300'000, 'x');
  const Read read = read_xes("<log><event><string key=\"a\" value=\"" + value + "\"/></event></log>", 512);
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.rows, (std::vector<Row>{{value}}));
}

TEST(xes_reader, the_corpus_of_the_fuzzer_reads_alike_in_all_blocks) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(WEIR_SOURCE_DIR "/fuzz/corpus/xes")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const Read whole = read_xes(bytes);
    const Read small = read_xes(bytes, 3, 2);
    EXPECT_EQ(small.rows, whole.rows) << entry.path();
    EXPECT_EQ(small.lines, whole.lines) << entry.path();
    EXPECT_EQ(small.error, whole.error) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 9);
}

TEST(xes_reader, more_events_than_a_window_holds) {
  std::string log = "<log>";
  for (int i = 0; i < 700'000; ++i)
    log += i % 7 == 0 ? "<event><int key=\"n\" value=\"" + std::to_string(i) + "\"/></event>" : "<event/>";
  MemoryFiles files("f.xes", log + "</log>");
  const auto reader = XesReader::open(files, "f.xes", {{"n", "n"}});
  ASSERT_TRUE(reader);
  contract::RawBatch batch;
  std::vector<contract::Rejected> rejected;
  std::int64_t rows = 0;
  for (;;) {
    const auto more = (*reader)->next(batch, rejected, 16'384);
    ASSERT_TRUE(more) << more.error().message;
    if (!*more) break;
    for (std::size_t row = 0; row < batch.row_count(); ++row) {
      EXPECT_EQ(batch.rows[row], ++rows);
      EXPECT_EQ(batch.cell(row, 0).text(), (rows - 1) % 7 == 0 ? std::to_string(rows - 1) : "");
    }
  }
  EXPECT_EQ(rows, 700'000);
}

}  // namespace
}  // namespace weir::ingest
