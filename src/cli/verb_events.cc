// weir events, weir verify: what stands in the log, and whether it still is what was written.
#include <iostream>
#include <memory>

#include "cli/verb.h"
#include "engine/applied.h"
#include "engine/events_answer.h"
#include "engine/verify.h"

namespace weir::cli {
namespace {

constexpr std::int64_t kShownEvents = 100;

struct Options {
  engine::EventQuestion question;
  bool ids{false};
};

Result<int> print_ids(const engine::Environment& environment, const engine::CompiledWorkspace& workspace) {
  WEIR_TRY_STATUS(
      engine::each_record_id(environment, workspace, [](std::string_view id) { std::cout << id << '\n'; }));
  std::cout << std::flush;
  return kDone;
}

Result<int> events(const Context& context, const Options& options) {
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto workspace, engine::load_workspace(environment));
  WEIR_TRY_STATUS(engine::require_applied(environment, workspace));
  if (options.ids) return print_ids(environment, workspace);
  WEIR_TRY(const auto timelines, engine::open_timelines(environment, workspace));
  engine::EventQuestion question = options.question;
  if (question.limit < 0) question.limit = context.json || !context.out.empty() ? 0 : kShownEvents;
  WEIR_TRY(const auto found, engine::list_events(workspace, timelines, question));
  using Kind = ColumnKind;
  Table table({{"id"},
               {"source"},
               {"type"},
               {"occurred_at", Kind::time},
               {"known_at", Kind::time},
               {"lead"},
               {"opportunity"},
               {"contact"},
               {"account"},
               {"amount", Kind::money},
               {"came_from"}});
  const auto text = [](const std::string& value) { return value.empty() ? Cell::null() : Cell::text(value); };
  for (const auto& event : found.events) {
    table.add_row({Cell::text(to_text(event.id)), Cell::text(event.source), Cell::text(event.type),
                   Cell::time(event.occurred_at), Cell::time(event.known_at), text(event.lead),
                   text(event.opportunity), text(event.contact), text(event.account),
                   Cell::maybe(event.amount, [](Money money) { return Cell::money(money); }),
                   Cell::text(event.file + " row " + std::to_string(event.row))});
  }
  WEIR_TRY_STATUS(answer(context, table));
  const auto shown = static_cast<std::int64_t>(found.events.size());
  if (shown < found.found && !context.json && context.out.empty()) {
    print(std::to_string(shown) + " of " + std::to_string(found.found) + " events; --limit 0 shows all\n");
  }
  return kDone;
}

Result<int> verify(const Context& context) {
  WEIR_TRY(const auto report, engine::verify_state(context.environment()));
  Table table({{"file"}, {"problem"}});
  for (const auto& problem : report.problems)
    table.add_row({Cell::text(problem.file), Cell::text(problem.what)});
  const int code = report.problems.empty() ? kDone : kRefused;
  if (context.json || !context.out.empty()) {
    WEIR_TRY_STATUS(answer(context, table));
    return code;
  }
  for (const auto& problem : report.problems) print(problem.file + ": " + problem.what + "\n");
  if (code == kDone) {
    print(
        "good: " + std::to_string(report.deliveries) + " deliveries, " + std::to_string(report.parts) +
        " parts with " + std::to_string(report.records) + " records, " + std::to_string(report.events) +
        " events and " + std::to_string(report.entities) + " entity states, " +
        std::to_string(report.vault_values) + " values in the vault" +
        (report.context_tables > 0 ? ", " + std::to_string(report.context_tables) + " context tables" : "") +
        "\n");
  }
  return code;
}

}  // namespace

void add_events(Verbs& verbs) {
  const auto options = std::make_shared<Options>();
  options->question.limit = -1;  // not said
  CLI::App* verb = verbs.add("events", "events that hold, in time order",
                             [options](const Context& context) { return events(context, *options); });
  verb->add_option("--type", options->question.type, "only this type");
  verb->add_option("--subject", options->question.subject,
                   "only events with this key: of a lead, an opportunity, a contact, an account, ...");
  verb->add_option("--limit", options->question.limit,
                   "at most so many (default: 100 on a screen, else all; 0: all)")
      ->check(CLI::NonNegativeNumber);
  verb->add_flag("--ids", options->ids,
                 "instead: the id of every stored source record, one per line, not deduplicated");
  verbs.add("verify", "whether everything stored is as it was written; names the file that is not",
            [](const Context& context) { return verify(context); });
}

}  // namespace weir::cli
