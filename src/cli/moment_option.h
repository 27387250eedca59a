// Dates and instants on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/zone.h"

namespace weir::cli {

// Empty for an option that was not given; a usage error for text that is neither a date nor an instant.
[[nodiscard]] Result<std::optional<std::int64_t>> moment_option(const Zone& zone, const std::string& text);

}  // namespace weir::cli
