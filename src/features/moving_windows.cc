#include "features/moving_windows.h"

#include <algorithm>
#include <span>

namespace weir::features {

std::size_t WindowBegins::add(Micros length) {
  const auto same = std::find_if(begins_.begin(), begins_.end(),
                                 [&](const Begin& begin) { return begin.length == length.count(); });
  if (same != begins_.end()) return static_cast<std::size_t>(same - begins_.begin());
  begins_.push_back({length.count(), 0});
  return begins_.size() - 1;
}

void WindowBegins::restart() noexcept {
  for (Begin& begin : begins_) begin.first = 0;
}

void EventSeries::restart() noexcept {
  at.clear();
  row.clear();
  windows.restart();
}

void EventSeries::add(std::int64_t time, timeline::Row event) {
  at.push_back(time);
  row.push_back(event);
}

std::size_t ValueSeries::add_extreme(std::size_t window, bool greatest) {
  extremes_.push_back({window, greatest, {}, 0});
  return extremes_.size() - 1;
}

void ValueSeries::restart() noexcept {
  at_.clear();
  values_.clear();
  sums_.resize(1);
  windows_.restart();
  for (Extreme& extreme : extremes_) {
    extreme.queue.clear();
    extreme.front = 0;
  }
}

void ValueSeries::add(std::int64_t time, std::int64_t value) {
  for (Extreme& extreme : extremes_) {
    const auto is_worse = [&](std::int64_t other) {
      return extreme.greatest ? other <= value : other >= value;
    };
    while (extreme.queue.size() > extreme.front && is_worse(values_[extreme.queue.back()]))
      extreme.queue.pop_back();
    extreme.queue.push_back(values_.size());
  }
  at_.push_back(time);
  values_.push_back(value);
  sums_.push_back(sums_.back() + value);
}

void ValueSeries::move(std::int64_t now) {
  windows_.move(at_, now);
  for (Extreme& extreme : extremes_) {
    while (extreme.front < extreme.queue.size() && extreme.queue[extreme.front] < windows_[extreme.window])
      ++extreme.front;
  }
}

void LatestPlaces::restart() noexcept {
  used_ = 0;
  if (++round_ != 0) return;
  for (Slot& slot : slots_) slot.round = 0;
  round_ = 1;
}

LatestPlaces::Slot& LatestPlaces::slot_of(std::int64_t key) noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = ((static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15U) >> 32U) & mask;
  while (slots_[at].round == round_ && slots_[at].key != key) at = (at + 1) & mask;
  return slots_[at];
}

void LatestPlaces::grow() {
  std::vector<Slot> old(std::max<std::size_t>(16, slots_.size() * 2));
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.round == round_) slot_of(slot.key) = slot;
  }
}

std::size_t LatestPlaces::exchange(std::int64_t key, std::size_t place) {
  if (round_ == 0) round_ = 1;
  if (2 * (used_ + 1) > slots_.size()) grow();
  Slot& slot = slot_of(key);
  const std::size_t before = slot.round == round_ ? slot.place : kNone;
  if (before == kNone) ++used_;
  slot = {key, place, round_};
  return before;
}

std::size_t DistinctSeries::add_window(Micros length) {
  const std::size_t window = windows_.add(length);
  counts_.resize(windows_.size(), 0);
  return window;
}

void DistinctSeries::restart() noexcept {
  at_.clear();
  keys_.clear();
  is_last_.clear();
  latest_.restart();
  windows_.restart();
  std::fill(counts_.begin(), counts_.end(), 0);
}

void DistinctSeries::add(std::int64_t time, std::int64_t key) {
  const std::size_t before = latest_.exchange(key, keys_.size());
  if (before != LatestPlaces::kNone) is_last_[before] = false;
  for (std::size_t window = 0; window < counts_.size(); ++window) {
    if (before == LatestPlaces::kNone || before < windows_[window]) ++counts_[window];
  }
  at_.push_back(time);
  keys_.push_back(key);
  is_last_.push_back(true);
}

void DistinctSeries::move(std::int64_t now) {
  windows_.move(at_, now, [&](std::size_t window, std::size_t place) {
    if (is_last_[place]) --counts_[window];
  });
}

const Cadence& GapWindow::look(const EventSeries& events, std::size_t window, std::int64_t now) {
  const std::size_t first = events.windows[window];
  if (!is_known_ || first != first_ || events.at.size() != end_) {
    cadence_ = cadence_of(std::span(events.at).subspan(first), now);
    first_ = first;
    end_ = events.at.size();
    is_known_ = true;
  }
  if (first < end_) cadence_.current = days_of(Micros{now - events.at.back()});
  return cadence_;
}

}  // namespace weir::features
