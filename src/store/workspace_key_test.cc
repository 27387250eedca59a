#include "store/workspace_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/control_test_support.h"

namespace weir::store {
namespace {

using testing::HasSubstr;

const std::string kDigits = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

TEST(WorkspaceKey, is_made_once_and_found_again) {
  TemporaryFolder folder;
  const std::string state = folder.path("deep/state");
  const auto first = WorkspaceKey::open(folder.files(), state, std::nullopt, "");
  ASSERT_TRUE(succeeds(first));
  EXPECT_EQ(folder.mode_of("deep/state/key"), 0600U);
  EXPECT_EQ(folder.content("deep/state/key").size(), 65U);
  const auto again = WorkspaceKey::open(folder.files(), state, std::nullopt, first->fingerprint());
  ASSERT_TRUE(succeeds(again));
  EXPECT_EQ(again->vault_key(), first->vault_key());
}

TEST(WorkspaceKey, two_workspaces_have_two_keys) {
  TemporaryFolder folder;
  const auto one = WorkspaceKey::open(folder.files(), folder.path("one"), std::nullopt, "");
  const auto two = WorkspaceKey::open(folder.files(), folder.path("two"), std::nullopt, "");
  ASSERT_TRUE(succeeds(one) && succeeds(two));
  EXPECT_NE(one->fingerprint(), two->fingerprint());
  EXPECT_NE(one->identity_key(), two->identity_key());
}

// Stored data hangs on these bytes: a change here loses every vault.
TEST(WorkspaceKey, derived_keys_never_change) {
  const auto key = WorkspaceKey::parse(kDigits, "test");
  ASSERT_TRUE(succeeds(key));
  EXPECT_EQ(key->fingerprint(), "ec7bfca1a4ea");
  const HashKey vault = key->vault_key();
  EXPECT_EQ(
      blake2b_hex(std::string_view(reinterpret_cast<const char*>(vault.data()), vault.size())).substr(0, 16),
      "125f78c921dc45fd");
}

TEST(WorkspaceKey, no_two_purposes_share_a_key) {
  const auto key = WorkspaceKey::parse(kDigits, "test");
  ASSERT_TRUE(succeeds(key));
  const std::array<HashKey, 4> keys = {key->identity_key(), key->personal_key(), key->vault_key(),
                                       key->quarantine_key()};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = i + 1; j < keys.size(); ++j) EXPECT_NE(keys[i], keys[j]);
  }
}

TEST(WorkspaceKey, environment_wins_over_the_file) {
  TemporaryFolder folder;
  ASSERT_TRUE(succeeds(WorkspaceKey::open(folder.files(), folder.path(), std::nullopt, "")));
  const auto key = WorkspaceKey::open(folder.files(), folder.path(), kDigits, "");
  ASSERT_TRUE(succeeds(key));
  EXPECT_EQ(key->fingerprint(), WorkspaceKey::parse(kDigits, "test")->fingerprint());
}

TEST(WorkspaceKey, environment_makes_no_file) {
  TemporaryFolder folder;
  ASSERT_TRUE(succeeds(WorkspaceKey::open(folder.files(), folder.path(), kDigits, "")));
  EXPECT_FALSE(folder.files().exists(folder.path("key")));
}

TEST(WorkspaceKey, a_file_that_others_may_read_is_refused) {
  TemporaryFolder folder;
  ASSERT_TRUE(succeeds(WorkspaceKey::open(folder.files(), folder.path(), std::nullopt, "")));
  for (const ::mode_t mode : {0640U, 0604U, 0644U, 0620U}) {
    ASSERT_EQ(::chmod(folder.path("key").c_str(), mode), 0);
    const auto key = WorkspaceKey::open(folder.files(), folder.path(), std::nullopt, "");
    ASSERT_TRUE(fails_with(key, Errc::configuration));
    EXPECT_THAT(key.error().message, HasSubstr("chmod 600 " + folder.path("key")));
  }
}

TEST(WorkspaceKey, a_wrong_key_is_refused_in_words) {
  TemporaryFolder folder;
  const auto key = WorkspaceKey::open(folder.files(), folder.path(), kDigits, "0123456789ab");
  ASSERT_TRUE(fails_with(key, Errc::configuration));
  EXPECT_THAT(key.error().message,
              HasSubstr("is not the one this workspace was made with (fingerprint 0123456789ab)"));
  EXPECT_THAT(key.error().message, testing::Not(HasSubstr(kDigits)));
}

TEST(WorkspaceKey, a_lost_key_is_not_replaced) {
  TemporaryFolder folder;
  const auto key = WorkspaceKey::open(folder.files(), folder.path(), std::nullopt, "0123456789ab");
  ASSERT_TRUE(fails_with(key, Errc::configuration));
  EXPECT_THAT(key.error().message, HasSubstr("is missing"));
  EXPECT_FALSE(folder.files().exists(folder.path("key")));
}

TEST(WorkspaceKey, what_is_not_64_digits_is_refused) {
  for (const std::string& digits :
       {std::string(), kDigits.substr(1), kDigits + "0", std::string(64, 'g'), " " + kDigits}) {
    EXPECT_TRUE(fails_with(WorkspaceKey::parse(digits, "WEIR_KEY"), Errc::configuration));
  }
  EXPECT_TRUE(succeeds(WorkspaceKey::parse(kDigits + "\r\n", "WEIR_KEY")));
}

}  // namespace
}  // namespace weir::store
