// Series of one subject's events that grow at their end, seen through windows [t - length, t) whose begin
// only moves forward. Every number is integer until it is asked for, so it does not depend on how the window
// got there: the same bits in a batch and at one point alone. Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"
#include "features/series.h"
#include "timeline/timeline_store.h"

namespace weir::features {

__extension__ using WideSum = __int128;  // of any number of int64

// The begins of windows over times that rise. Length zero: all of them.
class WindowBegins {
 public:
  // Its place; the same length gets the same place.
  std::size_t add(Micros length);
  void restart() noexcept;
  // Moves each begin to the first time that is not before at - length; `at` rises between restarts.
  // `leave(window, place)` for each that is left behind.
  template <typename Leave>
  void move(const std::vector<std::int64_t>& times, std::int64_t at, Leave&& leave) {
    for (std::size_t window = 0; window < begins_.size(); ++window) {
      Begin& begin = begins_[window];
      if (begin.length == 0) continue;
      for (; begin.first < times.size() && times[begin.first] < at - begin.length; ++begin.first)
        leave(window, begin.first);
    }
  }
  void move(const std::vector<std::int64_t>& times, std::int64_t at) {
    move(times, at, [](std::size_t, std::size_t) {});
  }
  [[nodiscard]] std::size_t operator[](std::size_t window) const noexcept { return begins_[window].first; }
  [[nodiscard]] std::size_t size() const noexcept { return begins_.size(); }

 private:
  struct Begin {
    std::int64_t length{0};
    std::size_t first{0};
  };
  std::vector<Begin> begins_;
};

// Events of one kind.
struct EventSeries {
  std::vector<std::int64_t> at;
  std::vector<timeline::Row> row;
  WindowBegins windows;
  void restart() noexcept;
  void add(std::int64_t time, timeline::Row event);
  void move(std::int64_t now) noexcept { windows.move(at, now); }
  [[nodiscard]] std::size_t count(std::size_t window) const noexcept { return at.size() - windows[window]; }
};

// Numbers of events. Sums are differences of running sums; the least and the greatest of a window stand at
// the front of a queue from which a number leaves when a better one comes after it.
class ValueSeries {
 public:
  std::size_t add_window(Micros length) { return windows_.add(length); }
  // Least or greatest of a window; the place to ask for it.
  std::size_t add_extreme(std::size_t window, bool greatest);
  void restart() noexcept;
  void add(std::int64_t time, std::int64_t value);
  void move(std::int64_t now);
  [[nodiscard]] std::size_t count(std::size_t window) const noexcept {
    return values_.size() - windows_[window];
  }
  [[nodiscard]] WideSum sum(std::size_t window) const noexcept {
    return sums_.back() - sums_[windows_[window]];
  }
  // Both need an event in the window.
  [[nodiscard]] std::int64_t last() const noexcept { return values_.back(); }
  [[nodiscard]] std::int64_t extreme(std::size_t place) const noexcept {
    return values_[extremes_[place].queue[extremes_[place].front]];
  }

 private:
  struct Extreme {
    std::size_t window{0};
    bool greatest{false};
    std::vector<std::size_t> queue;  // places of values, from `front` on
    std::size_t front{0};
  };
  std::vector<std::int64_t> at_, values_;
  std::vector<WideSum> sums_{0};
  WindowBegins windows_;
  std::vector<Extreme> extremes_;
};

// Where each key came last. Open addressing; forgetting everything costs nothing.
class LatestPlaces {
 public:
  static constexpr std::size_t kNone = SIZE_MAX;
  void restart() noexcept;
  // Notes that the key came at `place`; where it came before, or kNone.
  std::size_t exchange(std::int64_t key, std::size_t place);

 private:
  struct Slot {
    std::int64_t key{0};
    std::size_t place{0};
    std::uint32_t round{0};  // slots of earlier rounds are free
  };
  [[nodiscard]] Slot& slot_of(std::int64_t key) noexcept;
  void grow();
  std::vector<Slot> slots_;
  std::size_t used_{0};
  std::uint32_t round_{0};
};

// How many different keys a window has. Windows end at the newest event, so of each key in a window the last
// event is in it: a key counts while its last event does.
class DistinctSeries {
 public:
  std::size_t add_window(Micros length);
  void restart() noexcept;
  void add(std::int64_t time, std::int64_t key);
  void move(std::int64_t now);
  [[nodiscard]] std::size_t count(std::size_t window) const noexcept { return counts_[window]; }
  // The keys in the window, one per event.
  [[nodiscard]] std::span<const std::int64_t> keys(std::size_t window) const noexcept {
    return std::span(keys_).subspan(windows_[window]);
  }

 private:
  std::vector<std::int64_t> at_, keys_;
  std::vector<bool> is_last_;  // of its key
  LatestPlaces latest_;
  WindowBegins windows_;
  std::vector<std::size_t> counts_;  // per window
};

// Gaps between contacts over an EventSeries, kept while the window holds the same events.
class GapWindow {
 public:
  void restart() noexcept { is_known_ = false; }
  [[nodiscard]] const Cadence& look(const EventSeries& events, std::size_t window, std::int64_t now);

 private:
  Cadence cadence_;
  std::size_t first_{0}, end_{0};
  bool is_known_{false};
};

}  // namespace weir::features
