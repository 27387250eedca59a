// Context tables over random logs with late and revised events, events known before they happen, linked
// accounts and pauses: a closed day is what the log that ends with it says, whatever comes later, and tables
// that were kept in a file give the bits of those that were computed.
#include "features/context_build.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/hash.h"
#include "base/random.h"
#include "features/context_file.h"
#include "funnel/subjects.h"
#include "timeline/assembler.h"

namespace weir::features {
namespace {

constexpr std::int64_t kDay = kMicrosPerDay;
constexpr std::int64_t kHour = kDay / 24;
constexpr std::int64_t kBegin = 1'709'000'000'000'000;  // 2024-02-27
constexpr std::array<Function, 5> kOfContext{Function::account_open, Function::account_touches,
                                             Function::owner_open, Function::calendar_factor,
                                             Function::alive};

struct Happening {
  std::int64_t at{0}, known{0}, retracted{INT64_MAX};
  bool is_touch{false};
  std::uint64_t conditions{0};  // 0 enters, 1 wins, 2 loses
  std::string lead, contact, account, owner;
};

// What somebody is known to be, or whom they belong to, from a time on.
struct Fact {
  std::string of, is;
  std::int64_t known{0};
};

struct Happenings {
  std::vector<Happening> events;  // in time order
  std::vector<Fact> regions, industries, employers, same_accounts;
};

std::string numbered(char letter, std::uint64_t number) {
  return letter + std::to_string(number);
}

Happenings draw_happenings(std::uint64_t seed, int days, std::size_t count) {
  Random random(seed);
  Happenings drawn;
  const auto some_time = [&] {
    return kBegin + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(days) * 24)) * kHour;
  };
  for (std::size_t i = 0; i < count; ++i) {
    Happening event;
    event.at = event.known = some_time();
    if (random.below(5) == 0) event.known += static_cast<std::int64_t>(random.below(12 * 24)) * kHour;
    if (random.below(15) == 0) event.known -= 5 * kDay;
    if (random.below(10) == 0)
      event.retracted =
          std::max(event.at, event.known) + static_cast<std::int64_t>(random.below(9 * 24)) * kHour;
    event.is_touch = random.below(4) != 0;
    const std::uint64_t what = random.below(10);
    event.conditions = what < 4 ? 1U : what == 4 ? 2U : what == 5 ? 4U : 0U;
    if (random.below(8) != 0) event.lead = numbered('l', random.below(9));
    // Whom it belongs to is never taken back: subjects are gathered as known today.
    if (event.retracted == INT64_MAX && random.below(3) == 0) event.contact = numbered('c', random.below(4));
    if (random.below(3) == 0) event.account = numbered('a', random.below(4));
    if (random.below(3) == 0) event.owner = numbered('o', random.below(3));
    if (event.retracted != INT64_MAX) event.account.clear();
    drawn.events.push_back(std::move(event));
  }
  std::stable_sort(drawn.events.begin(), drawn.events.end(),
                   [](const Happening& a, const Happening& b) { return a.at < b.at; });
  for (std::uint64_t account = 0; account < 4; ++account) {
    drawn.regions.push_back({numbered('a', account), random.below(2) == 0 ? "north" : "south", some_time()});
    drawn.industries.push_back(
        {numbered('a', account), random.below(2) == 0 ? "energy" : "retail", some_time()});
  }
  for (std::uint64_t contact = 0; contact < 4; ++contact)
    drawn.employers.push_back({numbered('c', contact), numbered('a', random.below(4)), some_time()});
  drawn.same_accounts.push_back({"a0", "a1", some_time()});
  return drawn;
}

