// The templates of `weir init --template`: small workspaces that run as they are.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace weir::engine {

struct TemplateFile {
  std::string path;  // within the workspace
  std::string what;  // one line for the terminal
  std::string text;
};

// Fails on a name that is none, with the names there are.
[[nodiscard]] Result<std::vector<TemplateFile>> template_files(const std::string& name);

}  // namespace weir::engine
