// Which words may name something.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "workspace/diagnostics.h"

namespace weir::workspace {

inline constexpr std::size_t kMaxNameBytes = 64;

// A letter or `_`, then letters, digits and `_`; a character beyond ASCII counts as a letter.
[[nodiscard]] bool is_identifier(std::string_view text) noexcept;
// Letters, digits, `_` and `-`.
[[nodiscard]] bool is_plain_name(std::string_view text) noexcept;
// Reserved in DuckDB's SQL; without regard to case.
[[nodiscard]] bool is_sql_keyword(std::string_view text) noexcept;
// `lead.created`: letters, digits, `_` and `-`, in parts joined by dots.
[[nodiscard]] bool is_event_type(std::string_view text) noexcept;

// Report a name that cannot be; `what` as in "a signal". False when reported.
// An identifier that is no keyword: what SQL knows by this name.
bool check_identifier(std::string_view name, std::string_view what, const Place& place,
                      Diagnostics& diagnostics);
// A plain name that is no keyword: what appears in the command line and in outputs.
bool check_plain_name(std::string_view name, std::string_view what, const Place& place,
                      Diagnostics& diagnostics);
// A plain name, keyword or not.
bool check_word(std::string_view name, std::string_view what, const Place& place, Diagnostics& diagnostics);

}  // namespace weir::workspace
