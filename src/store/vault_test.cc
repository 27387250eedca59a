#include "store/vault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <map>

#include "store/control_test_support.h"
#include "store/sqlite.h"

namespace weir::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr HashKey kKey = {1, 2, 3};

RecordId record(std::uint64_t number) {
  return {number * 0x9E3779B97F4A7C15ULL, number};
}
ContentHash content(std::uint64_t number) {
  return {number, number * 0xD6E8FEB86659FD93ULL};
}

class VaultTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    vault.reset();
    store.reset();
    auto opened = ControlStore::open(folder.files(), clock, folder.path(), StoreAccess::write);
    ASSERT_TRUE(succeeds(opened));
    store = *std::move(opened);
    vault = std::make_unique<Vault>(*store, kKey);
  }
  [[nodiscard]] VaultState state(std::uint64_t number) {
    return vault->get(record(number), content(number))->state;
  }
  [[nodiscard]] std::string text(std::uint64_t number) {
    return vault->get(record(number), content(number))->text;
  }
  void put(const std::string& handle, std::uint64_t number, const std::string& value) {
    EXPECT_TRUE(succeeds(vault->put(handle, record(number), content(number), value)));
  }
  [[nodiscard]] std::vector<std::string> wrapped_keys() {
    std::vector<std::string> keys;
    auto rows = store->connection().prepare("SELECT wrapped FROM vault_key");
    EXPECT_TRUE(succeeds(rows));
    while (*rows->step()) keys.emplace_back(rows->blob(0));
    return keys;
  }
  TemporaryFolder folder;
  ManualClock clock{0};
  std::unique_ptr<ControlStore> store;
  std::unique_ptr<Vault> vault;
};

TEST_F(VaultTest, a_value_comes_back) {
  put("contact:ws:C1", 1, "ada@example.org");
  put("contact:ws:C1", 2, "");
  put("contact:ws:C2", 3, std::string("a\0b\xff", 4));
  reopen();
  EXPECT_EQ(text(1), "ada@example.org");
  EXPECT_EQ(state(2), VaultState::present);
  EXPECT_EQ(text(3), std::string("a\0b\xff", 4));
  EXPECT_EQ(state(4), VaultState::absent);
  EXPECT_EQ(vault->get(record(1), content(2))->state, VaultState::absent);
}

TEST_F(VaultTest, a_large_value_comes_back) {
  const std::string large(3'000'000, 'x');
  put("contact:ws:C1", 1, large);
  EXPECT_EQ(text(1), large);
}

TEST_F(VaultTest, putting_again_changes_nothing) {
  EXPECT_EQ(*vault->put("h", record(1), content(1), "first"), (VaultPut{1, 0, 0, 0}));
  EXPECT_EQ(*vault->put("h", record(1), content(1), "second"), (VaultPut{0, 1, 0, 0}));
  EXPECT_EQ(text(1), "first");
}

TEST_F(VaultTest, a_value_moves_to_the_handle_that_claims_it_last) {
  put("contact:ws:C1", 1, "ada");
  EXPECT_EQ(*vault->put("contact:ws:C2", record(1), content(1), "ada"), (VaultPut{0, 0, 1, 0}));
  ASSERT_TRUE(succeeds(vault->erase(std::vector<std::string>{"contact:ws:C1"})));
  EXPECT_EQ(text(1), "ada");
  ASSERT_TRUE(succeeds(vault->erase(std::vector<std::string>{"contact:ws:C2"})));
  EXPECT_EQ(state(1), VaultState::erased);
}

TEST_F(VaultTest, nothing_readable_stands_on_the_disk) {
  put("contact:ws:SecretHandle", 1, "secret.person@example.org");
  EXPECT_THAT(folder.database_bytes(), testing::Not(HasSubstr("SecretHandle")));
  EXPECT_THAT(folder.database_bytes(), testing::Not(HasSubstr("secret.person")));
  vault.reset();
  store.reset();
  EXPECT_THAT(folder.database_bytes(), testing::Not(HasSubstr("SecretHandle")));
  EXPECT_THAT(folder.database_bytes(), testing::Not(HasSubstr("secret.person")));
}

TEST_F(VaultTest, an_erased_person_cannot_be_read_and_others_can) {
  put("contact:ws:C1", 1, "ada");
  put("contact:ws:C1", 2, "ada again");
  put("contact:ws:C2", 3, "bob");
  EXPECT_EQ(*vault->erase(std::vector<std::string>{"contact:ws:C1", "anonymous:ws:unknown"}), 1);
  EXPECT_EQ(state(1), VaultState::erased);
  EXPECT_EQ(state(2), VaultState::erased);
  EXPECT_EQ(text(3), "bob");
  EXPECT_TRUE(*vault->is_erased("contact:ws:C1"));
  EXPECT_TRUE(*vault->is_erased("anonymous:ws:unknown"));
  EXPECT_FALSE(*vault->is_erased("contact:ws:C2"));
  EXPECT_FALSE(*vault->is_erased("contact:ws:never"));
  EXPECT_EQ(*vault->erase(std::vector<std::string>{"contact:ws:C1"}), 0);
  EXPECT_EQ(*vault->erasure_count(), 2);  // the unknown one, too
}

