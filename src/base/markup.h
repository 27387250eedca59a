// Text inside HTML, SVG and XML.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// `text` as the content of an element or of a quoted attribute. Control characters become spaces; bytes of
// UTF-8 pass.
[[nodiscard]] std::string escape_markup(std::string_view text);

}  // namespace weir
