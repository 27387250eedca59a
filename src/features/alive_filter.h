// Is a subject still there, or only quiet because everybody is? A two-state Markov-modulated Poisson process
// (Scott & Smyth 2003) over closed days: while alive it is in contact at its own rate x the day's calendar
// factor, else at a small share of that. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::features {

struct AliveParameters {
  double dies{0.01};     // chance per day that an alive subject goes quiet for good
  double revives{0.01};  // and that a quiet one comes back
  double quiet{0.1};     // its contacts then, as a share of its own rate
  double shape{1};       // own rates before anything is seen: Gamma, mean shape / days contact days per day
  double days{5};
  friend bool operator==(const AliveParameters&, const AliveParameters&) = default;
};

// One subject, day by day. Its own rate is the mean of its Gamma posterior; days count as far as it was alive
// on them.
class AliveFilter {
 public:
  // A new subject is alive.
  explicit AliveFilter(const AliveParameters& parameters) noexcept
      : rate_{parameters.shape / parameters.days} {}

  // The chance of being alive on the next day, before that is seen.
  [[nodiscard]] double predicted(const AliveParameters& parameters) const noexcept;
  // Contacts expected on the next day when its factor is 1.
  [[nodiscard]] double expected(const AliveParameters& parameters) const noexcept;
  // A closed day: whether there was contact. factor > 0.
  void pass_day(const AliveParameters& parameters, bool contact, double factor) noexcept;
  [[nodiscard]] double alive() const noexcept { return alive_; }
  [[nodiscard]] double rate() const noexcept { return rate_; }

 private:
  double alive_{1};
  double contacts_{0}, exposure_{0};  // while alive
  double rate_;
};

// What one subject did on days in a row, from the day after it opened on, as each was known at its end.
struct ObservedDays {
  std::uint32_t cell{0};  // index of its calendar cell
  std::int32_t first_day{0};
  std::vector<std::uint8_t> contact;  // per day: 1 when there was one
  std::uint64_t draw{0};              // hash of the subject: which ones EM looks at when there are very many
};

// The factor of one region and industry on each day: contacts against what the open subjects' own rates let
// expect, 10 pseudo-contacts holding it at the factor of the region, the region's at that of all. "" stands
// for all.
struct CalendarCell {
  std::string region, industry;
  std::vector<double> factor;  // per day from first_day on
};

// Frozen: each day's entries use that day and those before it alone.
struct AliveTables {
  std::int32_t first_day{0};
  std::vector<CalendarCell> cells;  // sorted by (region, industry); the first is that of all
  struct Epoch {
    std::int32_t day{0};  // from this day on
    AliveParameters parameters;
  };
  std::vector<Epoch> epochs;  // in order of days; before the first the defaults hold
  [[nodiscard]] bool empty() const noexcept { return cells.empty(); }
  // The most special cell that there is for the two.
  [[nodiscard]] std::uint32_t cell_of(std::string_view region, std::string_view industry) const noexcept;
  [[nodiscard]] const AliveParameters& parameters_at(std::int32_t day) const noexcept;
  // 1 outside of the days.
  [[nodiscard]] double factor(std::uint32_t cell, std::int32_t day) const noexcept;
};

// `cells` as in the tables, without factors; with (region, "") for each (region, industry). Parameters are
// fitted by EM on the last half year at the beginning of each period of 91 days since 1970. `covered`: per
// day from first_day on; days with 0 have the factor 1 and nothing is fitted on them.
[[nodiscard]] AliveTables build_alive_tables(std::vector<CalendarCell> cells,
                                             std::span<const ObservedDays> subjects, std::int32_t first_day,
                                             std::span<const std::uint8_t> covered);

// The chance of being alive at the end of `last_day` of a subject that opened on `opened`; contact days
// sorted.
[[nodiscard]] double alive_probability(const AliveTables& tables, std::uint32_t cell, std::int32_t opened,
                                       std::span<const std::int32_t> contact_days,
                                       std::int32_t last_day) noexcept;

}  // namespace weir::features
