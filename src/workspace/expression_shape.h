// What can be said about an SQL expression without a parser: whether it is whole. The engine binds it later.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::workspace {

// Why the text cannot be one expression, as a sentence without a place; empty when it may be one. Finds what
// YAML leaves over when it takes an unquoted expression apart: open quotes and brackets; and comments and
// `;`, which would change the query that the expression goes into.
[[nodiscard]] std::optional<std::string> broken_shape(std::string_view sql);

}  // namespace weir::workspace
