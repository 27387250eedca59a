// "did you mean": the known name nearest to what a user wrote.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir {

// Damerau-Levenshtein distance (optimal string alignment), ignoring case. O(a x b).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The known name with the smallest edit distance; empty when
// none is within a third of the written length (at least 1). Ties: the first in `known`.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view written,
                                                      std::span<const std::string> known);

// "; did you mean 'x'?" or "".
[[nodiscard]] std::string did_you_mean(std::string_view written, std::span<const std::string> known);

}  // namespace weir