TEST_F(VaultTest, an_erased_person_stays_erased_when_the_file_is_read_again) {
  put("contact:ws:C1", 1, "ada");
  ASSERT_TRUE(succeeds(vault->erase(std::vector<std::string>{"contact:ws:C1"})));
  EXPECT_EQ(*vault->put("contact:ws:C1", record(1), content(1), "ada"), (VaultPut{0, 0, 0, 1}));
  EXPECT_EQ(*vault->put("contact:ws:C1", record(9), content(9), "ada new"), (VaultPut{0, 0, 0, 1}));
  EXPECT_EQ(*vault->put("contact:ws:other", record(1), content(1), "ada"), (VaultPut{0, 0, 0, 1}));
  EXPECT_EQ(state(1), VaultState::erased);
  EXPECT_EQ(state(9), VaultState::absent);
}

// Handles in several batches, so that pages fill, split and are rewritten; then every third is erased.
TEST_F(VaultTest, destroyed_keys_are_in_no_page) {
  for (std::uint64_t round = 0; round < 20; ++round) {
    VaultBatch batch(*vault);
    for (std::uint64_t i = 0; i < 150; ++i) {
      const std::uint64_t n = round * 150 + i;
      ASSERT_TRUE(succeeds(
          batch.put("contact:ws:" + std::to_string(n), record(n), content(n), "value " + std::to_string(n))));
    }
    ASSERT_TRUE(succeeds(batch.commit()));
  }
  const std::vector<std::string> before = wrapped_keys();
  ASSERT_EQ(before.size(), 3000U);
  std::vector<std::string> handles;
  for (std::uint64_t n = 0; n < 3000; n += 3) handles.push_back("contact:ws:" + std::to_string(n));
  ASSERT_EQ(*vault->erase(handles), 1000);
  const std::vector<std::string> after = wrapped_keys();
  std::string bytes = folder.database_bytes();
  int gone = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool erased = after[i] != before[i];
    gone += erased ? 1 : 0;
    // Any 16 bytes of it would be a copy.
    const bool found = bytes.find(before[i].substr(0, 16)) != std::string::npos ||
                       bytes.find(before[i].substr(28, 16)) != std::string::npos ||
                       bytes.find(before[i].substr(56)) != std::string::npos;
    ASSERT_EQ(found, !erased) << i;
  }
  EXPECT_EQ(gone, 1000);
  EXPECT_EQ(folder.content("control.db-wal").size() % 4096, 32U + 24U)
      << "one transaction in the log: the mark's removal";
}

TEST_F(VaultTest, an_erasure_that_a_reader_holds_up_is_finished_at_the_next_opening) {
  put("contact:ws:C1", 1, "ada");
  const std::string key = wrapped_keys().front();
  {
    auto reader = ControlStore::open(folder.files(), clock, folder.path(), StoreAccess::read);
    ASSERT_TRUE(succeeds(reader));
    ASSERT_TRUE(succeeds((*reader)->connection().execute("BEGIN; SELECT count(*) FROM vault_key")));
    ASSERT_TRUE(succeeds(store->connection().execute("PRAGMA busy_timeout = 0")));
    const auto erased = vault->erase(std::vector<std::string>{"contact:ws:C1"});
    ASSERT_TRUE(fails_with(erased, Errc::locked));
    EXPECT_THAT(erased.error().message, HasSubstr("the keys are destroyed"));
    EXPECT_EQ(state(1), VaultState::erased);
    EXPECT_THAT(folder.database_bytes(), HasSubstr(key));
  }
  reopen();
  EXPECT_THAT(folder.database_bytes(), testing::Not(HasSubstr(key)));
  EXPECT_EQ(*store->meta("vault.scrub"), std::nullopt);
}

TEST_F(VaultTest, a_dropped_batch_stores_nothing) {
  {
    VaultBatch batch(*vault);
    ASSERT_TRUE(succeeds(batch.put("h", record(1), content(1), "ada")));
  }
  EXPECT_EQ(state(1), VaultState::absent);
}

TEST_F(VaultTest, a_batch_flushes_at_its_limit_and_counts_all) {
  VaultBatch batch(*vault);
  const std::string megabyte(1 << 20, 'x');
  for (std::uint64_t n = 0; n < 70; ++n)
    ASSERT_TRUE(succeeds(batch.put("h", record(n), content(n), megabyte)));
  EXPECT_EQ(state(0), VaultState::present);
  EXPECT_EQ(state(69), VaultState::absent);
  EXPECT_EQ(*batch.commit(), (VaultPut{70, 0, 0, 0}));
  EXPECT_EQ(text(69), megabyte);
  EXPECT_EQ(*batch.commit(), VaultPut{});
}

