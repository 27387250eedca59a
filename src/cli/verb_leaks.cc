// weir leaks: where fewer move on than should.
#include <memory>

#include "cli/leaks_output.h"
#include "cli/moment_option.h"
#include "cli/verb.h"
#include "engine/applied.h"

namespace weir::cli {
namespace {

struct Options {
  engine::LeaksQuestion question;
  std::string as_of, known_at, from, to;
};

Result<int> show_leaks(const Context& context, const Options& given) {
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto opened, engine::open_workspace(environment, timeline::Reads::no_proofs));
  const auto& [workspace, timelines] = opened;
  Options options = given;
  WEIR_TRY(options.question.time.as_of, moment_option(workspace.zone, options.as_of));
  WEIR_TRY(options.question.time.known_at, moment_option(workspace.zone, options.known_at));
  WEIR_TRY(options.question.from, moment_option(workspace.zone, options.from));
  WEIR_TRY(options.question.to, moment_option(workspace.zone, options.to));
  WEIR_TRY(const auto result, engine::answer_leaks(environment, workspace, timelines, options.question));
  const bool table_is_shown = context.json || !context.out.empty() || !result.leaks.empty();
  if (table_is_shown)
    WEIR_TRY_STATUS(answer(context, leaks_table(result, workspace.zone), engine::leaks_json(result)));
  if (!context.json && context.out.empty()) print(leaks_remarks(result, workspace.zone));
  return kDone;
}

}  // namespace

void add_leaks(Verbs& verbs) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = verbs.add("leaks", "where fewer move on than should, since when, and what it costs",
                             [options](const Context& context) { return show_leaks(context, *options); });
  verb->add_option("--funnel", options->question.funnel, "only this funnel");
  verb->add_option("--from", options->from,
                   "the period begins at this date or instant (default: 4 weeks before its end)");
  verb->add_option("--to", options->to,
                   "the period ends before this date or instant (default: the last Monday)");
  verb->add_option("--as-of", options->as_of, "the state at this date or instant");
  verb->add_option("--known-at", options->known_at, "the state as it was known at this date or instant");
}

}  // namespace weir::cli
