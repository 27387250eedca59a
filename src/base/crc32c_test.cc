#include <gtest/gtest.h>

#include <string>

#include "base/crc32c_blocks.h"
#include "base/hash.h"

namespace weir {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, gives_the_published_values) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  std::string rising;
  for (int i = 0; i < 32; ++i) rising += static_cast<char>(i);
  EXPECT_EQ(crc32c(rising), 0x46DD794EU);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, of_pieces_is_that_of_the_whole) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += static_cast<char>(i * 7 + i / 300);
  for (const std::size_t cut : {0U, 1U, 8U, 13U, 999U, 3'071U, 3'072U, 3'073U, 6'500U, 9'999U, 10'000U}) {
    EXPECT_EQ(crc32c(std::string_view(text).substr(cut), crc32c(std::string_view(text).substr(0, cut))),
              crc32c(text))
        << cut;
  }
}

// Long texts go in several ways at once.
TEST(Crc32c, of_a_long_text_is_that_of_its_bytes_one_by_one) {
  std::string text;
  std::uint32_t expected = 0;
  for (int i = 0; i < 20'000; ++i) {
    text += static_cast<char>(i * i + i / 77);
    expected = crc32c(std::string_view(text).substr(text.size() - 1), expected);
  }
  EXPECT_EQ(crc32c(text), expected);
}

TEST(Crc32c, of_blocks_is_that_of_each) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  for (const std::size_t block : {1U, 8U, 13U, 64U, 999U, 1000U, 4096U}) {
    for (const std::size_t size : {0U, 1U, 192U, 500U, 1000U}) {
      const auto checksums = crc32c_of_blocks(std::string_view(text).substr(0, size), block);
      ASSERT_EQ(checksums.size(), (size + block - 1) / block);
      for (std::size_t i = 0; i < checksums.size(); ++i)
        EXPECT_EQ(checksums[i], crc32c(std::string_view(text).substr(0, size).substr(i * block, block)))
            << block;
    }
  }
}

}  // namespace
}  // namespace weir
