// What an ad-hoc funnel over steps asks of one subject's events, and what it finds there. Rules:
// docs/funnel-steps.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::funnel {

// An event's meaning is a mask: required steps have the bits 0, 1, ... in the order asked, optional ones
// those after them, exclusions the bits from kExclusionBit on.
inline constexpr std::size_t kMaxSteps = 16;
inline constexpr std::size_t kMaxExclusions = 16;
inline constexpr std::uint32_t kExclusionBit = 16;
inline constexpr std::uint32_t kStepBits = 0xFFFF;
inline constexpr std::int64_t kNoWindow = INT64_MAX;

enum class StepOrder : std::uint8_t {
  ordered,  // other events may stand between
  strict,   // no other event of the subject, whatever it is
  any,      // in whatever order
};

enum class Entry : std::uint8_t {
  best,   // one attempt per subject: the one that gets furthest
  first,  // the one that starts with the first event of the first step
  every,  // one after the other, none begins before the last one ended
};

// Ends an attempt that stands between two required steps: a bit per gap, bit k is the gap before required
// step k.
struct Exclusion {
  std::uint32_t gaps{~std::uint32_t{0}};
};

// An optional step stands between required steps `after` and `after` + 1.
struct OptionalStep {
  std::uint32_t after{0};
  std::int64_t window{kNoWindow};  // since the last step done before it
};

// Times in one unit of any length; a window holds its own length (a step exactly 14 days later is within 14
// days).
struct StepQuery {
  std::size_t required{1};             // 1 to kMaxSteps, optional ones included
  std::vector<OptionalStep> optional;  // sorted by `after`; only in order
  std::vector<Exclusion> exclusions;
  StepOrder order{StepOrder::ordered};
  Entry entry{Entry::best};
  std::int64_t window{kNoWindow};  // from the first step to any other
  std::vector<std::int64_t>
      step_windows;              // empty, or per required step since the one before it; none in any order
  std::int64_t from{INT64_MIN};  // of first steps, [from, to)
  std::int64_t to{INT64_MAX};
};

// An attempt: which steps were done, and by which of the subject's events.
struct Way {
  std::uint32_t done{0};                         // a bit per step
  std::array<std::uint32_t, kMaxSteps> place{};  // of its event in the order of time, where done
  // In any order "step" k is the k-th that was done.
};

}  // namespace weir::funnel