TEST_F(VaultTest, another_workspace_key_opens_nothing) {
  put("contact:ws:C1", 1, "ada");
  Vault other(*store, HashKey{9});
  EXPECT_TRUE(fails_with(other.get(record(1), content(1)), Errc::damaged));
  EXPECT_FALSE(other.verify()->problems.empty());
}

TEST_F(VaultTest, a_row_cannot_stand_in_for_another) {
  put("contact:ws:C1", 1, "ada");
  put("contact:ws:C1", 2, "bob");
  ASSERT_TRUE(succeeds(store->connection().execute(
      "UPDATE vault_value SET sealed = (SELECT sealed FROM vault_value WHERE id = 2) WHERE id = 1")));
  EXPECT_TRUE(fails_with(vault->get(record(1), content(1)), Errc::damaged));
  EXPECT_EQ(text(2), "bob");
  const auto report = vault->verify();
  ASSERT_TRUE(succeeds(report));
  EXPECT_THAT(report->problems, ElementsAre(HasSubstr("vault value 1 cannot be opened")));
}

TEST_F(VaultTest, verify_counts_what_can_be_read) {
  put("contact:ws:C1", 1, "ada");
  put("contact:ws:C2", 2, "bob");
  put("contact:ws:C2", 3, "bob");
  ASSERT_TRUE(succeeds(vault->erase(std::vector<std::string>{"contact:ws:C2", "contact:ws:C3"})));
  const auto report = vault->verify();
  ASSERT_TRUE(succeeds(report));
  EXPECT_THAT(report->problems, IsEmpty());
  EXPECT_EQ(report->handles, 1);
  EXPECT_EQ(report->erased_handles, 2);
  EXPECT_EQ(report->values, 1);
  EXPECT_EQ(report->erased_values, 2);
}

// Two values whose places share the 64 bits of the index are two values.
TEST_F(VaultTest, a_shared_slot_is_no_confusion) {
  const RecordId one{5, 1};
  const RecordId two{5, 2};
  ASSERT_TRUE(succeeds(vault->put("h", one, ContentHash{7, 7}, "one")));
  ASSERT_TRUE(succeeds(vault->put("h", two, ContentHash{7, 7}, "two")));
  EXPECT_EQ(vault->get(one, ContentHash{7, 7})->text, "one");
  EXPECT_EQ(vault->get(two, ContentHash{7, 7})->text, "two");
}

// Against a model: any sequence of batches and erasures, few handles and records so that they meet.
TEST(VaultProperty, behaves_as_a_map_with_erasure) {
  const bool holds = rc::check("behaves as a map with erasure", [] {
    TemporaryFolder folder;
    const ManualClock clock(0);
    const auto store = ControlStore::open(folder.files(), clock, folder.path(), StoreAccess::write);
    RC_ASSERT(store.has_value());
    Vault vault(**store, kKey);
    struct Held {
      std::uint64_t handle{0};
      std::string text;
    };
    std::map<std::uint64_t, Held> model;
    std::map<std::uint64_t, bool> erased;
    const auto steps = *rc::gen::container<std::vector<std::pair<std::uint64_t, std::vector<std::uint64_t>>>>(
        rc::gen::pair(rc::gen::inRange<std::uint64_t>(0, 5),
                      rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 8))));
    for (const auto& [handle, records] : steps) {
      const std::string name = "contact:ws:" + std::to_string(handle);
      if (records.empty()) {
        RC_ASSERT(vault.erase(std::vector<std::string>{name}).has_value());
        erased[handle] = true;
        continue;
      }
      VaultBatch batch(vault);
      for (const std::uint64_t n : records) {
        RC_ASSERT(batch.put(name, record(n), content(n), name + " " + std::to_string(n)).has_value());
        if (erased[handle]) continue;
        const auto [held, is_new] = model.try_emplace(n, Held{handle, name + " " + std::to_string(n)});
        if (!is_new && held->second.handle != handle && !erased[held->second.handle]) {
          held->second = Held{handle, name + " " + std::to_string(n)};
        }
      }
      RC_ASSERT(batch.commit().has_value());
    }
    for (std::uint64_t n = 0; n < 8; ++n) {
      const auto value = vault.get(record(n), content(n));
      RC_ASSERT(value.has_value());
      const auto held = model.find(n);
      if (held == model.end()) {
        RC_ASSERT(value->state == VaultState::absent);
      } else if (erased[held->second.handle]) {
        RC_ASSERT(value->state == VaultState::erased);
      } else {
        RC_ASSERT(value->text == held->second.text);
      }
    }
    RC_ASSERT(vault.verify()->problems.empty());
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace weir::store
