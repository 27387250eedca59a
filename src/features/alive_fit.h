// Parameters of the alive filter from what subjects did. Private to the room.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "features/alive_filter.h"

namespace weir::features {

// What the filter knew of one subject when a day began.
struct AliveDay {
  double expected{0};  // contacts while alive: own rate x factor
  double factor{0};
  double alive{0};
};

// Days on which parameters are fitted again: the same ones for every log.
[[nodiscard]] bool is_fit_day(std::int32_t day) noexcept;

// EM (Baum & Welch) on the half year before `day`, own rates and factors as the filter had them, from the
// parameters given. history[i][d]: of subjects[i] on its day d; days from `day` on are not there yet. False,
// and nothing changed: too little to learn from.
[[nodiscard]] bool fit_alive(std::span<const ObservedDays> subjects,
                             std::span<const std::vector<AliveDay>> history, std::int32_t day,
                             AliveParameters& parameters);

}  // namespace weir::features
