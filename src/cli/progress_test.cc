#include "cli/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace weir::cli {
namespace {

constexpr Micros kSecond{kMicrosPerSecond};

ProgressOptions on_terminal(std::uint64_t total) {
  return {.label = "ingest deals.csv", .unit = "rows", .total = total, .is_terminal = true, .width = 80};
}

TEST(ProgressBar, says_nothing_in_a_pipe) {
  ManualClock clock(0);
  std::ostringstream out;
  {
    ProgressBar bar({.label = "ingest", .total = 10}, clock, out);
    for (std::uint64_t i = 0; i <= 10; ++i) {
      clock.advance(kSecond);
      bar.update(i);
    }
    bar.finish();
  }
  EXPECT_EQ(out.str(), "");
}

TEST(ProgressBar, shows_share_rate_and_time_left) {
  ManualClock clock(0);
  std::ostringstream out;
  ProgressBar bar(on_terminal(100'000), clock, out);
  clock.advance(kSecond);
  bar.update(25'000);
  EXPECT_EQ(out.str(),
            "\ringest deals.c…  [#####...............]  25 %  25.0 k rows  25.0 k/s  0:03 left\x1b[K");
}

TEST(ProgressBar, without_a_total_it_counts) {
  ManualClock clock(0);
  std::ostringstream out;
  ProgressBar bar(on_terminal(0), clock, out);
  clock.advance(kSecond);
  bar.update(1'500'000);
  EXPECT_EQ(out.str(), "\ringest deals.csv  1.5 M rows  1.5 M/s\x1b[K");
}

TEST(ProgressBar, draws_at_most_ten_times_a_second) {
  ManualClock clock(0);
  std::ostringstream out;
  ProgressBar bar(on_terminal(100'000), clock, out);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    clock.advance(Micros{1000});
    bar.update(i);
  }
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 10);
}

TEST(ProgressBar, a_slower_pace_shows_within_seconds) {
  ManualClock clock(0);
  std::ostringstream out;
  ProgressBar bar(on_terminal(1'000'000), clock, out);
  std::uint64_t done = 0;
  for (int i = 0; i < 100; ++i) {
    clock.advance(Micros{100'000});
    bar.update(done += 1000);
  }
  for (int i = 0; i < 200; ++i) {
    clock.advance(Micros{100'000});
    bar.update(done += 100);
  }
  const std::string last = out.str().substr(out.str().rfind('\r'));
  EXPECT_NE(last.find("1.2 k/s"), std::string::npos) << last;
}

TEST(ProgressBar, stands_still_without_dividing_by_nothing) {
  ManualClock clock(0);
  std::ostringstream out;
  ProgressBar bar(on_terminal(100), clock, out);
  clock.advance(kSecond);
  bar.update(0);
  EXPECT_EQ(out.str(), "\ringest deals.csv  [....................]   0 %  0 rows\x1b[K");
}

TEST(ProgressBar, more_than_the_total_is_all_of_it) {
  ManualClock clock(0);
  std::ostringstream out;
  ProgressBar bar(on_terminal(100), clock, out);
  clock.advance(kSecond);
  bar.update(150);
  EXPECT_EQ(out.str(), "\ringest deals.csv  [####################] 100 %  150 rows  150/s\x1b[K");
}

TEST(ProgressBar, its_line_goes_at_the_end_and_only_once) {
  ManualClock clock(0);
  std::ostringstream out;
  {
    ProgressBar bar(on_terminal(100), clock, out);
    clock.advance(kSecond);
    bar.update(50);
    out.str("");
    bar.finish();
    clock.advance(kSecond);
    bar.update(60);
  }
  EXPECT_EQ(out.str(), "\r\x1b[K");
}

TEST(ProgressBar, a_narrow_terminal_and_a_hostile_label_stay_in_line) {
  ManualClock clock(0);
  std::ostringstream out;
  ProgressBar bar({.label = "\x1b[2Jevil\n.csv", .total = 100, .is_terminal = true, .width = 12}, clock, out);
  clock.advance(kSecond);
  bar.update(50);
  EXPECT_EQ(out.str(), "\r␛[2Jevi…  …\x1b[K");
}

}  // namespace
}  // namespace weir::cli
