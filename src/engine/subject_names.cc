#include "engine/subject_names.h"

#include <bit>
#include <functional>

namespace weir::engine {

using timeline::Handle;
using timeline::kNoHandle;

SubjectNames::SubjectNames(const FeatureRows& rows, std::size_t lookups) : rows_(rows) {
  const timeline::TimelineStore& store = rows.store();
  const timeline::Kind kind = rows.plan().funnel->shape.subject;
  while (first_ < store.handle_count() && store.handle_kind(first_) < kind) ++first_;
  Handle end = first_;
  while (end < store.handle_count() && store.handle_kind(end) == kind) ++end;
  if (lookups < (end - first_) / 16) return;
  slots_.assign(std::bit_ceil(std::size_t{2} * (end - first_) + 1), kNoHandle);
  subject_of_.reserve(end - first_);
  for (Handle handle = first_; handle < end; ++handle) {
    slots_[slot_of(store.handle_text(handle))] = handle;
    subject_of_.push_back(rows.subject_of(handle).value_or(kNobody));
  }
}

// Where the text stands, or the free slot where it would.
std::size_t SubjectNames::slot_of(std::string_view text) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = std::hash<std::string_view>{}(text)&mask;
  while (slots_[at] != kNoHandle && rows_.store().handle_text(slots_[at]) != text) at = (at + 1) & mask;
  return at;
}

std::optional<funnel::SubjectIndex> SubjectNames::find(std::string_view text) const {
  if (slots_.empty()) return rows_.subject_named(text);
  const Handle handle = slots_[slot_of(text)];
  if (handle == kNoHandle || subject_of_[handle - first_] == kNobody) return std::nullopt;
  return subject_of_[handle - first_];
}

}  // namespace weir::engine
