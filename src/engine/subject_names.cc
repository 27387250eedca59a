#include "engine/subject_names.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "base/prefetch.h"
#include "base/short_text.h"

namespace weir::engine {

using timeline::Handle;
using timeline::kNoHandle;

namespace {

constexpr std::size_t kTogether = 64;  // look-ups whose misses of the cache overlap

std::uint32_t tag_of(std::uint64_t hash) noexcept {
  return static_cast<std::uint32_t>(hash >> 32U);
}

}  // namespace

SubjectNames::SubjectNames(const FeatureRows& rows, std::size_t lookups) : rows_(rows) {
  const timeline::TimelineStore& store = rows.store();
  const timeline::Kind kind = rows.plan().funnel->shape.subject;
  while (first_ < store.handle_count() && store.handle_kind(first_) < kind) ++first_;
  Handle end = first_;
  while (end < store.handle_count() && store.handle_kind(end) == kind) ++end;
  if (lookups < (end - first_) / 16) return;
  slots_.resize(std::bit_ceil(std::size_t{2} * (end - first_) + 1));
  subject_of_.reserve(end - first_);
  const std::size_t mask = slots_.size() - 1;
  const auto subjects = rows.subjects();
  std::size_t next = 0;  // the first subject that is not before the handle
  for (Handle handle = first_; handle < end; ++handle) {
    const std::uint64_t hash = quick_hash(store.handle_text(handle));
    std::size_t at = hash & mask;
    while (slots_[at].above != 0) at = (at + 1) & mask;  // texts of a kind are different
    slots_[at] = {tag_of(hash), handle + 1};
    while (next < subjects.size() && subjects[next].handle < handle) ++next;
    const bool is_subject = next < subjects.size() && subjects[next].handle == handle;
    subject_of_.push_back(is_subject ? static_cast<funnel::SubjectIndex>(next)
                                     : rows.subject_of(handle).value_or(kNobody));
  }
}

// The slot of the first handle whose text may be it; a free one when there is none.
std::size_t SubjectNames::slot_of(std::uint64_t hash, std::size_t at) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  while (slots_[at & mask].above != 0 && slots_[at & mask].tag != tag_of(hash)) ++at;
  return at & mask;
}

// kNoHandle: none is named so.
Handle SubjectNames::handle_of(std::string_view text, std::uint64_t hash, std::size_t slot) const noexcept {
  for (; slots_[slot].above != 0; slot = slot_of(hash, slot + 1)) {
    const Handle handle = slots_[slot].above - 1;
    if (same_text(rows_.store().handle_text(handle), text)) return handle;
  }
  return kNoHandle;
}

std::optional<funnel::SubjectIndex> SubjectNames::subject_of(Handle handle) const noexcept {
  if (handle == kNoHandle || subject_of_[handle - first_] == kNobody) return std::nullopt;
  return subject_of_[handle - first_];
}

std::vector<std::optional<funnel::SubjectIndex>> SubjectNames::find(const TextList& texts) const {
  std::vector<std::optional<funnel::SubjectIndex>> found;
  found.reserve(texts.size());
  if (slots_.empty()) {
    for (std::size_t i = 0; i < texts.size(); ++i) found.push_back(rows_.subject_named(texts[i]));
    return found;
  }
  const timeline::TimelineStore& store = rows_.store();
  struct Wanted {
    std::uint64_t hash{0};
    std::size_t slot{0};
  };
  std::array<Wanted, kTogether> together;
  for (std::size_t begin = 0; begin < texts.size(); begin += kTogether) {
    const auto wanted = std::span(together).first(std::min(kTogether, texts.size() - begin));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      wanted[i].hash = quick_hash(texts[begin + i]);
      prefetch(&slots_[wanted[i].hash & (slots_.size() - 1)]);
    }
    for (auto& [hash, slot] : wanted) {
      slot = slot_of(hash, hash);
      if (slots_[slot].above != 0) store.fetch_handle_place(slots_[slot].above - 1);
    }
    for (const auto& [hash, slot] : wanted) {
      if (slots_[slot].above == 0) continue;
      prefetch(store.handle_text(slots_[slot].above - 1).data());
      prefetch(&subject_of_[slots_[slot].above - 1 - first_]);
    }
    for (std::size_t i = 0; i < wanted.size(); ++i)
      found.push_back(subject_of(handle_of(texts[begin + i], wanted[i].hash, wanted[i].slot)));
  }
  return found;
}

}  // namespace weir::engine
