#include "store/quarantine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/control_test_support.h"
#include "store/sqlite.h"

namespace weir::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr HashKey kKey = {4, 5, 6};

class QuarantineTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = ControlStore::open(folder.files(), clock, folder.path(), StoreAccess::write);
    ASSERT_TRUE(succeeds(opened));
    store = *std::move(opened);
    quarantine = std::make_unique<Quarantine>(*store, kKey);
  }
  static RejectedRecord rejected(std::string_view source, std::int64_t row) {
    return {
        source,      "filehash", row, row + 1, "amount", "type", "amount is no number", "L1,Ada Lovelace,n/a",
        "deals.csv", "v1"};
  }
  [[nodiscard]] std::vector<std::int64_t> ids(const QuarantineFilter& filter) {
    std::vector<std::int64_t> found;
    const auto entries = quarantine->list(filter);
    EXPECT_TRUE(succeeds(entries));
    for (const QuarantineEntry& entry : *entries) found.push_back(entry.id);
    return found;
  }
  TemporaryFolder folder;
  ManualClock clock{77};
  std::unique_ptr<ControlStore> store;
  std::unique_ptr<Quarantine> quarantine;
};

TEST_F(QuarantineTest, a_record_is_kept_whole) {
  EXPECT_EQ(*quarantine->put(std::vector{rejected("crm", 5)}), (QuarantinePut{1, 0, 0}));
  const auto shown = quarantine->show(1);
  ASSERT_TRUE(succeeds(shown));
  EXPECT_EQ(shown->payload, "L1,Ada Lovelace,n/a");
  EXPECT_EQ(shown->entry.source, "crm");
  EXPECT_EQ(shown->entry.file_hash, "filehash");
  EXPECT_EQ(shown->entry.row, 5);
  EXPECT_EQ(shown->entry.line, 6);
  EXPECT_EQ(shown->entry.field, "amount");
  EXPECT_EQ(shown->entry.clause, "type");
  EXPECT_EQ(shown->entry.reason, "amount is no number");
  EXPECT_EQ(shown->entry.file_name, "deals.csv");
  EXPECT_EQ(shown->entry.contract_version, "v1");
  EXPECT_EQ(shown->entry.first_seen, 77);
  EXPECT_EQ(shown->entry.state, QuarantineState::open);
  EXPECT_TRUE(fails_with(quarantine->show(2), Errc::not_found));
}

TEST_F(QuarantineTest, the_payload_stands_nowhere_readable) {
  ASSERT_TRUE(succeeds(quarantine->put(std::vector{rejected("crm", 5)})));
  EXPECT_THAT(folder.database_bytes(), testing::Not(HasSubstr("Lovelace")));
}

TEST_F(QuarantineTest, the_same_file_again_changes_nothing) {
  ASSERT_TRUE(succeeds(quarantine->put(std::vector{rejected("crm", 5), rejected("crm", 6)})));
  clock.advance(Micros{10});
  EXPECT_EQ(*quarantine->put(std::vector{rejected("crm", 5), rejected("crm", 6), rejected("crm", 7)}),
            (QuarantinePut{1, 2, 0}));
  EXPECT_EQ(quarantine->show(1)->entry.first_seen, 77);
  EXPECT_THAT(ids({}), ElementsAre(1, 2, 3));
}

TEST_F(QuarantineTest, a_newer_contract_gives_an_open_record_its_new_reason) {
  ASSERT_TRUE(succeeds(quarantine->put(std::vector{rejected("crm", 5), rejected("crm", 6)})));
  ASSERT_TRUE(succeeds(quarantine->mark_replayed(std::vector<std::int64_t>{2})));
  RejectedRecord five = rejected("crm", 5);
  RejectedRecord six = rejected("crm", 6);
  five.contract_version = six.contract_version = "v2";
  five.clause = six.clause = "enum";
  EXPECT_EQ(*quarantine->put(std::vector{five, six}), (QuarantinePut{0, 1, 1}));
  EXPECT_EQ(quarantine->show(1)->entry.clause, "enum");
  EXPECT_EQ(quarantine->show(1)->payload, "L1,Ada Lovelace,n/a");
  EXPECT_EQ(quarantine->show(2)->entry.clause, "type");
  EXPECT_EQ(quarantine->show(2)->entry.state, QuarantineState::replayed);
}

