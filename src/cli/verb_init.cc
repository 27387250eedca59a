// weir init: a first workspace, drafted from export files or copied from a template.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/verb.h"
#include "engine/draft.h"
#include "engine/draft_templates.h"

namespace weir::cli {
namespace {

struct Options {
  engine::DraftOptions draft;
  std::string template_name;
  bool force{false};
};

Status refuse_to_overwrite(const Context& context, const std::string& path, bool force) {
  if (force || !context.files->exists(path)) return {};
  return fail(Errc::usage, path + " exists; --force overwrites it");
}

// What was written must hold: a mistake here is weir's own, and is shown as `weir check` would.
Result<int> check_written(const Context& context) {
  WEIR_TRY(const auto workspace, engine::compile_workspace(context.environment()));
  for (const auto& diagnostic : workspace.diagnostics) std::cerr << to_text(diagnostic) << "\n";
  return workspace::has_errors(workspace.diagnostics) ? kUsage : kDone;
}

Table guess_table(const engine::Draft& draft) {
  Table table({{"file"}, {"line", ColumnKind::number}, {"what"}, {"why"}});
  for (const auto& guess : draft.guesses) {
    table.add_row(
        {Cell::text("weir.yaml"), Cell::integer(guess.line), Cell::text(guess.what), Cell::text(guess.why)});
  }
  return table;
}

Result<int> init_from_files(const Context& context, Options options) {
  const std::string path = join_path(context.directory, "weir.yaml");
  WEIR_TRY_STATUS(refuse_to_overwrite(context, path, options.force));
  options.draft.directory = context.directory;
  WEIR_TRY(const auto draft, engine::draft_workspace(*context.files, options.draft));
  WEIR_TRY_STATUS(context.files->make_directories(context.directory));
  WEIR_TRY_STATUS(context.files->write_durably(path, draft.text));
  WEIR_TRY_STATUS(answer(context, guess_table(draft)));
  for (const auto& remark : draft.remarks) std::cerr << "note: " << remark << "\n";
  std::cerr << "wrote " << path << " with " << draft.guesses.size()
            << " guesses; next: weir check, then weir run\n";
  return check_written(context);
}

Result<int> init_from_template(const Context& context, const Options& options) {
  WEIR_TRY(const auto files, engine::template_files(options.template_name));
  for (const auto& file : files)
    WEIR_TRY_STATUS(refuse_to_overwrite(context, join_path(context.directory, file.path), options.force));
  Table table({{"file"}, {"what"}});
  for (const auto& file : files) {
    const std::string path = join_path(context.directory, file.path);
    WEIR_TRY_STATUS(context.files->make_directories(parent_path(path)));
    WEIR_TRY_STATUS(context.files->write_durably(path, file.text));
    table.add_row({Cell::text(file.path), Cell::text(file.what)});
  }
  WEIR_TRY_STATUS(answer(context, table));
  return check_written(context);
}

Result<int> init(const Context& context, const Options& options) {
  if (!options.draft.files.empty() && !options.template_name.empty())
    return fail(Errc::usage, "--from and --template exclude each other");
  if (!options.draft.files.empty()) return init_from_files(context, options);
  if (!options.template_name.empty()) return init_from_template(context, options);
  return fail(Errc::usage,
              "name files (--from deals.csv accounts.csv) or a template (--template csv | b2b-saas)");
}

}  // namespace

void add_init(Verbs& verbs) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb =
      verbs.add("init", "draft a workspace from files, every guess marked, or start from a template",
                [options](const Context& context) { return init(context, *options); });
  verb->add_option("--from", options->draft.files, "export files")->type_name("FILES")->expected(1, 1000);
  verb->add_option("--template", options->template_name, "csv or b2b-saas")->type_name("NAME");
  verb->add_option("--currency", options->draft.currency, "base currency, ISO 4217")->type_name("C");
  verb->add_option("--time-zone", options->draft.time_zone, "where days begin, an IANA name")->type_name("Z");
  verb->add_flag("--force", options->force, "overwrite what is there");
}

}  // namespace weir::cli
