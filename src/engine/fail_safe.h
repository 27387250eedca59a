// Whether a model's inputs are still what it has learned from: if not, the stage rate answers, and says why.
#pragma once

#include <cstdint>
#include <string>

#include "engine/timelines.h"
#include "risk/model.h"

namespace weir::engine {

struct FailSafe {
  risk::DriftReport drift;  // rows = 0: not looked at
  std::string sentence;     // why the baseline answers; "": the model may
};

// `open_rows`: the features of all subjects that are open `at` (UTC microseconds), for the model to be asked
// about. Silent for everybody means broken sources, not disengaged subjects; and features unlike those the
// model knows say nothing that it has learned.
[[nodiscard]] FailSafe judge_inputs(const OpenTimelines& timelines, const risk::Model& model,
                                    const features::FeatureMatrix& open_rows, std::int64_t at);

}  // namespace weir::engine
