// Feature rows as a table and as a typed Parquet file, and their catalogue.
#pragma once

#include <span>

#include "base/text_list.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "engine/feature_rows.h"

namespace weir::cli {

[[nodiscard]] Table catalogue_table(const engine::FeaturePlan& plan);
// `subject`, `as_of`, then a column per feature; `with_versions`: behind them feature_version and
// context_version of each row. `subjects`: as they were asked for, one per point.
[[nodiscard]] Table features_table(const engine::FeatureRows& rows, std::span<const features::Point> points,
                                   const TextList& subjects, bool with_versions);
// The same, `as_of` as a timestamp (UTC). Computed and written in blocks of points, so that memory does not
// grow with them.
[[nodiscard]] Status write_features_parquet(const Context& context, const engine::FeatureRows& rows,
                                            std::span<const features::Point> points, const TextList& subjects,
                                            bool with_versions);

}  // namespace weir::cli
