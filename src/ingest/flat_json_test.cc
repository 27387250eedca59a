#include "ingest/flat_json.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/random.h"
#include "ingest/jsonl_reader.h"
#include "ingest/memory_files.h"

namespace weir::ingest {
namespace {

// The cells of the columns `names` of one line; "rejected" when it is no record.
std::vector<std::string> cells_of(const std::string& json, const std::set<std::string>& names) {
  MemoryFiles files("one.jsonl", json + "\n");
  std::vector<JsonColumn> columns;
  for (const std::string& name : names) columns.push_back({name, name, false});
  const auto reader = JsonlReader::open(files, "one.jsonl", "", std::move(columns));
  contract::RawBatch batch;
  std::vector<contract::Rejected> rejected;
  if (!reader || !(*reader)->next(batch, rejected, 10).value() || batch.row_count() != 1) return {"rejected"};
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const contract::Cell& cell = batch.cell(0, i);
    cells.push_back(std::to_string(static_cast<int>(cell.kind)) + " " + std::string(cell.text()));
  }
  return cells;
}

std::string told(const std::vector<FlatMember>& members) {
  std::string all;
  for (const FlatMember& member : members) {
    all += std::string(member.key) + "=" + std::to_string(static_cast<int>(member.kind)) +
           std::string(member.value) + ";";
  }
  return all;
}

// Members that are expected, at their place or at another, are read as all others.
void expect_same_with_openings(const std::string& text, const std::vector<FlatMember>& members) {
  std::vector<std::string> openings;
  for (const FlatMember& member : members) openings.push_back(flat_opening(member.key));
  std::vector<FlatMember> again;
  EXPECT_TRUE(read_flat_object(text, openings, again)) << text;
  EXPECT_EQ(told(again), told(members)) << text;
  openings.insert(openings.begin(), flat_opening("other"));
  EXPECT_TRUE(read_flat_object(text, openings, again)) << text;
  EXPECT_EQ(told(again), told(members)) << text;
}

// What is taken is what the full parser takes, cell by cell; gives whether it was taken. A member that is an
// array leaves the object to the full parser.
bool agrees(const std::string& json) {
  std::string text = json;
  text.reserve(text.size() + kFlatJsonPadding);
  std::vector<FlatMember> members;
  if (!read_flat_object(text, {}, members)) return false;
  expect_same_with_openings(text, members);
  std::set<std::string> names;
  for (const FlatMember& member : members) {
    if (!member.key.empty()) names.emplace(member.key);
  }
  const std::string forced =
      text.substr(0, text.rfind('}')) + (members.empty() ? "" : ",") + R"("full parser":[]})";
  const auto cells = cells_of(json, names);
  EXPECT_NE(cells, std::vector<std::string>{"rejected"}) << json;
  EXPECT_EQ(cells, cells_of(forced, names)) << json;
  return true;
}

TEST(FlatJson, takes_plain_objects_as_the_full_parser_does) {
  for (const char* json :
       {"{}", " { } ", R"({"a":"b","n":1,"x":-2.5,"t":true,"f":false,"z":null})",
        R"({"a" : "" , "a":"again"})",
        R"({"long text of more than sixteen bytes":"and one that is still longer than those of it, by far"})",
        R"({"n":0,"m":10000.01,"k":99999.5,"l":0.1,"o":123456789012345678})", R"({"ü":"äöü €"})",
        R"({"r":100000.0,"s":0.001,"u":1.50,"v":123456.25,"w":-0.0})"}) {
    const std::string text = json;
    const auto first = text.find_first_not_of(' ');
    EXPECT_TRUE(agrees(text.substr(first, text.find_last_not_of(' ') - first + 1))) << json;
  }
}

TEST(FlatJson, leaves_everything_else_to_the_full_parser) {
  for (const char* json : {"",
                           "{",
                           "}",
                           "[]",
                           "1",
                           R"({"a"})",
                           R"({"a":})",
                           R"({"a":1)",
                           R"({"a":1,})",
                           R"({"a":1}})",
                           R"({a:1})",
                           R"({"a":01})",
                           R"({"a":1.})",
                           R"({"a":.5})",
                           R"({"a":-})",
                           R"({"a":+1})",
                           R"({"a":1e5})",
                           R"({"a":-0})",
                           R"({"a":12345678901234567890})",
                           R"({"a":tru})",
                           R"({"a":nul})",
                           R"({"a":"b\n"})",
                           R"({"a\"":1})",
                           R"({"a":{"b":1}})",
                           R"({"a":[1]})",
                           R"({"a":"b)",
                           "{\"a\":\"b\tc\"}",
                           "{\"a\":\"\xFF\"}",
                           R"({"a":truex})",
                           R"({"a":1 2})",
                           R"({"a":"b""c"})"})
    EXPECT_FALSE(agrees(json)) << json;
}

// Whatever mistake is made in it.
TEST(FlatJson, agrees_on_damaged_objects) {
  const std::string whole =
      R"({"event_id":"E0000001","kind":"viewed","amount":871.27,"score":49,"ok":true,"none":null,"text":"a longer one"})";
  Random random(11);
  int taken = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string json = whole;
    static constexpr std::string_view kBytes = "\"\\{}[]:,.-+0123456789eEtrufalsn \t\x01\x7F\xC3\xA4";
    for (std::size_t edits = 1 + random.below(2); edits > 0; --edits)
      json[random.below(json.size())] = kBytes[random.below(kBytes.size())];
    taken += agrees(json) ? 1 : 0;
  }
  EXPECT_GT(taken, 500);
}

}  // namespace
}  // namespace weir::ingest
