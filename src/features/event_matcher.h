// Which of several things an event is, as bits, looked up once per signal. Private to the room.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "features/definition.h"
#include "timeline/timeline_store.h"

namespace weir::features {

class EventMatcher {
 public:
  // Another thing: an event is one when any of the selectors matches. Its bit; all are added before the first
  // match.
  std::size_t add(std::span<const Selector> selectors);
  // Bits are ready to be asked for from here on.
  void finish(const timeline::TimelineStore& store);
  [[nodiscard]] std::size_t words() const noexcept { return words_; }
  // words() words.
  [[nodiscard]] const std::uint64_t* bits(std::uint32_t signal) const noexcept {
    return bits_.data() + signal * words_;
  }

 private:
  std::vector<std::vector<Selector>> things_;
  std::size_t words_{0};
  std::vector<std::uint64_t> bits_;  // per signal
};

}  // namespace weir::features
