// Outcomes come faster in some weeks than in others: holidays, quarter ends. A calibration window that
// happens to hold a quiet month would make every probability after it too low. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace weir::risk {

// Log-odds of rows in the order of time, moved by what their own stretch of landmarks lies above or below the
// usual one: as if all had been seen at the median level. `at`: each row's landmark, rising. Stretches are
// whole landmarks with at least 50 rows of the rarer outcome; with fewer than 5 stretches nothing is moved.
// Fails as fit_platt does.
[[nodiscard]] Result<std::vector<double>> at_the_usual_level(std::span<const double> log_odds,
                                                             std::span<const std::uint8_t> outcomes,
                                                             std::span<const std::int64_t> at);

}  // namespace weir::risk
