// Turns subjects' timelines into stays: re-entry, skips, back moves, won, lost, dormant. Pure kernel.
// Rules: docs/semantics.md, "Stages".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/zone.h"
#include "funnel/stay.h"
#include "timeline/timeline_store.h"

namespace weir::funnel {

inline constexpr std::uint32_t kNoCondition = 0xFFFFFFFF;

// A condition of a funnel as a bit of the timeline store.
struct ConditionBit {
  std::uint32_t bit{kNoCondition};
  bool contact_scope{false};  // `via` events of the subject's contacts move the stage too
};

struct StageShape {
  ConditionBit enter;
  ConditionBit exit;
  std::optional<EventTime> valid_from;
};

// A funnel, compiled. Stages in funnel order.
struct FunnelShape {
  timeline::Kind subject{timeline::kOpportunity};
  std::vector<StageShape> stages;
  ConditionBit won, lost;
  std::optional<Micros> silent_for;
};

struct AsOf {
  EventTime as_of{kEndOfTime};      // only what occurred before it
  KnownTime known_at{kNeverKnown};  // only what was known by then; kNeverKnown: everything

  // Whether an event is there that occurred then and was known in [known_from, known_until). The past as it
  // is known today (kNeverKnown) has late events, and none that was taken back.
  [[nodiscard]] bool sees(std::int64_t occurred_at, std::int64_t known_from,
                          std::int64_t known_until) const noexcept {
    if (occurred_at >= micros_of(as_of)) return false;
    if (known_at == kNeverKnown) return known_until == INT64_MAX;
    return known_from <= micros_of(known_at) && known_until > micros_of(known_at);
  }
  // The same of a link, a relation or a state: it stands from when it is known, also in a past that is looked
  // at today.
  [[nodiscard]] bool sees_link(std::int64_t known_from, std::int64_t known_until) const noexcept {
    return sees(known_from, known_from, known_until);
  }
};

enum SubjectFlag : std::uint8_t {
  kEnteredAfterWon = 1,  // a stage was entered after the win: ignored
  kLostAfterWon = 2,     // likewise
  kWonFirst = 4,         // the win stands before any entry
  kLostFirst = 8,
  kRecycled = 16,  // came back after a loss
};

enum class SubjectState : std::uint8_t { none, in_stage, won, lost };

// One subject: all its handles, its own and its contacts' and account's.
struct Subject {
  timeline::Handle handle{timeline::kNoHandle};  // the smallest of its handles
  SubjectState state{SubjectState::none};
  std::uint8_t flags{0};
  std::uint64_t won_row{~std::uint64_t{0}};     // the event that proves the win
  std::uint64_t lost_row{~std::uint64_t{0}};    // the last loss
  std::uint64_t last_row{~std::uint64_t{0}};    // its last own visible event
  std::uint64_t amount_row{~std::uint64_t{0}};  // the last own event with an amount
  EventTime first_event{kEndOfTime};
};

struct FunnelRun {
  std::vector<Subject> subjects;  // sorted by handle
  StayTable table;                // sorted by subject, then in the order they happened
};

// The entity view that a run needs, from the identity room: which handles are one subject and which contacts
// and accounts it has.
struct Run {
  timeline::Handle handle{timeline::kNoHandle};
  std::int64_t known_from{INT64_MIN};   // not before the link to it was known
  std::int64_t known_until{INT64_MAX};  // nor after it was taken back
};
struct SubjectHandles {
  timeline::Handle handle{timeline::kNoHandle};
  std::vector<Run> own;
  std::vector<Run> via_contact;
  std::vector<Run> via_account;
};

// `subjects` sorted by handle. A subject with no visible own event is in the result with state none and no
// stay.
[[nodiscard]] FunnelRun run_funnel(const timeline::TimelineStore& store,
                                   const std::vector<SubjectHandles>& subjects, const FunnelShape& funnel,
                                   const AsOf& as_of, const Zone& zone);

// An event that may enter a subject's timeline.
struct HistoryEvent {
  timeline::Row row{0};
  std::uint32_t signal{0};
  bool via{false};
  bool via_contact{false};
  std::int64_t at{0};                   // occurred_at
  std::int64_t known_from{INT64_MIN};   // both the event and the way in to it were known
  std::int64_t known_until{INT64_MAX};  // until one of them was taken back
};
// All of a subject's events whatever the time, gathered once for many times: sorted by row, of one row the
// own way in first, then the contact's.
struct SubjectHistory {
  timeline::Handle handle{timeline::kNoHandle};
  std::vector<HistoryEvent> events;
};
void gather_history(const timeline::TimelineStore& store, const SubjectHandles& handles,
                    SubjectHistory& history);

}  // namespace weir::funnel
