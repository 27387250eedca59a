#include "timeline/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "timeline/assembler.h"
#include "timeline/section_file.h"

namespace weir::timeline {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// What one record gives.
struct Given {
  ResolvedEvent event;
  std::string lead, owner, type, currency, attribute;
  std::uint64_t conditions{0};
  std::int64_t value{kNoAmount};
  bool names_another{false};
};

// How wide a choice there is of everything.
struct World {
  std::int64_t unit{kSecond};
  std::uint64_t times{1'000};
  std::uint64_t leads{20};
  std::uint64_t types{3};
  std::int64_t from{0};
};

std::vector<Given> draw(std::mt19937_64& random, std::size_t count, const World& world) {
  std::vector<Given> events(count);
  const auto below = [&](std::uint64_t end) { return static_cast<std::int64_t>(random() % end); };
  for (Given& given : events) {
    ResolvedEvent& event = given.event;
    event.id = {random() % 3 == 0 ? 7 : random(), random()};
    event.occurred_at = event.known_at = world.from + below(world.times) * world.unit;
    if (random() % 4 == 0) event.known_at += below(5) * kSecond;
    if (random() % 8 == 0) event.retracted_at = event.known_at + below(9) * kDay;
    event.rank = static_cast<std::int32_t>(below(3)) - 1;
    event.sequence = below(2) - 1;
    event.delivery = static_cast<std::uint32_t>(below(300));
    event.source_row = below(100'000);
    if (random() % 3 == 0) event.amount_minor = below(1'000) * 50 - 10'000;
    if (random() % 3 == 0) given.value = below(70'000) - 100;
    given.type = "type" + std::to_string(random() % world.types);
    given.lead = random() % 9 == 0 ? "" : "L" + std::to_string(random() % world.leads);
    given.owner = random() % 2 == 0 ? "" : "O" + std::to_string(random() % 3);
    given.currency = event.amount_minor == kNoAmount ? "" : random() % 2 == 0 ? "EUR" : "CHF";
    given.attribute = random() % 4 == 0 ? "value" + std::to_string(random() % 5) : "";
    given.conditions = random() % 4;
    given.names_another = random() % 5 == 0;
  }
  return events;
}

class Merge : public testing::Test {
 protected:
  std::string path(const std::string& name) { return testing::TempDir() + "/" + name; }
  void write(std::span<const Given> one, std::span<const Given> two, const std::string& name) {
    Assembler assembler(1, 1);
    const std::vector<OtherHandle> also{{kLead, "another"}, {kContact, "C1"}};
    for (const std::span<const Given> some : {one, two}) {
      for (const Given& given : some) {
        ResolvedEvent event = given.event;
        event.type = given.type;
        event.source = "s";
        event.currency = given.currency;
        event.keys[kLead] = given.lead;
        event.keys[kOwner] = given.owner;
        if (given.names_another) event.also = also;
        assembler.add_event(event, &given.conditions, &given.value);
        if (!given.attribute.empty() && !given.lead.empty())
          assembler.add_attribute(kLead, given.lead, given.type, given.attribute, event.known_at,
                                  event.retracted_at);
        if (!given.owner.empty() && !given.lead.empty() && given.conditions == 3)
          assembler.add_relation(kLead, given.lead, kAccount, given.owner, event.known_at,
                                 event.retracted_at);
      }
    }
    assembler.add_conflicts(static_cast<std::int64_t>(one.size()) + static_cast<std::int64_t>(two.size()));
    assembler.set_origin("both");
    ASSERT_TRUE(std::move(assembler).write(*files_, path(name)).has_value());
  }
  Status merge(const std::string& base, const std::string& added) {
    WEIR_TRY(const auto left, TimelineStore::open(*files_, path(base), Reads::copy));
    WEIR_TRY(const auto right, TimelineStore::open(*files_, path(added), Reads::copy));
    return merge_timelines(*files_, *left, *right, "both", path("merged"));
  }
  void check(const std::vector<Given>& base, const std::vector<Given>& added, const std::string& what) {
    write(base, {}, "base");
    write(added, {}, "added");
    write(base, added, "whole");
    ASSERT_TRUE(merge("base", "added").has_value());
    ASSERT_TRUE(*files_->read_file(path("merged")) == *files_->read_file(path("whole"))) << what;
  }

  std::unique_ptr<FileSystem> files_{posix_file_system()};
};

TEST_F(Merge, gives_the_bytes_of_a_whole_build) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 80; ++round) {
    World base;
    base.unit = std::array{kDay, kSecond, std::int64_t{1}}[random() % 3];
    base.times = std::uint64_t{1} << random() % (base.unit == kDay ? 20 : 40);
    base.leads = 1 + random() % 300;
    base.types = 1 + random() % 5;
    World added = base;
    if (random() % 2 == 0) added.unit = std::array{kDay, kSecond, std::int64_t{1}}[random() % 3];
    if (added.unit == kDay) added.times = std::min(added.times, std::uint64_t{1} << 20U);
    if (random() % 2 == 0) added.leads = 1 + random() % 2'000;
    if (random() % 3 == 0) added.types = 9;
    if (random() % 2 == 0) added.from = static_cast<std::int64_t>(base.times) * base.unit;
    if (random() % 5 == 0) added.from = -5 * kDay;
    check(draw(random, random() % 600, base), draw(random, random() % 60, added), std::to_string(round));
  }
}

TEST_F(Merge, codings_are_those_of_all_values) {
  std::mt19937_64 random(9);
  const auto one = [&](auto change) {
    auto events = draw(random, 40, {kDay, 30, 5, 2, 0});
    for (Given& given : events) {
      given.event.amount_minor = kNoAmount;
      given.currency = "";
      change(given);
    }
    return events;
  };
  const auto amount = [&](std::int64_t value) {
    return one([value](Given& given) { given.event.amount_minor = value; });
  };
  const auto some = [&](std::int64_t value) {
    return one([&, value](Given& given) {
      if (random() % 2 == 0) given.event.amount_minor = value;
    });
  };
  const std::vector<std::vector<Given>> all{amount(kNoAmount),
                                            amount(5),
                                            amount(-5),
                                            some(5),
                                            some(5 + 255),
                                            some(5 + 256),
                                            some(-70'000),
                                            some(0),
                                            amount(std::int64_t{1} << 60),
                                            some(-(std::int64_t{1} << 60))};
  for (std::size_t base = 0; base < all.size(); ++base) {
    for (std::size_t added = 0; added < all.size(); ++added)
      check(all[base], all[added], std::to_string(base) + " " + std::to_string(added));
  }
}

TEST_F(Merge, more_signals_than_two_bytes_stand_in_rows_alone) {
  std::mt19937_64 random(2);
  auto events = draw(random, 66'000, {kSecond, 5'000, 10, 1, 0});
  for (std::size_t i = 0; i < events.size(); ++i) events[i].conditions = i;
  const std::vector<Given> some(events.begin(), events.begin() + 65'000);
  check(some, {events.begin() + 65'000, events.end()}, "from few to many");
  check({events.begin() + 65'000, events.end()}, some, "more added than there are");
}

TEST_F(Merge, of_damaged_files_is_none) {
  std::mt19937_64 random(4);
  write(draw(random, 500, {}), {}, "base");
  write(draw(random, 5, {}), {}, "added");
  std::string bytes = *files_->read_file(path("base"));
  const auto sections = SectionReader::open(bytes, "base");
  bytes[sections->find(8)->offset + 9] ^= 1;  // an event's id
  ASSERT_TRUE(files_->write_durably(path("base"), bytes).has_value());
  EXPECT_EQ(merge("base", "added").error().code, Errc::damaged);
}

}  // namespace
}  // namespace weir::timeline
