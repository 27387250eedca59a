// Reads the JSON in which XGBoost saves a model of trees (versions 1.7 to 3). Treats it as bytes from
// outside.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "risk/forest.h"

namespace weir::risk {

// The trees of one class (0 for a model with one margin). Fails on anything but plain numeric trees of the
// booster gbtree. A base score that is saved as a probability (objective binary:logistic) becomes its
// log-odds.
[[nodiscard]] Result<Forest> forest_from_xgboost(std::string_view json, std::size_t class_index = 0);

}  // namespace weir::risk
