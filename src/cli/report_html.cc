#include "cli/report_html.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/markup.h"

namespace weir::cli {
namespace {

constexpr int kChartWidth = 240;
constexpr int kChartHeight = 56;
constexpr int kMargin = 4;

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 "
    "1rem;background:Canvas;color:CanvasText}"
    "h1,h2,h3{line-height:1.2}h2{margin-top:2.5rem;border-bottom:1px solid GrayText}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem}"
    "caption{text-align:left;font-weight:600;padding:.5rem 0}"
    "th,td{padding:.25rem .6rem;border-bottom:1px solid GrayText;text-align:left;vertical-align:top}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "ol{margin:0;padding-left:1.2em}"
    "figure{display:inline-block;margin:0 1.5rem 1rem 0}figcaption{font-size:.875rem}"
    "svg{display:block;width:15rem;height:3.5rem}polyline{fill:none;stroke:currentColor;stroke-width:1.5}"
    "@page{size:landscape}@media "
    "print{body{max-width:none;margin:0;font-size:10pt;background:#fff;color:#000}.wide{overflow:visible}"
    "table{font-size:8pt}"
    "thead{display:table-header-group}tr,figure{break-inside:avoid}h2,caption{break-after:avoid}}";

// "value_at_stake" as people read it.
std::string spoken(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string cell_html(const Cell& cell) {
  if (cell.is_null()) return "<td>-</td>";
  if (cell.is_figure())
    return R"(<td class="n"><data value=")" + escape_markup(cell.csv()) + "\">" +
           escape_markup(cell.readable()) + "</data></td>";
  if (cell.is_time())
    return R"(<td class="n"><time datetime=")" + escape_markup(cell.csv()) + "\">" +
           escape_markup(cell.readable()) + "</time></td>";
  return "<td>" + escape_markup(cell.readable()) + "</td>";
}

bool is_reason(const TableColumn& column) {
  return column.name.starts_with("reason_") || column.name.starts_with("effect_") ||
         column.name.starts_with("proof_");
}

bool is_number(const TableColumn& column) {
  return column.kind == ColumnKind::number || column.kind == ColumnKind::money;
}

// The columns reason_1, effect_1, proof_1, reason_2, ... of a row as one cell.
std::string reasons_html(const Table& table, const std::vector<Cell>& row) {
  std::string items;
  for (std::size_t i = 0; i + 2 < row.size(); ++i) {
    if (!table.columns()[i].name.starts_with("reason_") || row[i].is_null()) continue;
    items += "<li>" + escape_markup(row[i].readable()) + " (<data value=\"" +
             escape_markup(row[i + 1].csv()) + "\">" + escape_markup(row[i + 1].readable()) + "</data>)";
    if (!row[i + 2].is_null()) items += " <small>" + escape_markup(row[i + 2].readable()) + "</small>";
    items += "</li>";
  }
  return items.empty() ? "<td>-</td>" : "<td><ol>" + items + "</ol></td>";
}

// The column that names a row: its subject, else the first.
std::size_t naming_column(const Table& table) {
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    if (table.columns()[i].name == "subject") return i;
  }
  return 0;
}

std::string table_html(const std::string& caption, const Table& table) {
  if (table.row_count() == 0) return "<p>None.</p>\n";
  const auto& columns = table.columns();
  const bool has_reasons = std::any_of(columns.begin(), columns.end(), is_reason);
  const std::size_t naming = naming_column(table);
  std::string html =
      "<div class=\"wide\"><table>\n<caption>" + escape_markup(caption) + "</caption>\n<thead><tr>";
  for (const auto& column : columns) {
    if (is_reason(column)) continue;
    html += std::string("<th scope=\"col\"") + (is_number(column) ? " class=\"n\">" : ">") +
            escape_markup(spoken(column.name)) + "</th>";
  }
  html +=
      std::string(has_reasons ? "<th scope=\"col\">reasons (effect on the log-odds), with proof</th>" : "") +
      "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows()) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (is_reason(columns[i])) continue;
      html +=
          i == naming ? "<th scope=\"row\">" + escape_markup(row[i].readable()) + "</th>" : cell_html(row[i]);
    }
    html += (has_reasons ? reasons_html(table, row) : "") + "</tr>\n";
  }
  return html + "</tbody>\n</table></div>\n";
}

