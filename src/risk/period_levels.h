// Outcomes come faster in some weeks than in others: holidays, quarter ends. A calibration window that
// happens to hold a quiet month would make every probability after it too low. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::risk {

// Log-odds of the rows from `first` on, moved by what their own stretch of landmarks lies above or below the
// usual level, as if all had been seen at that one. Rows are in the order of time; those before `first` only
// help to tell what is usual. `at`: each row's landmark in UTC microseconds, rising. Levels are constants
// beside Platt's line through the rows from `first` on. Stretches are whole landmarks with at least 50 rows
// of the rarer outcome. The usual level is the mean of that half of the newest half year whose levels lie
// closest together (the shorth of Andrews et al. 1972; rows a quarter old count half): holidays lower levels
// and never raise them, which draws a median down although they fill less than half of the weeks. For the
// same reason a rise is believed at once: what the newest 3 stretches lie above by more than a standard error
// of one is added. With fewer than 5 stretches from `first` on nothing is moved. Fails as fit_platt does, and
// when `first` is no row.
[[nodiscard]] Result<std::vector<double>> at_the_usual_level(std::span<const double> log_odds,
                                                             std::span<const std::uint8_t> outcomes,
                                                             std::span<const std::int64_t> at,
                                                             std::size_t first = 0);

// How far back landmarks tell what level is usual, in microseconds.
inline constexpr std::int64_t kUsualOver = 182 * kMicrosPerDay;

}  // namespace weir::risk
