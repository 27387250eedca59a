#include "workspace/yaml_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::workspace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> mistakes_of(std::string_view text) {
  std::vector<std::string> found;
  for (const Diagnostic& each : read_yaml(text, "f").mistakes) found.push_back(to_text(each));
  return found;
}

TEST(Yaml, every_node_has_its_place) {
  const YamlDocument document = read_yaml("a: 1\nlong_key:\n  - x\n  - { b: y, c: }\n", "f.yaml");
  ASSERT_THAT(document.mistakes, IsEmpty());
  const YamlNode* list = document.root.find("long_key");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(to_text(list->key_place), "f.yaml:2:1");
  EXPECT_EQ(to_text(list->place), "f.yaml:3:3");
  EXPECT_EQ(to_text(list->children.at(0).place), "f.yaml:3:5");
  EXPECT_EQ(to_text(list->children.at(1).find("b")->place), "f.yaml:4:10");
  EXPECT_EQ(to_text(list->children.at(1).find("c")->place), "f.yaml:4:13");
  EXPECT_TRUE(list->children.at(1).find("c")->is_null());
  EXPECT_EQ(list->find("x"), nullptr);
}

TEST(Yaml, columns_count_characters) {
  const YamlDocument document = read_yaml("é: { ü: 'ö', b: c }\r\nd: e\r\n", "f");
  ASSERT_THAT(document.mistakes, IsEmpty());
  EXPECT_EQ(to_text(document.root.children.at(0).find("b")->place), "f:1:17");
  EXPECT_EQ(to_text(document.root.find("d")->place), "f:2:4");
  EXPECT_EQ(document.root.find("d")->text, "e");
}

TEST(Yaml, a_byte_order_mark_is_left_out) {
  const YamlDocument document = read_yaml(
      "\xEF\xBB\xBF"
      "a: b",
      "f");
  ASSERT_THAT(document.mistakes, IsEmpty());
  EXPECT_EQ(to_text(document.root.find("a")->place), "f:1:4");
}

TEST(Yaml, no_and_off_and_yes_are_text) {
  const YamlDocument document =
      read_yaml("[no, off, yes, true, FALSE, 'true', 0x10, 7, '7', +7, -7, 1.5, +-7, 1_000]", "f");
  const auto& items = document.root.children;
  for (const std::size_t i : {0U, 1U, 2U, 5U})
    EXPECT_FALSE(items.at(i).boolean().has_value()) << items.at(i).text;
  EXPECT_EQ(items.at(3).boolean(), true);
  EXPECT_EQ(items.at(4).boolean(), false);
  EXPECT_EQ(items.at(7).integer(), 7);
  EXPECT_FALSE(items.at(8).integer().has_value());
  EXPECT_EQ(items.at(9).integer(), 7);
  EXPECT_EQ(items.at(10).integer(), -7);
  EXPECT_FALSE(items.at(11).integer().has_value());
  EXPECT_EQ(items.at(11).number(), 1.5);
  EXPECT_FALSE(items.at(12).number().has_value());
  EXPECT_FALSE(items.at(13).number().has_value());
}

TEST(Yaml, an_empty_file_is_null_at_its_begin) {
  const YamlDocument document = read_yaml("# nothing\n", "f");
  EXPECT_TRUE(document.root.is_null());
  EXPECT_THAT(document.mistakes, IsEmpty());
  EXPECT_EQ(to_text(document.root.place), "f:1:1");
}

TEST(Yaml, the_first_value_of_a_duplicate_key_stays) {
  const YamlDocument document = read_yaml("a: 1\nb: { c: 1, c: 2 }\na: { d: 3 }\n", "f");
  ASSERT_EQ(document.mistakes.size(), 2U);
  EXPECT_EQ(to_text(document.mistakes[0]), "f:2:12: error: 'c' is there twice; first in line 2");
  EXPECT_EQ(to_text(document.mistakes[1]), "f:3:1: error: 'a' is there twice; first in line 1");
  EXPECT_EQ(document.root.find("a")->text, "1");
  EXPECT_EQ(document.root.children.size(), 2U);
}

