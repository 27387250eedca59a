// What moves a subject through its funnel, in which order, and what each move does to its stays: one set of
// rules for run_funnel, which has all events at once, and for StageSweep, which gets them one by one. Private
// to the room.
#pragma once

#include <cstdint>
#include <vector>

#include "funnel/stage_machine.h"

namespace weir::funnel {

inline constexpr std::uint64_t kNoEvent = ~std::uint64_t{0};

// One thing that may move a subject.
struct Move {
  timeline::Row row{0};
  std::int64_t at{0};
  int place{0};  // stage index, kWonPlace or kLostPlace; exits: the stage they leave
  bool is_exit{false};
  bool by_day{false};  // the event names a day, not an instant
};
// Places in funnel order of what is no stage: within one instant won comes after all stages, lost last.
inline constexpr int kWonPlace = 1 << 20;
inline constexpr int kLostPlace = kWonPlace + 1;

// A funnel's conditions over one store, looked up once per signal. All three outlive it.
class MoveRules {
 public:
  MoveRules(const timeline::TimelineStore& store, const FunnelShape& funnel, const Zone& zone);

  // Of an own event: whether it enters some stage; whether it wins or loses the subject.
  [[nodiscard]] bool enters(std::uint32_t signal) const noexcept { return (roles_[signal] & kEnters) != 0; }
  [[nodiscard]] bool ends(std::uint32_t signal) const noexcept { return (roles_[signal] & kEnds) != 0; }
  [[nodiscard]] bool is_touch(std::uint32_t signal) const noexcept {
    return (store_.signals().flags(signal) & timeline::kRowTouch) != 0;
  }
  // Appends the event's moves.
  void collect(timeline::Row row, std::uint32_t signal, std::int64_t at, bool via,
               std::vector<Move>& moves) const {
    if ((roles_[signal] & (via ? kMovesVia : kMovesOwn)) != 0) add_moves(row, signal, at, via, moves);
  }
  // `moves` come in time order. Those of one instant apply in funnel order, won and lost last. A move that
  // names only a day is compared with the others of that day by day: it stands before the first of them that
  // is later in the funnel.
  void order(std::vector<Move>& moves) const;
  // From when on it is silent after the event: of one that names a day, the end of that day.
  [[nodiscard]] std::int64_t quiet_from(timeline::Row row) const;
  [[nodiscard]] bool is_valid(StageIndex stage, std::int64_t at) const noexcept {
    return !funnel_.stages[stage].valid_from || micros_of(*funnel_.stages[stage].valid_from) <= at;
  }
  [[nodiscard]] const timeline::TimelineStore& store() const noexcept { return store_; }
  [[nodiscard]] const FunnelShape& funnel() const noexcept { return funnel_; }
  [[nodiscard]] const Zone& zone() const noexcept { return zone_; }
  [[nodiscard]] int stage_count() const noexcept { return static_cast<int>(funnel_.stages.size()); }

 private:
  enum Role : std::uint8_t { kEnters = 1, kEnds = 2, kMovesOwn = 4, kMovesVia = 8 };
  [[nodiscard]] bool holds(const ConditionBit& condition, std::uint32_t signal, bool via) const noexcept {
    return condition.bit != kNoCondition && (!via || condition.contact_scope) &&
           store_.signals().holds(signal, condition.bit);
  }
  void add_moves(timeline::Row row, std::uint32_t signal, std::int64_t at, bool via,
                 std::vector<Move>& moves) const;

  const timeline::TimelineStore& store_;
  const FunnelShape& funnel_;
  const Zone& zone_;
  std::vector<std::uint8_t> roles_;  // per signal
};

// `via` events count while the subject is open: from its first own event to the first that wins or loses it,
// and again from the next own entry on.
class Membership {
 public:
  // The next visible event, in time order: whether it belongs to the subject.
  [[nodiscard]] bool admits(const MoveRules& rules, std::uint32_t signal, bool via) noexcept {
    if (via) return is_open_;
    if (!seen_own_ || (!is_open_ && rules.enters(signal))) is_open_ = true;
    seen_own_ = true;
    if (rules.ends(signal)) is_open_ = false;
    return true;
  }

 private:
  bool is_open_{false};
  bool seen_own_{false};
};

// One subject on its way: its stays stand at the end of a vector that others may have begun.
class StageWalk {
 public:
  // Both outlive it.
  StageWalk(const MoveRules& rules, std::vector<Stay>& stays) : rules_(rules), stays_(stays) {}

  void begin(timeline::Handle handle, SubjectIndex index);
  void apply(const Move& move);
  [[nodiscard]] Subject& subject() noexcept { return at_.subject; }
  [[nodiscard]] const Subject& subject() const noexcept { return at_.subject; }

  // Where it stands, to come back to: moves that were applied since are taken back.
  struct Mark {
    Subject subject;
    std::size_t open{SIZE_MAX};  // the open stay in the vector
    StageIndex last_stage{0};    // of the stay that ended last
    std::vector<std::uint16_t> visits;
    std::size_t stay_count{0};
    Stay open_stay;  // as it was
  };
  void mark(Mark& out) const;
  void go_back(const Mark& mark);

 private:
  void enter(StageIndex stage, const Move& move);
  void win(const Move& move);
  void lose(const Move& move);
  void leave(const Move& move);
  void open_stay(StageIndex stage, std::int64_t at, timeline::Row row, std::uint8_t flags);
  void close_stay(Ending ending, StageIndex next, const Move& move);
  void skip_to(StageIndex from, StageIndex to, StageIndex next, const Move& move);

  const MoveRules& rules_;
  std::vector<Stay>& stays_;
  Mark at_;
  SubjectIndex index_{0};
};

}  // namespace weir::funnel
