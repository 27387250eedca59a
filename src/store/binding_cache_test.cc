#include "store/binding_cache.h"

#include <gtest/gtest.h>

#include "store/expression.h"

namespace weir::store {
namespace {

const Schema kSchema{{"type", ValueType::text}, {"minutes", ValueType::integer}};

struct BindingCacheTest : testing::Test {
  BindingCacheTest() {
    if (files->exists(path)) {
      EXPECT_TRUE(files->remove(path).has_value());
    }
  }
  // Binds with the cache as it stands on the disk, and saves it.
  BoundExpression bind(const std::string& sql, const Schema& schema = kSchema) {
    BindingCache cache(*files, path);
    auto binder = ExpressionBinder::create({}, &cache);
    EXPECT_TRUE(binder.has_value());
    const auto bound = binder->bind(sql, {}, schema);
    EXPECT_TRUE(bound.has_value());
    cache.save();
    return *bound;
  }
  std::unique_ptr<FileSystem> files{posix_file_system()};
  std::string path{testing::TempDir() + "/bindings"};
};

TEST_F(BindingCacheTest, gives_what_binding_gave) {
  const BoundExpression first = bind("minutes + CAST(type AS INTEGER) > 2");
  const std::string bytes = *files->read_file(path);
  const BoundExpression again = bind("minutes + CAST(type AS INTEGER) > 2");
  EXPECT_EQ(again.sql, first.sql);
  EXPECT_EQ(again.type, first.type);
  EXPECT_EQ(again.failed_sql, first.failed_sql);
  EXPECT_EQ(again.columns, first.columns);
  EXPECT_EQ(again.tree, first.tree);
  EXPECT_EQ(*files->read_file(path), bytes);
}

TEST_F(BindingCacheTest, another_schema_is_another_expression) {
  EXPECT_EQ(bind("minutes").type, ValueType::integer);
  EXPECT_EQ(bind("minutes", {{"minutes", ValueType::text}}).type, ValueType::text);
}

TEST_F(BindingCacheTest, what_is_not_used_any_more_goes) {
  bind("minutes > 1");
  const std::string bytes = *files->read_file(path);
  bind("minutes > 2");
  EXPECT_EQ(files->read_file(path)->size(), bytes.size());
  EXPECT_EQ(files->read_file(path)->find("> 1"), std::string::npos);
}

TEST_F(BindingCacheTest, damage_is_no_error) {
  const BoundExpression first = bind("minutes > 1");
  const std::string bytes = *files->read_file(path);
  for (std::size_t at = 0; at < bytes.size(); at += 53) {
    std::string broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ 1);
    ASSERT_TRUE(files->write_durably(path, broken).has_value());
    BindingCache cache(*files, path);
    auto binder = ExpressionBinder::create({}, &cache);
    EXPECT_EQ(binder->bind("minutes > 1", {}, kSchema)->sql, first.sql) << at;
  }
  ASSERT_TRUE(files->write_durably(path, bytes.substr(0, 9)).has_value());
  EXPECT_EQ(bind("minutes > 1").sql, first.sql);
}

TEST_F(BindingCacheTest, a_mistake_is_not_kept) {
  BindingCache cache(*files, path);
  auto binder = ExpressionBinder::create({}, &cache);
  EXPECT_FALSE(binder->bind("hours > 1", {}, kSchema).has_value());
  cache.save();
  EXPECT_FALSE(files->exists(path));
}

}  // namespace
}  // namespace weir::store