TEST(Yaml, what_is_not_supported_is_named) {
  EXPECT_THAT(mistakes_of("a: &x 1\nb: *x\n"),
              ElementsAre("f:1:4: error: an anchor (&name) is not supported: leave it out",
                          "f:2:4: error: an alias (*name) is not supported: write the value out"));
  EXPECT_THAT(mistakes_of("a: *x\n"),
              ElementsAre("f:1:4: error: an alias (*name) is not supported: write the value out"));
  EXPECT_THAT(mistakes_of("a: !!int 1\n"),
              ElementsAre("f:1:4: error: a tag (!...) is not supported: leave it out"));
  EXPECT_THAT(mistakes_of("? [a, b]\n: { c: d }\n"),
              ElementsAre("f:1:3: error: a key must be text, not a list"));
  EXPECT_THAT(mistakes_of("~: 1\n"), ElementsAre("f:1:1: error: a key must be text, not nothing"));
  EXPECT_THAT(mistakes_of("a: 1\n---\nb: 2\n---\nc: 3\n"),
              ElementsAre("f:2:1: error: a file holds one document: this begins a second"));
}

TEST(Yaml, bytes_that_are_no_text_are_named_by_place) {
  EXPECT_THAT(mistakes_of("a: ü\nb: \xff\n"), ElementsAre("f:2:4: error: a byte that is no UTF-8 text"));
  EXPECT_THAT(mistakes_of(std::string_view("a: \0", 4)),
              ElementsAre("f:1:4: error: a byte that is no UTF-8 text"));
  EXPECT_THAT(mistakes_of("a: \xC3"), ElementsAre("f:1:4: error: a byte that is no UTF-8 text"));
}

TEST(Yaml, tabs_do_not_indent) {
  EXPECT_THAT(mistakes_of("a:\n\tb: 1\n"),
              ElementsAre("f:2:3: error: a line is indented with spaces, not with a tab"));
}

TEST(Yaml, depth_has_a_limit) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_THAT(mistakes_of(nested(kMaxYamlDepth)), IsEmpty());
  EXPECT_THAT(mistakes_of(nested(kMaxYamlDepth + 1)),
              ElementsAre("f:1:33: error: lists and maps may be nested at most 32 deep"));
  EXPECT_TRUE(read_yaml(nested(5000), "f").root.is_null());
  EXPECT_EQ(mistakes_of(std::string(5000, '[')).size(), 1U);
  EXPECT_FALSE(mistakes_of(std::string(5000, '{')).empty());
}

TEST(Yaml, the_number_of_values_has_a_limit) {
  std::string text = "[";
  for (std::size_t i = 0; i + 1 < kMaxYamlNodes; ++i) text += "1,";
  EXPECT_THAT(mistakes_of(text + "]"), IsEmpty());
  EXPECT_THAT(mistakes_of(text + "1]"), ElementsAre(::testing::HasSubstr("at most 100000 values")));
}

TEST(Yaml, places_in_one_long_line_take_linear_time) {
  std::string text = "[";
  for (int i = 0; i < 90'000; ++i) text += "é,";
  const YamlDocument document = read_yaml(text + "]", "f");
  ASSERT_EQ(document.root.children.size(), 90'000U);
  EXPECT_EQ(document.root.children.back().place.column, 2 * 90'000);
}

TEST(Yaml, the_size_has_a_limit) {
  EXPECT_THAT(mistakes_of(std::string(kMaxYamlBytes, '#')), IsEmpty());
  EXPECT_THAT(mistakes_of(std::string(kMaxYamlBytes + 1, '#')),
              ElementsAre("f:1:1: error: a file may have at most 1048576 bytes"));
}

}  // namespace
}  // namespace weir::workspace
