#include "timeline/event_table.h"

#include <algorithm>

namespace weir::timeline {
namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) noexcept {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;
  return hash ^ hash >> 29U;
}

}  // namespace

bool SignalIndex::is(std::uint32_t signal, const Entry& entry,
                     const std::uint64_t* conditions) const noexcept {
  const Entry& known = entries_[signal];
  return known.type == entry.type && known.source == entry.source && known.flags == entry.flags &&
         std::equal(conditions, conditions + words_, this->conditions(signal));
}

std::uint32_t SignalIndex::add(const Entry& entry, const std::uint64_t* conditions) {
  std::uint64_t hash = mixed(mixed(entry.type, entry.source), entry.flags);
  for (std::uint32_t word = 0; word < words_; ++word) hash = mixed(hash, conditions[word]);
  for (auto [at, end] = numbers_.equal_range(hash); at != end; ++at) {
    if (is(at->second, entry, conditions)) return at->second;
  }
  const auto number = static_cast<std::uint32_t>(entries_.size());
  numbers_.emplace(hash, number);
  entries_.push_back(entry);
  conditions_.insert(conditions_.end(), conditions, conditions + words_);
  return number;
}

}  // namespace weir::timeline