// A log of what was known before `cut`, with everything that computing needs.
class Log {
 public:
  Log(const Happenings& all, std::int64_t cut, const std::string& name) {
    timeline::Assembler assembler(1, 0);
    for (const Happening& event : all.events) add(assembler, event, cut);
    for (const Fact& fact : all.regions) add(assembler, fact, "region", cut);
    for (const Fact& fact : all.industries) add(assembler, fact, "industry", cut);
    // Both names are there whatever is known, so that they have their numbers.
    assembler.add_attribute(timeline::kCampaign, "none", "region", "none", 0, INT64_MAX);
    assembler.add_attribute(timeline::kCampaign, "none", "industry", "none", 0, INT64_MAX);
    for (const Fact& fact : all.employers) {
      if (fact.known < cut)
        assembler.add_relation(timeline::kContact, fact.of, timeline::kAccount, fact.is, fact.known,
                               INT64_MAX);
    }
    for (const Fact& fact : all.same_accounts) {
      if (fact.known < cut) assembler.add_link(timeline::kAccount, fact.of, fact.is, fact.known);
    }
    const auto files = posix_file_system();
    const std::string path = testing::TempDir() + "/context_" + name + ".timelines";
    EXPECT_TRUE(std::move(assembler).write(*files, path).has_value());
    store_ = std::move(*timeline::TimelineStore::open(*files, path));
    links_ = funnel::entity_links(*store_, funnel::AsOf{});
    subjects_ = funnel::gather_subjects(*store_, links_, timeline::kLead, funnel::AsOf{});
    shape_.subject = timeline::kLead;
    shape_.stages = {{{0, false}, {}, {}}};
    shape_.won = {1, false};
    shape_.lost = {2, false};
    meanings_.calendar_region = CalendarAttribute{timeline::kAccount, 1};  // names are sorted
    meanings_.calendar_industry = CalendarAttribute{timeline::kAccount, 0};
    input_.store = store_.get();
    input_.links = &links_;
    input_.subjects = subjects_;
    input_.funnel = &shape_;
    input_.stage_names = stage_names_;
    input_.zone = &zone_;
    input_.business = &business_;
    input_.meanings = &meanings_;
  }
  [[nodiscard]] const FeatureInput& input() const { return input_; }
  [[nodiscard]] const timeline::TimelineStore& store() const { return *store_; }
  [[nodiscard]] const Zone& zone() const { return zone_; }
  [[nodiscard]] std::size_t subject_count() const { return subjects_.size(); }
  [[nodiscard]] ContextTables build() const { return build_context(input_, true); }

  // Of a lead at a time: the bits of each feature that reads context; empty when there is no such lead.
  [[nodiscard]] std::vector<std::uint64_t> bits(const ContextTables& tables, const std::string& lead,
                                                std::int64_t at) const {
    FeatureInput input = input_;
    input.context = &tables;
    std::vector<Definition> asked(kOfContext.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      asked[i].spec.function = kOfContext[i];
      asked[i].selector = {Selector::Kind::touch, 0};
    }
    std::vector<std::uint64_t> bits;
    for (funnel::SubjectIndex subject = 0; subject < subjects_.size(); ++subject) {
      if (store_->handle_text(subjects_[subject].handle) != lead) continue;
      const std::vector<Point> points{{subject, at}};
      const Computed computed = FeatureKernel(input, asked).compute(points);
      for (const auto& column : computed.matrix.columns)
        bits.push_back(std::bit_cast<std::uint64_t>(column.numbers[0]));
    }
    return bits;
  }

 private:
  void add(timeline::Assembler& assembler, const Happening& given, std::int64_t cut) {
    ++count_;  // the same id in every cut
    if (given.at >= cut || given.known >= cut) return;
    timeline::ResolvedEvent event;
    event.id.low = count_;
    event.occurred_at = given.at;
    event.known_at = given.known;
    event.retracted_at = given.retracted >= cut ? INT64_MAX : given.retracted;
    event.flags = given.is_touch ? static_cast<std::uint32_t>(timeline::kRowTouch) : 0U;
    event.type = "t";
    event.source = "s";
    event.keys[timeline::kLead] = given.lead;
    event.keys[timeline::kContact] = given.contact;
    event.keys[timeline::kAccount] = given.account;
    event.keys[timeline::kOwner] = given.owner;
    assembler.add_event(event, &given.conditions, nullptr);
  }
  static void add(timeline::Assembler& assembler, const Fact& fact, std::string_view name, std::int64_t cut) {
    if (fact.known < cut)
      assembler.add_attribute(timeline::kAccount, fact.of, name, fact.is, fact.known, INT64_MAX);
  }

