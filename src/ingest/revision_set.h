// The revisions a source has already given: flat tables of 128-bit identities, 16 bytes each, half to three
// quarters full, parted by their first bits so that none is copied as a whole when the set grows: at most 32
// bytes per revision.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "base/large_pages.h"

namespace weir::ingest {

using RevisionId = Id128<struct RevisionTag>;

// A revision is (record, content, change or snapshot time): the same state seen again at another time is
// another one.
[[nodiscard]] inline RevisionId revision_id(const RecordId& record, const ContentHash& content,
                                            std::optional<std::int64_t> at) noexcept {
  // The parts are hash values already; mixing them is enough (multipliers of SplitMix64).
  const std::uint64_t time = at ? static_cast<std::uint64_t>(*at) * 0xBF58476D1CE4E5B9ULL + 1 : 0;
  const std::uint64_t high = (record.high ^ (content.low * 0x9E3779B97F4A7C15ULL)) + time;
  const std::uint64_t low =
      (record.low + (content.high * 0x94D049BB133111EBULL)) ^ (time * 0xD6E8FEB86659FD93ULL);
  return RevisionId{high, low | 1U};  // never null
}

class RevisionSet {
 public:
  // True when it was not there yet.
  bool insert(const RevisionId& id) {
    Partition& partition = partitions_[id.high >> kShift];
    if ((partition.count + 1) * 4 > partition.slots.size() * 3) grow(partition);
    RevisionId& slot = find(partition, id);
    if (!slot.is_null()) return false;
    slot = id;
    ++partition.count;
    ++count_;
    return true;
  }
  // Calls ahead of insert() let the memory come while others are inserted. Inline by force: g++ 12 takes a
  // function that only prefetches for one without effect, and drops its calls.
  [[gnu::always_inline]] void prefetch(const RevisionId& id) const noexcept {
    const Partition& partition = partitions_[id.high >> kShift];
    if (!partition.slots.empty()) __builtin_prefetch(&partition.slots[place(partition, id)]);
  }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

 private:
  using Slots = std::vector<RevisionId, LargePageAllocator<RevisionId>>;
  struct Partition {
    Slots slots;
    std::size_t count{0};
  };
  static constexpr unsigned kShift = 61;

  static std::size_t place(const Partition& partition, const RevisionId& id) noexcept {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::size_t>((static_cast<Wide>(id.low) * partition.slots.size()) >> 64U);
  }
  static RevisionId& find(Partition& partition, const RevisionId& id) noexcept {
    std::size_t at = place(partition, id);
    while (!partition.slots[at].is_null() && partition.slots[at] != id)
      at = at + 1 == partition.slots.size() ? 0 : at + 1;
    return partition.slots[at];
  }
  static void grow(Partition& partition) {
    Slots before(partition.slots.empty() ? 64 : partition.slots.size() + partition.slots.size() / 2);
    before.swap(partition.slots);
    for (const RevisionId& id : before) {
      if (!id.is_null()) find(partition, id) = id;
    }
  }
  std::array<Partition, std::size_t{1} << (64 - kShift)> partitions_;
  std::size_t count_{0};
};

}  // namespace weir::ingest
