// How much room text takes on a terminal, and text that cannot command one.
#pragma once

#include <string>
#include <string_view>

namespace weir::cli {

// The text fit for a terminal: valid UTF-8 without control characters. What could move the cursor, change
// colours or turn the reading direction becomes visible: an escape is "␛", a line end "␊", what has no
// picture U+FFFD.
[[nodiscard]] std::string harmless(std::string_view text);

// Columns that harmless text takes: 2 for East Asian wide characters, 0 for combining marks.
[[nodiscard]] int display_width(std::string_view harmless_text);

// The longest beginning that fits into `width` columns, ending in "…" when something was cut. `width` >= 1.
[[nodiscard]] std::string cut_to_width(std::string_view harmless_text, int width);

// The text with U+FFFD for what is no UTF-8 and for NUL; otherwise as it is.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace weir::cli
