// Context tables as the bytes of a file. Format: docs/formats.md, "Context tables". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "features/context_versions.h"

namespace weir::features {

// `key`: what the tables follow from; a reader asks for the same one.
[[nodiscard]] std::string context_bytes(const KeptContext& kept, std::string_view key);

struct ContextFile {
  std::string key;
  KeptContext context;
};
// Errc::damaged on anything that context_bytes did not write, in this format; `path` is for the message.
[[nodiscard]] Result<ContextFile> read_context_bytes(std::string_view bytes, const std::string& path);

}  // namespace weir::features
