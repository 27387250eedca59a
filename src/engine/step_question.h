// `weir funnel --steps`: what was asked, and the same bound to a workspace and its timelines.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/evaluated_funnel.h"
#include "funnel/step_property.h"
#include "funnel/step_summary.h"

namespace weir::engine {

enum class StepCount : std::uint8_t { subject, account, attempts };
enum class Attribution : std::uint8_t { first, last, step };

// As written on the command line; "" or empty: not given.
struct StepFunnelQuestion {
  std::vector<std::string> steps;         // signals or event types; in double quotes always a type
  std::string subject;                    // lead | contact | account | opportunity; of files: a column
  std::string funnel;                     // whose subject it is otherwise
  std::string window;                     // "14d"
  std::vector<std::string> step_windows;  // "2d" for all steps, or NAME:2d
  std::string order{"ordered"};
  std::string entry, count;
  std::vector<std::string> exclude;  // NAME or NAME:FROM-TO
  std::vector<std::string> optional;
  std::string by, attribution{"first"}, hold;
  std::vector<std::string> quantiles;  // "50", "99.9"
  TimeQuestion time;
  std::optional<std::int64_t> from, to;  // of first steps, [from, to)
};

// One row of the answer.
struct AskedStep {
  std::string name;  // in any order "1 of 3"
  bool optional{false};
};

struct BoundSteps {
  std::vector<AskedStep> steps;
  timeline::Kind subject{timeline::kLead};
  funnel::StepQuery query;
  std::vector<funnel::StepSelector> selectors;
  funnel::StepLayout layout;
  StepCount count{StepCount::subject};
  std::optional<funnel::StepProperty> by, hold;
  Attribution attribution{Attribution::first};
  std::size_t attribution_step{0};
  std::vector<funnel::StepQuantile> quantiles;

  // The step that is named, or numbered from 1.
  [[nodiscard]] Result<std::size_t> find_step(const std::string& name) const;
};

// Mistakes are usage errors that name what there is, and the nearest.
[[nodiscard]] Result<BoundSteps> bind_steps(const CompiledWorkspace& workspace,
                                            const timeline::TimelineStore& store,
                                            const StepFunnelQuestion& question);
// The same of events straight from files: `columns` are the properties that there are.
[[nodiscard]] Result<BoundSteps> bind_file_steps(
    const timeline::TimelineStore& store, std::span<const std::pair<std::string, timeline::Kind>> columns,
    const StepFunnelQuestion& question);

// "deal.won" of "\"deal.won\"", which is always a type.
[[nodiscard]] std::string type_or_signal(const std::string& written);

[[nodiscard]] const char* to_text(funnel::StepOrder order) noexcept;
[[nodiscard]] const char* to_text(funnel::Entry entry) noexcept;
[[nodiscard]] const char* to_text(StepCount count) noexcept;

}  // namespace weir::engine
