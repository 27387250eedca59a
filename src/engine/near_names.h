// Names that look like a slip of the pen: nearly the same as another one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::engine {

// Equal but for case, blanks and punctuation ('GTXPro', 'GTX Pro'), or one edit apart from 5 letters on, two
// from 8 on. Names whose digits differ are different things ('C12', 'C13').
[[nodiscard]] bool looks_like(std::string_view left, std::string_view right);

struct NameCount {
  std::string name;
  std::int64_t count{0};
};
struct NearName {
  std::string name;  // the suspicious one
  std::int64_t count{0};
  std::string like;
};

// Names that `known` does not hold and that look like one of it; the first in `known` counts.
[[nodiscard]] std::vector<NearName> near_known(std::span<const NameCount> names,
                                               std::span<const std::string> known);
// Of two names that look alike, the one that is at least three times rarer.
[[nodiscard]] std::vector<NearName> near_frequent(std::span<const NameCount> names);

// Usual names of B2B sectors, lower case, sorted.
[[nodiscard]] std::span<const std::string> usual_sectors();

}  // namespace weir::engine
