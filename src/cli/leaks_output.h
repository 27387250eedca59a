// Leaks as people read them.
#pragma once

#include "cli/table.h"
#include "engine/leaks_answer.h"

namespace weir::cli {

[[nodiscard]] Table leaks_table(const engine::LeaksAnswer& answer, const Zone& zone);
// "region=West, source=web"; "(all)" where there is none.
[[nodiscard]] std::string segment_text(const std::vector<std::pair<std::string, std::string>>& segment);
// What stands under the table: no leak found and what could have been; gaps.
[[nodiscard]] std::string leaks_remarks(const engine::LeaksAnswer& answer, const Zone& zone);

}  // namespace weir::cli
