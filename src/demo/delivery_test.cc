#include "demo/delivery.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace weir::demo {
namespace {

constexpr int kRows = 4'000;

struct Delivered {
  DirtCounts counts;
  std::map<std::string, std::string> texts;  // by file name
};

// The same row every day of the history, `rows` of them spread over it.
Delivered deliver(DeliveryPlan plan) {
  const auto files = posix_file_system();
  const std::string folder = testing::TempDir() + "weir_delivery_" + std::to_string(::getpid());
  Delivery delivery(*files, folder, plan, Draws{Random{5}});
  for (int i = 0; i < kRows; ++i) {
    const int day = i * kDays / kRows;
    CsvRow row;
    row.id("R-", i).text("a, \"quoted\" one").number(100).local(wall_at(day, 3600));
    delivery.add(day, wall_at(day, 3600), row);
  }
  Delivered result;
  for (int day = 0; day < kDays; ++day) EXPECT_TRUE(delivery.close_day(day).has_value());
  result.counts = delivery.counts();
  const auto paths = files->glob(folder + "/exports/" + plan.name + "_*");
  EXPECT_TRUE(paths.has_value());
  for (const std::string& path : *paths) result.texts[file_name(path)] = *files->read_file(path);
  EXPECT_TRUE(files->remove(folder).has_value());
  return result;
}

std::int64_t count_of(const Delivered& delivered, const std::string& text) {
  std::int64_t count = 0;
  for (const auto& [name, content] : delivered.texts) {
    for (std::size_t at = content.find(text); at != std::string::npos; at = content.find(text, at + 1))
      ++count;
  }
  return count;
}

TEST(Delivery, weekly_files_are_named_after_the_day_they_are_taken_on) {
  const auto delivered = deliver({.name = "crm/things", .every = Every::week, .header = "Id,Text,Number,At"});
  EXPECT_EQ(delivered.counts.files, 105);
  EXPECT_EQ(delivered.texts.begin()->first, "things_2024-07-08.csv");
  EXPECT_EQ(delivered.texts.rbegin()->first, "things_2026-07-01.csv");
  EXPECT_TRUE(delivered.texts.begin()->second.starts_with(
      "Id,Text,Number,At\nR-0,\"a, \"\"quoted\"\" one\",100,2024-07-01 01:00:00\n"));
}

TEST(Delivery, rows_are_counted_with_their_dirt) {
  const auto delivered = deliver({.name = "log", .header = "Id,Text,Number,At", .time_cell = 3});
  const DirtCounts& counts = delivered.counts;
  EXPECT_EQ(counts.files, 24);
  EXPECT_EQ(counts.rows, kRows + counts.duplicate);
  EXPECT_EQ(count_of(delivered, "R-"), counts.rows);
  EXPECT_GT(counts.late, 0);
  EXPECT_GT(counts.duplicate, 0);
  EXPECT_GT(counts.broken(), 0);
  EXPECT_EQ(counts.repaired, 0);
}

TEST(Delivery, a_repaired_export_loses_nothing) {
  const auto delivered = deliver({.name = "crm/things",
                                  .every = Every::week,
                                  .header = "Id,Text,Number,At",
                                  .amount_cell = 2,
                                  .repairs = true});
  const DirtCounts& counts = delivered.counts;
  EXPECT_GT(counts.bad_amount, 0);
  EXPECT_EQ(counts.repaired, counts.broken());
  EXPECT_EQ(count_of(delivered, "auf Anfrage"), counts.bad_amount);
  EXPECT_EQ(counts.rows, kRows + counts.duplicate + counts.repaired);
}

}  // namespace
}  // namespace weir::demo
