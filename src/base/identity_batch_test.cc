#include "base/identity_batch.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace weir {
namespace {

// A single row's identity is stored in every part ever written: the batch must give the same.
TEST(IdentityBatch, gives_what_one_row_alone_gives) {
  HashKey key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<unsigned char>(3 * i + 1);
  Random random(5);
  for (const std::size_t rows : {0U, 1U, 7U, 8U, 9U, 16U, 17U, 64U, 128U, 129U, 403U}) {
    IdentityBatch batch(key);
    std::vector<RecordId> expected;
    batch.begin();
    for (std::size_t row = 0; row < rows; ++row) {
      IdentityHasher hasher(key);
      const std::string text(random.below(70), static_cast<char>('a' + random.below(26)));
      const auto number = static_cast<std::int64_t>(random.next());
      const RecordId id{random.next(), random.next()};
      hasher.add("name");
      hasher.add(text);
      batch.add_parts(parts_of("name"));
      batch.add(text);
      if (random.chance(0.5)) {
        hasher.add(number);
        hasher.add(id);
        batch.add(number);
        batch.add(id);
      }
      batch.end_row();
      expected.push_back(hasher.finish<RecordId>());
    }
    const auto& digests = batch.digests();
    ASSERT_EQ(digests.size(), rows);
    for (std::size_t row = 0; row < rows; ++row)
      EXPECT_EQ((RecordId{digests[row].high, digests[row].low}), expected[row]) << row;
  }
}

// Rows of very different lengths are hashed side by side, and are put in order for that.
TEST(IdentityBatch, gives_the_same_for_empty_and_long_rows) {
  HashKey key{};
  key[3] = 9;
  Random random(6);
  IdentityBatch batch(key);
  std::vector<RecordId> expected;
  batch.begin();
  for (std::size_t row = 0; row < 700; ++row) {
    IdentityHasher hasher(key);
    const bool is_empty = random.chance(0.1);
    const std::string text(random.chance(0.05) ? random.below(5'000) : random.below(300), 't');
    const std::string head = parts_of("h") + std::string(IdentityBatch::kWide, '?');
    if (!is_empty) {
      hasher.add("h");
      hasher.add(text);
      if (text.size() <= IdentityBatch::kWide) {
        const std::string wide = text + std::string(IdentityBatch::kWide, '!');
        batch.add_wide(head.data(), head.size() - IdentityBatch::kWide, wide.data(), text.size());
      } else {
        batch.add_parts(parts_of("h"));
        batch.add(text);
      }
    }
    batch.end_row();
    expected.push_back(hasher.finish<RecordId>());
  }
  const auto& digests = batch.digests();
  ASSERT_EQ(digests.size(), expected.size());
  for (std::size_t row = 0; row < expected.size(); ++row)
    EXPECT_EQ((RecordId{digests[row].high, digests[row].low}), expected[row]) << row;
}

}  // namespace
}  // namespace weir
