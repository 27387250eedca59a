// Which event types count as engagement when a workspace does not say.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::workspace {

// Sorted. Besides these, every event with a direction is a touch; stage, amount, won, lost and created are
// none.
[[nodiscard]] std::span<const std::string_view> default_touch_types() noexcept;

// Those that are declared, or else the default ones; sorted.
[[nodiscard]] std::vector<std::string> touch_types(const std::vector<std::string>& declared);

}  // namespace weir::workspace
