// Counts and times to convert of the attempts of a funnel over steps. Exact: no sketches. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "funnel/step_funnel.h"

namespace weir::funnel {

// The nearest-rank quantile: the smallest time that at least this share of all does not exceed.
struct StepQuantile {
  std::string name;                  // "p50"
  std::int64_t millionths{500'000};  // of 1, 1 to 1,000,000
};

// Steps in the order asked: the bit of each in the attempts, required ones below `required`.
struct StepLayout {
  std::vector<std::uint32_t> bits;
  std::size_t required{0};
  [[nodiscard]] bool is_required(std::size_t step) const noexcept { return bits[step] < required; }
  // The next required step; the number of steps when there is none.
  [[nodiscard]] std::size_t next_required(std::size_t step) const noexcept;
};

struct StepFigures {
  std::int64_t reached{0};
  std::int64_t dropped{0};  // reached, and the next required step not; 0 of the last
  std::vector<std::int64_t>
      micros;  // per quantile: since the step done before it; empty: nobody, or the first step
};

struct StepTable {
  std::vector<StepFigures> steps;
  std::int64_t converted{0};         // the last step reached
  std::vector<std::int64_t> micros;  // per quantile: from first to last step; empty: nobody
};

struct StepTables {
  StepTable whole;
  std::vector<StepTable> by_value;  // empty where nothing is broken down
};
// Of the attempts `which`. `value_of` is empty, or has a value below `value_count` for each of them.
[[nodiscard]] StepTables summarise_steps(const Attempts& attempts, std::span<const std::uint32_t> which,
                                         const StepLayout& layout, std::span<const StepQuantile> quantiles,
                                         std::span<const std::uint32_t> value_of = {},
                                         std::size_t value_count = 0);

// One attempt per group: the one that got furthest, of these the one that got there first. `group_of` has a
// value per attempt; kNoValue: in no group. In the order of the attempts.
[[nodiscard]] std::vector<std::uint32_t> furthest_of_groups(const Attempts& attempts,
                                                            std::span<const std::uint32_t> group_of,
                                                            std::size_t required);

}  // namespace weir::funnel
