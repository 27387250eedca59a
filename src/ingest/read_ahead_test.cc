#include "ingest/read_ahead.h"

#include <gtest/gtest.h>

#include <string>

namespace weir::ingest {
namespace {

// Gives `blocks` blocks whose rows carry their numbers, then the end or an error.
class Numbered final : public FileReader {
 public:
  Numbered(int blocks, bool fails) : blocks_(blocks), fails_(fails) {}
  Result<bool> next(contract::RecordBatch& out, std::vector<contract::Rejected>& rejected) override {
    if (at_ == blocks_ && fails_) return fail(Errc::invalid_data, "it breaks off");
    if (at_ == blocks_) return false;
    out.rows.assign(static_cast<std::size_t>(at_ % 3), at_);
    if (at_ % 2 == 0) rejected.push_back({at_, 0, "", "", "", "kept"});
    ++at_;
    return true;
  }
  std::uint64_t bytes_read() const override { return static_cast<std::uint64_t>(at_) * 10; }
  std::uint64_t bytes_total() const override { return 0; }
  std::vector<std::string> unknown_columns() const override { return {}; }
  std::vector<std::string> notes() const override { return {}; }

 private:
  int blocks_;
  bool fails_;
  int at_{0};
};

TEST(ReadAhead, gives_the_blocks_and_the_error_that_the_reader_gives) {
  for (const bool threaded : {false, true}) {
    for (const bool fails : {false, true}) {
      for (const int blocks : {0, 1, 2, 3, 4, 50}) {
        Numbered reader(blocks, fails);
        ReadAhead ahead(reader, threaded);
        for (int i = 0; i < blocks; ++i) {
          const auto block = ahead.next();
          ASSERT_TRUE(block.has_value());
          ASSERT_NE(*block, nullptr);
          EXPECT_EQ((*block)->batch.rows, std::vector<std::int64_t>(static_cast<std::size_t>(i % 3), i));
          EXPECT_EQ((*block)->rejected.size(), i % 2 == 0 ? 1U : 0U);
          EXPECT_EQ((*block)->bytes_read, static_cast<std::uint64_t>(i + 1) * 10);
        }
        const auto last = ahead.next();
        EXPECT_EQ(last.has_value(), !fails);
        if (last.has_value()) {
          EXPECT_EQ(*last, nullptr);
        } else {
          EXPECT_EQ(last.error().message, "it breaks off");
        }
      }
    }
  }
}

// Whoever gives up before the end does not wait for it.
TEST(ReadAhead, ends_when_its_user_does) {
  for (const int taken : {0, 1, 5}) {
    Numbered reader(1'000, false);
    ReadAhead ahead(reader, true);
    for (int i = 0; i < taken; ++i) ASSERT_TRUE(ahead.next().has_value());
  }
}

}  // namespace
}  // namespace weir::ingest
