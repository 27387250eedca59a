// What the training rows teach the encoder.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "features/feature_matrix.h"
#include "risk/encoder.h"

namespace weir::risk {

// A level with fewer training rows than max(20, 0.5 %) is pooled into "other".
inline constexpr std::size_t kMinLevelRows = 20;
inline constexpr double kMinLevelShare = 0.005;

// Categories: one column per frequent level, one for the pooled ones, one for null. Numbers, linear view:
// log1p when all values are >= 0 and it brings the skewness from above 1 closer to 0, then standardised over
// the non-null values, and one column for null. Columns that are constant over the training rows are left
// out, features without a column too. Fails without rows, when two features have one name, and when
// `excluded` names no feature.
[[nodiscard]] Result<Encoder> fit_encoder(const features::FeatureMatrix& matrix,
                                          std::span<const std::string> excluded);

}  // namespace weir::risk
