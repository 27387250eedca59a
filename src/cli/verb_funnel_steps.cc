#include "cli/verb_funnel_steps.h"

#include <fmt/format.h>

#include "engine/step_funnel_answer.h"

namespace weir::cli {
namespace {

std::string percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? "-"
                    : fmt::format("{:.1f} %", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

Cell days(const std::vector<std::int64_t>& micros, std::size_t quantile) {
  return micros.empty() ? Cell::null() : Cell::number(static_cast<double>(micros[quantile]) / 86'400e6, 2);
}

void add_rows(Table& table, const engine::StepFunnelAnswer& answer, const std::string& value,
              const funnel::StepTable& figures) {
  const engine::BoundSteps& bound = answer.bound;
  const std::size_t count = figures.steps.size();
  std::int64_t previous = figures.steps.front().reached;
  for (std::size_t step = 0; step < count; ++step) {
    const funnel::StepFigures& row = figures.steps[step];
    std::vector<Cell> cells;
    if (bound.by) cells.push_back(Cell::text(value));
    cells.push_back(Cell::text(bound.steps[step].name + (bound.steps[step].optional ? " (optional)" : "")));
    cells.push_back(Cell::integer(row.reached));
    cells.push_back(Cell::text(percent(row.reached, figures.steps.front().reached)));
    cells.push_back(Cell::text(percent(row.reached, previous)));
    cells.push_back(Cell::integer(row.dropped));
    for (std::size_t q = 0; q < bound.quantiles.size(); ++q) cells.push_back(days(row.micros, q));
    for (std::size_t q = 0; q < bound.quantiles.size(); ++q)
      cells.push_back(step + 1 == count ? days(figures.micros, q) : Cell::null());
    table.add_row(std::move(cells));
    if (bound.layout.is_required(step)) previous = row.reached;
  }
}

Table steps_table(const engine::StepFunnelAnswer& answer) {
  using Kind = ColumnKind;
  std::vector<TableColumn> columns;
  if (answer.bound.by) columns.push_back({answer.by});
  for (const TableColumn& column : std::vector<TableColumn>{{"step"},
                                                            {"reached", Kind::number},
                                                            {"of_first", Kind::text, Align::right},
                                                            {"of_previous", Kind::text, Align::right},
                                                            {"dropped", Kind::number}}) {
    columns.push_back(column);
  }
  for (const auto& quantile : answer.bound.quantiles)
    columns.push_back({"days_" + quantile.name, Kind::number});
  for (const auto& quantile : answer.bound.quantiles)
    columns.push_back({"total_days_" + quantile.name, Kind::number});
  Table table(columns);
  if (!answer.bound.by) add_rows(table, answer, "", answer.table);
  for (const auto& value : answer.values)
    add_rows(table, answer, value.value.value_or("(unknown)"), value.table);
  return table;
}

void print_remarks(const engine::StepFunnelAnswer& answer) {
  const engine::BoundSteps& bound = answer.bound;
  const std::string counted = bound.count == engine::StepCount::subject   ? answer.subject
                              : bound.count == engine::StepCount::account ? "account"
                                                                          : "attempt of a " + answer.subject;
  std::string text = "each " + counted + " once";
  if (bound.query.window != funnel::kNoWindow) text += ", within " + to_text(Micros{bound.query.window});
  text += "; as of " + to_text(answer.as_of.as_of);
  if (answer.as_of.known_at != kNeverKnown) text += ", as known at " + to_text(answer.as_of.known_at);
  print(text + "\n");
  if (answer.without_account > 0)
    print("data gap: " + std::to_string(answer.without_account) +
          " attempts have no known account and are in no count\n");
  for (const auto& sentence : engine::left_out(answer.rows.value_or(engine::FileRows{}), "count"))
    print("data gap: " + sentence + "\n");
}

Status show_list(const Context& context, const timeline::TimelineStore& store,
                 const engine::StepFunnelAnswer& result, const std::string& list) {
  WEIR_TRY(const auto rows, engine::list_attempts(store, result, list));
  using Kind = ColumnKind;
  const bool by_account = result.bound.count == engine::StepCount::account;
  std::vector<TableColumn> columns;
  if (by_account) columns.push_back({"account"});
  columns.push_back({"subject"});
  if (result.bound.by) columns.push_back({result.by});
  for (const TableColumn& column :
       std::vector<TableColumn>{{"started_at", Kind::time}, {"reached_at", Kind::time}, {"furthest"}})
    columns.push_back(column);
  Table table(columns);
  for (const auto& row : rows) {
    std::vector<Cell> cells;
    if (by_account) cells.push_back(Cell::text(row.account));
    cells.push_back(Cell::text(row.subject));
    if (result.bound.by) cells.push_back(Cell::maybe(row.value, Cell::text));
    cells.push_back(Cell::time(row.started_at));
    cells.push_back(Cell::time(row.reached_at));
    cells.push_back(Cell::text(row.furthest));
    table.add_row(std::move(cells));
  }
  return answer(context, table);
}

}  // namespace

void add_step_options(CLI::App* verb, engine::StepFunnelQuestion& question) {
  verb->add_option("--steps", question.steps, "an ad-hoc funnel over these signals or event types, in order")
      ->delimiter(',')
      ->group("Steps");
  verb->add_option("--window", question.window, "time from the first step to any other: 14d")->group("Steps");
  verb->add_option("--window-per-step", question.step_windows,
                   "time since the step before: 2d for all, or NAME:2d")
      ->delimiter(',')
      ->group("Steps");
  verb->add_option("--order", question.order,
                   "ordered: others may stand between; strict: none; any: in whatever order")
      ->group("Steps");
  verb->add_option("--entry", question.entry,
                   "best: a subject's furthest attempt; first: its first; every: one after the other")
      ->group("Steps");
  verb->add_option("--exclude", question.exclude,
                   "an event that ends attempts: NAME, or NAME:FROM-TO between two steps")
      ->delimiter(',')
      ->group("Steps");
  verb->add_option("--optional", question.optional, "steps that may be left out")
      ->delimiter(',')
      ->group("Steps");
  verb->add_option("--hold", question.hold, "a property that is the same at all steps of an attempt")
      ->group("Steps");
  verb->add_option("--attribution", question.attribution, "whose value --by takes: first, last or step:N")
      ->group("Steps");
  verb->add_option(
          "--subject", question.subject,
          "lead, contact, account or opportunity; with --events the column that says whose events they are")
      ->group("Steps");
  verb->add_option("--quantiles", question.quantiles, "of the times to convert, per cent (default: 50,90)")
      ->delimiter(',')
      ->group("Steps");
}

void add_file_options(CLI::App* verb, engine::FileFunnelQuestion& question) {
  verb->add_option(
          "--events", question.files,
          "ask the events of this .parquet, .csv or .jsonl file (or pattern) instead, without a workspace")
      ->type_name("FILE")
      ->group("Steps");
  verb->add_option("--time", question.time, "of --events: the column that says when (default: occurred_at)")
      ->type_name("COLUMN")
      ->group("Steps");
  verb->add_option("--type", question.type, "of --events: the column that says what (default: type)")
      ->type_name("COLUMN")
      ->group("Steps");
}

namespace {

Result<int> show_answer(const Context& context, const timeline::TimelineStore& store,
                        const engine::StepFunnelAnswer& result, const std::string& list) {
  if (!list.empty()) {
    WEIR_TRY_STATUS(show_list(context, store, result, list));
    return kDone;
  }
  WEIR_TRY_STATUS(answer(context, steps_table(result), engine::step_funnel_json(result)));
  if (!context.json && context.out.empty()) print_remarks(result);
  return kDone;
}

}  // namespace

Result<int> show_step_funnel(const Context& context, const engine::OpenWorkspace& opened,
                             const engine::StepFunnelQuestion& question, const std::string& list) {
  WEIR_TRY(const auto result, engine::answer_step_funnel(opened.workspace, opened.timelines, question));
  return show_answer(context, *opened.timelines.store, result, list);
}

Result<int> show_file_funnel(const Context& context, const engine::FileFunnelQuestion& question,
                             const std::string& list) {
  WEIR_TRY(const auto result, engine::answer_file_funnel(*context.files, question));
  return show_answer(context, *result.store, result.steps, list);
}

}  // namespace weir::cli
