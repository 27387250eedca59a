#include "store/batch_query.h"

#include <gtest/gtest.h>

namespace weir::store {
namespace {

// Columns of `rows` rows: a text (of lengths around the engine's inlined ones), a number, whole numbers and
// truths, with nulls of different rows.
struct Batch {
  std::vector<std::uint8_t> text_valid, number_valid, all;
  std::vector<std::uint32_t> offsets{0};
  std::string bytes;
  std::vector<double> numbers;
  std::vector<std::int64_t> integers, truths;

  explicit Batch(std::size_t rows) {
    for (std::size_t i = 0; i < rows; ++i) {
      text_valid.push_back(i % 7 == 3 ? 0 : 1);
      number_valid.push_back(i % 5 == 0 ? 0 : 1);
      all.push_back(1);
      if (text_valid.back() != 0) bytes += std::string(i % 20, static_cast<char>('a' + i % 26));
      offsets.push_back(static_cast<std::uint32_t>(bytes.size()));
      numbers.push_back(static_cast<double>(i) / 4);
      integers.push_back(static_cast<std::int64_t>(i) - 1'000);
      truths.push_back(i % 3 == 0 ? 1 : 0);
    }
  }
  [[nodiscard]] std::vector<BatchColumn> columns() const {
    return {{text_valid, {}, {}, offsets, bytes},
            {number_valid, {}, numbers, {}, {}},
            {all, integers, {}, {}, {}},
            {all, truths, {}, {}, {}}};
  }
};

const std::vector<ResultColumn> kColumns{{"word", ValueType::text},
                                         {"amount", ValueType::number},
                                         {"whole", ValueType::integer},
                                         {"truth", ValueType::boolean}};

// One prepared query for batches below, at and above the engine's chunks of 2,048 rows, an empty one among
// them.
TEST(BatchQuery, gives_every_row_of_every_batch_in_its_order) {
  EngineOptions options;
  options.sealed = true;
  options.threads = 1;
  const auto query =
      BatchQuery::open(options, kColumns, "upper(word) || '!', amount * 2, whole + 1, NOT truth");
  ASSERT_TRUE(query.has_value()) << query.error().message;
  for (const std::size_t rows : {3U, 2'048U, 0U, 2'049U, 10'000U, 1U}) {
    const Batch batch(rows);
    std::size_t row = 0;
    const Status done = (*query)->run(batch.columns(), rows, [&](const QueryChunk& chunk) -> Status {
      std::vector<std::uint8_t> valid(chunk.row_count());
      std::vector<std::int64_t> wholes(chunk.row_count()), truths(chunk.row_count());
      std::vector<double> amounts(chunk.row_count());
      chunk.read_valid(1, valid.data());
      chunk.read_numbers(1, amounts.data());
      chunk.read_integers(2, wholes.data());
      chunk.read_integers(3, truths.data());
      for (std::size_t i = 0; i < chunk.row_count(); ++i, ++row) {
        EXPECT_EQ(chunk.is_null(0, i), row % 7 == 3) << row;
        if (row % 7 != 3) {
          EXPECT_EQ(chunk.text(0, i), std::string(row % 20, static_cast<char>('A' + row % 26)) + "!") << row;
        }
        EXPECT_EQ(valid[i], row % 5 == 0 ? 0 : 1) << row;
        if (valid[i] != 0) {
          EXPECT_EQ(amounts[i], static_cast<double>(row) / 2) << row;
        }
        EXPECT_EQ(wholes[i], static_cast<std::int64_t>(row) - 999) << row;
        EXPECT_EQ(truths[i], row % 3 == 0 ? 0 : 1) << row;
      }
      return {};
    });
    ASSERT_TRUE(done.has_value()) << done.error().message;
    EXPECT_EQ(row, rows);
  }
}

TEST(BatchQuery, tells_what_it_cannot_read) {
  EXPECT_FALSE(BatchQuery::open({}, kColumns, "no_such_column").has_value());
  const auto query = BatchQuery::open({}, kColumns, "CAST(word AS INTEGER)");
  ASSERT_TRUE(query.has_value());
  const Batch batch(10);
  EXPECT_FALSE(
      (*query)->run(batch.columns(), 10, [](const QueryChunk&) -> Status { return {}; }).has_value());
}

}  // namespace
}  // namespace weir::store
