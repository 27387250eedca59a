// One subject of a funnel while the company pursues it: a lead, or the deal that it became.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "demo/draws.h"
#include "demo/scenario.h"

namespace weir::demo {

enum class Objection : std::uint8_t { price, competitor, timing, authority, need };
inline constexpr auto kObjections =
    std::to_array<std::string_view>({"price", "competitor", "timing", "authority", "need"});

enum class Outcome : std::uint8_t { open, won, lost };

inline constexpr int kNever = std::numeric_limits<int>::max();

struct Pursuit {
  FunnelName funnel{FunnelName::leads};
  int number{0};   // "L-300001" or "D-400001" is number 1
  int account{0};  // indexes of the register
  int contact{0};
  int owner{0};
  bool owner_is_unknown{false};
  Traits traits;
  int campaign{-1};  // month of the campaign that brought a lead; -1: none

  int stage{0};
  int entered_day{0};
  int entered_before_day{0};  // the stage before
  Wall created_at{0};
  Outcome outcome{Outcome::open};

  // Of a deal.
  int lead_number{0};
  std::int64_t amount{0};  // major units of `currency`
  std::string_view currency{"EUR"};
  int close_day{0};  // expected while open
  std::string_view lost_reason;

  // What drives it.
  double engagement{0};  // standard normal
  Factors factors;       // of the stage
  double touch_rate{0};  // per day
  bool fading{false};
  bool silenced{false};    // by the planted silence
  int gone_day{-1};        // the day it was lost in truth; -1: it is not
  int record_day{kNever};  // the day on which that is recorded
  int keen_until{-1};      // after a reply or a meeting
  int objection_until{-1};
  Objection objection{Objection::price};
  int meeting_day{-1};
  std::int64_t meeting_number{0};
  int last_touch_day{0};  // or of stage entry
  bool dormant{false};
  bool counted_in_leak{false};
  Draws draws{Random{0}};
};

// The leak that works on the pursuit on that day; null for none.
[[nodiscard]] const PlantedLeak* leak_on(const Pursuit& pursuit, int day);

}  // namespace weir::demo
