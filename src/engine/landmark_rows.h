// What is predicted, and the rows a model learns from: landmarks of a funnel with their features as known
// then.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/evaluated_funnel.h"
#include "engine/feature_rows.h"
#include "risk/landmarks.h"
#include "workspace/definitions.h"

namespace weir::engine {

// As declared in `risk:`; without it, for every funnel: lost within 30 days where it declares `lost`, and
// advance within 30.
[[nodiscard]] std::vector<workspace::Risk> risks_of(const CompiledWorkspace& workspace);
// By its name ("deals/lost/30d") or the beginning of one ("deals", "deals/lost"); "" takes all.
[[nodiscard]] Result<std::vector<workspace::Risk>> find_risks(const CompiledWorkspace& workspace,
                                                              const std::string& name);

[[nodiscard]] risk::LandmarkRule landmark_rule(const workspace::Risk& risk, const EvaluatedFunnel& evaluated);

// One entry per row everywhere; sorted by (at, subject).
struct LandmarkRows {
  features::FeatureMatrix matrix;
  std::vector<std::int64_t> at, settled_at;
  std::vector<std::uint32_t> subject;
  std::vector<std::uint8_t> outcome;
  std::vector<std::string> stage;  // as known then
  std::vector<double> days_in_stage;
  std::vector<double> days_since_touch;  // NaN: never touched
  std::size_t immature{0}, treated{0};
  std::size_t not_known_open{0};  // open as we know today, but not as was known then
  std::size_t left_out{0};        // of subjects that were not drawn: there are more than memory should hold
};

// The newest landmark of every subject that is one at which it stood in `stage`, as known then, at most
// `limit` of them, the newest; the same rows as above otherwise.
[[nodiscard]] LandmarkRows newest_landmark_rows(const CompiledWorkspace& workspace,
                                                const OpenTimelines& timelines,
                                                const EvaluatedFunnel& evaluated, const FeatureRows& features,
                                                const workspace::Risk& risk, const funnel::AsOf& as_of,
                                                const std::string& stage, std::size_t limit);

// Landmarks whose label is known; only subjects that stood in a stage as known at the landmark. Where they
// would be more than 100 million numbers, those of drawn subjects, whole.
[[nodiscard]] LandmarkRows landmark_rows(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                                         const EvaluatedFunnel& evaluated, const FeatureRows& features,
                                         const workspace::Risk& risk, const funnel::AsOf& as_of);

// When weir first acted on each subject of the funnel: its own `send` events.
[[nodiscard]] std::vector<std::optional<std::int64_t>> treated_times(const timeline::TimelineStore& store,
                                                                     const EvaluatedFunnel& evaluated);

}  // namespace weir::engine
