// The verb `train`: what a workspace predicts, learned from its timelines as known at a time, kept and, when
// it is not worse than what answers now, made champion.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/compiled_workspace.h"
#include "engine/evaluated_funnel.h"
#include "engine/timelines.h"
#include "risk/training.h"

namespace weir::engine {

struct TrainQuestion {
  std::string name;                   // "deals/lost/30d", "deals" or "" for all
  std::optional<std::int64_t> until;  // learn from what was known then
  std::uint64_t seed{1};
  risk::Choice choice{risk::Choice::automatic};
  std::string rows_file;  // the rows it learned from, .parquet or .csv; "" for none
};

struct TrainedModel {
  risk::Model model;
  std::string version;
  bool is_new{true};  // false: this very model was there already
  bool is_champion{false};
  std::string decision;            // why it is champion or not, in a sentence
  std::vector<std::string> notes;  // of the context tables
};

// Takes the writer lock to keep what it trained.
[[nodiscard]] Result<std::vector<TrainedModel>> train(const Environment& environment,
                                                      const CompiledWorkspace& workspace,
                                                      const OpenTimelines& timelines,
                                                      const TrainQuestion& question);

// Trains what has no champion yet or whose champion is older than `max_age` against the as-of; the daily job.
[[nodiscard]] Result<std::vector<TrainedModel>> train_where_needed(const Environment& environment,
                                                                   const CompiledWorkspace& workspace,
                                                                   const OpenTimelines& timelines,
                                                                   Micros max_age);

}  // namespace weir::engine
