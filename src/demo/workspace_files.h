// The demo's weir.yaml, its one written contract and its rates: the same for every seed and size.
#pragma once

#include <string>

#include "base/file_system.h"

namespace weir::demo {

[[nodiscard]] Status write_workspace_files(FileSystem& files, const std::string& directory);

}  // namespace weir::demo
