// What only tests may know: planted leaks with what they did, dirt, persons, and the true course of every
// subject.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "demo/delivery.h"
#include "demo/pursuit.h"
#include "demo/register.h"

namespace weir::demo {

// Events of one leak's kind in its stage and cell, by the true hazards without the leak on the actual
// exposure.
struct LeakTally {
  double expected{0};  // from the onset on
  std::int64_t observed{0};
  double expected_in_period{0};  // in the last four closed weeks
  std::int64_t observed_in_period{0};
  std::int64_t recorded{0};     // of losses: recorded by the as-of
  double missing_at_window{0};  // subjects that the leak keeps from advancing within the stage's window
  // Silence: its expectation is the rate of the half year before the onset.
  std::int64_t days_before{0}, events_before{0};
  std::int64_t days_after{0}, days_in_period{0};
};

class Truth {
 public:
  LeakTally& tally(int leak) { return tallies_[static_cast<std::size_t>(leak)]; }
  [[nodiscard]] const LeakTally& tally(int leak) const { return tallies_[static_cast<std::size_t>(leak)]; }
  // A subject that is closed, or open at the end.
  void add_subject(const Pursuit& pursuit);
  // An open subject's chances from `day` on; kDays: the as-of.
  void add_chances(const Pursuit& pursuit, int day, const Rhythm& rhythm);
  void count_revision() noexcept { ++revised_; }
  // Silence tallies become expectations.
  void finish();
  [[nodiscard]] std::string to_json(std::uint64_t seed, std::string_view size, const Register& parties,
                                    const std::vector<const Delivery*>& deliveries,
                                    std::int64_t unknown_owner_rows, std::int64_t name_variants,
                                    std::int64_t rows_lost_in_outage) const;
  [[nodiscard]] std::int64_t revised() const noexcept { return revised_; }

 private:
  std::array<LeakTally, kLeaks> tallies_{};
  std::vector<std::string> subjects_, chances_;  // JSON arrays
  std::int64_t revised_{0};
};

// Days at whose start the true chances of all open subjects are kept: the as-of, and every fourth Monday of
// the last half year.
inline constexpr int kChanceDays = 30;  // how far they look
[[nodiscard]] bool keeps_chances(int day) noexcept;

// log likelihood of `observed` under its own rate against `expected`; 0 where nothing is expected.
[[nodiscard]] double poisson_evidence(std::int64_t observed, double expected);

}  // namespace weir::demo
