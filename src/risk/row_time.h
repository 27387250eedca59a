// The time of a training row as a column that only learning sees.
//
// Over the months of a funnel both the share of outcomes and the features move, and a learner that sees no
// time reads the one into the other: what was frequent in a poor season looks like a cause. So the learners
// get the row's time as one more column, and what they learned is then held at the newest training row: all
// rows that are ever scored stand there or later, and the model that comes out knows nothing of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "risk/encoder.h"
#include "risk/forest.h"
#include "risk/logistic.h"

namespace weir::risk {

// Per row the time before the newest row, <= 0 and in the unit of `time`. Rows with held_out 1 (may be empty)
// stand at 0, and the newest is sought among the others. Empty when `time` is, or when the others have one
// time only: then there is nothing to learn from it.
[[nodiscard]] std::vector<double> time_before_newest(std::span<const double> time,
                                                     std::span<const std::uint8_t> held_out);

// The columns of the linear part, one value per row, and what they are at the newest time. The first is the
// time itself, of mean 0 and deviation 1; the others mark the periods into which the times that count are cut
// so that each holds about as many rows: a level need not move along a line.
struct TimeColumns {
  std::vector<std::vector<double>> columns;
  std::vector<double> newest;
};
inline constexpr std::size_t kTimePeriods = 8;
// `before_newest` varies; `held_out` as above.
[[nodiscard]] TimeColumns linear_time_columns(std::span<const double> before_newest,
                                              std::span<const std::uint8_t> held_out);

// The rows with `columns` behind their own; each has rows.row_count values.
[[nodiscard]] TreeRows with_columns(const TreeRows& rows, std::span<const std::vector<double>> columns);
[[nodiscard]] LinearRows with_columns(const LinearRows& rows, std::span<const std::vector<double>> columns);

// The model for rows without the last values.size() columns, which have these values from now on.
[[nodiscard]] Logistic hold_last_columns(Logistic model, std::span<const double> values);
// Likewise for the last column. A cover becomes the sum of the leaves below that are left: contributions
// speak of that value.
[[nodiscard]] Result<Forest> hold_last_column(const Forest& forest, float value);

}  // namespace weir::risk
