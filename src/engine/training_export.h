// The rows a model learned from as a Parquet (or .csv) file: for comparing with other learners on the same
// rows.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "engine/evaluated_funnel.h"
#include "engine/landmark_rows.h"
#include "risk/training.h"
#include "timeline/timeline_store.h"

namespace weir::engine {

// Per row: `subject`, `as_of`, `settled_at` (UTC), `outcome` (0 or 1), `period` (fit, calibration,
// before_holdout, holdout, unused), `stage`, `days_in_stage`, `days_since_touch`, `margin` (the model's
// log-odds before calibration; null without a model or where it learned from the row), then one column per
// feature, named f_ and its name. The features that the model left out are there too.
[[nodiscard]] Status write_training_rows(FileSystem& files, const std::string& path,
                                         const timeline::TimelineStore& store,
                                         const EvaluatedFunnel& evaluated, const LandmarkRows& rows,
                                         std::span<const risk::Period> periods, const risk::Model& model);

}  // namespace weir::engine
