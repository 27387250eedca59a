// Which event types count as engagement when a workspace does not say.
#pragma once

#include <span>
#include <string_view>

namespace weir::workspace {

// Sorted. Besides these, every event with a direction is a touch; stage, amount, won, lost and created are
// none.
[[nodiscard]] std::span<const std::string_view> default_touch_types() noexcept;

}  // namespace weir::workspace
