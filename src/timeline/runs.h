// What kernels sweep: per handle the events that name it, as columns that lie one after the other in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/prefetch.h"

namespace weir::timeline {

using Handle = std::uint32_t;  // index into the sorted list of (kind, text)
using Row = std::uint32_t;     // index into the event columns; rows are in time order

enum RowFlag : std::uint32_t {
  kRowDay = 1,  // occurred_at names a day
  kRowDayEnd = 2,
  kRowKnownAssumed = 4,
  kRowLeftTruncated = 32,  // a first value whose true begin lies before the first delivery
  kRowTouch = 64,          // counts as engagement
  // Said by the store, so that a sweep need not look at the row:
  kRowKnownApart = 128,  // known_at is not occurred_at
  kRowRetracted = 256,   // some later revision takes it back
  kRowHasAmount = 512,
  kRowNamesSubject = 1024,  // a lead or an opportunity
  kRowNamesContact = 2048,
};

// The distinct kinds of events: all that a row says beside its times, keys and numbers. An event is of one
// signal, so what holds of an event is looked up once per signal, not once per event. Sorted, so ids follow
// from the events alone.
class Signals {
 public:
  Signals() noexcept = default;
  Signals(std::span<const std::uint16_t> types, std::span<const std::uint16_t> sources,
          std::span<const std::uint32_t> flags, std::span<const std::uint64_t> conditions,
          std::uint32_t words) noexcept
      : types_(types), sources_(sources), flags_(flags), conditions_(conditions), words_(words) {}

  [[nodiscard]] std::size_t size() const noexcept { return types_.size(); }
  [[nodiscard]] std::uint16_t type(std::size_t signal) const noexcept { return types_[signal]; }
  [[nodiscard]] std::uint16_t source(std::size_t signal) const noexcept { return sources_[signal]; }
  [[nodiscard]] std::uint32_t flags(std::size_t signal) const noexcept {
    return flags_[signal];
  }  // of RowFlag
  // One bit per condition.
  [[nodiscard]] std::span<const std::uint64_t> conditions(std::size_t signal) const noexcept {
    return conditions_.subspan(signal * words_, words_);
  }
  [[nodiscard]] bool holds(std::size_t signal, std::uint32_t condition) const noexcept {
    return ((conditions_[signal * words_ + condition / 64] >> (condition % 64)) & 1U) != 0;
  }

 private:
  std::span<const std::uint16_t> types_, sources_;
  std::span<const std::uint32_t> flags_;
  std::span<const std::uint64_t> conditions_;
  std::uint32_t words_{1};
};

// One place per event and handle that it names (also of handles of the same entity): handle h has the places
// [offsets[h], offsets[h + 1]), in time order. Spans point into the mapped file.
struct Runs {
  std::span<const std::uint64_t> offsets;  // handle_count + 1
  std::span<const Row> rows;
  // Times in codes: occurred_at = epoch + code * unit. One of the two has a value per place, the other is
  // empty.
  std::span<const std::uint32_t> codes32;
  std::span<const std::uint64_t> codes64;
  std::int64_t epoch{0};  // UTC microseconds: the earliest event's
  std::int64_t unit{1};   // microseconds; > 0: the greatest step that all times share
  // Per place; empty when there are more than 65,536 signals. Then ask the store's columns().signal[row].
  std::span<const std::uint16_t> signals;

  [[nodiscard]] std::size_t size() const noexcept { return rows.size(); }
  [[nodiscard]] std::size_t handle_count() const noexcept { return offsets.size() - 1; }
  [[nodiscard]] bool has_signals() const noexcept { return signals.size() == rows.size(); }
  [[nodiscard]] std::int64_t time_of(std::uint64_t code) const noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(epoch) +
                                     code * static_cast<std::uint64_t>(unit));
  }
  [[nodiscard]] std::int64_t occurred_at(std::size_t place) const noexcept {
    return time_of(codes64.empty() ? codes32[place] : codes64[place]);
  }
  void fetch_time(std::size_t place) const noexcept {
    codes64.empty() ? prefetch(&codes32[place]) : prefetch(&codes64[place]);
  }
  // The number of codes before `time`: place p occurred before it exactly when its code is less. Times can so
  // be compared as codes.
  [[nodiscard]] std::uint64_t codes_before(std::int64_t time) const noexcept {
    if (time <= epoch) return 0;
    const std::uint64_t distance = static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(epoch);
    const auto step = static_cast<std::uint64_t>(unit);
    return distance / step + (distance % step != 0 ? 1 : 0);
  }
  // Calls `visit` with the span of codes that there is, so that a kernel is compiled for both widths.
  template <typename Visit>
  decltype(auto) with_codes(Visit&& visit) const {
    return codes64.empty() ? visit(codes32) : visit(codes64);
  }
};

}  // namespace weir::timeline
