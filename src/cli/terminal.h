// What the standard streams are connected to.
#pragma once

namespace weir::cli {

enum class Stream : unsigned char { output, error };

[[nodiscard]] bool is_terminal(Stream stream);
// Columns of the terminal, 80 where it does not say.
[[nodiscard]] int terminal_width(Stream stream);

}  // namespace weir::cli
