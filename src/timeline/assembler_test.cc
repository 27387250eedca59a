#include "timeline/assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "timeline/section_file.h"

namespace weir::timeline {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// An event with its bits and its two values.
struct Given {
  ResolvedEvent event;
  std::uint64_t conditions{0};
  std::vector<std::int64_t> values{kNoAmount, kNoAmount};
};

// Two leads and an owner, five events; not in time order.
std::vector<Given> small() {
  std::vector<Given> events(5);
  const auto give = [&](std::size_t i, std::int64_t occurred, std::string_view type, std::string_view lead) {
    ResolvedEvent& event = events[i].event;
    event.id = {10 + i, 20 + i};
    event.occurred_at = event.known_at = occurred;
    event.type = type;
    event.source = "s";
    event.keys[kLead] = lead;
    event.delivery = 1;
    event.source_row = static_cast<std::int64_t>(i) + 2;
  };
  give(0, 9 * kDay, "created", "L1");
  give(1, 1 * kDay, "reply", "L2");
  give(2, 2 * kDay, "created", "L2");
  give(3, 2 * kDay + 5 * kSecond, "reply", "L1");
  give(4, 1 * kDay, "created", "L1");
  for (const std::size_t i : {0U, 2U, 4U}) events[i].conditions = 1;
  events[0].event.keys[kOwner] = events[4].event.keys[kOwner] = "anna";
  events[0].values = {5, 60'000};
  events[1].event.rank = 1;
  events[1].event.known_at = 2 * kDay;
  events[1].event.flags = kRowTouch;
  events[2].event.amount_minor = 5'000;
  events[2].event.currency = "EUR";
  events[3].event.retracted_at = 3 * kDay;
  return events;
}

struct Written {
  std::unique_ptr<FileSystem> files{posix_file_system()};
  std::string path;
  Written(const std::vector<Given>& events, const std::string& name) : path(testing::TempDir() + "/" + name) {
    Assembler assembler(1, 2);
    for (const Given& given : events)
      assembler.add_event(given.event, &given.conditions, given.values.data());
    EXPECT_TRUE(std::move(assembler).write(*files, path).has_value());
  }
  [[nodiscard]] std::unique_ptr<TimelineStore> open() const {
    auto store = TimelineStore::open(*files, path);
    EXPECT_TRUE(store.has_value());
    return *std::move(store);
  }
  [[nodiscard]] std::string bytes() const { return *files->read_file(path); }
};

TEST(Assembler, rows_are_events_in_time_order) {
  const auto events = small();
  const auto store = Written(events, "rows.timelines").open();
  const Columns& c = store->columns();
  ASSERT_EQ(store->row_count(), 5U);
  constexpr std::array<std::size_t, 5> kOrder{4, 1, 2, 3, 0};
  for (Row row = 0; row < 5; ++row) {
    const Given& given = events[kOrder[row]];
    EXPECT_EQ(store->proofs().event[row], given.event.id);
    EXPECT_EQ(store->proofs().source_row[row], given.event.source_row);
    EXPECT_EQ(store->proofs().delivery[row], given.event.delivery);
    EXPECT_EQ(c.occurred_at[row], given.event.occurred_at);
    EXPECT_EQ(c.known_at[row], given.event.known_at);
    EXPECT_EQ(c.retracted_at[row], given.event.retracted_at);
    EXPECT_EQ(store->type(c.type[row]), given.event.type);
    EXPECT_EQ(store->condition(row, 0), given.conditions == 1);
    EXPECT_EQ(store->handle_text(c.keys[kLead][row]), given.event.keys[kLead]);
    EXPECT_EQ(c.keys[kOwner][row] == kNoHandle, given.event.keys[kOwner].empty());
    EXPECT_EQ(c.keys[kAccount][row], kNoHandle);
    EXPECT_EQ(c.amount_minor[row], given.event.amount_minor);
    EXPECT_EQ(store->currency(c.currency[row]), given.event.currency);
    EXPECT_EQ(c.values[0][row], given.values[0]);
    EXPECT_EQ(c.values[1][row], given.values[1]);
  }
  EXPECT_TRUE(c.keys[kAccount].is_constant());
  EXPECT_THAT(store->run(store->find_handle(kLead, "L2")), ElementsAre(1U, 2U));
  EXPECT_THAT(store->run(store->find_handle(kOwner, "anna")), ElementsAre(0U, 4U));
  EXPECT_EQ(store->find_handle(kOwner, "bert"), kNoHandle);
}

TEST(Assembler, runs_say_what_rows_say) {
  const auto store = Written(small(), "runs.timelines").open();
  const Runs& runs = store->runs();
  const Columns& c = store->columns();
  ASSERT_TRUE(runs.has_signals());
  ASSERT_EQ(runs.size(), 7U);
  EXPECT_EQ(runs.epoch, kDay);
  EXPECT_EQ(runs.unit, 5 * kSecond);
  EXPECT_EQ(runs.codes32.size(), 7U);
  for (std::size_t place = 0; place < runs.size(); ++place) {
    const Row row = runs.rows[place];
    EXPECT_EQ(runs.occurred_at(place), c.occurred_at[row]);
    EXPECT_EQ(runs.signals[place], c.signal[row]);
    EXPECT_EQ(store->signals().holds(runs.signals[place], 0), store->condition(row, 0));
    for (const std::int64_t time : {std::int64_t{-1}, kDay, kDay + 1, 2 * kDay, 2 * kDay + 1, 100 * kDay}) {
      EXPECT_EQ(runs.codes32[place] < runs.codes_before(time), c.occurred_at[row] < time);
    }
  }
}

TEST(Assembler, times_that_need_more_have_wide_codes) {
  auto events = small();
  events[0].event.occurred_at = events[0].event.known_at = 90'000 * kDay + 1;
  const auto store = Written(events, "wide.timelines").open();
  const Runs& runs = store->runs();
  EXPECT_EQ(runs.unit, 1);
  EXPECT_TRUE(runs.codes32.empty());
  ASSERT_EQ(runs.codes64.size(), 7U);
  for (std::size_t place = 0; place < runs.size(); ++place)
    EXPECT_EQ(runs.occurred_at(place), store->columns().occurred_at[runs.rows[place]]);
}

TEST(Assembler, signals_say_what_is_apart) {
  const auto store = Written(small(), "signals.timelines").open();
  const auto& flags = store->columns().flags;
  EXPECT_EQ(flags[0], kRowNamesSubject);
  EXPECT_EQ(flags[1], kRowNamesSubject | kRowTouch | kRowKnownApart);
  EXPECT_EQ(flags[2], kRowNamesSubject | kRowHasAmount);
  EXPECT_EQ(flags[3], kRowNamesSubject | kRowRetracted);
}

TEST(Assembler, further_handles_have_the_event_in_their_runs_and_are_linked) {
  auto events = small();
  const std::vector<OtherHandle> also{{kLead, "L9"}, {kContact, "C1"}};
  events[3].event.also = also;
  events[4].event.also = also;
  const auto store = Written(events, "also.timelines").open();
  const Handle other = store->find_handle(kLead, "L9");
  EXPECT_THAT(store->run(other), ElementsAre(0U, 3U));
  EXPECT_THAT(store->run(store->find_handle(kContact, "C1")), ElementsAre(0U, 3U));
  ASSERT_EQ(store->links().size(), 1U);  // the contact is linked to none
  EXPECT_EQ(store->links()[0].left, store->find_handle(kLead, "L1"));
  EXPECT_EQ(store->links()[0].right, other);
  EXPECT_EQ(store->links()[0].known_at, kDay);
}

TEST(Assembler, nothing_makes_an_empty_store) {
  const auto store = Written({}, "empty.timelines").open();
  EXPECT_EQ(store->row_count(), 0U);
  EXPECT_EQ(store->runs().size(), 0U);
  EXPECT_EQ(store->runs().handle_count(), 0U);
  EXPECT_TRUE(store->runs().has_signals());
}

TEST(Assembler, more_signals_than_two_bytes_stand_in_rows_alone) {
  constexpr std::uint32_t kEvents = 70'000;
  std::vector<Given> events(kEvents);
  for (std::uint32_t i = 0; i < kEvents; ++i) {
    events[i].event.occurred_at = events[i].event.known_at = i * kSecond;
    events[i].event.keys[kLead] = "L";
    events[i].conditions = kEvents - i;
  }
  const auto store = Written(events, "many.timelines").open();
  EXPECT_FALSE(store->runs().has_signals());
  EXPECT_EQ(store->signals().size(), kEvents);
  for (const Row row : {0U, 1U, 65'535U, 65'536U, 69'999U})
    EXPECT_EQ(store->signals().conditions(store->columns().signal[row]).front(), kEvents - row);
}

// Events of many leads with many ties; `unit` is the step of their times.
std::vector<Given> many(std::size_t count, std::int64_t unit, std::int64_t times,
                        std::vector<std::string>& leads) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 300; ++i) leads.push_back("lead-" + std::to_string(random() % 100'000));
  constexpr std::array<std::string_view, 4> kTypes{"a", "b", "c", "d"};
  std::vector<Given> events(count);
  for (Given& given : events) {
    given.event.id = {random(), random()};
    given.event.occurred_at = given.event.known_at =
        static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(times)) * unit;
    given.event.type = kTypes[random() % 4];
    given.event.source = "s";
    given.event.keys[kLead] = leads[random() % leads.size()];
    given.event.source_row = static_cast<std::int64_t>(random() % 1000);
    if (random() % 5 == 0) given.event.amount_minor = static_cast<std::int64_t>(random() % 100'000);
    given.conditions = random() % 3;
  }
  return events;
}

TEST(Assembler, bytes_do_not_depend_on_the_order_of_arrival) {
  std::mt19937_64 random(3);
  for (const auto& [unit, times] : {std::pair{kDay, std::int64_t{40}},
                                    {kSecond, std::int64_t{3'000}},
                                    {std::int64_t{1}, std::int64_t{1} << 50U}}) {
    std::vector<std::string> leads;
    std::vector<Given> events = many(5'000, unit, times, leads);
    const std::string expected = Written(events, "arrival.timelines").bytes();
    for (int round = 0; round < 3; ++round) {
      std::shuffle(events.begin(), events.end(), random);
      EXPECT_EQ(Written(events, "arrival.timelines").bytes(), expected);
    }
  }
}

// The same events with further handles, a second kind of key, and ranks; written in chunks of so many rows.
std::string bytes_in_chunks(std::span<const Given> events, std::size_t chunk_rows, const std::string& name) {
  const auto files = posix_file_system();
  const std::string path = testing::TempDir() + "/" + name;
  const std::vector<OtherHandle> also{{kLead, "another"}, {kContact, "C1"}};
  Assembler assembler(1, 2, *files, path + ".rows.", chunk_rows);
  for (std::size_t i = 0; i < events.size(); ++i) {
    ResolvedEvent event = events[i].event;
    const auto choice = static_cast<std::int32_t>(event.id.high % 7);
    event.rank = choice - 3;
    if (choice == 1) event.also = also;
    if (choice > 2) event.keys[kOwner] = choice > 4 ? "anna" : "bert";
    if (choice == 5) event.known_at += kSecond;
    assembler.add_event(event, &events[i].conditions, events[i].values.data());
  }
  EXPECT_TRUE(std::move(assembler).write(*files, path).has_value());
  const auto names = files->list(testing::TempDir());
  for (const std::string& left : *names) EXPECT_EQ(left.find(name + ".rows"), std::string::npos) << left;
  return *files->read_file(path);
}

TEST(Assembler, bytes_do_not_depend_on_how_many_rows_fit_into_memory) {
  for (const auto& [unit, times] : {std::pair{kDay, std::int64_t{40}},
                                    {kSecond, std::int64_t{3'000}},
                                    {std::int64_t{1}, std::int64_t{1} << 50U}}) {
    std::vector<std::string> leads;
    const std::vector<Given> events = many(5'000, unit, times, leads);
    const std::string expected = bytes_in_chunks(events, 5'001, "chunks.timelines");
    for (const std::size_t rows : {20U, 999U, 2'500U, 5'000U})
      EXPECT_EQ(bytes_in_chunks(events, rows, "chunks.timelines"), expected) << rows;
  }
}

TEST(Assembler, says_when_rows_cannot_be_laid_down) {
  const auto files = posix_file_system();
  Assembler assembler(1, 2, *files, testing::TempDir() + "/nowhere/rows.", 2);
  std::vector<std::string> leads;
  for (const Given& given : many(100'000, kSecond, 3'000, leads))
    assembler.add_event(given.event, &given.conditions, given.values.data());
  EXPECT_FALSE(std::move(assembler).write(*files, testing::TempDir() + "/unwritten.timelines").has_value());
}

TEST(Assembler, order_is_that_of_a_plain_sort) {
  for (const auto& [unit, times] : {std::pair{kDay, std::int64_t{40}},
                                    {kSecond, std::int64_t{3'000}},
                                    {std::int64_t{1}, std::int64_t{1} << 50U}}) {
    std::vector<std::string> leads;
    std::vector<Given> events = many(5'000, unit, times, leads);
    const auto store = Written(events, "order.timelines").open();
    std::sort(events.begin(), events.end(), [](const Given& a, const Given& b) {
      return std::tie(a.event.occurred_at, a.event.id) < std::tie(b.event.occurred_at, b.event.id);
    });
    for (Row row = 0; row < events.size(); ++row) {
      ASSERT_EQ(store->proofs().event[row], events[row].event.id);
      ASSERT_EQ(store->columns().occurred_at[row], events[row].event.occurred_at);
      ASSERT_EQ(store->columns().amount_minor[row], events[row].event.amount_minor);
    }
    std::size_t places = 0;
    for (Handle handle = 0; handle < store->handle_count(); ++handle) {
      ASSERT_TRUE(handle == 0 || store->handle_text(handle - 1) < store->handle_text(handle));
      const auto run = store->run(handle);
      ASSERT_TRUE(std::is_sorted(run.begin(), run.end()));
      for (const Row row : run) ASSERT_EQ(store->columns().keys[kLead][row], handle);
      places += run.size();
    }
    EXPECT_EQ(places, events.size());
  }
}

TEST(TimelineStore, checks_what_is_needed_when_it_is) {
  std::vector<std::string> leads;
  const Written written(many(5'000, kSecond, 3'000, leads), "needed.timelines");
  std::string bytes = written.bytes();
  const auto sections = SectionReader::open(bytes, written.path);
  ASSERT_TRUE(sections.has_value());
  bytes[sections->find(2)->offset + 9] ^= 1;   // occurred_at
  bytes[sections->find(18)->offset + 9] ^= 1;  // times of runs
  ASSERT_TRUE(written.files->write_durably(written.path, bytes).has_value());
  const auto opened = TimelineStore::open(*written.files, written.path, Reads::on_demand);
  ASSERT_TRUE(opened.has_value());
  TimelineStore& store = **opened;
  EXPECT_TRUE(store.need_key(kLead).has_value());
  EXPECT_TRUE(store.need_runs(kContact).has_value());  // nobody names one
  EXPECT_EQ(store.handle_text(store.keys(kLead)[0]).substr(0, 5), "lead-");
  EXPECT_TRUE(store.is_always_named(kLead));
  EXPECT_FALSE(store.is_always_named(kContact));
  EXPECT_EQ(store.need_runs(kLead).error().code, Errc::damaged);
  EXPECT_EQ(store.need_columns().error().code, Errc::damaged);
  EXPECT_EQ(store.last_standing().error().code, Errc::damaged);
}

TEST(TimelineStore, last_standing_event_is_none_that_was_taken_back) {
  auto events = small();
  for (const std::size_t i : {0U, 3U}) events[i].event.retracted_at = 20 * kDay;
  const Written written(events, "standing.timelines");
  for (const Reads reads : {Reads::everything, Reads::on_demand}) {
    const auto store = TimelineStore::open(*written.files, written.path, reads);
    ASSERT_TRUE(store.has_value());
    EXPECT_EQ(*(*store)->last_standing(), 2 * kDay);
  }
  for (Given& given : events) given.event.retracted_at = 20 * kDay;
  EXPECT_EQ(*Written(events, "standing.timelines").open()->last_standing(), std::nullopt);
}

TEST(TimelineStore, is_not_opened_with_a_damaged_section) {
  const Written written(small(), "damaged.timelines");
  std::string bytes = written.bytes();
  const auto sections = SectionReader::open(bytes, written.path);
  ASSERT_TRUE(sections.has_value());
  bytes[sections->find(2)->offset] ^= 1;
  ASSERT_TRUE(written.files->write_durably(written.path, bytes).has_value());
  const auto opened = TimelineStore::open(*written.files, written.path);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Errc::damaged);
  EXPECT_EQ(opened.error().place.file, written.path);
}

}  // namespace
}  // namespace weir::timeline
