#include "base/file_system.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/random.h"

namespace weir {
namespace {

std::string some_bytes(std::size_t count) {
  Random random(count + 1);
  std::string bytes;
  while (bytes.size() < count) bytes += static_cast<char>(random.next());
  return bytes;
}

// Whole blocks go one way, what is left at the end another; a disk in memory may refuse the first.
TEST(FileSystem, a_file_for_later_has_the_bytes_it_was_given) {
  const auto files = posix_file_system();
  constexpr std::size_t kBlock = std::size_t{2} << 20U;
  for (const char* place : {"/dev/shm", ""}) {
    const std::filesystem::path folder = *place == '\0' ? std::filesystem::temp_directory_path() : place;
    if (!std::filesystem::is_directory(folder)) continue;
    const std::string path = (folder / ("weir_later_" + std::to_string(::getpid()))).string();
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4'096}, kBlock - 1, kBlock,
                                   kBlock + 1, 2 * kBlock, 3 * kBlock + 5'000}) {
      const std::string bytes = some_bytes(size);
      for (const std::size_t piece : {size + 1, std::size_t{700'001}}) {
        {
          auto file = files->create_for_later(path);
          ASSERT_TRUE(file.has_value());
          for (std::size_t at = 0; at < size; at += piece)
            ASSERT_TRUE((*file)->append(std::string_view(bytes).substr(at, piece)).has_value());
          ASSERT_TRUE((*file)->sync().has_value());
        }
        EXPECT_EQ(*files->read_file(path), bytes) << place << " " << size << " by " << piece;
      }
    }
    EXPECT_TRUE(files->remove(path).has_value());
  }
}

TEST(FileSystem, a_file_for_later_goes_on_after_a_sync) {
  const auto files = posix_file_system();
  const std::string path = testing::TempDir() + "/weir_later_synced_" + std::to_string(::getpid());
  const std::string bytes = some_bytes(9'000'001);
  {
    auto file = files->create_for_later(path);
    ASSERT_TRUE(file.has_value());
    for (const std::size_t begin : {std::size_t{0}, std::size_t{3'000'001}, std::size_t{6'000'001}}) {
      const std::size_t size = begin == 0 ? 3'000'001 : 3'000'000;
      ASSERT_TRUE((*file)->append(std::string_view(bytes).substr(begin, size)).has_value());
      ASSERT_TRUE((*file)->sync().has_value());
    }
  }
  EXPECT_EQ(*files->read_file(path), bytes);
  EXPECT_TRUE(files->remove(path).has_value());
}

TEST(FileSystem, a_file_for_later_says_where_it_cannot_be_made) {
  const auto files = posix_file_system();
  const auto file = files->create_for_later(testing::TempDir() + "/weir_no_such_folder/file");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, Errc::not_found);
}

}  // namespace
}  // namespace weir
