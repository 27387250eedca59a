#include "funnel/own_runs.h"

#include "funnel/subjects.h"

namespace weir::funnel {

using timeline::Handle;

namespace {

bool is_plain(Handle handle, std::span<const Run> runs) noexcept {
  return runs.size() == 1 && runs[0].handle == handle && runs[0].known_from == INT64_MIN &&
         runs[0].known_until == INT64_MAX;
}

}  // namespace

void OwnRuns::add(Handle handle, std::span<const Run> runs) {
  subjects_.push_back(handle);
  const bool plain = is_plain(handle, runs);
  if (plain && offsets_.empty()) return;
  if (offsets_.empty()) {
    offsets_.reserve(subjects_.capacity() + 1);
    offsets_.resize(subjects_.size(), 0);
  }
  if (!plain) joined_.insert(joined_.end(), runs.begin(), runs.end());
  offsets_.push_back(static_cast<std::uint32_t>(joined_.size()));
}

OwnRuns own_runs(const timeline::TimelineStore& store, const identity::EntityLinks& links,
                 timeline::Kind kind, const AsOf& as_of) {
  OwnRuns own;
  if (kind == timeline::kContact) {
    for (const SubjectHandles& subject : gather_subjects(store, links, kind, as_of))
      own.add(subject.handle, subject.own);
    return own;
  }
  const auto handles = store.handles_of(kind);
  own.reserve(handles.size());
  std::vector<Run> runs;
  for (Handle handle = handles.first; handle < handles.last; ++handle) {
    if (links.entity(handle) != handle) continue;
    runs.clear();
    for (const Handle member : links.members(handle)) {
      runs.push_back(
          {member, member == handle ? INT64_MIN : links.connected_since(handle, member), INT64_MAX});
    }
    own.add(handle, runs);
  }
  return own;
}

}  // namespace weir::funnel
