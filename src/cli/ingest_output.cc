#include "cli/ingest_output.h"

#include <iostream>
#include <memory>

#include "cli/progress.h"
#include "cli/terminal.h"

namespace weir::cli {

Result<engine::IngestReport> ingest_with_progress(const Context& context,
                                                  const engine::CompiledWorkspace& workspace,
                                                  const engine::IngestOptions& options) {
  std::unique_ptr<ProgressBar> bar;
  std::string source;
  auto report =
      engine::ingest(context.environment(), workspace, options, [&](const engine::IngestProgress& progress) {
        if (progress.source != source) {
          ProgressOptions shown;
          shown.label = "ingest " + progress.source;
          shown.unit = "bytes";
          shown.total = progress.bytes_total;
          shown.is_terminal = is_terminal(Stream::error);
          shown.width = terminal_width(Stream::error);
          bar = std::make_unique<ProgressBar>(shown, *context.clock, std::cerr);
          source = progress.source;
        }
        bar->update(progress.bytes_done);
      });
  if (bar != nullptr) bar->finish();
  return report;
}

Table ingest_table(const engine::IngestReport& report) {
  using Kind = ColumnKind;
  Table table({{"source"},
               {"files", Kind::number},
               {"known_files", Kind::number},
               {"rows", Kind::number},
               {"accepted", Kind::number},
               {"repeated", Kind::number},
               {"quarantined", Kind::number}});
  for (const auto& source : report.sources) {
    table.add_row({Cell::text(source.source), Cell::integer(source.files),
                   Cell::integer(source.skipped_files), Cell::integer(source.rows),
                   Cell::integer(source.accepted), Cell::integer(source.repeated),
                   Cell::integer(source.rejected)});
  }
  return table;
}

void print_ingest_notes(const engine::IngestReport& report) {
  for (const auto& source : report.sources) {
    for (const auto& note : source.notes) std::cerr << "note: " << note << "\n";
  }
  if (report.quarantined > 0) {
    std::cerr << report.quarantined << " records were quarantined; `weir quarantine list` says why\n";
  }
}

}  // namespace weir::cli
