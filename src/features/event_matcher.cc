#include "features/event_matcher.h"

#include <algorithm>

namespace weir::features {
namespace {

bool matches(const timeline::Signals& signals, const Selector& selector, std::uint32_t signal) noexcept {
  switch (selector.kind) {
    case Selector::Kind::any:
      return true;
    case Selector::Kind::touch:
      return (signals.flags(signal) & timeline::kRowTouch) != 0;
    case Selector::Kind::type:
      return signals.type(signal) == selector.index;
    case Selector::Kind::condition:
      return signals.holds(signal, selector.index);
    case Selector::Kind::none:
      return false;
  }
  return false;
}

}  // namespace

std::size_t EventMatcher::add(std::span<const Selector> selectors) {
  things_.emplace_back(selectors.begin(), selectors.end());
  return things_.size() - 1;
}

void EventMatcher::finish(const timeline::TimelineStore& store) {
  const timeline::Signals& signals = store.signals();
  words_ = (things_.size() + 63) / 64;
  bits_.assign(signals.size() * words_, 0);
  for (std::uint32_t signal = 0; signal < signals.size(); ++signal) {
    for (std::size_t bit = 0; bit < things_.size(); ++bit) {
      const bool is_one =
          std::any_of(things_[bit].begin(), things_[bit].end(),
                      [&](const Selector& selector) { return matches(signals, selector, signal); });
      if (is_one) bits_[signal * words_ + bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
  }
}

}  // namespace weir::features
