// The weekly report as tables: the one source of its text, CSV and HTML.
#pragma once

#include <string>
#include <vector>

#include "cli/table.h"
#include "engine/weekly_report.h"

namespace weir::cli {

struct ReportSection {
  std::string name;  // of its CSV file: "work"
  std::string title;
  std::string about;  // how to read it
  Table table;
};

// Always the same sections in the same order, also empty ones.
[[nodiscard]] std::vector<ReportSection> report_sections(const engine::WeeklyReport& report,
                                                         const Zone& zone);
// The subjects at risk, best worked from the top.
[[nodiscard]] Table work_table(const engine::WeeklyReport& report, const Zone& zone);

// "2026-W46, 2026-11-09 to 2026-11-15 (Europe/Berlin); as of ...".
[[nodiscard]] std::string report_headline(const engine::WeeklyReport& report, const Zone& zone);
// The most important on one screen.
[[nodiscard]] std::string report_summary(const engine::WeeklyReport& report, const Zone& zone);

}  // namespace weir::cli
