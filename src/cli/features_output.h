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
[[nodiscard]] Table features_table(std::span<const FeatureRowName> names, const features::FeatureMatrix& matrix);
// `subject` text, `as_of` timestamp (UTC), then DOUBLE or VARCHAR per feature.
[[nodiscard]] Status write_features_parquet(const Context& context, std::span<const FeatureRowName> names, const features::FeatureMatrix& matrix);

}  // namespace weir::cli
