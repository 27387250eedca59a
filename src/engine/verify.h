// The verb `verify`: whether what is stored still is what was written, and all of it agrees.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/compiled_workspace.h"

namespace weir::engine {

struct VerifyProblem {
  std::string file;  // relative to the state folder
  std::string what;
};

struct VerifyReport {
  std::int64_t parts{0}, records{0}, events{0}, entities{0}, deliveries{0}, vault_values{0},
      context_tables{0};
  std::vector<VerifyProblem> problems;
};

// Reads every byte: manifest, parts (size, hash, rows, keys between them), key, control store, vault,
// quarantine, timelines and derived tables. What is wrong is in the report; it fails only when the state
// cannot be looked at.
[[nodiscard]] Result<VerifyReport> verify_state(const Environment& environment);

}  // namespace weir::engine
