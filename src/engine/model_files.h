// Where models live: their content in a file of its own, named by version, their card and champions in the
// registry.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/compiled_workspace.h"
#include "risk/model.h"
#include "store/model_registry.h"

namespace weir::engine {

struct KeptModel {
  store::RegisteredModel entry;
  risk::Model model;
};

// Writes the model's file and its plots, then its row. The same model again changes nothing.
[[nodiscard]] Result<store::RegisteredModel> keep_model(const Environment& environment,
                                                        store::ControlStore& control,
                                                        const risk::Model& model);
// By a version or its beginning. A damaged file is Errc::damaged.
[[nodiscard]] Result<KeptModel> read_model(const Environment& environment, store::ModelRegistry& registry,
                                           const std::string& version);
// The champion of a prediction; empty when none was ever trained.
[[nodiscard]] Result<std::optional<KeptModel>> read_champion(const Environment& environment,
                                                             const std::string& name);

// A few lines of JSON about a model: what `weir models --json` shows. `drift`: JSON that is added under that
// name; "": none.
[[nodiscard]] std::string card_json(const risk::Model& model, std::string_view drift = {});

}  // namespace weir::engine
