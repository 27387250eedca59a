#include "workspace/expression_shape.h"

#include <gtest/gtest.h>

namespace weir::workspace {
namespace {

TEST(ExpressionShape, whole_expressions_pass) {
  for (const std::string_view sql : {"a = 'x'", "f(a, [1, 2], {'k': 1})", "name = 'it''s'", "\"a b\" > 1",
                                     "'(' || \")\"", "a - b", "a / b * c", ""}) {
    EXPECT_FALSE(broken_shape(sql).has_value()) << sql;
  }
}

TEST(ExpressionShape, open_quotes_and_brackets_are_broken) {
  for (const std::string_view sql : {"a = 'x", "\"a", "f(a", "f(a]", "a)", "]", "'it''s", "{'a': 1"}) {
    EXPECT_TRUE(broken_shape(sql).has_value()) << sql;
  }
}

TEST(ExpressionShape, comments_and_semicolons_are_broken_outside_of_quotes_only) {
  for (const std::string_view sql : {"a -- b", "a /* b */", "a; b"})
    EXPECT_TRUE(broken_shape(sql).has_value()) << sql;
  for (const std::string_view sql : {"'a -- b'", "'/*'", "\"a;b\""})
    EXPECT_FALSE(broken_shape(sql).has_value()) << sql;
}

}  // namespace
}  // namespace weir::workspace
