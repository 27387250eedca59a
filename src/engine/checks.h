// Routine checks: what in the data cannot be right, and what the workspace declares under `checks:`. Each
// count has its list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/evaluated_funnel.h"

namespace weir::engine {

struct CheckRow {
  std::string funnel;   // "" where it belongs to none
  std::string subject;  // what it is about: a subject, an event's key, a record, a name
  std::string what;
  std::string owner;
  std::optional<std::int64_t> at;
};

struct CheckResult {
  std::string name;
  std::string about;           // one sentence
  bool declared{false};        // by the workspace; else built in
  std::vector<CheckRow> rows;  // sorted by funnel and subject
};

// Built-in ones first, in a fixed order, also those that found nothing; then declared ones as declared.
[[nodiscard]] Result<std::vector<CheckResult>> run_checks(const Environment& environment,
                                                          const CompiledWorkspace& workspace,
                                                          const OpenTimelines& timelines,
                                                          const TimeQuestion& question);

}  // namespace weir::engine
