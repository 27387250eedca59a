#include "ingest/packed_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "ingest/csv_reader.h"
#include "ingest/file_reader.h"
#include "ingest/gzip_bytes.h"
#include "ingest/jsonl_reader.h"
#include "ingest/memory_files.h"

namespace weir::ingest {
namespace {

struct Unpacked {
  std::string bytes;
  std::string error;
};

Unpacked unpack(const std::string& stored, std::size_t step = 4096) {
  MemoryFiles files("f.gz", stored);
  const auto file = PackedFile::open(files, "f.gz");
  Unpacked unpacked;
  if (!file) {
    unpacked.error = file.error().message;
    return unpacked;
  }
  std::string buffer(step, '\0');
  for (;;) {
    const auto count = (*file)->read(buffer.data(), buffer.size());
    if (!count) unpacked.error = count.error().message;
    if (!count || *count == 0) break;
    unpacked.bytes.append(buffer, 0, *count);
  }
  return unpacked;
}

// Does not pack well, so that a cut or flipped byte stands where one expects it.
std::string lines(int count) {
  std::string text = "id,note\n";
  unsigned state = 7;
  for (int i = 1; i <= count; ++i) {
    state = state * 1664525U + 1013904223U;
    text += std::to_string(i) + "," + std::to_string(state) + "\n";
  }
  return text;
}

TEST(packed_file, plain_bytes_pass_as_they_are) {
  for (const std::string& bytes : {std::string(), std::string("a"), lines(100)}) {
    const Unpacked read = unpack(bytes, 7);
    EXPECT_EQ(read.bytes, bytes);
    EXPECT_EQ(read.error, "");
  }
}

TEST(packed_file, gzip_is_unpacked_whatever_the_steps_are) {
  const std::string text = lines(50'000);
  for (const std::size_t step : {std::size_t{1000}, std::size_t{1} << 20}) {
    const Unpacked read = unpack(gzip_of(text), step);
    EXPECT_EQ(read.bytes, text);
    EXPECT_EQ(read.error, "");
  }
}

TEST(packed_file, several_members_are_one_text_and_zeros_at_the_end_are_padding) {
  const Unpacked read = unpack(gzip_of("a\n") + gzip_of("") + gzip_of("b\n") + std::string(600, '\0'), 1);
  EXPECT_EQ(read.bytes, "a\nb\n");
  EXPECT_EQ(read.error, "");
}

TEST(packed_file, a_file_that_breaks_off_gives_what_it_holds_then_an_error_with_the_byte) {
  const std::string text = lines(1000);
  const std::string packed = gzip_of(text);
  for (const std::size_t size :
       {packed.size() - 1, packed.size() - 8, packed.size() / 2, std::size_t{11}, std::size_t{1}}) {
    const Unpacked read = unpack(packed.substr(0, size));
    EXPECT_TRUE(text.starts_with(read.bytes)) << size;
    EXPECT_EQ(read.error, "the gzip data of f.gz is damaged at byte " + std::to_string(size) + " of " +
                              std::to_string(size) + " (it breaks off); " +
                              std::to_string(read.bytes.size()) + " bytes were unpacked before it");
  }
  EXPECT_EQ(unpack(packed.substr(0, packed.size() - 8)).bytes, text);
}

TEST(packed_file, a_wrong_checksum_and_bytes_behind_the_end_are_errors) {
  std::string packed = gzip_of("a,b\n");
  EXPECT_NE(unpack(packed + "more").error.find("something else than gzip follows"), std::string::npos);
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);
  const Unpacked read = unpack(packed);
  EXPECT_EQ(read.bytes, "a,b\n");
  EXPECT_NE(read.error.find("incorrect data check"), std::string::npos) << read.error;
}

struct Rows {
  std::vector<std::string> first_cells;
  std::string error;
};

Rows rows_of(Result<std::unique_ptr<CsvReader>> opened) {
  Rows rows;
  if (!opened) {
    rows.error = opened.error().message;
    return rows;
  }
  contract::RawBatch batch;
  std::vector<contract::Rejected> rejected;
  for (;;) {
    const auto more = (*opened)->next(batch, rejected, 100);
    if (!more) rows.error = more.error().message;
    if (!more || !*more) break;
    for (std::size_t row = 0; row < batch.row_count(); ++row)
      rows.first_cells.emplace_back(batch.cell(row, 0).text());
  }
  EXPECT_TRUE(rejected.empty());
  return rows;
}

TEST(packed_file, a_csv_that_breaks_off_gives_its_whole_lines_first) {
  const std::string text = lines(30'000);
  const std::string packed = gzip_of(text);
  // Near the beginning also: what the dialect is guessed from counts.
  for (const std::size_t size : {std::size_t{3000}, packed.size() / 2, packed.size() - 1}) {
    for (const std::size_t block : {std::size_t{1} << 12, kDefaultBlockBytes}) {
      const std::string cut = packed.substr(0, size);
      const std::string whole = unpack(cut).bytes;
      MemoryFiles files("f.csv.gz", cut);
      const Rows rows = rows_of(CsvReader::open(files, "f.csv.gz", {}, block));
      EXPECT_EQ(static_cast<std::ptrdiff_t>(rows.first_cells.size()),
                std::count(whole.begin(), whole.end(), '\n') - 1)
          << size << " " << block;
      EXPECT_NE(rows.error.find("it breaks off"), std::string::npos) << rows.error;
    }
  }
}

TEST(packed_file, progress_counts_the_packed_bytes) {
  const std::string packed = gzip_of(lines(1000));
  MemoryFiles files("f.csv.gz", packed);
  const auto reader = CsvReader::open(files, "f.csv.gz", {}, 4096);
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->bytes_total(), packed.size());
  contract::RawBatch batch;
  std::vector<contract::Rejected> rejected;
  for (;;) {
    const auto more = (*reader)->next(batch, rejected, 10'000);
    ASSERT_TRUE(more);
    if (!*more) break;
  }
  EXPECT_EQ((*reader)->bytes_read(), packed.size());
}

TEST(packed_file, json_lines_that_break_off_give_the_objects_before) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "{\"id\":" + std::to_string(i * 7919 % 104729) + "}\n";
  const std::string packed = gzip_of(text);
  const std::string cut = packed.substr(0, packed.size() / 2);
  const std::string whole = unpack(cut).bytes;
  MemoryFiles files("f.jsonl.gz", cut);
  const auto columns = discover_json_columns(files, "f.jsonl.gz", "", 100'000, 1 << 12);
  ASSERT_TRUE(columns) << columns.error().message;
  ASSERT_EQ(columns->size(), 1U);
  const auto reader = JsonlReader::open(files, "f.jsonl.gz", "", *columns, 1 << 12);
  ASSERT_TRUE(reader);
  contract::RawBatch batch;
  std::vector<contract::Rejected> rejected;
  std::ptrdiff_t count = 0;
  std::string error;
  for (;;) {
    const auto more = (*reader)->next(batch, rejected, 64);
    if (!more) error = more.error().message;
    if (!more || !*more) break;
    count += static_cast<std::ptrdiff_t>(batch.row_count());
  }
  EXPECT_EQ(count, std::count(whole.begin(), whole.end(), '\n'));
  EXPECT_GT(count, 1000);
  EXPECT_NE(error.find("it breaks off"), std::string::npos) << error;
}

}  // namespace
}  // namespace weir::ingest
