#include "timeline/section_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace weir::timeline {
namespace {

// Three sections: a column of one-byte codes, one without codes, and texts.
std::string written(const std::string& name) {
  const auto files = posix_file_system();
  const std::string path = testing::TempDir() + "/" + name;
  auto out = SectionWriter::create(*files, path);
  EXPECT_TRUE(out.has_value());
  Coding coding;
  coding.width = 1;
  coding.base = 40;
  EXPECT_TRUE(out->column(7, coding, 100, [](std::size_t i) { return 40 + i; }).has_value());
  EXPECT_TRUE(out->column(3, Coding{}, 100, [](std::size_t) { return std::uint64_t{0}; }).has_value());
  EXPECT_TRUE(out->add(5, "some bytes", 1).has_value());
  EXPECT_TRUE(std::move(*out).finish().has_value());
  return *files->read_file(path);
}

// Whether the file's directory and all its sections are as written.
bool is_whole(std::string_view bytes) {
  const auto file = SectionReader::open(bytes, "a file");
  if (!file.has_value()) {
    EXPECT_EQ(file.error().code, Errc::damaged);
    return false;
  }
  return std::all_of(file->entries().begin(), file->entries().end(),
                     [&](const SectionEntry& entry) { return file->check(entry).has_value(); });
}

TEST(SectionFile, gives_back_sections) {
  const std::string bytes = written("sections.timelines");
  const auto file = SectionReader::open(bytes, "a file");
  ASSERT_TRUE(file.has_value());
  ASSERT_EQ(file->entries().size(), 3U);
  EXPECT_EQ(file->bytes(*file->find(5)), "some bytes");
  EXPECT_EQ(file->find(4), nullptr);
  const SectionEntry& entry = *file->find(7);
  const Column<std::uint64_t> column(file->bytes(entry).data(), entry.count, entry.coding);
  ASSERT_EQ(column.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(column[i], 40 + i);
}

TEST(SectionFile, every_flipped_bit_that_counts_is_found) {
  const std::string whole = written("flipped.timelines");
  const auto sections = SectionReader::open(whole, "a file");
  ASSERT_TRUE(sections.has_value());
  const std::size_t blocks = 2;  // the column without codes has none
  const std::size_t directory =
      whole.size() - 32 - sections->entries().size() * sizeof(SectionEntry) - blocks * 4;
  const auto counts = [&](std::size_t at) {  // what lies between sections stands for nothing
    const auto& entries = sections->entries();
    return at < 8 || at >= directory ||
           std::any_of(entries.begin(), entries.end(),
                       [&](const SectionEntry& e) { return at >= e.offset && at < e.offset + e.bytes; });
  };
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 4);
    EXPECT_EQ(is_whole(broken), !counts(at)) << at;
  }
}

TEST(SectionFile, a_part_is_checked_by_itself) {
  const auto files = posix_file_system();
  const std::string path = testing::TempDir() + "/parts.timelines";
  const std::string bytes(3 * kBlockBytes + 100, 'a');
  auto out = SectionWriter::create(*files, path);
  EXPECT_TRUE(out->add(1, "before", 1).has_value());
  EXPECT_TRUE(out->begin(2, Coding{.width = 1}).has_value());
  EXPECT_TRUE(out->append(std::string_view(bytes).substr(0, 5)).has_value());
  EXPECT_TRUE(out->append(std::string_view(bytes).substr(5)).has_value());
  EXPECT_TRUE(out->end(bytes.size()).has_value());
  EXPECT_TRUE(std::move(*out).finish().has_value());
  std::string file = *files->read_file(path);
  const SectionEntry entry = *SectionReader::open(file, path)->find(2);
  file[entry.offset + kBlockBytes + 7] = 'b';
  const auto reader = SectionReader::open(file, path);
  EXPECT_TRUE(reader->check(entry, 0, kBlockBytes).has_value());
  EXPECT_FALSE(reader->check(entry, 0, kBlockBytes + 1).has_value());
  EXPECT_FALSE(reader->check(entry, 2 * kBlockBytes - 1, 2 * kBlockBytes).has_value());
  EXPECT_TRUE(reader->check(entry, 2 * kBlockBytes, entry.bytes).has_value());
  EXPECT_TRUE(reader->check(entry, kBlockBytes, kBlockBytes).has_value());
  EXPECT_FALSE(reader->check(entry).has_value());
}

TEST(SectionFile, is_not_whole_when_cut_or_longer) {
  const std::string whole = written("cut.timelines");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(is_whole(std::string_view(whole).substr(0, size))) << size;
  EXPECT_FALSE(is_whole(whole + "x"));
  EXPECT_TRUE(is_whole(whole));
}

}  // namespace
}  // namespace weir::timeline
