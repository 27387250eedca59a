// The answer to `weir funnel --steps`: how many got how far, how long it took, by a property, and the lists
// behind it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/file_events.h"
#include "engine/step_question.h"

namespace weir::engine {

struct StepValueAnswer {
  std::optional<std::string> value;  // empty: not known at the step that decides
  funnel::StepTable table;
};

// Which attempts count, in what order: what tables and lists are made of.
struct StepUnits {
  funnel::OwnRuns subjects;
  funnel::Attempts attempts;
  std::vector<std::uint32_t> counted;   // attempts: one per subject or account, or all
  std::vector<std::uint32_t> accounts;  // per attempt, when accounts count; funnel::kNoValue: none known
  std::vector<std::uint32_t>
      values;  // per counted attempt, when there is a breakdown: into `value_texts`, or its size: not known
  std::vector<std::string> value_texts;  // sorted
};

struct StepFunnelAnswer {
  BoundSteps bound;
  std::string subject;           // "lead"; of a file its column
  std::optional<FileRows> rows;  // of a file: what was read
  funnel::AsOf as_of;
  std::string by;
  StepUnits units;
  funnel::StepTable table;
  std::vector<StepValueAnswer> values;  // sorted by value, not known last
  std::int64_t without_account{0};      // attempts in no count: no account was known at their first step
};

[[nodiscard]] Result<StepFunnelAnswer> answer_step_funnel(const CompiledWorkspace& workspace,
                                                          const OpenTimelines& timelines,
                                                          const StepFunnelQuestion& question);

// The same of what is bound and opened already; `by` is the name of the breakdown.
[[nodiscard]] StepFunnelAnswer answer_bound_steps(const timeline::TimelineStore& store,
                                                  const identity::EntityLinks& links, BoundSteps bound,
                                                  const funnel::AsOf& as_of, const std::string& by);

// docs/formats.md, "funnel --steps".
[[nodiscard]] std::string step_funnel_json(const StepFunnelAnswer& answer);

// One attempt that a count counted.
struct ListedAttempt {
  std::string subject;
  std::string account;               // when accounts count
  std::optional<std::string> value;  // of the breakdown
  std::int64_t started_at{0}, reached_at{0};
  std::string furthest;  // the last step done
};

// `what`: STEP:reached or STEP:dropped, the step by name or number. As many rows as the count says, sorted by
// subject.
[[nodiscard]] Result<std::vector<ListedAttempt>> list_attempts(const timeline::TimelineStore& store,
                                                               const StepFunnelAnswer& answer,
                                                               const std::string& what);

}  // namespace weir::engine