  Zone zone_{*Zone::find("Europe/Berlin")};
  std::uint64_t count_{0};
  std::unique_ptr<timeline::TimelineStore> store_;
  identity::EntityLinks links_{0, {}};
  std::vector<funnel::SubjectHandles> subjects_;
  funnel::FunnelShape shape_;
  std::vector<std::string> stage_names_{"first"};
  BusinessTime business_{zone_, {}, Date{19'780}, Date{19'900}};
  Meanings meanings_;
  FeatureInput input_;
};

std::int32_t closed_day(const Log& log, std::int64_t at) {
  return log.zone().day_of(at).days - 1;
}

// The tables of `log` as another process finds them: written, read, and bound to the timelines of `reader`.
ContextTables kept(const ContextTables& tables, const Log& log, const Log& reader) {
  const std::string bytes = context_bytes(detach(tables, log.store()), "key");
  auto file = read_context_bytes(bytes, "file");
  EXPECT_TRUE(file.has_value());
  EXPECT_EQ(file->key, "key");
  EXPECT_EQ(day_versions(file->context), tables.day_versions);
  return attach(std::move(file->context), reader.store());
}

TEST(ContextBuild, a_closed_day_is_that_of_the_log_that_ends_with_it) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Happenings all = draw_happenings(seed, 90, 150);
    const Log full(all, INT64_MAX, "full");
    const ContextTables of_full = full.build();
    Random random(seed * 77);
    for (int i = 0; i < 6; ++i) {
      const std::int64_t at = kBegin + static_cast<std::int64_t>(random.below(110 * 24)) * kHour;
      const Log cut(all, at, "cut");
      if (cut.subject_count() == 0) continue;
      const ContextTables of_cut = cut.build();
      const std::string where = "seed " + std::to_string(seed) + ", " + std::to_string((at - kBegin) / kHour);
      ASSERT_EQ(of_full.version_at(closed_day(full, at)), of_cut.version_at(closed_day(cut, at))) << where;
      for (std::uint64_t lead = 0; lead < 9; ++lead) {
        const auto expected = cut.bits(of_cut, numbered('l', lead), at);
        if (expected.empty()) continue;
        ASSERT_EQ(full.bits(of_full, numbered('l', lead), at), expected) << where << ", lead " << lead;
        // Frozen: the full log read through the tables that the cut one kept.
        ASSERT_EQ(full.bits(kept(of_cut, cut, full), numbered('l', lead), at), expected) << where;
      }
    }
  }
}

TEST(ContextBuild, tables_of_a_file_give_the_bits_of_computed_ones) {
  for (std::uint64_t seed = 20; seed <= 26; ++seed) {
    const Log log(draw_happenings(seed, 120, 200), INT64_MAX, "whole");
    const ContextTables computed = log.build();
    const ContextTables read = kept(computed, log, log);
    EXPECT_EQ(read.version, computed.version);
    Random random(seed);
    for (int i = 0; i < 60; ++i) {
      const std::int64_t at = kBegin + static_cast<std::int64_t>(random.below(600 * 24)) * kHour;
      const std::string lead = numbered('l', random.below(9));
      ASSERT_EQ(log.bits(read, lead, at), log.bits(computed, lead, at)) << "seed " << seed << ", " << lead;
    }
  }
}

TEST(ContextBuild, an_event_that_comes_late_as_if_it_had_been_known_changes_its_day_and_no_earlier_one) {
  for (std::uint64_t seed = 40; seed <= 44; ++seed) {
    Happenings all = draw_happenings(seed, 60, 120);
    const Log before(all, INT64_MAX, "before");
    Happening late;
    late.at = late.known = kBegin + 30 * kDay;
    late.is_touch = true;
    late.lead = "l1";
    late.account = "a2";
    late.conditions = 1;
    const auto place =
        std::upper_bound(all.events.begin(), all.events.end(), late.at,
                         [](std::int64_t at, const Happening& event) { return at < event.at; });
    all.events.insert(place, late);
    const Log after(all, INT64_MAX, "after");
    const ContextTables old_tables = before.build();
    const ContextTables new_tables = after.build();
    const std::int32_t day = after.zone().day_of(late.at).days;
    ASSERT_EQ(old_tables.version_at(day - 1), new_tables.version_at(day - 1)) << seed;
    ASSERT_NE(old_tables.version_at(day), new_tables.version_at(day)) << seed;
    ASSERT_NE(old_tables.version, new_tables.version) << seed;
    // The tables that were kept still answer as before.
    const std::int64_t at = late.at + 5 * kDay;
    for (std::uint64_t lead = 2; lead < 9; ++lead) {
      ASSERT_EQ(after.bits(kept(old_tables, before, after), numbered('l', lead), at),
                before.bits(old_tables, numbered('l', lead), at));
    }
  }
}

