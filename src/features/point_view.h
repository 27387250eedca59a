// What one subject shows at one point: its seen events by channel, its stays, its entities. Private to the room.
#pragma once

#include <optional>
#include <vector>

#include "features/entities_at.h"
#include "features/point_features.h"
#include "features/series.h"

namespace weir::features {

// Events of one selector within a scope; features that look at the same ones share it.
struct Channel {
  Selector selector;
  Scope scope{Scope::contact};
  friend auto operator<=>(const Channel&, const Channel&) = default;
};

[[nodiscard]] bool matches(const timeline::TimelineStore& store, const Selector& selector, timeline::Row row) noexcept;
[[nodiscard]] bool matches_any(const timeline::TimelineStore& store, const std::vector<Selector>& selectors, timeline::Row row) noexcept;

// A subject's history with what does not depend on the point.
struct PreparedHistory {
  funnel::SubjectHistory history;
  std::size_t words{0};
  std::vector<std::uint64_t> channels;   // per event: a bit per selector
};

// One event of a channel.
struct Occurrence {
  timeline::Row row{0};
  std::int64_t at{0};
};

class PointView {
 public:
  PointView(const FeatureInput& input, const std::vector<Selector>& selectors, const std::vector<Channel>& channels);

  void gather(funnel::SubjectIndex subject);
  // Of the gathered subject.
  void look(std::int64_t at);

  [[nodiscard]] const funnel::SubjectHistory& history() const noexcept { return prepared_.history; }
  [[nodiscard]] std::int64_t at() const noexcept { return at_; }
  [[nodiscard]] std::int64_t known_by() const noexcept { return at_ - 1; }
  [[nodiscard]] PointState state() const;
  // In time order.
  [[nodiscard]] const std::vector<Occurrence>& channel(std::size_t index) const noexcept { return rows_[index]; }
  // Of the channel, those in [at - window, at); all for window zero.
  [[nodiscard]] std::span<const Occurrence> in_window(std::size_t index, Micros window) const;
  [[nodiscard]] const std::vector<funnel::Stay>& stays() const noexcept { return seen_->table.stays; }
  // The stay that is open or dormant; nullptr: none.
  [[nodiscard]] const funnel::Stay* open_stay() const noexcept;
  [[nodiscard]] bool has_events() const noexcept { return !seen_->events.empty(); }
  [[nodiscard]] std::int64_t first_seen() const;    // the earliest seen event; needs has_events()

  // The subject's entity of a kind, and the own event that named it (0xFFFFFFFF: a relation did).
  struct Named {
    timeline::Handle handle{timeline::kNoHandle};
    timeline::Row row{0xFFFFFFFF};
  };
  [[nodiscard]] Named entity(timeline::Kind kind) const;
  [[nodiscard]] std::vector<timeline::Row> owner_changes() const;
  [[nodiscard]] std::vector<timeline::Row> open_objections() const;
  [[nodiscard]] Conversation conversation(bool theirs, Scope scope) const;
  // Planned steps known by now, with when they are due, and whether a touch came after that.
  struct Step {
    timeline::Row row{0};
    std::int64_t due{0};
  };
  struct Steps {
    std::optional<Step> next;      // the earliest that is due at the point or later
    std::optional<Step> overdue;   // the latest that is past and that no touch followed
  };
  [[nodiscard]] Steps steps() const;
  [[nodiscard]] const EntitiesAt& entities() const noexcept { return entities_; }
  [[nodiscard]] const FeatureInput& input() const noexcept { return input_; }

 private:
  struct Seen {
    timeline::Row row{0};
    Scope scope{Scope::own};
  };
  [[nodiscard]] Named last_named(timeline::Kind kind) const;
  void sort_into_channels();

  const FeatureInput& input_;
  const std::vector<Selector>& selectors_;
  const std::vector<Channel>& channels_;
  EntitiesAt entities_;
  std::vector<std::vector<std::size_t>> channels_of_;   // per selector
  funnel::SubjectReader reader_;
  PreparedHistory prepared_;
  funnel::SubjectIndex subject_{0};
  const funnel::SubjectAt* seen_{nullptr};
  std::vector<Seen> events_;
  std::vector<std::vector<Occurrence>> rows_;
  std::int64_t at_{0};
};

}  // namespace weir::features
