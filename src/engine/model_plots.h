// A model's evaluation as pictures: SVG, no script, the same bytes for the same model.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "risk/model.h"

namespace weir::engine {

// (name, svg): "reliability" (predicted against observed, per group of equal size), "rankings" (AUC with its
// interval). None for a model that was not evaluated.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> model_plots(const risk::Model& model);

}  // namespace weir::engine
