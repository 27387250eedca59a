// A kept table is there whole or not at all: whatever step ends the process, another process is in the way,
// or the list is damaged.
#include "store/derived_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "store/control_test_support.h"

namespace weir::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The disk of a process that ends before a change to it: from the one with that number on, all are refused.
class EndingFiles final : public FileSystem {
 public:
  EndingFiles(FileSystem& files, int changes) : files_(files), left_(changes) {}
  [[nodiscard]] bool has_ended() const noexcept { return left_ < 0; }

  Result<std::string> read_file(const std::string& path) override { return files_.read_file(path); }
  Result<std::unique_ptr<InputFile>> open(const std::string& path) override { return files_.open(path); }
  Result<std::unique_ptr<MappedFile>> map(const std::string& path) override { return files_.map(path); }
  Result<std::unique_ptr<OutputFile>> create(const std::string& path, unsigned mode) override {
    WEIR_TRY_STATUS(change());
    WEIR_TRY(auto file, files_.create(path, mode));
    return std::unique_ptr<OutputFile>(std::make_unique<Output>(*this, std::move(file)));
  }
  Status rename(const std::string& from, const std::string& to) override {
    WEIR_TRY_STATUS(change());
    return files_.rename(from, to);
  }
  Status remove(const std::string& path) override {
    WEIR_TRY_STATUS(change());
    return files_.remove(path);
  }
  Status make_directories(const std::string& path) override {
    WEIR_TRY_STATUS(change());
    return files_.make_directories(path);
  }
  Status sync_file(const std::string& path) override { return files_.sync_file(path); }
  Status sync_directory(const std::string& path) override {
    WEIR_TRY_STATUS(change());
    return files_.sync_directory(path);
  }
  bool exists(const std::string& path) override { return files_.exists(path); }
  bool is_directory(const std::string& path) override { return files_.is_directory(path); }
  Result<std::uint64_t> size_of(const std::string& path) override { return files_.size_of(path); }
  Result<std::vector<std::string>> list(const std::string& path) override { return files_.list(path); }
  Result<std::vector<std::string>> glob(const std::string& pattern) override { return files_.glob(pattern); }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override { return files_.lock(path); }

 private:
  class Output final : public OutputFile {
   public:
    Output(EndingFiles& files, std::unique_ptr<OutputFile> file) : files_(files), file_(std::move(file)) {}
    // The last write is torn.
    Status append(std::string_view bytes) override {
      const Status status = files_.change();
      if (!status.has_value())
        static_cast<void>(file_->append(bytes.substr(0, bytes.size() / 2)).has_value());
      return status.has_value() ? file_->append(bytes) : status;
    }
    Status sync() override {
      WEIR_TRY_STATUS(files_.change());
      return file_->sync();
    }

   private:
    EndingFiles& files_;
    std::unique_ptr<OutputFile> file_;
  };
  Status change() {
    if (--left_ < 0) return fail(Errc::io, "the process has ended");
    return {};
  }
  FileSystem& files_;
  int left_;
};

bool all(const DerivedTable&) {
  return true;
}

class DerivedTables : public testing::Test {
 protected:
  static DerivedTable table(const std::string& key) {
    DerivedTable made;
    made.kind = "context";
    made.name = "deals";
    made.key = key;
    return made;
  }
  Status keep(FileSystem& files, const std::string& key, std::string_view content,
              const std::function<bool(const DerivedTable&)>& is_wanted = all) {
    return keep_derived(files, folder.path(), table(key), content, is_wanted);
  }
  std::vector<std::string> keys() {
    std::vector<std::string> keys;
    const auto tables = *read_derived(folder.files(), folder.path());
    for (const DerivedTable& kept : tables) keys.push_back(kept.key);
    return keys;
  }
  std::vector<std::string> names() { return *folder.files().list(folder.path("context")); }

  TemporaryFolder folder;
};

TEST_F(DerivedTables, none_are_listed_before_the_first) {
  EXPECT_THAT(*read_derived(folder.files(), folder.path()), IsEmpty());
}

