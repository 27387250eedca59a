// weir check: all mistakes of a workspace at once.
#include <algorithm>

#include "cli/verb.h"

namespace weir::cli {
namespace {

Result<int> list_columns(const engine::CompiledWorkspace& workspace, const Context& context) {
  Table table({{"source"}, {"column"}, {"in_the_file"}, {"type"}, {"personal"}});
  for (const auto& plan : workspace.sources) {
    for (const auto& field : plan.contract.fields) {
      table.add_row({Cell::text(plan.source->name), Cell::text(field.name), Cell::text(field.source_name),
                     Cell::text(to_text(field.type)), Cell::text(to_text(field.personal))});
    }
  }
  WEIR_TRY_STATUS(answer(context, table));
  return kDone;
}

Result<int> check(const Context& context, bool columns) {
  WEIR_TRY(const auto workspace, engine::compile_workspace(context.environment()));
  const auto is_error = [](const workspace::Diagnostic& diagnostic) {
    return diagnostic.severity == workspace::Severity::error;
  };
  const auto errors = std::count_if(workspace.diagnostics.begin(), workspace.diagnostics.end(), is_error);
  for (const auto& diagnostic : workspace.diagnostics) print(to_text(diagnostic) + "\n");
  if (errors > 0) {
    print(std::to_string(errors) + (errors == 1 ? " mistake\n" : " mistakes\n"));
    return kUsage;
  }
  if (columns) return list_columns(workspace, context);
  print("good: " + std::to_string(workspace.sources.size()) + " sources, " +
        std::to_string(workspace.definitions->signals.size()) + " signals, " +
        std::to_string(workspace.funnels.size()) + " funnels\n");
  return kDone;
}

}  // namespace

void add_check(Verbs& verbs) {
  const auto columns = std::make_shared<bool>(false);
  CLI::App* verb = verbs.add("check", "validate the workspace: every mistake with its line and column",
                             [columns](const Context& context) { return check(context, *columns); });
  verb->add_flag("--columns", *columns, "list the columns of all sources as expressions see them");
}

}  // namespace weir::cli