std::string polyline(const std::vector<std::int64_t>& values, std::int64_t highest, const char* dashes) {
  std::string points;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = kMargin + static_cast<double>(kChartWidth - 2 * kMargin) * static_cast<double>(i) /
                                   static_cast<double>(std::max<std::size_t>(values.size() - 1, 1));
    const double share = highest == 0 ? 0 : static_cast<double>(values[i]) / static_cast<double>(highest);
    points += fmt::format("{}{:.1f},{:.1f}", points.empty() ? "" : " ", x,
                          kChartHeight - kMargin - (kChartHeight - 2 * kMargin) * share);
  }
  return "<polyline points=\"" + points + "\"" +
         (dashes[0] == '\0' ? "" : std::string(" stroke-dasharray=\"") + dashes + "\"") + "/>";
}

// Entered, advanced and lost of one stage; lines differ by their dashes, and the table behind has the
// figures.
std::string chart(const engine::FunnelReport& funnel, std::size_t stage) {
  std::vector<std::int64_t> entered, advanced, lost;
  for (const auto& week : funnel.flow.weeks) {
    entered.push_back(week.stages[stage].entered);
    advanced.push_back(week.stages[stage].advanced);
    lost.push_back(week.stages[stage].lost);
  }
  std::int64_t highest = 0;
  for (const auto* values : {&entered, &advanced, &lost})
    highest = std::max(highest, *std::max_element(values->begin(), values->end()));
  const std::string title = fmt::format("{}, {}: per week from {} to {}, 0 to {} subjects", funnel.funnel,
                                        funnel.stages[stage].stage, to_text(funnel.flow.weeks.front().week),
                                        to_text(funnel.flow.weeks.back().week), highest);
  std::string html =
      fmt::format(R"(<figure><svg viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>)",
                  kChartWidth, kChartHeight, escape_markup(title), escape_markup(title));
  html +=
      polyline(entered, highest, "") + polyline(advanced, highest, "6 3") + polyline(lost, highest, "1 3");
  html +=
      "</svg><figcaption><strong>" + escape_markup(funnel.funnel + " " + funnel.stages[stage].stage) +
      "</strong><br>" +
      fmt::format("entered, solid: {}<br>advanced, dashed: {}<br>lost, dotted: {}</figcaption></figure>\n",
                  entered.back(), advanced.back(), lost.back());
  return html;
}

}  // namespace

std::string report_html(const engine::WeeklyReport& report, const Zone& zone) {
  const std::string title = "Weekly report" +
                            (report.workspace.empty() ? std::string() : " of " + report.workspace) + ", " +
                            to_text(report.week);
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n<title>" +
      escape_markup(title) + "</title>\n<style>" + std::string(kStyle) +
      "</style>\n</head>\n<body>\n<main>\n<h1>" + escape_markup(title) + "</h1>\n<p>" +
      escape_markup(report_headline(report, zone)) + "</p>\n";
  for (const auto& section : report_sections(report, zone)) {
    html += "<section id=\"" + section.name + "\">\n<h2>" + escape_markup(section.title) + "</h2>\n";
    if (!section.about.empty()) html += "<p>" + escape_markup(section.about) + "</p>\n";
    if (section.name == "history") {
      for (const auto& funnel : report.funnels) {
        for (std::size_t stage = 0; stage < funnel.stages.size(); ++stage) html += chart(funnel, stage);
      }
    }
    html += table_html(section.title, section.table) + "</section>\n";
  }
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace weir::cli
