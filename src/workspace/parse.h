// Reads a workspace: weir.yaml in, located definitions and all its mistakes out.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "workspace/definitions.h"
#include "workspace/diagnostics.h"

namespace weir::workspace {

inline constexpr std::string_view kWorkspaceFile = "weir.yaml";

struct Parsed {
  Definitions definitions;              // only what is sound; whole when there are no errors
  std::vector<Diagnostic> diagnostics;  // sorted by place
};

// Fails only when DIR/weir.yaml cannot be read.
[[nodiscard]] Result<Parsed> parse_workspace(FileSystem& files, const std::string& directory);

// The same for a text at hand; `file` is what places show.
[[nodiscard]] Parsed parse_definitions(std::string_view text, const std::string& directory,
                                       const std::string& file);

// The sections `features:` and `touch:` of a text alone, over events of these types; others are passed over.
// Without any feature that is a mistake.
[[nodiscard]] Parsed parse_feature_section(std::string_view text, const std::string& file,
                                           std::span<const std::string> types);

}  // namespace weir::workspace
