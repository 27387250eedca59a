// Numbers distinct texts in order of appearance, and knows their sorted order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/large_pages.h"

namespace weir::timeline {

class TextIndex {
 public:
  // Of up to 16 bytes, first and last are the whole text, so that looking one up touches its slot and nothing
  // else. Half a line of the cache.
  struct Slot {
    std::uint64_t first{0}, last{0};
    std::uint64_t hash{0};
    std::uint32_t size{0};
    std::uint32_t above{0};  // the number + 1; 0: free
  };
  // The number of a text; a new one gets the next. At most 2^32 - 2 texts.
  std::uint32_t add(std::string_view text) { return add(slot_of(text), text); }
  // The same in two steps, for many at once: meanwhile the text's place is fetched.
  [[nodiscard]] Slot look(std::string_view text) const noexcept;
  std::uint32_t add(Slot looked, std::string_view text);
  // kNone when it was not added.
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  [[nodiscard]] std::uint32_t find(std::string_view text) const noexcept;
  void fetch(std::string_view text) const noexcept { static_cast<void>(look(text)); }
  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
  [[nodiscard]] std::string_view text(std::uint32_t number) const noexcept {
    const std::uint64_t begin = number == 0 ? 0 : ends_[number - 1];
    return std::string_view(bytes_).substr(begin, ends_[number] - begin);
  }
  [[nodiscard]] std::vector<std::uint32_t> sorted() const;  // numbers in the order of their texts' bytes

 private:
  static constexpr std::size_t kWhole = 16;
  [[nodiscard]] static Slot slot_of(std::string_view text) noexcept;
  // Where the text stands, or would.
  [[nodiscard]] std::size_t place_of(const Slot& wanted, std::string_view text) const noexcept;
  void grow();

  std::string bytes_;  // one text behind the other
  std::vector<std::uint64_t> ends_;
  // Open addressing; a power of two, at most half full. A new slot has zero bytes.
  std::vector<Slot, LargePageAllocator<Slot>> slots_;
};

// Where each number stands in `sorted`.
[[nodiscard]] std::vector<std::uint32_t> ranks_of(const std::vector<std::uint32_t>& sorted);

}  // namespace weir::timeline