TEST(ContextBuild, a_pause_of_years_ends_the_tables_as_the_end_of_the_log_does) {
  Happenings all = draw_happenings(7, 30, 60);
  Happening late = all.events.back();
  late.at = late.known = kBegin + 900 * kDay;
  late.retracted = INT64_MAX;
  all.events.push_back(late);
  const Log full(all, INT64_MAX, "full");
  const ContextTables of_full = full.build();
  for (const std::int64_t days : {40, 300, 480, 700, 890}) {
    const std::int64_t at = kBegin + days * kDay;
    const Log cut(all, at, "cut");
    const ContextTables of_cut = cut.build();
    EXPECT_EQ(of_full.version_at(closed_day(full, at)), of_cut.version_at(closed_day(cut, at))) << days;
    for (std::uint64_t lead = 0; lead < 9; ++lead) {
      EXPECT_EQ(full.bits(of_full, numbered('l', lead), at), cut.bits(of_cut, numbered('l', lead), at))
          << days;
    }
  }
}

TEST(ContextBuild, an_empty_log_has_the_version_of_no_tables) {
  const Log log(Happenings{}, INT64_MAX, "empty");
  const ContextTables tables = log.build();
  EXPECT_TRUE(tables.day_versions.empty());
  EXPECT_EQ(tables.version, "000000000000");
  EXPECT_EQ(kept(tables, log, log).version, tables.version);
}

std::string some_bytes() {
  const Log log(draw_happenings(3, 40, 60), INT64_MAX, "bytes");
  return context_bytes(detach(log.build(), log.store()), "key");
}

TEST(ContextFile, damage_anywhere_is_found) {
  const std::string bytes = some_bytes();
  ASSERT_TRUE(read_context_bytes(bytes, "file").has_value());
  Random random(1);
  for (std::size_t size = 0; size < bytes.size(); size += 1 + random.below(97)) {
    const auto read = read_context_bytes(std::string_view(bytes).substr(0, size), "file");
    ASSERT_FALSE(read.has_value()) << size;
    ASSERT_EQ(read.error().code, Errc::damaged);
  }
  for (int i = 0; i < 400; ++i) {
    std::string changed = bytes;
    changed[random.below(changed.size())] ^= static_cast<char>(1U << random.below(8));
    ASSERT_FALSE(read_context_bytes(changed, "file").has_value());
  }
  ASSERT_FALSE(read_context_bytes(bytes + "x", "file").has_value());
}

// Whoever can write a checksum can still not make the reader look beyond the bytes.
TEST(ContextFile, a_false_file_with_a_good_checksum_is_no_harm) {
  const std::string bytes = some_bytes();
  Random random(2);
  for (int i = 0; i < 600; ++i) {
    std::string changed = bytes.substr(0, i % 3 == 0 ? 12 + random.below(bytes.size() - 12) : bytes.size());
    for (std::uint64_t flips = 1 + random.below(4); flips-- > 0;)
      changed[8 + random.below(std::min<std::size_t>(changed.size() - 8, 600))] =
          static_cast<char>(random.below(256));
    const std::uint32_t checksum = crc32c(std::string_view(changed).substr(0, changed.size() - 4));
    std::memcpy(changed.data() + changed.size() - 4, &checksum, sizeof checksum);
    const auto read = read_context_bytes(changed, "file");
    if (!read.has_value()) continue;
    for (const DayValue& value : read->context.tables.account_open)
      ASSERT_LT(value.entity, read->context.entities.size());
    ASSERT_EQ(day_versions(read->context).size(), read->context.tables.calendar_factor.size());
  }
}

}  // namespace
}  // namespace weir::features
