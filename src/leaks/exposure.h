// Person-time and events of the stays in one stage, by segment cell, time in stage and stretch of the
// calendar.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "leaks/leak_detection.h"

namespace weir::leaks {

// Time is in days before (negative) the period's end from here on.
using Days = double;

// Three period lengths are scanned, ending together: half, one and two periods. They cut the calendar into
// four stretches: 0 the far past, 1 the second-last period, 2 and 3 the halves of the last.
inline constexpr std::size_t kLengthCount = 3;
inline constexpr std::size_t kStretchCount = 4;
inline constexpr std::array<double, kLengthCount> kLengthFactors = {0.5, 1, 2};

// The distinct combinations of segment values among the stays.
struct CellMap {
  std::vector<std::size_t> sizes;  // per dimension: scanned values; local code `size`: unknown or rare
  std::vector<std::vector<std::uint16_t>> declared;  // [dimension][local code]: the code in the input
  std::size_t cell_count{0};
  std::vector<std::uint16_t> codes;  // [cells x dimensions], local codes
  std::vector<std::uint32_t> cell_of_stay;
  [[nodiscard]] std::uint16_t code(std::size_t cell, std::size_t dimension) const noexcept {
    return codes[cell * sizes.size() + dimension];
  }
};
[[nodiscard]] CellMap map_cells(const LeakInput& input);

// Measures stretches of calendar time for one kind: plain days without outages, times the day's factors; and
// the same weighted with the baseline's half-life.
class DayScale {
 public:
  DayScale(const LeakInput& input, LeakKind kind, Days first_day);
  [[nodiscard]] double plain(Days from, Days to) const noexcept { return at(to).plain - at(from).plain; }
  struct Both {
    double plain;
    double weighted;
  };
  [[nodiscard]] Both at(Days time) const noexcept;
  [[nodiscard]] double weight(Days time) const noexcept { return days_[index(time)].weight; }
  [[nodiscard]] double factor(Days time) const noexcept { return days_[index(time)].plain_rate; }

 private:
  struct Day {
    double plain{0};  // up to the start of the day
    double weighted{0};
    double plain_rate{1};
    double weight{1};
  };
  [[nodiscard]] std::size_t index(Days time) const noexcept;
  Days first_day_;
  std::vector<Day> days_;
};

// One stay in a stage as the scan sees it.
struct Visit {
  std::uint32_t stay{0};
  std::uint32_t cell{0};
  Days entered{0};
  Days left{0};  // or the period's end; at least half a day after entry when it ended (dates without times)
  bool ended{false};  // inside what was observed
  funnel::Ending ending{funnel::Ending::open};
};

// All stays in the stage that can be measured: not skipped, their entry known, begun before the period's end.
[[nodiscard]] std::vector<Visit> visits_of_stage(const LeakInput& input, const CellMap& cells,
                                                 std::span<const std::uint32_t> stays_of_stage);

// The stretches of a visit in which an event of the kind can happen, into `out`: all of it; for silence
// without its dormant spells, since silence can only begin in a stay that is not silent.
void active_time(const LeakInput& input, const Visit& visit, LeakKind kind,
                 std::vector<std::array<Days, 2>>& out);

// An event of one kind: when, and after how long in the stage.
struct TimedEvent {
  std::uint32_t cell{0};
  Days at{0};
  Days age{0};
};
[[nodiscard]] std::vector<TimedEvent> events_of_kind(const LeakInput& input, std::span<const Visit> visits,
                                                     LeakKind kind);

// Upper ends of the time-in-stage buckets, rising; the last is infinity. An event at an end belongs below it.
[[nodiscard]] std::vector<Days> choose_buckets(std::span<const TimedEvent> events, Days before);
[[nodiscard]] std::size_t bucket_of(std::span<const Days> buckets, Days age) noexcept;

struct StretchSums {
  std::array<double, kLengthCount> weighted{};  // stretches 0, 1, 2: what baselines are made of
  std::array<double, kLengthCount> plain{};     // stretches 1, 2, 3: what periods are made of
};
struct EdgeTables {
  std::size_t bucket_count{0};
  std::vector<StretchSums> exposure;  // [cells x buckets]
  std::vector<StretchSums> events;    // [cells x buckets]
  std::vector<std::array<double, kLengthCount>>
      squares;  // per cell: squared weights of events, stretches 0, 1, 2
};
[[nodiscard]] EdgeTables tabulate(const LeakInput& input, std::span<const Visit> visits,
                                  std::span<const TimedEvent> events, std::span<const Days> buckets,
                                  const DayScale& scale, LeakKind kind, std::size_t cell_count);

[[nodiscard]] inline Days period_days(const LeakInput& input) noexcept {
  return days_of(input.period.to - input.period.from);
}
[[nodiscard]] inline Days days_before_end(const LeakInput& input, EventTime time) noexcept {
  return days_of(time - input.period.to);
}
// Starts of stretches 1, 2, 3.
[[nodiscard]] inline std::array<Days, kLengthCount> stretch_starts(const LeakInput& input) noexcept {
  const Days length = period_days(input);
  return {-2 * length, -length, -length / 2};
}
[[nodiscard]] bool in_outage(const LeakInput& input, Days time) noexcept;

}  // namespace weir::leaks
