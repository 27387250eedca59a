// One subject's events in one pass: at each point, what is seen then, as series, stays and entities. Points
// that rise only add to what was seen before; when the past itself changes (an event known late, taken back,
// or another way in to it), the pass begins again. Private to the room.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "features/entities_at.h"
#include "features/series.h"
#include "features/sweep_plan.h"
#include "funnel/stage_sweep.h"

namespace weir::features {

// Not thread-safe: one per thread.
class SubjectSweep {
 public:
  // Finished; it outlives the sweep.
  explicit SubjectSweep(const SweepPlan& plan);

  void gather(funnel::SubjectIndex subject);
  // Of the gathered subject. Cheapest when points rise; the answers depend on the point alone.
  void look(std::int64_t at);

  [[nodiscard]] const funnel::SubjectHistory& history() const noexcept { return history_; }
  [[nodiscard]] std::int64_t at() const noexcept { return at_; }
  [[nodiscard]] std::int64_t known_by() const noexcept { return at_ - 1; }
  [[nodiscard]] std::int32_t day();  // of the point in the workspace's zone
  [[nodiscard]] PointState state();
  [[nodiscard]] bool has_events() const noexcept { return counts_.event_count > 0; }
  [[nodiscard]] std::int64_t first_seen() const noexcept {
    return first_seen_;
  }  // the earliest seen event; needs has_events()

  // By their places in the plan.
  [[nodiscard]] const EventSeries& events(std::size_t channel) const noexcept { return events_[channel]; }
  [[nodiscard]] const ValueSeries& values(std::size_t place) const noexcept { return values_[place]; }
  [[nodiscard]] std::size_t distinct(std::size_t place, std::size_t window) const;
  [[nodiscard]] const Cadence& gaps(std::size_t place);
  [[nodiscard]] const Conversation& conversation(std::size_t talk) const noexcept {
    return talks_[talk].conversation;
  }
  // Median of the hours of the answers in a window; null without any.
  [[nodiscard]] std::optional<double> answer_hours(std::size_t talk, std::size_t window);
  [[nodiscard]] std::optional<std::uint32_t> attribute(std::size_t place);

  [[nodiscard]] std::span<const funnel::Stay> stays() { return stages_.stays(); }
  // The stay that has not ended; nullptr: none.
  [[nodiscard]] const funnel::Stay* open_stay() { return stages_.open_stay(); }

  // The subject's entity of a kind, and the own event that named it (0xFFFFFFFF: a relation did).
  struct Named {
    timeline::Handle handle{timeline::kNoHandle};
    timeline::Row row{0xFFFFFFFF};
  };
  [[nodiscard]] Named entity(timeline::Kind kind);
  [[nodiscard]] const EntitiesAt& entities() const noexcept { return entities_; }
  [[nodiscard]] std::size_t owner_change_count() const;
  [[nodiscard]] std::vector<timeline::Row> owner_changes() const;
  [[nodiscard]] std::span<const timeline::Row> open_objections() const noexcept {
    return std::span(objections_).subspan(answered_objections_);
  }
  // Planned steps known by now, with when they are due, and whether a touch came after that.
  struct Step {
    timeline::Row row{0};
    std::int64_t due{0};
  };
  struct Steps {
    std::optional<Step> next;     // the earliest that is due at the point or later
    std::optional<Step> overdue;  // the latest that is past and that no touch followed
  };
  [[nodiscard]] const Steps& steps();

 private:
  using Held = EntitiesAt::Held<timeline::Handle>;
  struct Conversing {
    Conversation conversation;
    WindowBegins windows;
    std::vector<std::int64_t> answered_at;
    std::vector<double> hours;
    struct Median {
      std::size_t first{SIZE_MAX}, end{0};
      std::optional<double> value;
    };
    std::vector<Median> medians;  // per window
  };
  struct Naming {
    timeline::Handle owner{0};
    timeline::Row row{0};
  };
  struct AttributeHeld {
    timeline::Handle entity{timeline::kNoHandle};
    std::int64_t from{INT64_MAX}, until{INT64_MIN};
    std::optional<std::uint32_t> value;
  };
  struct RelatedHeld {
    timeline::Handle from{timeline::kNoHandle}, to{timeline::kNoHandle};
    std::int64_t known_from{INT64_MAX}, until{INT64_MIN};
  };

  void restart();
  void take(const funnel::HistoryEvent& event);
  void add_to_channels(const funnel::HistoryEvent& event);
  void add_roles(const funnel::HistoryEvent& event);
  void add_owner(timeline::Row row);
  [[nodiscard]] bool is(SweepPlan::Role role) const noexcept {
    return ((bits_[plan_.role_bits[role] / 64] >> (plan_.role_bits[role] % 64)) & 1U) != 0;
  }
  [[nodiscard]] std::int64_t key_of(const SweepPlan::DistinctOf& of, const funnel::HistoryEvent& event) const;
  [[nodiscard]] std::optional<Step> step_of(timeline::Row row) const noexcept;
  void consider(const Step& step);
  [[nodiscard]] timeline::Handle related(RelatedHeld& held, timeline::Handle from, timeline::Kind kind);
  [[nodiscard]] Named last_named(timeline::Kind kind);
  [[nodiscard]] Named find_entity(timeline::Kind kind);

  const SweepPlan& plan_;
  const FeatureInput& input_;
  EntitiesAt entities_;
  funnel::StageSweep stages_;
  std::vector<EventSeries> events_;
  std::vector<ValueSeries> values_;
  std::vector<DistinctSeries> distincts_;
  std::vector<bool> is_linked_;  // per distinct: some key may be another entity later
  std::vector<GapWindow> gaps_;
  std::vector<Conversing> talks_;
  std::vector<AttributeHeld> attributes_;
  const std::uint64_t* bits_{nullptr};  // of the event that is taken

  funnel::SubjectIndex subject_{0};
  funnel::SubjectHistory history_;
  std::vector<Step> planned_;  // of the history, known before they happen
  std::vector<std::size_t> planned_places_;

  // Of what was taken.
  std::int64_t at_{INT64_MIN};
  std::size_t next_{0};                  // the history's first event that nothing is decided about
  std::int64_t holds_until_{INT64_MAX};  // later points see another past
  timeline::Row last_seen_{0xFFFFFFFF};
  PointState counts_;  // event_count, own_count, last_row, last_touch
  std::int64_t first_seen_{0};
  struct LastNamed {
    Named named;
    std::size_t looked{0};  // own events that were looked at
  };
  std::vector<timeline::Row> own_;
  std::array<LastNamed, timeline::kKinds> last_named_{};
  std::vector<Naming> owners_;
  std::size_t owner_changes_{0};
  bool are_owners_linked_{false};
  std::vector<timeline::Row> objections_;
  std::size_t answered_objections_{0};
  std::vector<Step> steps_;
  std::int64_t last_other_touch_{INT64_MIN};  // that was no step

  // Of the point.
  std::array<RelatedHeld, timeline::kKinds> related_{};
  RelatedHeld contacts_account_;
  std::array<std::optional<Named>, timeline::kKinds> entity_now_{};
  std::optional<Steps> steps_now_;
  std::optional<std::int32_t> day_now_;
};

}  // namespace weir::features
