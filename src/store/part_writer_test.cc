#include "store/part_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <optional>

#include "base/random.h"
#include "store/query_engine.h"

namespace weir::store {
namespace {

// A folder of its own for each test.
class PartWriterTest : public ::testing::Test {
 protected:
  PartWriterTest()
      : folder_(std::filesystem::temp_directory_path() / ("weir_parts_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    engine_ = *QueryEngine::open({});
  }
  ~PartWriterTest() override { std::filesystem::remove_all(folder_); }

  Part finish(PartWriter& writer) {
    Part part;
    part.source = "s";
    part.kind = PartKind::events;
    auto finished = writer.finish(part);
    EXPECT_TRUE(finished.has_value()) << (finished.has_value() ? "" : finished.error().message);
    return finished.has_value() ? *finished : part;
  }
  std::string table(const Part& part) {
    return "read_parquet(" + sql_quote((folder_ / part.file).string()) + ")";
  }
  std::int64_t number(const std::string& sql) {
    std::int64_t value = -1;
    const Status status = engine_->query(sql, [&](const QueryChunk& chunk) -> Status {
      value = chunk.is_null(0, 0) ? -2 : chunk.integer(0, 0);
      return {};
    });
    EXPECT_TRUE(status.has_value()) << (status.has_value() ? "" : status.error().message);
    return value;
  }
  std::unique_ptr<FileSystem> files_ = posix_file_system();
  std::filesystem::path folder_;
  std::unique_ptr<QueryEngine> engine_;
};

// Values of one row of a table with a column per type, by shape: constant, few, many, sorted, extreme, with
// nulls.
struct Rows {
  std::vector<std::optional<std::int64_t>> integers;
  std::vector<std::optional<double>> numbers;
  std::vector<std::optional<std::string>> texts;
};

Rows rows_of(int shape, std::size_t count) {
  Rows rows;
  Random random(static_cast<std::uint64_t>(shape) + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const bool null = shape >= 3 && random.next() % 3 == 0;
    std::int64_t integer = 7;
    if (shape == 1 || shape == 4) integer = static_cast<std::int64_t>(random.next() % 50);
    if (shape == 2 || shape == 5) integer = static_cast<std::int64_t>(random.next());
    if (shape == 6) integer = static_cast<std::int64_t>(i) * 1'000 - 5;
    if (shape == 7)
      integer =
          i % 2 == 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
    if (shape == 8) {
      rows.integers.push_back(std::nullopt);
    } else {
      rows.integers.push_back(null ? std::nullopt : std::optional(integer));
    }
    const auto& value = rows.integers.back();
    rows.numbers.push_back(value ? std::optional(static_cast<double>(*value) / 3) : std::nullopt);
    rows.texts.push_back(value ? std::optional(std::string(i % 5, 'x') + std::to_string(*value))
                               : std::nullopt);
  }
  return rows;
}

TEST_F(PartWriterTest, every_value_comes_back_in_its_order) {
  const std::vector<StoredColumn> columns{{"b", StoredType::boolean},    {"s", StoredType::small},
                                          {"i", StoredType::integer},    {"n", StoredType::number},
                                          {"t", StoredType::text},       {"d", StoredType::date},
                                          {"at", StoredType::timestamp}, {"u", StoredType::uuid}};
  for (const std::size_t count : {std::size_t{1}, std::size_t{9}, std::size_t{3'000}, std::size_t{250'001}}) {
    for (int shape = 0; shape < 9; ++shape) {
      if (count > 100'000 && shape % 3 != 1) continue;
      const Rows rows = rows_of(shape, count);
      PartWriter writer(*files_, folder_.string(), "t", columns);
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t c = 0; c < columns.size(); ++c) {
          ColumnBuffer& out = writer.column(c);
          const auto& integer = rows.integers[i];
          if (!integer) {
            out.null();
          } else if (columns[c].type == StoredType::boolean) {
            out.integer(*integer & 1);
          } else if (columns[c].type == StoredType::small || columns[c].type == StoredType::date) {
            out.integer(static_cast<std::int32_t>(*integer % 1'000'000));
          } else if (columns[c].type == StoredType::number) {
            out.number(*rows.numbers[i]);
          } else if (columns[c].type == StoredType::text) {
            out.text(*rows.texts[i]);
          } else if (columns[c].type == StoredType::uuid) {
            out.uuid(static_cast<std::uint64_t>(*integer), i);
          } else {
            out.integer(columns[c].type == StoredType::timestamp ? *integer % 1'000'000'000'000'000
                                                                 : *integer);
          }
        }
        ASSERT_TRUE(writer.end_rows().has_value());
      }
      const Part part = finish(writer);
      EXPECT_EQ(part.rows, static_cast<std::int64_t>(count));
      EXPECT_EQ(digest_file(*files_, (folder_ / part.file).string())->hash, part.hash);
      std::size_t row = 0;
      std::size_t wrong = 0;
      const Status status = engine_->query(
          "SELECT b, s, i, n, t, d, \"at\", u FROM " + table(part), [&](const QueryChunk& chunk) -> Status {
            for (std::size_t k = 0; k < chunk.row_count(); ++k, ++row) {
              const auto& integer = rows.integers[row];
              for (std::size_t c = 0; c < columns.size(); ++c)
                wrong += chunk.is_null(c, k) == integer.has_value() ? 1U : 0U;
              if (!integer) continue;
              wrong += chunk.integer(0, k) != (*integer & 1) ? 1U : 0U;
              wrong += chunk.integer(1, k) != static_cast<std::int32_t>(*integer % 1'000'000) ? 1U : 0U;
              wrong += chunk.integer(2, k) != *integer ? 1U : 0U;
              wrong += chunk.number(3, k) != *rows.numbers[row] ? 1U : 0U;
              wrong += chunk.text(4, k) != *rows.texts[row] ? 1U : 0U;
              wrong += chunk.integer(5, k) != static_cast<std::int32_t>(*integer % 1'000'000) ? 1U : 0U;
              wrong += chunk.integer(6, k) != *integer % 1'000'000'000'000'000 ? 1U : 0U;
              wrong += chunk.uuid(7, k) != std::pair<std::uint64_t, std::uint64_t>(*integer, row) ? 1U : 0U;
            }
            return {};
          });
      ASSERT_TRUE(status.has_value()) << status.error().message;
      EXPECT_EQ(row, count) << "shape " << shape;
      EXPECT_EQ(wrong, 0U) << "shape " << shape << ", " << count << " rows";
    }
  }
}

TEST_F(PartWriterTest, statistics_prune_no_row_that_is_there) {
  PartWriter writer(*files_, folder_.string(), "t",
                    {{"t", StoredType::text}, {"n", StoredType::number}, {"i", StoredType::integer}});
  for (int i = 0; i < 200'000; ++i) {
    writer.column(0).text(i == 150'000 ? std::string(200, 'z') : "k" + std::to_string(i));
    writer.column(1).number(i == 5 ? -0.0 : i);
    writer.column(2).integer(i - 100'000);
    ASSERT_TRUE(writer.end_rows().has_value());
  }
  const Part part = finish(writer);
  EXPECT_EQ(number("SELECT count(*) FROM " + table(part) + " WHERE t = 'k199999'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM " + table(part) + " WHERE t > 'y'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM " + table(part) + " WHERE n = 0"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM " + table(part) + " WHERE i < 0"), 100'000);
  EXPECT_EQ(number("SELECT i FROM " + table(part) + " WHERE n = 199999"), 99'999);
}

TEST_F(PartWriterTest, types_are_those_of_the_query_engine) {
  const std::vector<StoredColumn> columns{{"b", StoredType::boolean},    {"s", StoredType::small},
                                          {"i", StoredType::integer},    {"n", StoredType::number},
                                          {"t", StoredType::text},       {"d", StoredType::date},
                                          {"at", StoredType::timestamp}, {"u", StoredType::uuid}};
  EXPECT_EQ(
      sql_columns(columns),
      R"("b" BOOLEAN, "s" INTEGER, "i" BIGINT, "n" DOUBLE, "t" VARCHAR, "d" DATE, "at" TIMESTAMP, "u" UUID)");
  PartWriter writer(*files_, folder_.string(), "t", columns);
  for (std::size_t c = 0; c < columns.size(); ++c) writer.column(c).null();
  ASSERT_TRUE(writer.end_rows().has_value());
  const Part part = finish(writer);
  std::string types;
  const Status status = engine_->query("SELECT column_type FROM (DESCRIBE SELECT * FROM " + table(part) + ")",
                                       [&](const QueryChunk& chunk) -> Status {
                                         for (std::size_t row = 0; row < chunk.row_count(); ++row)
                                           types += std::string(chunk.text(0, row)) + " ";
                                         return {};
                                       });
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(types, "BOOLEAN INTEGER BIGINT DOUBLE VARCHAR DATE TIMESTAMP UUID ");
}

TEST_F(PartWriterTest, one_writer_writes_one_part_after_the_other) {
  PartWriter writer(*files_, folder_.string(), "t", {{"i", StoredType::integer}});
  writer.column(0).integer(1);
  ASSERT_TRUE(writer.end_rows().has_value());
  const Part first = finish(writer);
  EXPECT_EQ(writer.row_count(), 0);
  writer.column(0).integer(2);
  ASSERT_TRUE(writer.end_rows().has_value());
  const Part second = finish(writer);
  EXPECT_NE(first.file, second.file);
  EXPECT_EQ(number("SELECT i FROM " + table(first)), 1);
  EXPECT_EQ(number("SELECT i FROM " + table(second)), 2);
}

}  // namespace
}  // namespace weir::store
