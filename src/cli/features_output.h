// Feature rows as a table and as a typed Parquet file, and their catalogue.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cli/table.h"
#include "cli/verb.h"
#include "engine/feature_rows.h"

namespace weir::cli {

// One row of an answer: the subject as it was asked for, and the time.
struct FeatureRowName {
  std::string subject;
  std::int64_t as_of{0};
};

[[nodiscard]] Table catalogue_table(const engine::FeaturePlan& plan);
// `subject`, `as_of`, then a column per feature; `with_versions`: behind them feature_version and
// context_version of each row.
[[nodiscard]] Table features_table(const engine::FeatureRows& rows, std::span<const features::Point> points,
                                   std::span<const FeatureRowName> names, bool with_versions);
// The same, `as_of` as a timestamp (UTC). Computed and written in blocks of points, so that memory does not
// grow with them. `points` and `names` are row by row.
[[nodiscard]] Status write_features_parquet(const Context& context, const engine::FeatureRows& rows,
                                            std::span<const features::Point> points,
                                            std::span<const FeatureRowName> names, bool with_versions);

}  // namespace weir::cli
