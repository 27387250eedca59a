// weir funnel --steps: an ad-hoc funnel over signals and event types; with --events of a file, without a
// workspace.
#pragma once

#include <string>

#include "cli/verb.h"
#include "engine/applied.h"
#include "engine/file_funnel.h"
#include "engine/step_question.h"

namespace weir::cli {

// Adds the options that only steps have. `question` outlives the verb.
void add_step_options(CLI::App* verb, engine::StepFunnelQuestion& question);

// Adds --events and the columns that only files have. `question` outlives the verb.
void add_file_options(CLI::App* verb, engine::FileFunnelQuestion& question);

// `list`: STEP:reached, STEP:dropped or "".
[[nodiscard]] Result<int> show_step_funnel(const Context& context, const engine::OpenWorkspace& opened,
                                           const engine::StepFunnelQuestion& question,
                                           const std::string& list);
[[nodiscard]] Result<int> show_file_funnel(const Context& context, const engine::FileFunnelQuestion& question,
                                           const std::string& list);

}  // namespace weir::cli
