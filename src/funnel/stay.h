// What the stage machine gives: a subject's visits to stages, in order.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace weir::funnel {

// Index of a subject in its funnel's sorted list of subjects.
using SubjectIndex = std::uint32_t;
// Index of a stage in the funnel's declared order.
using StageIndex = std::uint16_t;
inline constexpr StageIndex kNoStage = 0xFFFF;

// How a stay ended, or stands at the as-of. `open` and `dormant` are censored: neither success nor failure.
enum class Ending : std::uint8_t { open, advanced, lost, dormant, back };

enum StayFlag : std::uint8_t {
  kSkipped = 1,        // never seen in this stage: it was passed over on the way to a later one; zero time
  kBackdated = 2,      // its end is recorded at or before its entry; time in stage counts as zero
  kLeftTruncated = 4,  // the true entry lies before the first delivery that showed it
};

// A silence inside a stay: dormant from `from` on until `until` (kEndOfTime: still so at the as-of).
struct DormantSpell {
  EventTime from;  // = later of stage entry and last touch, + silent_for
  EventTime until;
};

struct Stay {
  SubjectIndex subject{0};
  StageIndex stage{0};
  std::uint16_t visit{0};  // 0: the subject's first stay in this stage
  EventTime entered{};
  EventTime ended{kEndOfTime};  // kEndOfTime while open or dormant
  EventTime last_touch{};       // latest touch within the stay before the as-of; `entered` without any
  Ending ending{Ending::open};
  std::uint8_t flags{0};
  StageIndex next_stage{kNoStage};  // where it went: advanced or back; the number of stages means won
  std::uint32_t first_spell{0};  // its dormant spells: [first_spell, first_spell + spell_count) of the table
  std::uint32_t spell_count{0};
  std::uint64_t entry_event{0};  // row of the event that proves it in the timeline store; ~0 without one
  std::uint64_t exit_event{0};
};

// All stays of one funnel, sorted by (subject, entered, visit order).
struct StayTable {
  std::vector<Stay> stays;
  std::vector<DormantSpell> spells;
};

}  // namespace weir::funnel
