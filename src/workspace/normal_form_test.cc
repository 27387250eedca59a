#include "workspace/normal_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workspace/parse.h"

namespace weir::workspace {
namespace {

std::string form_of(std::string_view yaml, ScalarForm form = ScalarForm::text) {
  const YamlDocument document = read_yaml(yaml, "w");
  EXPECT_THAT(document.mistakes, ::testing::IsEmpty());
  return normal_form(document.root, form);
}

TEST(NormalForm, keys_are_sorted_and_lists_keep_their_order) {
  EXPECT_EQ(form_of("{ b: 1, a: [z, y], c: { e: 2, d: } }"),
            R"({"a":["z","y"],"b":"1","c":{"d":null,"e":"2"}})");
}

TEST(NormalForm, quotes_blocks_and_comments_make_no_difference) {
  const std::string plain = form_of("a: type = 'x'  # why\nb: 5\n");
  EXPECT_EQ(form_of("b: '5'\n\n# first\na: \"type = 'x'\""), plain);
  EXPECT_EQ(form_of("b: 5\na: |\n  type = 'x'\n"), plain);
  EXPECT_EQ(form_of("b: 5\na: >-\n  type =\n  'x'\n"), plain);
}

TEST(NormalForm, typed_scalars_follow_the_core_schema) {
  EXPECT_EQ(form_of("[1, '1', 0.25, true, no, ~, 1e3, -7, 30d]", ScalarForm::typed),
            R"([1,"1",0.25,true,"no",null,1000,-7,"30d"])");
}

constexpr std::string_view kOne = R"(
weir: 1
workspace: w
sources:
  s: { read: x.csv, kind: snapshot, key: id, entity: { account: { id: a, sector: b } } }
signals:
  x: type = 'x'
)";
constexpr std::string_view kSame = R"(
# The same, written differently.
signals: { "x": "type = 'x'" }
sources:
  s:
    entity:
      account:
        sector: 'b'
        id: a
    key: "id"
    kind: snapshot
    read: x.csv
workspace: w
weir: 1
)";

TEST(NormalForm, equal_workspaces_have_equal_versions) {
  const Parsed one = parse_definitions(kOne, ".", "w");
  const Parsed same = parse_definitions(kSame, ".", "w");
  EXPECT_THAT(one.diagnostics, ::testing::IsEmpty());
  EXPECT_THAT(same.diagnostics, ::testing::IsEmpty());
  EXPECT_EQ(one.definitions.normal_forms, same.definitions.normal_forms);
}

TEST(NormalForm, a_changed_expression_changes_only_its_own_definition) {
  const auto before = parse_definitions(kOne, ".", "w").definitions.normal_forms;
  std::string text(kOne);
  text.replace(text.find("type = 'x'"), 10, "type = 'y'");
  const auto after = parse_definitions(text, ".", "w").definitions.normal_forms;
  for (const auto& [name, form] : before) EXPECT_EQ(form == after.at(name), name != "signal/x") << name;
}

}  // namespace
}  // namespace weir::workspace
