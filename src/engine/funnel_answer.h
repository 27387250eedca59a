// The answer to `weir funnel`: stages with counts and conversions, won and lost, by segment, and the lists
// behind them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/evaluated_funnel.h"
#include "funnel/summary.h"

namespace weir::engine {

struct FunnelQuestion {
  std::string funnel;
  std::string by;  // segment; "" = none
  TimeQuestion time;
  std::optional<std::int64_t> from, to;  // of stage entries, [from, to)
  bool all_stays{false};
  std::string stage;  // only this one; "" = all
};

struct StageAnswer {
  std::string stage, phase;
  funnel::StageSummary summary;
  std::optional<Micros> window;  // declared
};

// Subjects that won or were lost. `money`: sum over those with an amount, in the base currency.
struct OutcomeAnswer {
  std::int64_t count{0};
  std::optional<Money> money;
};

struct FunnelTable {
  std::vector<StageAnswer> stages;
  OutcomeAnswer won, lost;
};

struct SegmentAnswer {
  std::optional<std::string> value;  // empty: not known at stage entry
  FunnelTable table;
};

// Where a chain of funnels joins: the counts partition at the link.
struct JoinAnswer {
  std::string next_funnel;
  std::int64_t won{0};     // = linked + not_linked
  std::int64_t linked{0};  // their subjects name at least one subject of the next funnel
  std::int64_t not_linked{0};
  std::int64_t next_subjects{0};  // of the next funnel that a won subject leads to
  std::int64_t next_direct{0};    // that started there
};

struct FunnelAnswer {
  std::string funnel, subject;
  funnel::AsOf as_of;
  FunnelTable table;
  std::string by;
  std::vector<SegmentAnswer> segments;  // sorted by value, unknown last
  std::optional<JoinAnswer> join;
  std::int64_t subjects{0};       // with at least one visible event
  std::int64_t undated{0};        // known to a source, without any dated event: a data gap
  std::int64_t without_stage{0};  // with dated events of which none enters a stage, wins or loses
  std::int64_t won_first{0};      // the win stands before any entry
  std::int64_t entered_after_won{0};
  std::int64_t amounts_without_rate{0};
};

[[nodiscard]] Result<FunnelAnswer> answer_funnel(const Environment& environment,
                                                 const CompiledWorkspace& workspace,
                                                 const OpenTimelines& timelines,
                                                 const FunnelQuestion& question);

// `{funnel, subject, as_of, stages: [...], won, lost, by?}`: docs/formats.md.
[[nodiscard]] std::string funnel_json(const FunnelAnswer& answer);

// One row of a list: a subject that a count counted.
struct ListedSubject {
  std::string subject;
  std::string stage;
  std::string state;
  std::optional<std::int64_t> entered_at, ended_at, last_touch;
  double days{0};
  std::string account, owner;
  std::optional<Money> amount;
  std::string note;  // "skipped", "entered after won", ...
};

// `what`: STAGE:STATE with state entered|advanced|lost|dormant|back|open, or won, lost, undated,
// without-stage, won-first,
// entered-after-won. As many rows as the count says, sorted by subject.
[[nodiscard]] Result<std::vector<ListedSubject>> list_subjects(const Environment& environment,
                                                               const CompiledWorkspace& workspace,
                                                               const OpenTimelines& timelines,
                                                               const FunnelQuestion& question,
                                                               const std::string& what);

}  // namespace weir::engine
