#include "store/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::store {
namespace {

using ::testing::HasSubstr;

class Expression : public ::testing::Test {
 protected:
  Result<BoundExpression> bind(const std::string& sql) {
    return binder_->bind(sql, Place{"weir.yaml", 3, 7}, schema_, BindRules{true});
  }
  std::string refusal(const std::string& sql) {
    const auto bound = bind(sql);
    return bound.has_value() ? "accepted" : to_text(bound.error());
  }
  Result<ExpressionBinder> binder_ = ExpressionBinder::create();
  Schema schema_{{"type", ValueType::text},
                 {"amount", ValueType::number},
                 {"close_date", ValueType::date},
                 {"properties", ValueType::text},
                 {"account.sector", ValueType::text}};
};

TEST_F(Expression, plain_conditions_are_boolean) {
  const auto bound = bind("type = 'a' AND amount > 5");
  ASSERT_TRUE(bound.has_value()) << to_text(bound.error());
  EXPECT_EQ(bound->type, ValueType::boolean);
  EXPECT_EQ(bound->columns, (std::vector<std::string>{"amount", "type"}));
}

TEST_F(Expression, properties_and_dotted_names_are_rewritten) {
  const auto bound = bind("prop_number('minutes') > 3 OR account.sector = 'x'");
  ASSERT_TRUE(bound.has_value()) << to_text(bound.error());
  EXPECT_THAT(bound->sql, HasSubstr("json_extract_string(properties, 'minutes')"));
  EXPECT_THAT(bound->sql, HasSubstr("\"account.sector\""));
}

TEST_F(Expression, a_cast_never_ends_the_query) {
  const auto bound = bind("CAST(type AS DATE)");
  ASSERT_TRUE(bound.has_value()) << to_text(bound.error());
  EXPECT_THAT(bound->sql, HasSubstr("TRY_CAST"));
  EXPECT_EQ(bound->type, ValueType::date);
  EXPECT_THAT(bound->failed_sql, HasSubstr("IS NULL"));
}

TEST_F(Expression, what_is_not_pure_is_refused_with_its_place) {
  EXPECT_THAT(refusal("now() > close_date"),
              HasSubstr("weir.yaml:3:7: the function 'now' is not on the list"));
  EXPECT_THAT(refusal("random() < 0.5"), HasSubstr("'random' is not on the list"));
  EXPECT_THAT(refusal("current_date > close_date"), ::testing::Not(HasSubstr("accepted")));
  EXPECT_THAT(refusal("current_setting('threads')"), HasSubstr("is not on the list"));
  EXPECT_THAT(refusal("(SELECT 1)"), HasSubstr("a subquery is not allowed"));
  EXPECT_THAT(refusal("sum(amount)"), HasSubstr("'sum' is not on the list"));
  EXPECT_THAT(refusal("row_number() OVER ()"), HasSubstr("window"));
  EXPECT_THAT(refusal("1 FROM read_csv('/etc/passwd')"), HasSubstr("found a query"));
  EXPECT_THAT(refusal("1; DROP TABLE x"), ::testing::Not(HasSubstr("accepted")));
  EXPECT_THAT(refusal("1, 2"), HasSubstr("found a list"));
  EXPECT_THAT(refusal("lowr(type)"), HasSubstr("did you mean 'lower'?"));
  EXPECT_THAT(refusal("amout > 1"), HasSubstr("there is no column 'amout' here; did you mean 'amount'?"));
  EXPECT_THAT(refusal("type ="), HasSubstr("this is no SQL expression"));
  EXPECT_THAT(refusal("type = 5 AND"), HasSubstr("this is no SQL expression"));
}

TEST(QueryEngine, values_go_in_and_come_out) {
  auto engine = QueryEngine::open({});
  ASSERT_TRUE(engine.has_value());
  ASSERT_TRUE((*engine)
                  ->execute("CREATE TABLE t (a BIGINT, b VARCHAR, c UUID, d TIMESTAMP, e DATE, f BOOLEAN)")
                  .has_value());
  auto writer = (*engine)->writer("t");
  ASSERT_TRUE(writer.has_value());
  for (int i = 0; i < 5000; ++i) {
    (*writer)->integer(i);
    if (i % 7 == 0) {
      (*writer)->null();
    } else {
      (*writer)->text("text number " + std::to_string(i));
    }
    (*writer)->uuid(~static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(i));
    (*writer)->timestamp(i);
    (*writer)->date(i);
    (*writer)->boolean(i % 2 == 0);
    (*writer)->end_row();
  }
  ASSERT_TRUE((*writer)->flush().has_value());
  std::int64_t expected = 0;
  const Status status =
      (*engine)->query("SELECT * FROM t ORDER BY a", [&](const QueryChunk& chunk) -> Status {
        for (std::size_t row = 0; row < chunk.row_count(); ++row, ++expected) {
          EXPECT_EQ(chunk.integer(0, row), expected);
          EXPECT_EQ(chunk.is_null(1, row), expected % 7 == 0);
          if (expected % 7 != 0) {
            EXPECT_EQ(chunk.text(1, row), "text number " + std::to_string(expected));
          }
          EXPECT_EQ(chunk.uuid(2, row).first, ~static_cast<std::uint64_t>(expected));
          EXPECT_EQ(chunk.integer(3, row), expected);
          EXPECT_EQ(chunk.integer(4, row), expected);
          EXPECT_EQ(chunk.integer(5, row), expected % 2 == 0 ? 1 : 0);
        }
        return {};
      });
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(expected, 5000);
}

TextFunctions shouting() {
  return {{"shout", "1", [](std::string_view text) -> std::optional<std::string> {
             if (text.empty()) return std::nullopt;
             return std::string(text) + "!";
           }}};
}

TEST(QueryEngine, calls_text_functions_row_by_row_and_null_stays_null) {
  EngineOptions options{true, "256MB", 1, ""};
  options.text_functions = shouting();
  auto engine = QueryEngine::open(options);
  ASSERT_TRUE(engine.has_value());
  std::int64_t rows = 0;
  const Status status = (*engine)->query(
      "SELECT i, shout(CASE WHEN i % 3 = 0 THEN NULL WHEN i % 3 = 1 THEN '' ELSE 'row ' || i END) FROM "
      "range(5000) t(i) ORDER BY i",
      [&](const QueryChunk& chunk) -> Status {
        for (std::size_t row = 0; row < chunk.row_count(); ++row, ++rows) {
          const std::int64_t i = chunk.integer(0, row);
          EXPECT_EQ(chunk.is_null(1, row), i % 3 != 2);
          if (i % 3 == 2) {
            EXPECT_EQ(chunk.text(1, row), "row " + std::to_string(i) + "!");
          }
        }
        return {};
      });
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(rows, 5000);
}

TEST(ExpressionBinder, text_functions_are_callable_where_they_are_handed_in) {
  const Schema schema{{"text", ValueType::text}, {"amount", ValueType::number}};
  auto with = ExpressionBinder::create(shouting());
  ASSERT_TRUE(with.has_value());
  const auto bound = with->bind("Shout(text) = 'no!'", {}, schema);
  ASSERT_TRUE(bound.has_value()) << bound.error().message;
  EXPECT_EQ(bound->type, ValueType::boolean);
  EXPECT_EQ(bound->columns, std::vector<std::string>{"text"});
  const auto misspelt = with->bind("shuot(text)", {}, schema);
  ASSERT_FALSE(misspelt.has_value());
  EXPECT_NE(misspelt.error().message.find("shout"), std::string::npos) << misspelt.error().message;
  EXPECT_FALSE(with->bind("shout(text, text)", {}, schema).has_value());
  auto without = ExpressionBinder::create();
  EXPECT_FALSE(without->bind("shout(text)", {}, schema).has_value());
}

TEST(QueryEngine, a_sealed_engine_opens_no_file) {
  auto engine = QueryEngine::open(EngineOptions{true, "256MB", 1, ""});
  ASSERT_TRUE(engine.has_value());
  EXPECT_FALSE((*engine)->execute("SELECT * FROM read_csv('/etc/passwd')").has_value());
  EXPECT_FALSE((*engine)->execute("SET enable_external_access = true").has_value());
}

}  // namespace
}  // namespace weir::store
