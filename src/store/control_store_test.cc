#include "store/control_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/control_test_support.h"
#include "store/sqlite.h"

namespace weir::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Definition kFunnel{"funnel", "deals", "aaa111", "{\"stages\":[]}"};
const Definition kFunnelNew{"funnel", "deals", "bbb222", "{\"stages\":[1]}"};
const Definition kSignal{"signal", "reply", "ccc333", "type = 'email.replied'"};

class ControlStoreTest : public testing::Test {
 protected:
  [[nodiscard]] Result<std::unique_ptr<ControlStore>> open(StoreAccess access = StoreAccess::write) {
    return ControlStore::open(folder.files(), clock, folder.path(), access);
  }
  // Closes what `run` leaves open.
  void with_database(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(folder.path("control.db").c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  TemporaryFolder folder;
  ManualClock clock{1'000'000};
};

TEST_F(ControlStoreTest, meta_is_kept) {
  {
    const auto store = open();
    ASSERT_TRUE(succeeds(store));
    EXPECT_EQ(*(*store)->meta("key_fingerprint"), std::nullopt);
    ASSERT_TRUE(succeeds((*store)->set_meta("key_fingerprint", "one")));
    ASSERT_TRUE(succeeds((*store)->set_meta("key_fingerprint", "two")));
    ASSERT_TRUE(succeeds((*store)->set_meta("empty", "")));
  }
  const auto store = open(StoreAccess::read);
  ASSERT_TRUE(succeeds(store));
  EXPECT_EQ(*(*store)->meta("key_fingerprint"), "two");
  EXPECT_EQ(*(*store)->meta("empty"), "");
}

TEST_F(ControlStoreTest, only_the_owner_may_read_the_files) {
  const auto store = open();
  ASSERT_TRUE(succeeds(store));
  ASSERT_TRUE(succeeds((*store)->set_meta("a", "b")));
  EXPECT_EQ(folder.mode_of("control.db"), 0600U);
  EXPECT_EQ(folder.mode_of("control.db-wal"), 0600U);
}

TEST_F(ControlStoreTest, the_newest_set_is_what_is_applied) {
  const auto store = open();
  ASSERT_TRUE(succeeds(store));
  EXPECT_THAT(*(*store)->applied_definitions(), IsEmpty());
  EXPECT_EQ(*(*store)->record_applied(std::vector{kSignal, kFunnel}, "ada"), 1);
  clock.advance(Micros{5});
  EXPECT_EQ(*(*store)->record_applied(std::vector{kFunnelNew}, "bob"), 2);
  EXPECT_THAT(*(*store)->applied_definitions(), ElementsAre(kFunnelNew));
  EXPECT_THAT(*(*store)->definitions_of(1), ElementsAre(kFunnel, kSignal));
  const auto sets = (*store)->apply_sets();
  ASSERT_TRUE(succeeds(sets));
  ASSERT_EQ(sets->size(), 2U);
  EXPECT_EQ(sets->front().applied_by, "bob");
  EXPECT_EQ(sets->front().applied_at, 1'000'005);
  EXPECT_EQ(sets->back().id, 1);
}

TEST_F(ControlStoreTest, applying_the_same_again_changes_nothing) {
  const auto store = open();
  ASSERT_TRUE(succeeds(store));
  EXPECT_EQ(*(*store)->record_applied(std::vector{kFunnel, kSignal}, "ada"), 1);
  EXPECT_EQ(*(*store)->record_applied(std::vector{kSignal, kFunnel}, "bob"), 1);
  EXPECT_EQ((*store)->apply_sets()->size(), 1U);
}

TEST_F(ControlStoreTest, rolling_back_points_at_the_older_version) {
  const auto store = open();
  ASSERT_TRUE(succeeds(store));
  ASSERT_TRUE(succeeds((*store)->record_applied(std::vector{kFunnel}, "ada")));
  ASSERT_TRUE(succeeds((*store)->record_applied(std::vector{kFunnelNew}, "ada")));
  EXPECT_EQ(*(*store)->record_applied(std::vector{kFunnel}, "ada"), 3);
  EXPECT_THAT(*(*store)->applied_definitions(), ElementsAre(kFunnel));
  EXPECT_EQ(*(*store)->find_definition("funnel", "deals", "bbb222"), kFunnelNew);
  EXPECT_EQ(*(*store)->find_definition("funnel", "deals", "nope"), std::nullopt);
}

TEST_F(ControlStoreTest, an_empty_set_can_be_applied) {
  const auto store = open();
  ASSERT_TRUE(succeeds(store));
  ASSERT_TRUE(succeeds((*store)->record_applied(std::vector{kFunnel}, "ada")));
  EXPECT_EQ(*(*store)->record_applied({}, "ada"), 2);
  EXPECT_THAT(*(*store)->applied_definitions(), IsEmpty());
  EXPECT_TRUE(fails_with((*store)->definitions_of(3), Errc::not_found));
}

TEST_F(ControlStoreTest, one_name_in_two_versions_is_refused_as_a_whole) {
  const auto store = open();
  ASSERT_TRUE(succeeds(store));
  EXPECT_TRUE(fails_with((*store)->record_applied(std::vector{kSignal, kFunnel, kFunnelNew}, "ada"),
                         Errc::invalid_argument));
  EXPECT_THAT(*(*store)->apply_sets(), IsEmpty());
}

TEST_F(ControlStoreTest, one_version_with_two_contents_is_refused_as_a_whole) {
  const auto store = open();
  ASSERT_TRUE(succeeds(store));
  ASSERT_TRUE(succeeds((*store)->record_applied(std::vector{kFunnel}, "ada")));
  Definition forged = kFunnel;
  forged.normal_form = "other";
  EXPECT_TRUE(fails_with((*store)->record_applied(std::vector{kSignal, forged}, "ada"), Errc::damaged));
  EXPECT_THAT(*(*store)->applied_definitions(), ElementsAre(kFunnel));
}

TEST_F(ControlStoreTest, runs_end_once) {
  const auto store = open();
  ASSERT_TRUE(succeeds(store));
  const auto id = (*store)->begin_run("ingest");
  ASSERT_TRUE(succeeds(id));
  clock.advance(Micros{7});
  ASSERT_TRUE(succeeds((*store)->end_run(*id, RunOutcome::done, R"({"rows":3})")));
  EXPECT_TRUE(fails_with((*store)->end_run(*id, RunOutcome::failed, "{}"), Errc::not_found));
  const auto runs = (*store)->runs(10);
  ASSERT_TRUE(succeeds(runs));
  ASSERT_EQ(runs->size(), 1U);
  EXPECT_EQ(runs->front().verb, "ingest");
  EXPECT_EQ(runs->front().started, 1'000'000);
  EXPECT_EQ(runs->front().ended, 1'000'007);
  EXPECT_EQ(runs->front().outcome, RunOutcome::done);
  EXPECT_EQ(runs->front().counts, R"({"rows":3})");
}

TEST_F(ControlStoreTest, a_run_whose_process_ended_is_interrupted) {
  {
    const auto store = open();
    ASSERT_TRUE(succeeds(store));
    ASSERT_TRUE(succeeds((*store)->begin_run("ingest")));
    EXPECT_EQ((*open(StoreAccess::read))->runs(1)->front().outcome, RunOutcome::running);
  }
  const auto store = open();
  ASSERT_TRUE(succeeds(store));
  EXPECT_EQ((*store)->runs(1)->front().outcome, RunOutcome::interrupted);
  EXPECT_EQ((*store)->runs(1)->front().ended, std::nullopt);
}

TEST_F(ControlStoreTest, a_reader_needs_a_store_and_writes_nothing) {
  EXPECT_TRUE(fails_with(open(StoreAccess::read), Errc::not_found));
  EXPECT_FALSE(folder.files().exists(folder.path("control.db")));
  ASSERT_TRUE(succeeds(open()));
  const auto reader = open(StoreAccess::read);
  ASSERT_TRUE(succeeds(reader));
  EXPECT_TRUE(fails_with((*reader)->set_meta("a", "b"), Errc::io));
  EXPECT_TRUE(fails_with((*reader)->begin_run("x"), Errc::io));
}

TEST_F(ControlStoreTest, readers_and_a_writer_work_side_by_side) {
  const auto writer = open();
  const auto reader = open(StoreAccess::read);
  ASSERT_TRUE(succeeds(writer) && succeeds(reader));
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(succeeds((*writer)->set_meta("n", std::to_string(i))));
    EXPECT_EQ(*(*reader)->meta("n"), std::to_string(i));
  }
}

TEST_F(ControlStoreTest, a_newer_schema_is_refused) {
  ASSERT_TRUE(succeeds(open()));
  with_database("PRAGMA user_version = 99");
  for (const StoreAccess access : {StoreAccess::read, StoreAccess::write}) {
    const auto store = open(access);
    ASSERT_TRUE(fails_with(store, Errc::state));
    EXPECT_THAT(store.error().message, HasSubstr("newer weir"));
  }
}

TEST_F(ControlStoreTest, a_foreign_database_is_left_alone) {
  with_database("CREATE TABLE mine (a)");
  EXPECT_TRUE(fails_with(open(), Errc::damaged));
  with_database("SELECT a FROM mine");
}

TEST_F(ControlStoreTest, what_is_no_database_is_damaged) {
  ASSERT_TRUE(succeeds(folder.files().write_durably(folder.path("control.db"), std::string(8192, 'x'))));
  const auto store = open();
  ASSERT_TRUE(fails_with(store, Errc::damaged));
  EXPECT_THAT(store.error().message, HasSubstr("control.db"));
}

TEST_F(ControlStoreTest, integrity_check_finds_flipped_bytes) {
  {
    const auto store = open();
    ASSERT_TRUE(succeeds(store));
    for (int i = 0; i < 200; ++i)
      ASSERT_TRUE(succeeds((*store)->set_meta("key" + std::to_string(i), std::string(100, 'v'))));
    EXPECT_THAT(*(*store)->integrity_check(), IsEmpty());
  }
  std::string bytes = folder.content("control.db");
  const std::size_t at = bytes.find("key100");
  ASSERT_NE(at, std::string::npos);
  const std::size_t page = at / 4096 * 4096;
  for (std::size_t i = 0; i < 64; ++i) bytes[page + i] = static_cast<char>(~bytes[page + i]);
  ASSERT_TRUE(succeeds(folder.files().write_durably(folder.path("control.db"), bytes)));
  const auto store = open(StoreAccess::read);
  ASSERT_TRUE(succeeds(store));
  const auto problems = (*store)->integrity_check();
  ASSERT_TRUE(succeeds(problems));
  ASSERT_FALSE(problems->empty());
  EXPECT_THAT(problems->front(), HasSubstr("control.db"));
}

TEST_F(ControlStoreTest, integrity_check_finds_missing_rows) {
  {
    const auto store = open();
    ASSERT_TRUE(succeeds(store));
    ASSERT_TRUE(succeeds((*store)->record_applied(std::vector{kFunnel}, "ada")));
  }
  with_database("PRAGMA foreign_keys = OFF; DELETE FROM definition");
  const auto store = open(StoreAccess::read);
  ASSERT_TRUE(succeeds(store));
  EXPECT_THAT(*(*store)->integrity_check(), ElementsAre(HasSubstr("a row of apply_member")));
}

}  // namespace
}  // namespace weir::store
