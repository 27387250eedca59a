#include "timeline/timeline_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "timeline/section_file.h"
#include "timeline/store_writer.h"

namespace weir::timeline {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// Values as they come back from a column that was written with the smallest coding.
template <typename T>
std::vector<T> through_column(const std::vector<T>& values, T null, std::uint32_t* width = nullptr) {
  CodingFinder finder(static_cast<std::uint64_t>(null), std::is_signed_v<T>, true);
  for (const T value : values) finder.see(static_cast<std::uint64_t>(value));
  const Coding coding = finder.coding();
  std::string codes;
  for (const T value : values) {
    const std::uint64_t code = code_of(coding, static_cast<std::uint64_t>(value));
    codes.append(reinterpret_cast<const char*>(&code), coding.width);
  }
  codes.append(8, '\0');
  if (width != nullptr) *width = coding.width;
  const Column<T> column(codes.data(), values.size(), coding);
  return {column.begin(), column.end()};
}

TEST(Column, gives_back_what_went_in) {
  constexpr std::int64_t kLow = INT64_MIN;
  constexpr std::int64_t kHigh = INT64_MAX;
  const std::vector<std::vector<std::int64_t>> cases{
      {}, {7}, {kLow}, {kLow, kLow}, {0, 255}, {0, 256}, {-5, 250}, {kLow, 0}, {kLow, 0, 254}, {kLow, 0, 255}, {-1, kHigh}, {kLow + 1, kHigh, kLow},
      {0, 65'535, 65'536}, {3 * kDay, 20'000 * kDay, 7 * kDay}, {kHigh, kHigh - 1}, {-kDay, kDay, 0}};
  for (const auto& values : cases) EXPECT_EQ(through_column(values, kNoAmount), values);
  EXPECT_EQ(through_column<std::uint32_t>({kNoHandle, 0, 70'000}, kNoHandle), (std::vector<std::uint32_t>{kNoHandle, 0, 70'000}));
}

TEST(Column, takes_the_bytes_that_its_values_need) {
  std::uint32_t width = 9;
  const auto width_of = [&](const std::vector<std::int64_t>& values) {
    through_column(values, kNoAmount, &width);
    return width;
  };
  EXPECT_EQ(width_of({5, 5, 5}), 0U);
  EXPECT_EQ(width_of({kNoAmount, kNoAmount}), 0U);
  EXPECT_EQ(width_of({1'000, 1'001, 1'255}), 1U);
  EXPECT_EQ(width_of({kNoAmount, 1'000, 1'001, 1'255}), 2U);  // 256 values and none
  EXPECT_EQ(width_of({0, kDay, 200 * kDay}), 1U);              // whole days
  EXPECT_EQ(width_of({0, kSecond, 40'000 * kDay}), 4U);        // whole seconds of a century
  EXPECT_EQ(width_of({0, 1, kDay}), 5U);
}

TEST(Column, gives_back_random_values) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    const auto bits = random() % 64;
    const auto step = static_cast<std::int64_t>(random() % 1000 + 1);
    std::vector<std::int64_t> values;
    for (int i = 0; i < 50; ++i) {
      const auto value = static_cast<std::int64_t>(random() >> (63 - bits)) / 1000 * step;
      values.push_back(random() % 9 == 0 ? kNoAmount : value);
    }
    EXPECT_EQ(through_column(values, kNoAmount), values);
  }
}

// Two leads and an owner, five events.
TimelineData small() {
  TimelineData data;
  data.occurred_at = {1 * kDay, 1 * kDay, 2 * kDay, 2 * kDay + 5 * kSecond, 9 * kDay};
  data.known_at = {1 * kDay, 2 * kDay, 2 * kDay, 2 * kDay + 5 * kSecond, 9 * kDay};
  data.retracted_at = {INT64_MAX, INT64_MAX, INT64_MAX, 3 * kDay, INT64_MAX};
  data.event_high = {11, 12, 13, 14, 15};
  data.event_low = {21, 22, 23, 24, 25};
  data.flags = {0, kRowTouch, 0, 0, 0};
  data.type = {0, 1, 0, 1, 0};
  data.source = {0, 0, 0, 0, 0};
  data.conditions = {1, 0, 1, 0, 1};
  for (auto& keys : data.keys) keys.assign(5, kNoHandle);
  data.keys[kLead] = {0, 1, 1, 0, 0};
  data.keys[kOwner] = {2, kNoHandle, kNoHandle, kNoHandle, 2};
  data.amount_minor = {kNoAmount, kNoAmount, 5'000, kNoAmount, kNoAmount};
  data.currency = {0, 0, 1, 0, 0};
  data.value_count = 2;
  data.values = {1, kNoAmount, 2, kNoAmount, 3, kNoAmount, 4, kNoAmount, 5, 60'000};
  data.delivery = {1, 1, 1, 1, 1};
  data.source_row = {2, 3, 4, 5, 6};
  data.handle_kinds = {kLead, kLead, kOwner};
  data.handle_texts = {"L1", "L2", "anna"};
  data.run_offsets = {0, 3, 5, 7};
  data.run_rows = {0, 3, 4, 1, 2, 0, 4};
  data.types = {"created", "reply"};
  data.sources = {"s"};
  data.currencies = {"", "EUR"};
  return data;
}

struct Written {
  std::unique_ptr<FileSystem> files{posix_file_system()};
  std::string path;
  explicit Written(const TimelineData& data, const std::string& name) : path(testing::TempDir() + "/" + name) {
    EXPECT_TRUE(write_timelines(*files, path, data).has_value());
  }
  [[nodiscard]] std::unique_ptr<TimelineStore> open() const {
    auto store = TimelineStore::open(*files, path);
    EXPECT_TRUE(store.has_value());
    return *std::move(store);
  }
};

TEST(TimelineStore, gives_back_rows) {
  const TimelineData data = small();
  const auto store = Written(data, "rows.timelines").open();
  const Columns& c = store->columns();
  ASSERT_EQ(store->row_count(), 5U);
  for (Row row = 0; row < 5; ++row) {
    EXPECT_EQ(c.occurred_at[row], data.occurred_at[row]);
    EXPECT_EQ(c.known_at[row], data.known_at[row]);
    EXPECT_EQ(c.retracted_at[row], data.retracted_at[row]);
    EXPECT_EQ(c.type[row], data.type[row]);
    EXPECT_EQ(c.flags[row] & kRowTouch, data.flags[row] & kRowTouch);
    EXPECT_EQ(store->condition(row, 0), data.conditions[row] == 1);
    EXPECT_EQ(c.keys[kLead][row], data.keys[kLead][row]);
    EXPECT_EQ(c.keys[kOwner][row], data.keys[kOwner][row]);
    EXPECT_EQ(c.keys[kAccount][row], kNoHandle);
    EXPECT_EQ(c.amount_minor[row], data.amount_minor[row]);
    EXPECT_EQ(c.currency[row], data.currency[row]);
    EXPECT_EQ(c.values[0][row], data.values[row * 2]);
    EXPECT_EQ(c.values[1][row], data.values[row * 2 + 1]);
    EXPECT_EQ(store->proofs().event_low[row], data.event_low[row]);
    EXPECT_EQ(store->proofs().source_row[row], data.source_row[row]);
  }
  EXPECT_TRUE(c.keys[kAccount].is_constant());
  EXPECT_EQ(store->find_handle(kOwner, "anna"), 2U);
  EXPECT_THAT(store->run(1), ElementsAre(1U, 2U));
}

TEST(TimelineStore, runs_say_what_rows_say) {
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

TEST(TimelineStore, signals_say_what_is_apart) {
  const auto store = Written(small(), "signals.timelines").open();
  const auto& flags = store->columns().flags;
  EXPECT_EQ(flags[0], kRowNamesSubject);
  EXPECT_EQ(flags[1], kRowNamesSubject | kRowTouch | kRowKnownApart);
  EXPECT_EQ(flags[2], kRowNamesSubject | kRowHasAmount);
  EXPECT_EQ(flags[3], kRowNamesSubject | kRowRetracted);
}

TEST(TimelineStore, is_opened_without_any_event) {
  TimelineData data;
  data.run_offsets = {0};
  const auto store = Written(data, "empty.timelines").open();
  EXPECT_EQ(store->row_count(), 0U);
  EXPECT_EQ(store->runs().size(), 0U);
  EXPECT_TRUE(store->runs().has_signals());
}

TEST(TimelineStore, more_signals_than_two_bytes_stand_in_rows_alone) {
  TimelineData data;
  constexpr std::uint32_t kEvents = 70'000;
  data.condition_words = 1;
  for (std::uint32_t row = 0; row < kEvents; ++row) {
    data.occurred_at.push_back(row * kSecond);
    data.conditions.push_back(kEvents - row);
    data.run_rows.push_back(row);
    data.event_low.push_back(row);
    data.source_row.push_back(row);
  }
  data.known_at = data.occurred_at;
  data.retracted_at.assign(kEvents, INT64_MAX);
  data.event_high.assign(kEvents, 0);
  data.flags.assign(kEvents, 0);
  data.type.assign(kEvents, 0);
  data.source.assign(kEvents, 0);
  for (auto& keys : data.keys) keys.assign(kEvents, kNoHandle);
  data.keys[kLead].assign(kEvents, 0);
  data.amount_minor.assign(kEvents, kNoAmount);
  data.currency.assign(kEvents, 0);
  data.delivery.assign(kEvents, 0);
  data.handle_kinds = {kLead};
  data.handle_texts = {"L"};
  data.run_offsets = {0, kEvents};
  data.types = data.sources = data.currencies = {""};
  const auto store = Written(data, "many.timelines").open();
  EXPECT_FALSE(store->runs().has_signals());
  EXPECT_EQ(store->signals().size(), kEvents);
  for (const Row row : {0U, 1U, 65'535U, 65'536U, 69'999U}) EXPECT_EQ(store->signals().conditions(store->columns().signal[row]).front(), kEvents - row);
}

// Whether the file's directory and all its sections are as written.
bool is_whole(std::string_view bytes) {
  const auto file = SectionReader::open(bytes, "a file");
  if (!file.has_value()) {
    EXPECT_EQ(file.error().code, Errc::damaged);
    return false;
  }
  return std::all_of(file->entries().begin(), file->entries().end(), [&](const SectionEntry& entry) { return file->check(entry).has_value(); });
}

TEST(SectionFile, every_flipped_bit_that_counts_is_found) {
  const Written written(small(), "flipped.timelines");
  const std::string whole = *written.files->read_file(written.path);
  const auto sections = SectionReader::open(whole, written.path);
  ASSERT_TRUE(sections.has_value());
  const std::size_t directory = whole.size() - 32 - sections->entries().size() * sizeof(SectionEntry);
  const auto counts = [&](std::size_t at) {  // what lies between sections stands for nothing
    const auto& entries = sections->entries();
    return at < 8 || at >= directory || std::any_of(entries.begin(), entries.end(), [&](const SectionEntry& e) { return at >= e.offset && at < e.offset + e.bytes; });
  };
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 4);
    EXPECT_EQ(is_whole(broken), !counts(at)) << at;
  }
}

TEST(SectionFile, is_not_whole_when_cut_or_longer) {
  const Written written(small(), "cut.timelines");
  const std::string whole = *written.files->read_file(written.path);
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(is_whole(std::string_view(whole).substr(0, size))) << size;
  EXPECT_FALSE(is_whole(whole + "x"));
  EXPECT_TRUE(is_whole(whole));
}

TEST(TimelineStore, is_not_opened_with_a_damaged_section) {
  const Written written(small(), "damaged.timelines");
  std::string bytes = *written.files->read_file(written.path);
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
