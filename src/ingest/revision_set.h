// The revisions a source has already given: a flat set of 128-bit identities, 16 bytes each, at most half full.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"

namespace weir::ingest {

using RevisionId = Id128<struct RevisionTag>;

// A revision is (record, content, change or snapshot time): the same state seen again at another time is another one.
[[nodiscard]] inline RevisionId revision_id(const RecordId& record, const ContentHash& content, std::optional<std::int64_t> at) noexcept {
  // The parts are hash values already; mixing them is enough (multipliers of SplitMix64).
  const std::uint64_t time = at ? static_cast<std::uint64_t>(*at) * 0xBF58476D1CE4E5B9ULL + 1 : 0;
  const std::uint64_t high = (record.high ^ (content.low * 0x9E3779B97F4A7C15ULL)) + time;
  const std::uint64_t low = (record.low + (content.high * 0x94D049BB133111EBULL)) ^ (time * 0xD6E8FEB86659FD93ULL);
  return RevisionId{high, low | 1U};  // never null
}

class RevisionSet {
 public:
  // True when it was not there yet.
  bool insert(const RevisionId& id) {
    if ((count_ + 1) * 2 > slots_.size()) grow();
    RevisionId& slot = find(id);
    if (!slot.is_null()) return false;
    slot = id;
    ++count_;
    return true;
  }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

 private:
  RevisionId& find(const RevisionId& id) noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = (id.low ^ (id.high >> 7U)) & mask;
    while (!slots_[at].is_null() && slots_[at] != id) at = (at + 1) & mask;
    return slots_[at];
  }
  void grow() {
    std::vector<RevisionId> before(slots_.empty() ? 1024 : slots_.size() * 2);
    before.swap(slots_);
    for (const RevisionId& id : before) {
      if (!id.is_null()) find(id) = id;
    }
  }
  std::vector<RevisionId> slots_;
  std::size_t count_{0};
};

}  // namespace weir::ingest
