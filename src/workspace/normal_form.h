// The canonical text of what a user declared: equal for files that differ in comments, key order and quoting
// style.
#pragma once

#include <cstdint>
#include <string>

#include "workspace/yaml_document.h"

namespace weir::workspace {

// `text`: every scalar becomes a string, so that quoting never matters. `typed`: unquoted scalars become what
// YAML's core schema says (numbers, true, false), for sections that other rooms read.
enum class ScalarForm : std::uint8_t { text, typed };

// JSON with sorted keys and without white space. Line breaks at the end of a scalar (as blocks have) are left
// out.
[[nodiscard]] std::string normal_form(const YamlNode& node, ScalarForm form = ScalarForm::text);

}  // namespace weir::workspace
