// What the values of one column look like, counted: the sums that a type is inferred from.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contract/personal_names.h"
#include "contract/time_format.h"

namespace weir::contract {

struct TimeCandidate {
  std::string text;
  TimeFormat format;
};

// The declared format first, then the usual ones. Compiled once per inference.
[[nodiscard]] std::vector<TimeCandidate> time_candidates(const std::string& declared);

// Bits of ColumnState::seen.
inline constexpr int kTrueSeen = 1;
inline constexpr int kFalseSeen = 2;
inline constexpr int kLongWord = 4;  // of truth: more than one letter
inline constexpr int kDigitWord = 8;
inline constexpr int kLongIso = 16;  // with a time of day
inline constexpr int kLeadingZero = 32;
inline constexpr int kWideInteger = 64;

// Values of one column that are against a type. Sums only, so that the order in which values come, and the
// files they come in, change nothing.
struct ColumnState {
  std::int64_t values{0};
  std::int64_t nulls{0};
  std::int64_t integer{0}, number{0}, number_dot{0}, number_comma{0}, boolean{0}, iso_day{0}, iso_time{0},
      epoch_seconds{0}, epoch_millis{0}, json{0};
  std::vector<std::int64_t> times;  // by format
  std::int64_t no_time{0};          // against all of the formats
  std::int64_t ambiguous{0};
  int seen{0};  // bits: words of truth, then kLongIso ...
  TextShape shape;

  [[nodiscard]] std::int64_t against(std::size_t format) const noexcept {
    return no_time + (format < times.size() ? times[format] : 0);
  }
  [[nodiscard]] bool has(int bit) const noexcept { return (seen & bit) != 0; }

  // Every number that is summed: one list for adding, writing and reading.
  [[nodiscard]] std::array<std::int64_t*, 20> sums() noexcept {
    return {
        &values,       &nulls,           &integer,      &number,        &number_dot,   &number_comma,
        &boolean,      &iso_day,         &iso_time,     &epoch_seconds, &epoch_millis, &json,
        &no_time,      &ambiguous,       &shape.values, &shape.emails,  &shape.phones, &shape.marked_phones,
        &shape.spaced, &shape.characters};
  }

  void add(const ColumnState& other) {
    ColumnState copy = other;
    const auto mine = sums();
    const auto theirs = copy.sums();
    for (std::size_t i = 0; i < mine.size(); ++i) *mine[i] += *theirs[i];
    times.resize(std::max(times.size(), other.times.size()));
    for (std::size_t i = 0; i < other.times.size(); ++i) times[i] += other.times[i];
    seen |= other.seen;
  }
};

// Counts one trimmed value that is not null. `is_document`: the source gave it as JSON. `has_declared`: the
// first of the formats is declared, so that every text may be a time.
void observe_value(ColumnState& state, std::string_view text, bool is_document,
                   std::span<const TimeCandidate> formats, bool has_declared);

}  // namespace weir::contract
