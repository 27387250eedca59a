// The runs of a subject's own events, as seen at an as-of. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "funnel/stage_machine.h"
#include "identity/entity_links.h"
#include "timeline/timeline_store.h"

namespace weir::funnel {

// Whose events are looked at: the runs of all keys of a subject and, of a contact, of the visitors that it
// turned out to be. Most subjects have one key, their own: nothing is kept of those but the handle.
class OwnRuns {
 public:
  // Of one subject.
  class Of {
   public:
    explicit Of(timeline::Handle handle) noexcept : own_{handle} {}
    explicit Of(std::span<const Run> joined) noexcept : joined_(joined) {}
    // Whether the run of its handle is all there is.
    [[nodiscard]] bool is_plain() const noexcept { return joined_.empty(); }
    [[nodiscard]] std::span<const Run> runs() const& noexcept {
      return joined_.empty() ? std::span(&own_, 1) : joined_;
    }
    std::span<const Run> runs() const&& = delete;  // they may be a part of it

   private:
    Run own_;
    std::span<const Run> joined_;
  };

  [[nodiscard]] std::size_t size() const noexcept { return subjects_.size(); }
  [[nodiscard]] timeline::Handle handle(std::size_t subject) const noexcept { return subjects_[subject]; }
  [[nodiscard]] Of of(std::size_t subject) const noexcept {
    if (offsets_.empty()) return Of(subjects_[subject]);
    const auto joined =
        std::span(joined_).subspan(offsets_[subject], offsets_[subject + 1] - offsets_[subject]);
    return joined.empty() ? Of(subjects_[subject]) : Of(joined);
  }

  void reserve(std::size_t subjects) { subjects_.reserve(subjects); }
  // In the order of handles; `runs` has one at least.
  void add(timeline::Handle handle, std::span<const Run> runs);

 private:
  std::vector<timeline::Handle> subjects_;  // sorted
  // Of subject i the runs [offsets_[i], offsets_[i + 1]), none when it is plain; empty: all are.
  std::vector<std::uint32_t> offsets_;
  std::vector<Run> joined_;
};
// `links` are those of the as-of.
[[nodiscard]] OwnRuns own_runs(const timeline::TimelineStore& store, const identity::EntityLinks& links,
                               timeline::Kind kind, const AsOf& as_of);

}  // namespace weir::funnel