TEST_F(DerivedTables, stand_under_their_content) {
  ASSERT_TRUE(succeeds(keep(folder.files(), "a", "first")));
  const auto tables = *read_derived(folder.files(), folder.path());
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0].hash, blake2b_hex("first"));
  EXPECT_EQ(tables[0].bytes, 5U);
  EXPECT_EQ(tables[0].file, "context/a-" + blake2b_hex("first").substr(0, 20) + ".context");
  EXPECT_EQ(folder.content(tables[0].file), "first");
}

TEST_F(DerivedTables, one_of_the_same_key_takes_the_place_and_unwanted_ones_go) {
  ASSERT_TRUE(succeeds(keep(folder.files(), "a", "first")));
  ASSERT_TRUE(succeeds(keep(folder.files(), "b", "second")));
  ASSERT_TRUE(succeeds(keep(folder.files(), "a", "third")));
  EXPECT_THAT(keys(), ElementsAre("b", "a"));
  EXPECT_EQ(names().size(), 2U);
  ASSERT_TRUE(succeeds(
      keep(folder.files(), "c", "fourth", [](const DerivedTable& other) { return other.key == "b"; })));
  EXPECT_THAT(keys(), ElementsAre("b", "c"));
  EXPECT_EQ(names().size(), 2U);
}

TEST_F(DerivedTables, dropping_keeps_the_others) {
  ASSERT_TRUE(succeeds(keep(folder.files(), "a", "first")));
  ASSERT_TRUE(succeeds(keep(folder.files(), "b", "second")));
  ASSERT_TRUE(succeeds(drop_derived(folder.files(), folder.path(), "context",
                                    [](const DerivedTable& other) { return other.key == "b"; })));
  EXPECT_THAT(keys(), ElementsAre("b"));
  EXPECT_EQ(names().size(), 1U);
}

TEST_F(DerivedTables, are_whole_whatever_step_a_process_ends_at) {
  int steps = 0;
  for (bool has_ended = true; has_ended; ++steps) {
    ASSERT_TRUE(succeeds(keep(folder.files(), "old", "the old content")));
    {
      EndingFiles files(folder.files(), steps);
      static_cast<void>(keep(files, "new", "the new content", [](const auto&) { return false; }).has_value());
      has_ended = files.has_ended();
    }
    const auto tables = read_derived(folder.files(), folder.path());
    ASSERT_TRUE(succeeds(tables)) << steps;
    ASSERT_EQ(tables->size(), has_ended ? tables->size() : 1U);
    for (const DerivedTable& kept : *tables) {
      EXPECT_EQ(blake2b_hex(folder.content(kept.file)), kept.hash) << steps;
      EXPECT_EQ(kept.bytes, folder.content(kept.file).size()) << steps;
    }
    // The next one removes what was left.
    ASSERT_TRUE(succeeds(keep(folder.files(), "next", "content", [](const auto&) { return false; })));
    EXPECT_EQ(names().size(), 1U) << steps;
  }
  EXPECT_GT(steps, 8);
}

TEST_F(DerivedTables, nothing_is_kept_while_somebody_else_keeps_something) {
  ASSERT_TRUE(succeeds(keep(folder.files(), "a", "first")));
  {
    const auto lock = folder.files().lock(folder.path("derived.lock"));
    ASSERT_TRUE(lock.has_value());
    EXPECT_TRUE(fails_with(keep(folder.files(), "b", "second"), Errc::locked));
  }
  EXPECT_THAT(keys(), ElementsAre("a"));
  EXPECT_TRUE(succeeds(keep(folder.files(), "b", "second")));
}

TEST_F(DerivedTables, a_damaged_list_is_told_and_begun_anew) {
  ASSERT_TRUE(succeeds(keep(folder.files(), "a", "first")));
  const std::string list = folder.content("derived.json");
  for (const std::string& damaged : {list.substr(0, list.size() / 2), std::string("{}"), std::string(), [&] {
                                       std::string other = list;
                                       other[other.find("deals")] = 'x';
                                       return other;
                                     }()}) {
    ASSERT_TRUE(succeeds(folder.files().write_durably(folder.path("derived.json"), damaged)));
    EXPECT_TRUE(fails_with(read_derived(folder.files(), folder.path()), Errc::damaged));
  }
  ASSERT_TRUE(succeeds(keep(folder.files(), "b", "second")));
  EXPECT_THAT(keys(), ElementsAre("b"));
  EXPECT_EQ(names().size(), 1U);
}

}  // namespace
}  // namespace weir::store
