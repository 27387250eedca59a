// weir funnel: stages, conversions, and the lists behind them; with --steps an ad-hoc funnel instead.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/moment_option.h"
#include "cli/verb.h"
#include "cli/verb_funnel_steps.h"
#include "engine/applied.h"
#include "engine/funnel_answer.h"

namespace weir::cli {
namespace {

struct Options {
  engine::FunnelQuestion question;
  engine::StepFunnelQuestion steps;
  engine::FileFunnelQuestion file;  // without its steps
  std::string as_of, known_at, from, to, list, count;
};

std::string percent(double value) {
  return fmt::format("{:.1f} %", value * 100);
}

// "38.2 % [36.9, 39.6]"
std::string conversion_text(const funnel::Conversion& c) {
  if (c.entered == 0) return "-";
  return fmt::format("{:.1f} % [{:.1f}, {:.1f}]{}", c.estimate * 100, c.band.low * 100, c.band.high * 100,
                     c.window_reached ? "" : " *");
}

std::string window_text(const engine::StageAnswer& stage) {
  return stage.window ? to_text(*stage.window) : "all";
}

void add_rows(Table& table, const std::string& segment, bool by, const engine::FunnelTable& answer) {
  for (const auto& stage : answer.stages) {
    const funnel::Conversion& c = stage.summary.conversion;
    std::vector<Cell> cells;
    if (by) cells.push_back(Cell::text(segment));
    const auto naive = c.naive();
    for (Cell& cell : std::vector<Cell>{
             Cell::text(stage.stage), Cell::integer(c.entered), Cell::integer(c.advanced),
             Cell::integer(stage.summary.advanced_at_last), Cell::integer(c.lost), Cell::integer(c.dormant),
             Cell::integer(c.back), Cell::integer(c.open), Cell::text(window_text(stage)),
             Cell::text(conversion_text(c)), Cell::text(naive ? percent(*naive) : "-"),
             Cell::maybe(c.time_in_stage_days_p50, [](double d) { return Cell::number(d, 1); }),
             Cell::maybe(c.time_in_stage_days_p90, [](double d) { return Cell::number(d, 1); })}) {
      cells.push_back(std::move(cell));
    }
    table.add_row(std::move(cells));
  }
}

Table funnel_table(const engine::FunnelAnswer& answer) {
  using Kind = ColumnKind;
  std::vector<TableColumn> columns;
  const bool by = !answer.by.empty();
  if (by) columns.push_back({answer.by});
  for (const TableColumn& column : std::vector<TableColumn>{{"stage"},
                                                            {"entered", Kind::number},
                                                            {"advanced", Kind::number},
                                                            {"advanced_at_last", Kind::number},
                                                            {"lost", Kind::number},
                                                            {"dormant", Kind::number},
                                                            {"back", Kind::number},
                                                            {"open", Kind::number},
                                                            {"window", Kind::text, Align::right},
                                                            {"conversion", Kind::text, Align::right},
                                                            {"naive", Kind::text, Align::right},
                                                            {"days_p50", Kind::number},
                                                            {"days_p90", Kind::number}}) {
    columns.push_back(column);
  }
  Table table(columns);
  if (!by) add_rows(table, "", false, answer.table);
  for (const auto& segment : answer.segments)
    add_rows(table, segment.value.value_or("(unknown)"), true, segment.table);
  return table;
}

std::string outcome_text(const char* name, const engine::OutcomeAnswer& outcome) {
  return std::string(name) + " " + std::to_string(outcome.count) +
         (outcome.money ? " (" + to_readable(*outcome.money) + ")" : "");
}

void print_remarks(const engine::FunnelAnswer& answer) {
  std::string text = outcome_text("won", answer.table.won) + ", " + outcome_text("lost", answer.table.lost) +
                     "; as of " + to_text(answer.as_of.as_of);
  if (answer.as_of.known_at != kNeverKnown) text += ", as known at " + to_text(answer.as_of.known_at);
  print(text + "\n");
  const bool young =
      std::any_of(answer.table.stages.begin(), answer.table.stages.end(), [](const auto& stage) {
        return stage.summary.conversion.entered > 0 && !stage.summary.conversion.window_reached;
      });
  if (young && answer.by.empty()) print("* nobody has been followed for the whole window yet\n");
  if (answer.join) {
    print("next " + answer.join->next_funnel + ": " + std::to_string(answer.join->won) +
          " won = " + std::to_string(answer.join->linked) + " linked to " +
          std::to_string(answer.join->next_subjects) + " + " + std::to_string(answer.join->not_linked) +
          " not linked; " + std::to_string(answer.join->next_direct) + " started there\n");
  }
  const auto gap = [](std::int64_t count, const std::string& what, const std::string& list) {
    if (count > 0) print("data gap: " + std::to_string(count) + " " + what + " (--list " + list + ")\n");
  };
  gap(answer.undated, answer.subject + " subjects without any dated event are in no count", "undated");
  gap(answer.without_stage, answer.subject + " subjects have dated events but entered no stage; in no count",
      "without-stage");
  gap(answer.won_first,
      "wins stand before any entry of a stage; they count as entered and advanced, with zero time",
      "won-first");
  gap(answer.entered_after_won, "subjects entered a stage after they were won; ignored", "entered-after-won");
  if (answer.amounts_without_rate > 0)
    print("data gap: " + std::to_string(answer.amounts_without_rate) +
          " amounts have no dated rate and are in no sum\n");
}

Result<int> show_list(const Context& context, const engine::CompiledWorkspace& workspace,
                      const engine::OpenTimelines& timelines, const Options& options) {
  WEIR_TRY(const auto rows, engine::list_subjects(context.environment(), workspace, timelines,
                                                  options.question, options.list));
  using Kind = ColumnKind;
  Table table({{"subject"},
               {"stage"},
               {"state"},
               {"entered_at", Kind::time},
               {"ended_at", Kind::time},
               {"days", Kind::number},
               {"last_touch", Kind::time},
               {"account"},
               {"owner"},
               {"amount", Kind::money},
               {"note"}});
  const auto text = [](const std::string& value) { return value.empty() ? Cell::null() : Cell::text(value); };
  const auto time = [](std::int64_t micros) { return Cell::time(micros); };
  for (const auto& row : rows) {
    table.add_row({Cell::text(row.subject), text(row.stage), Cell::text(row.state),
                   Cell::maybe(row.entered_at, time), Cell::maybe(row.ended_at, time),
                   row.entered_at ? Cell::number(row.days, 1) : Cell::null(),
                   Cell::maybe(row.last_touch, time), text(row.account), text(row.owner),
                   Cell::maybe(row.amount, [](Money money) { return Cell::money(money); }), text(row.note)});
  }
  WEIR_TRY_STATUS(answer(context, table));
  return kDone;
}

// What only one of the two kinds of funnels has.
Status check_kind(const CLI::App& verb, const Options& options) {
  const auto refuse = [&](const char* option, const char* why) -> Status {
    return fail(Errc::usage, std::string(option) + why);
  };
  if (!options.steps.steps.empty()) {
    if (verb.count("--stage") > 0)
      return refuse("--stage", " is for the stages of a declared funnel; with --steps there are none");
    const bool has_file = !options.file.files.empty();
    if (has_file && verb.count("--funnel") > 0)
      return refuse("--funnel", " is for the funnels of a workspace; with --events there is none");
    for (const char* option : {"--time", "--type"}) {
      if (!has_file && verb.count(option) > 0)
        return refuse(option, " names a column of a file; say its --events");
    }
    return {};
  }
  for (const CLI::Option* option :
       verb.get_options([](const CLI::Option* each) { return each->get_group() == "Steps"; })) {
    if (option->count() > 0)
      return refuse(option->get_name().c_str(), " is for an ad-hoc funnel; say its --steps");
  }
  if (!options.count.empty() && options.count != "first" && options.count != "stays") {
    return refuse("--count", " takes first or stays; subject, account and attempts are for --steps");
  }
  return {};
}

Result<Options> with_moments(const Options& given, const Zone& zone) {
  Options options = given;
  WEIR_TRY(options.question.time.as_of, moment_option(zone, options.as_of));
  WEIR_TRY(options.question.time.known_at, moment_option(zone, options.known_at));
  WEIR_TRY(options.question.from, moment_option(zone, options.from));
  WEIR_TRY(options.question.to, moment_option(zone, options.to));
  return options;
}

engine::StepFunnelQuestion step_question(const Options& options) {
  engine::StepFunnelQuestion question = options.steps;
  question.funnel = options.question.funnel;
  question.by = options.question.by;
  question.count = options.count;
  question.time = options.question.time;
  question.from = options.question.from;
  question.to = options.question.to;
  if (question.quantiles.empty()) question.quantiles = {"50", "90"};
  return question;
}

Result<int> show_file(const Context& context, const Options& given) {
  WEIR_TRY(const Options options, with_moments(given, Zone::utc()));
  engine::FileFunnelQuestion question = options.file;
  question.steps = step_question(options);
  return show_file_funnel(context, question, options.list);
}

Result<int> show_opened(const Context& context, const Options& given, const engine::OpenWorkspace& opened) {
  const engine::Environment environment = context.environment();
  const auto& [workspace, timelines] = opened;
  WEIR_TRY(Options options, with_moments(given, workspace.zone));
  if (!options.steps.steps.empty())
    return show_step_funnel(context, opened, step_question(options), options.list);
  options.question.all_stays = options.count == "stays";
  if (!options.list.empty()) return show_list(context, workspace, timelines, options);

  std::vector<const workspace::Funnel*> asked;
  for (const auto& funnel : workspace.funnels) {
    if (options.question.funnel.empty() || funnel.definition->name == options.question.funnel)
      asked.push_back(funnel.definition);
  }
  const bool several = asked.size() > 1 && !context.json && context.out.empty();
  if (!several) {
    WEIR_TRY(const auto result, engine::answer_funnel(environment, workspace, timelines, options.question));
    WEIR_TRY_STATUS(answer(context, funnel_table(result), engine::funnel_json(result)));
    if (!context.json && context.out.empty()) print_remarks(result);
    return kDone;
  }
  bool first = true;
  for (const auto* funnel : asked) {
    options.question.funnel = funnel->name;
    WEIR_TRY(const auto result, engine::answer_funnel(environment, workspace, timelines, options.question));
    print((first ? "" : "\n") + funnel->name + "\n");
    WEIR_TRY_STATUS(answer(context, funnel_table(result)));
    print_remarks(result);
    first = false;
  }
  return kDone;
}

Result<int> show_funnel(const Context& context, const CLI::App& verb, const Options& options) {
  WEIR_TRY_STATUS(check_kind(verb, options));
  if (!options.file.files.empty()) return show_file(context, options);
  if (!options.steps.steps.empty()) {
    WEIR_TRY(const auto opened, engine::open_workspace(context.environment(), timeline::Reads::on_demand));
    auto shown = show_opened(context, options, opened);
    if (shown.has_value() || shown.error().code != Errc::damaged) return shown;
    // Damage shows when a part is needed; timelines that are read as a whole are built again then.
  }
  WEIR_TRY(const auto opened, engine::open_workspace(context.environment(), timeline::Reads::no_proofs));
  return show_opened(context, options, opened);
}

}  // namespace

void add_funnel(Verbs& verbs) {
  const auto options = std::make_shared<Options>();
  const auto self = std::make_shared<const CLI::App*>(nullptr);
  CLI::App* verb =
      verbs.add("funnel", "stages and conversions; with --steps of any events",
                [options, self](const Context& context) { return show_funnel(context, **self, *options); });
  *self = verb;
  verb->add_option("--funnel", options->question.funnel, "which funnel (default: the only one, or all)");
  verb->add_option("--stage", options->question.stage, "only this stage");
  verb->add_option("--by", options->question.by,
                   "break down by a declared segment, as known at stage entry; steps: by any property");
  verb->add_option("--from", options->from, "stage entries (first steps) from this date or instant on");
  verb->add_option("--to", options->to, "stage entries (first steps) before this date or instant");
  verb->add_option("--as-of", options->as_of, "the state at this date or instant");
  verb->add_option("--known-at", options->known_at, "the state as it was known at this date or instant");
  verb->add_option(
      "--count", options->count,
      "first: a subject's first stay in a stage; stays: all; steps: subject, account or attempts");
  verb->add_option(
      "--list", options->list,
      "the subjects behind a count: STAGE:STATE, won, lost, undated, ...; STEP:reached, STEP:dropped");
  add_step_options(verb, options->steps);
  add_file_options(verb, options->file);
}

}  // namespace weir::cli
