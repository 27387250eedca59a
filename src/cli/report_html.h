// The weekly report as one HTML file that needs nothing else: no script, no other file, readable on paper.
#pragma once

#include <string>

#include "cli/report_sections.h"

namespace weir::cli {

// Equal reports are equal bytes. Figures stand in <data value="..."> with all their digits.
[[nodiscard]] std::string report_html(const engine::WeeklyReport& report, const Zone& zone);

}  // namespace weir::cli
