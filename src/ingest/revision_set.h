// The revisions a source has already given: flat tables of 128-bit identities with a byte of each beside
// them, parted by their first bits so that none is copied as a whole when the set grows: at most 32 bytes per
// revision once the tables are as large as the goal.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

// Places are told by bytes first, sixteen of them at once: an identity that is new is mostly compared with
// none, and its place is written without having been read.
class RevisionSet {
 public:
  // True when it was not there yet.
  bool insert(const RevisionId& id) {
    Partition& partition = partition_of(id);
    if (partition.count >= partition.most) grow(partition);
    const auto [at, is_new] = find(partition, id);
    if (!is_new) return false;
    partition.put(at, id);
    ++count_;
    return true;
  }
  // Calls ahead of insert() let the memory come while others are inserted: the bytes first, then, when they
  // are there, the place of the identity. Inline by force: g++ 12 takes a function that only prefetches for
  // one without effect, and drops its calls.
  [[gnu::always_inline]] void prefetch(const RevisionId& id) const noexcept {
    const Partition& partition = partition_of(id);
    if (partition.most > 0) __builtin_prefetch(&partition.marks[group_of(partition, id) * kGroup]);
  }
  [[gnu::always_inline]] void prefetch_place(const RevisionId& id) const noexcept {
    const Partition& partition = partition_of(id);
    if (partition.most == 0) return;
    const std::size_t first = group_of(partition, id) * kGroup;
    const std::uint8_t* const marks = &partition.marks[first];
    const unsigned found = places_of(marks, mark_of(id)) | places_of(marks, kFree) | (1U << (kGroup - 1));
    __builtin_prefetch(&partition.slots[first + static_cast<unsigned>(std::countr_zero(found))], 1);
  }
  // About how many there will be: tables grow to that at once instead of step by step, but at most fourfold,
  // so that a goal that is much too high costs little.
  void set_goal(std::size_t count) noexcept { goal_ = count; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

 private:
  static constexpr unsigned kShift = 61;
  static constexpr std::size_t kPartitions = std::size_t{1} << (64 - kShift);
  static constexpr std::size_t kGroup = 16;
  static constexpr std::size_t kMostOfGroup = 13;  // on the average
  static constexpr std::uint8_t kFree = 0;

  struct Partition {
    std::vector<std::uint8_t, LargePageAllocator<std::uint8_t>> marks;
    std::vector<RevisionId, LargePageAllocator<RevisionId>> slots;
    std::size_t groups{0};
    std::size_t count{0};
    std::size_t most{0};  // before it grows
    void put(std::size_t at, const RevisionId& id) noexcept {
      marks[at] = mark_of(id);
      slots[at] = id;
      ++count;
    }
  };

  [[nodiscard]] const Partition& partition_of(const RevisionId& id) const noexcept {
    return partitions_[id.high >> kShift];
  }
  [[nodiscard]] Partition& partition_of(const RevisionId& id) noexcept {
    return partitions_[id.high >> kShift];
  }
  static std::uint8_t mark_of(const RevisionId& id) noexcept {
    const auto byte = static_cast<std::uint8_t>(id.high);
    return byte == kFree ? std::uint8_t{1} : byte;
  }
  static std::size_t group_of(const Partition& partition, const RevisionId& id) noexcept {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::size_t>((static_cast<Wide>(id.low) * partition.groups) >> 64U);
  }
  // Bit i: marks[i] is `mark`, of a group.
  static unsigned places_of(const std::uint8_t* marks, std::uint8_t mark) noexcept {
#ifdef __SSE2__
    __m128i group;
    std::memcpy(&group, marks, sizeof group);
    return static_cast<unsigned>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(group, _mm_set1_epi8(static_cast<char>(mark)))));
#else
    unsigned places = 0;
    for (unsigned i = 0; i < kGroup; ++i) places |= (marks[i] == mark ? 1U : 0U) << i;
    return places;
#endif
  }
  // Where the identity is, or where it is to go: then true.
  static std::pair<std::size_t, bool> find(const Partition& partition, const RevisionId& id) noexcept {
    const std::uint8_t mark = mark_of(id);
    for (std::size_t group = group_of(partition, id);;
         group = group + 1 == partition.groups ? 0 : group + 1) {
      const std::size_t first = group * kGroup;
      const std::uint8_t* const marks = &partition.marks[first];
      for (unsigned places = places_of(marks, mark); places != 0; places &= places - 1) {
        const std::size_t at = first + static_cast<unsigned>(std::countr_zero(places));
        if (partition.slots[at] == id) return {at, false};
      }
      if (const unsigned free = places_of(marks, kFree); free != 0)
        return {first + static_cast<unsigned>(std::countr_zero(free)), true};
    }
  }
  void grow(Partition& partition) const {
    constexpr std::size_t kFirst = 4;
    const std::size_t wanted = goal_ / kPartitions / kMostOfGroup + goal_ / kPartitions / 256 + 1;
    const std::size_t least = partition.groups + partition.groups / 2;
    Partition larger;
    larger.groups = std::max(kFirst, std::clamp(wanted, least, std::max(least, 4 * partition.groups)));
    larger.most = larger.groups * kMostOfGroup;
    larger.marks = decltype(larger.marks)(larger.groups * kGroup);
    larger.slots = decltype(larger.slots)(larger.groups * kGroup);
    for (std::size_t at = 0; at < partition.slots.size(); ++at) {
      if (partition.marks[at] != kFree)
        larger.put(find(larger, partition.slots[at]).first, partition.slots[at]);
    }
    partition = std::move(larger);
  }
  std::array<Partition, kPartitions> partitions_;
  std::size_t count_{0};
  std::size_t goal_{0};
};

}  // namespace weir::ingest
