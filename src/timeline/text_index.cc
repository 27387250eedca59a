#include "timeline/text_index.h"

#include <algorithm>
#include <cstring>

#include "base/prefetch.h"

namespace weir::timeline {
namespace {

// The first eight bytes, so that numbers compare as these bytes do.
std::uint64_t prefix_of(std::string_view text) noexcept {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i)
    prefix = prefix << 8U | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
  return prefix;
}

template <typename T>
std::uint64_t load(const char* at) noexcept {
  T value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

TextIndex::Slot TextIndex::slot_of(std::string_view text) noexcept {
  const char* const at = text.data();
  const std::size_t size = text.size();
  Slot slot;
  slot.size = static_cast<std::uint32_t>(size);
  if (size >= 8) {
    slot.first = load<std::uint64_t>(at);
    slot.last = load<std::uint64_t>(at + size - 8);
    for (std::size_t i = 8; size > kWhole && i + 8 < size; i += 8)
      slot.first = (slot.first ^ load<std::uint64_t>(at + i)) * 0x9E3779B97F4A7C15ULL;
  } else if (size >= 4) {
    slot.first = load<std::uint32_t>(at);
    slot.last = load<std::uint32_t>(at + size - 4);
  } else if (size > 0) {
    slot.first = load<std::uint8_t>(at) | load<std::uint8_t>(at + size / 2) << 8U |
                 load<std::uint8_t>(at + size - 1) << 16U;
  }
  std::uint64_t hash = (slot.first ^ slot.size) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ hash >> 32U ^ slot.last) * 0xD6E8FEB86659FD93ULL;
  slot.hash = hash ^ hash >> 32U;
  return slot;
}

TextIndex::Slot TextIndex::look(std::string_view text) const noexcept {
  const Slot slot = slot_of(text);
  if (!slots_.empty()) prefetch(&slots_[slot.hash & (slots_.size() - 1)]);
  return slot;
}

std::size_t TextIndex::place_of(const Slot& wanted, std::string_view given) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = wanted.hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.above == 0) return at;
    const bool alike = slot.first == wanted.first && slot.last == wanted.last && slot.size == wanted.size;
    if (alike && (given.size() <= kWhole || text(slot.above - 1) == given)) return at;
  }
}

std::uint32_t TextIndex::add(Slot wanted, std::string_view given) {
  if (slots_.size() < 2 * (ends_.size() + 1)) grow();
  Slot& slot = slots_[place_of(wanted, given)];
  if (slot.above != 0) return slot.above - 1;
  const auto number = static_cast<std::uint32_t>(ends_.size());
  wanted.above = number + 1;
  slot = wanted;
  bytes_.append(given);
  ends_.push_back(bytes_.size());
  return number;
}

std::uint32_t TextIndex::find(std::string_view given) const noexcept {
  if (slots_.empty()) return kNone;
  return slots_[place_of(slot_of(given), given)].above - 1;  // of a free one kNone
}

void TextIndex::grow() {
  decltype(slots_) slots(std::max<std::size_t>(64, slots_.size() * 2));
  const std::size_t mask = slots.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.above == 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots[at].above != 0) at = (at + 1) & mask;
    slots[at] = slot;
  }
  slots_.swap(slots);
}

std::vector<std::uint32_t> TextIndex::sorted() const {
  struct Item {
    std::uint64_t prefix;
    std::uint32_t number;
  };
  std::vector<Item> items(size());
  for (std::uint32_t i = 0; i < items.size(); ++i) items[i] = {prefix_of(text(i)), i};
  std::sort(items.begin(), items.end(), [&](const Item& a, const Item& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : text(a.number) < text(b.number);
  });
  std::vector<std::uint32_t> numbers(items.size());
  std::transform(items.begin(), items.end(), numbers.begin(), [](const Item& item) { return item.number; });
  return numbers;
}

std::vector<std::uint32_t> ranks_of(const std::vector<std::uint32_t>& sorted) {
  std::vector<std::uint32_t> ranks(sorted.size());
  for (std::uint32_t i = 0; i < sorted.size(); ++i) ranks[sorted[i]] = i;
  return ranks;
}

}  // namespace weir::timeline
