#include "store/parquet_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "base/random.h"
#include "store/query_engine.h"

namespace weir::store {
namespace {

// What DuckDB reads back: every row as text.
std::string read_back(const std::string& path) {
  const auto engine = QueryEngine::open({});
  std::string all;
  EXPECT_TRUE((*engine)
                  ->query("SELECT CAST(t AS VARCHAR) FROM read_parquet(" + sql_quote(path) + ") AS t",
                          [&](const QueryChunk& chunk) -> Status {
                            for (std::size_t i = 0; i < chunk.row_count(); ++i)
                              all += std::string(chunk.text(0, i)) + "\n";
                            return {};
                          })
                  .has_value());
  return all;
}

constexpr double kNull = std::numeric_limits<double>::quiet_NaN();

std::vector<std::uint64_t> bits_of(const std::vector<double>& numbers) {
  std::vector<std::uint64_t> bits;
  for (const double number : numbers) bits.push_back(std::bit_cast<std::uint64_t>(number));
  return bits;
}

TEST(ParquetWriter, is_read_back_by_others) {
  const auto files = posix_file_system();
  const std::string path = testing::TempDir() + "/written.parquet";
  const std::vector<StoredColumn> columns{{"who", StoredType::text},
                                          {"at", StoredType::timestamp},
                                          {"n", StoredType::number},
                                          {"level", StoredType::text}};
  for (const PageCodec codec : {PageCodec::none, PageCodec::zstd}) {
    ParquetWriter writer(*files, path, columns, codec);
    for (int group = 0; group < 2; ++group) {
      for (const char* who : {"a", "", "ccc"}) writer.column(0).text(who);
      for (const std::int64_t at : {0, 1, -1'000'000}) writer.column(1).integer(at);
      writer.column(2).numbers_or_null(bits_of({1.5, kNull, -0.0}));
      writer.column(3).text("south");
      writer.column(3).null();
      writer.column(3).text(group == 0 ? "north" : "south");
      ASSERT_TRUE(writer.write_group().has_value());
    }
    ASSERT_TRUE(writer.finish().has_value());
    EXPECT_EQ(read_back(path),
              "{'who': a, 'at': '1970-01-01 00:00:00', 'n': 1.5, 'level': south}\n"
              "{'who': '', 'at': '1970-01-01 00:00:00.000001', 'n': NULL, 'level': NULL}\n"
              "{'who': ccc, 'at': '1969-12-31 23:59:59', 'n': -0.0, 'level': north}\n"
              "{'who': a, 'at': '1970-01-01 00:00:00', 'n': 1.5, 'level': south}\n"
              "{'who': '', 'at': '1970-01-01 00:00:00.000001', 'n': NULL, 'level': NULL}\n"
              "{'who': ccc, 'at': '1969-12-31 23:59:59', 'n': -0.0, 'level': south}\n");
  }
}

// Few and many different numbers, with and without nulls, of lengths around the groups of 8.
TEST(ParquetWriter, keeps_every_number_of_any_length) {
  const auto files = posix_file_system();
  const auto engine = QueryEngine::open({});
  for (const std::size_t rows : {1U, 7U, 8U, 9U, 1000U, 20'000U}) {
    for (const std::size_t different : {1U, 2U, 3U, 300U, 4096U, 4097U, 20'000U}) {
      // A file of its own each time: the engine remembers what it read of one.
      const std::string path = testing::TempDir() + "/numbers-" + std::to_string(rows) + "-" +
                               std::to_string(different) + ".parquet";
      std::vector<double> values;
      double sum = 0;
      std::size_t nulls = 0;
      for (std::size_t i = 0; i < rows; ++i) {
        const bool is_null = different % 2 == 1 && i % 5 == 2;
        values.push_back(is_null ? kNull : static_cast<double>(i * 7919 % different));
        if (is_null) {
          ++nulls;
        } else {
          sum += values.back() * static_cast<double>(i + 1);
        }
      }
      ParquetWriter writer(*files, path, {{"n", StoredType::number}},
                           different % 2 == 0 ? PageCodec::none : PageCodec::zstd);
      writer.column(0).numbers_or_null(bits_of(values));
      ASSERT_TRUE(writer.write_group().has_value());
      ASSERT_TRUE(writer.finish().has_value());
      ASSERT_TRUE((*engine)
                      ->query("SELECT count(*), count(n), CAST(coalesce(sum(n * (file_row_number + 1)), 0) "
                              "AS DOUBLE) FROM read_parquet(" +
                                  sql_quote(path) + ", file_row_number = true)",
                              [&](const QueryChunk& chunk) -> Status {
                                EXPECT_EQ(chunk.integer(0, 0), static_cast<std::int64_t>(rows));
                                EXPECT_EQ(chunk.integer(1, 0), static_cast<std::int64_t>(rows - nulls));
                                EXPECT_EQ(chunk.number(2, 0), sum)
                                    << rows << " rows, " << different << " different";
                                return {};
                              })
                      .has_value());
    }
  }
}

// Few different counts, too many of them, great ones, and runs of every length.
TEST(ParquetWriter, writes_counts_as_the_numbers_they_are) {
  const auto files = posix_file_system();
  for (const std::uint32_t different : {1U, 2U, 250U, 600U, 9'000U}) {
    for (const std::uint32_t greatest : {100U, 20'000U, 0xFFFFFFFFU}) {
      std::vector<std::uint32_t> counts;
      for (std::uint32_t run = 1; run < 200; ++run)
        counts.insert(counts.end(), run % 40, greatest - greatest / different * (run * 7919 % different));
      std::string pages, expected;
      ColumnBuffer as_counts(StoredType::number, PageCodec::none);
      std::copy(counts.begin(), counts.end(), as_counts.counts(counts.size()).begin());
      ColumnBuffer as_numbers(StoredType::number, PageCodec::none);
      as_numbers.numbers_or_null(bits_of({counts.begin(), counts.end()}));
      const ColumnPages left = as_counts.encode(pages);
      const ColumnPages right = as_numbers.encode(expected);
      EXPECT_EQ(pages, expected) << different << " different up to " << greatest;
      EXPECT_EQ(left.least, right.least);
      EXPECT_EQ(left.greatest, right.greatest);
      EXPECT_EQ(left.value_count, right.value_count);
      EXPECT_EQ(as_counts.size(), 0U);
    }
  }
}

std::string read_bytes(const std::string& path) {
  return posix_file_system()->read_file(path).value();
}

// Rows of a block taken at once stand in the file as the same values given one by one.
TEST(ParquetWriter, takes_rows_of_columns_as_it_takes_single_values) {
  const auto files = posix_file_system();
  const std::vector<StoredColumn> columns{{"t", StoredType::text},
                                          {"u", StoredType::text},
                                          {"i", StoredType::integer},
                                          {"n", StoredType::number},
                                          {"id", StoredType::uuid}};
  struct Id {
    std::uint64_t high, low;
  };
  Random random(29);
  for (const std::size_t rows : {1U, 40U, 5'000U}) {
    const std::string path = testing::TempDir() + "/taken.parquet";
    const std::string other_path = testing::TempDir() + "/given.parquet";
    ParquetWriter taken(*files, path, columns, PageCodec::zstd);
    ParquetWriter given(*files, other_path, columns, PageCodec::zstd);
    std::string bytes;
    std::vector<std::uint32_t> offsets{0}, kept;
    std::vector<std::uint8_t> valid;
    std::vector<std::int64_t> integers;
    std::vector<double> numbers;
    std::vector<Id> ids;
    for (std::size_t i = 0; i < rows; ++i) {
      valid.push_back(random.chance(0.8) ? 1 : 0);
      if (valid.back() != 0)
        bytes += std::string(random.below(20), static_cast<char>('a' + random.below(26)));
      offsets.push_back(static_cast<std::uint32_t>(bytes.size()));
      integers.push_back(static_cast<std::int64_t>(random.below(100'000)));
      numbers.push_back(static_cast<double>(random.below(1'000)) / 8);
      ids.push_back({random.next(), random.next()});
      if (i == 0 || random.chance(0.7)) kept.push_back(static_cast<std::uint32_t>(i));
    }
    taken.column(0).take_texts({bytes, offsets, valid}, kept, ColumnBuffer::Empty::text);
    taken.column(1).take_texts({bytes, offsets, valid}, kept, ColumnBuffer::Empty::null);
    taken.column(2).take_integers(integers, valid, kept);
    taken.column(3).take_numbers(numbers, valid, kept);
    taken.column(4).uuids(kept.size(), [&](std::size_t i) { return ids[kept[i]]; });
    for (const std::uint32_t row : kept) {
      const std::string_view text =
          std::string_view(bytes).substr(offsets[row], offsets[row + 1] - offsets[row]);
      const bool is_there = valid[row] != 0;
      is_there ? given.column(0).text(text) : given.column(0).null();
      is_there && !text.empty() ? given.column(1).text(text) : given.column(1).null();
      is_there ? given.column(2).integer(integers[row]) : given.column(2).null();
      is_there ? given.column(3).number(numbers[row]) : given.column(3).null();
      given.column(4).uuid(ids[row].high, ids[row].low);
    }
    for (ParquetWriter* writer : {&taken, &given}) {
      ASSERT_TRUE(writer->write_group().has_value());
      ASSERT_TRUE(writer->finish().has_value());
    }
    EXPECT_EQ(read_bytes(path), read_bytes(other_path)) << rows;
  }
}

TEST(ParquetWriter, may_have_no_rows) {
  const auto files = posix_file_system();
  const std::string path = testing::TempDir() + "/empty.parquet";
  ParquetWriter writer(*files, path, {{"n", StoredType::number}}, PageCodec::none);
  ASSERT_TRUE(writer.finish().has_value());
  EXPECT_EQ(read_back(path), "");
}

}  // namespace
}  // namespace weir::store