TEST_F(QuarantineTest, lists_filter_and_page) {
  RejectedRecord other = rejected("crm", 7);
  other.clause = "required";
  ASSERT_TRUE(succeeds(
      quarantine->put(std::vector{rejected("crm", 5), rejected("web", 5), rejected("crm", 6), other})));
  ASSERT_TRUE(succeeds(quarantine->mark_replayed(std::vector<std::int64_t>{3})));
  EXPECT_THAT(ids({.source = "crm"}), ElementsAre(1, 3, 4));
  EXPECT_THAT(ids({.source = "crm", .state = QuarantineState::open}), ElementsAre(1, 4));
  EXPECT_THAT(ids({.clause = "required"}), ElementsAre(4));
  EXPECT_THAT(ids({.after_id = 1, .limit = 2}), ElementsAre(2, 3));
  EXPECT_THAT(ids({.source = "nobody"}), IsEmpty());
}

TEST_F(QuarantineTest, counts_agree_with_lists) {
  RejectedRecord other = rejected("crm", 7);
  other.clause = "required";
  ASSERT_TRUE(succeeds(
      quarantine->put(std::vector{rejected("web", 5), rejected("crm", 5), rejected("crm", 6), other})));
  ASSERT_TRUE(succeeds(quarantine->mark(std::vector<std::int64_t>{2}, QuarantineState::superseded)));
  const auto clauses = quarantine->counts_by_clause({.state = QuarantineState::open});
  ASSERT_TRUE(succeeds(clauses));
  std::vector<std::string> rows;
  for (const ClauseCount& c : *clauses)
    rows.push_back(c.source + " " + c.clause + " " + c.field + " " + std::to_string(c.records));
  EXPECT_THAT(rows, ElementsAre("crm required amount 1", "crm type amount 1", "web type amount 1"));
  const auto sources = quarantine->counts_by_source();
  ASSERT_TRUE(succeeds(sources));
  ASSERT_EQ(sources->size(), 2U);
  EXPECT_EQ(sources->front().source, "crm");
  EXPECT_EQ(sources->front().open, 2);
  EXPECT_EQ(sources->front().replayed, 0);
  EXPECT_EQ(sources->front().superseded, 1);
}

TEST_F(QuarantineTest, marking_an_unknown_record_marks_none) {
  ASSERT_TRUE(succeeds(quarantine->put(std::vector{rejected("crm", 5)})));
  EXPECT_TRUE(fails_with(quarantine->mark_replayed(std::vector<std::int64_t>{1, 9}), Errc::not_found));
  EXPECT_EQ(quarantine->show(1)->entry.state, QuarantineState::open);
}

TEST_F(QuarantineTest, records_are_visited_in_order_until_the_visitor_fails) {
  ASSERT_TRUE(
      succeeds(quarantine->put(std::vector{rejected("crm", 5), rejected("crm", 6), rejected("crm", 7)})));
  std::vector<std::int64_t> rows;
  const auto visit = [&](const QuarantinedRecord& record) -> Status {
    rows.push_back(record.entry.row);
    if (rows.size() == 2) return fail(Errc::state, "enough");
    return {};
  };
  EXPECT_TRUE(fails_with(quarantine->visit({}, visit), Errc::state));
  EXPECT_THAT(rows, ElementsAre(5, 6));
}

TEST_F(QuarantineTest, a_forgotten_payload_leaves_its_entry) {
  ASSERT_TRUE(succeeds(quarantine->put(std::vector{rejected("crm", 5), rejected("crm", 6)})));
  ASSERT_TRUE(succeeds(quarantine->forget_payloads(std::vector<std::int64_t>{1})));
  EXPECT_EQ(quarantine->show(1)->payload, std::nullopt);
  EXPECT_EQ(quarantine->show(2)->payload, "L1,Ada Lovelace,n/a");
  EXPECT_THAT(*quarantine->verify(), IsEmpty());
}

TEST_F(QuarantineTest, a_changed_payload_is_found) {
  ASSERT_TRUE(succeeds(quarantine->put(std::vector{rejected("crm", 5), rejected("crm", 6)})));
  ASSERT_TRUE(succeeds(store->connection().execute(
      "UPDATE quarantine SET payload = (SELECT payload FROM quarantine WHERE id = 2) WHERE id = 1")));
  EXPECT_TRUE(fails_with(quarantine->show(1), Errc::damaged));
  EXPECT_THAT(*quarantine->verify(), ElementsAre(HasSubstr("quarantined record 1")));
}

}  // namespace
}  // namespace weir::store
