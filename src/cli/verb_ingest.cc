// weir ingest: files of declared sources into the event log.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/ingest_output.h"
#include "cli/verb.h"
#include "engine/applied.h"
#include "engine/evaluated_funnel.h"

namespace weir::cli {
namespace {

struct Options {
  engine::IngestOptions ingest;
  std::string at;
};

Result<int> ingest(const Context& context, const Options& options) {
  const engine::Environment environment = context.environment();
  const auto& asked = options.ingest;
  if (!asked.file.empty() && asked.source.empty())
    return fail(Errc::usage, "--file needs the name of its source: weir ingest SOURCE --file F");
  WEIR_TRY(const auto workspace,
           engine::load_workspace(environment, {.settle = true, .source = asked.source, .file = asked.file}));
  WEIR_TRY_STATUS(engine::require_applied(environment, workspace));
  engine::IngestOptions ingest = options.ingest;
  if (!options.at.empty()) {
    WEIR_TRY(ingest.at, engine::parse_moment(workspace.zone, options.at, {}));
  }
  WEIR_TRY(const auto report, ingest_with_progress(context, workspace, ingest));
  WEIR_TRY_STATUS(answer(context, ingest_table(report)));
  print_ingest_notes(report);
  return context.strict && report.quarantined > 0 ? kRefused : kDone;
}

}  // namespace

void add_ingest(Verbs& verbs) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = verbs.add("ingest", "take files in; taking them in again changes nothing",
                             [options](const Context& context) { return ingest(context, *options); });
  verb->add_option("source", options->ingest.source, "only this source");
  verb->add_option("--file", options->ingest.file, "this file instead of what the source declares")
      ->type_name("FILE");
  verb->add_option("--at", options->at, "when an undated snapshot was taken (a date or an instant)")
      ->type_name("T");
}

}  // namespace weir::cli
