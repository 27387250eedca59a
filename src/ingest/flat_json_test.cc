#include "ingest/flat_json.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <charconv>
#include <string>

#include "base/random.h"

namespace weir::ingest {
namespace {

std::string padded(std::string text) {
  text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  return text;
}

// What the full parser says a member is, in the words of FlatMember.
std::string parsed_value(const simdjson::dom::element& value) {
  using Type = simdjson::dom::element_type;
  switch (value.type()) {
    case Type::STRING:
      return "text " + std::string(value.get_string().value_unsafe());
    case Type::INT64:
      return "number " + std::to_string(value.get_int64().value_unsafe());
    case Type::DOUBLE: {
      char digits[40];
      const auto end = std::to_chars(digits, digits + sizeof digits, value.get_double().value_unsafe()).ptr;
      return "number " + std::string(digits, end);
    }
    case Type::BOOL:
      return value.get_bool().value_unsafe() ? "true" : "false";
    case Type::NULL_VALUE:
      return "null";
    default:
      return "other";
  }
}

std::string flat_value(const FlatMember& member) {
  switch (member.kind) {
    case FlatMember::Kind::text:
      return "text " + std::string(member.value);
    case FlatMember::Kind::number:
      return "number " + std::string(member.value);
    case FlatMember::Kind::real: {
      double number = 0;
      std::from_chars(member.value.data(), member.value.data() + member.value.size(), number);
      char digits[40];
      return "number " + std::string(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    }
    case FlatMember::Kind::truth:
      return std::string(member.value);
    case FlatMember::Kind::null:
      return "null";
  }
  return "";
}

// What is taken is what the full parser takes, member by member; gives whether it was taken.
bool agrees(const std::string& json) {
  const std::string text = padded(json);
  std::vector<FlatMember> members;
  if (!read_flat_object(text, members)) return false;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  EXPECT_EQ(parser.parse(text).get_object().get(object), simdjson::SUCCESS) << json;
  std::size_t i = 0;
  for (const auto member : object) {
    if (i == members.size()) break;
    EXPECT_EQ(members[i].key, member.key) << json;
    EXPECT_EQ(flat_value(members[i]), parsed_value(member.value)) << json;
    ++i;
  }
  EXPECT_EQ(i, members.size()) << json;
  EXPECT_EQ(i, object.size()) << json;
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
  for (int i = 0; i < 20'000; ++i) {
    std::string json = whole;
    static constexpr std::string_view kBytes = "\"\\{}[]:,.-+0123456789eEtrufalsn \t\x01\x7F\xC3\xA4";
    for (std::size_t edits = 1 + random.below(2); edits > 0; --edits)
      json[random.below(json.size())] = kBytes[random.below(kBytes.size())];
    taken += agrees(json) ? 1 : 0;
  }
  EXPECT_GT(taken, 1'000);
}

}  // namespace
}  // namespace weir::ingest
