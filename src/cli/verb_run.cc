// weir run: the daily job. weir checks: what in the data needs attention.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "base/nearest_name.h"
#include "cli/ingest_output.h"
#include "cli/leaks_output.h"
#include "cli/moment_option.h"
#include "cli/risk_output.h"
#include "cli/verb.h"
#include "engine/applied.h"
#include "engine/daily.h"
#include "engine/model_files.h"

namespace weir::cli {
namespace {

// Of each prediction; `weir score` shows more.
constexpr std::int64_t kShownAtRisk = 10;

struct CheckOptions {
  std::string list, as_of, known_at;
};

Table checks_table(const std::vector<engine::CheckResult>& checks) {
  Table table({{"check"}, {"found", ColumnKind::number}, {"about"}});
  for (const auto& check : checks) {
    table.add_row({Cell::text(check.name), Cell::integer(static_cast<std::int64_t>(check.rows.size())),
                   Cell::text(check.about)});
  }
  return table;
}

Table rows_table(const engine::CheckResult& check) {
  Table table({{"funnel"}, {"subject"}, {"what"}, {"owner"}, {"at", ColumnKind::time}});
  const auto text = [](const std::string& value) { return value.empty() ? Cell::null() : Cell::text(value); };
  for (const auto& row : check.rows) {
    table.add_row({text(row.funnel), Cell::text(row.subject), Cell::text(row.what), text(row.owner),
                   Cell::maybe(row.at, [](std::int64_t micros) { return Cell::time(micros); })});
  }
  return table;
}

Table funnels_table(const std::vector<engine::FunnelAnswer>& funnels) {
  using Kind = ColumnKind;
  Table table({{"funnel"},
               {"stage"},
               {"entered", Kind::number},
               {"advanced", Kind::number},
               {"lost", Kind::number},
               {"open", Kind::number},
               {"conversion", Kind::text, Align::right}});
  for (const auto& funnel : funnels) {
    for (const auto& stage : funnel.table.stages) {
      const auto& c = stage.summary.conversion;
      table.add_row(
          {Cell::text(funnel.funnel), Cell::text(stage.stage), Cell::integer(c.entered),
           Cell::integer(c.advanced), Cell::integer(c.lost), Cell::integer(c.open + c.dormant),
           c.entered == 0 ? Cell::text("-") : Cell::text(fmt::format("{:.1f} %", c.estimate * 100))});
    }
  }
  return table;
}

std::string daily_json(const engine::DailyReport& report) {
  JsonWriter out(0);
  out.begin_object().key("ingest").raw(ingest_table(report.ingest).to_json());
  out.key("funnels").begin_array();
  for (const auto& funnel : report.funnels) out.raw(engine::funnel_json(funnel));
  out.end_array().key("leaks");
  if (report.leaks) {
    out.raw(engine::leaks_json(*report.leaks));
  } else {
    out.null();
  }
  out.key("trained").begin_array();
  for (const auto& trained : report.trained) {
    out.begin_object()
        .field("version", trained.version)
        .field("champion", trained.is_champion)
        .field("decision", trained.decision);
    out.key("card").raw(engine::card_json(trained.model)).end_object();
  }
  out.end_array().key("scores").begin_array();
  for (const auto& scores : report.scores) out.raw(engine::score_json(scores));
  out.end_array();
  out.key("checks").raw(checks_table(report.checks).to_json());
  return out.end_object().text();
}

void print_daily(const engine::DailyReport& report, const Zone& zone) {
  print(ingest_table(report.ingest).to_text());
  if (!report.funnels.empty()) print("\n" + funnels_table(report.funnels).to_text());
  for (const auto& funnel : report.funnels) {
    const auto outcome = [](const engine::OutcomeAnswer& of) {
      return std::to_string(of.count) + (of.money ? " (" + to_readable(*of.money) + ")" : "");
    };
    print(funnel.funnel + ": won " + outcome(funnel.table.won) + ", lost " + outcome(funnel.table.lost) +
          "; as of " + to_text(funnel.as_of.as_of) + "\n");
  }
  if (report.leaks) {
    print("\nleaks\n");
    if (!report.leaks->leaks.empty()) print(leaks_table(*report.leaks, zone).to_text());
    print(leaks_remarks(*report.leaks, zone));
  }
  for (const auto& trained : report.trained) {
    print("\n" + model_text(trained.model, trained.version) + "  " +
          (trained.is_champion ? "champion: " : "not made champion: ") + trained.decision + "\n");
  }
  for (const auto& scores : report.scores) {
    print("\nat risk: " + scores.risk.name + "\n");
    if (!scores.subjects.empty()) print(scores_table(scores, kShownAtRisk).to_text());
    print(score_remarks(scores));
  }
  std::vector<engine::CheckResult> found;
  std::copy_if(report.checks.begin(), report.checks.end(), std::back_inserter(found),
               [](const auto& check) { return !check.rows.empty(); });
  print("\nchecks: " + std::to_string(report.checks.size() - found.size()) + " of " +
        std::to_string(report.checks.size()) + " found nothing\n");
  if (!found.empty()) print(checks_table(found).to_text() + "`weir checks --list NAME` shows each\n");
}

Result<int> run(const Context& context) {
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto workspace,
           engine::load_workspace(environment, {.settle = true, .source = "", .file = ""}));
  WEIR_TRY_STATUS(engine::require_applied(environment, workspace));
  engine::IngestOptions options;
  options.verb = "run";
  WEIR_TRY(auto ingested, ingest_with_progress(context, workspace, options));
  WEIR_TRY(const auto report, engine::answer_daily(environment, workspace, std::move(ingested)));
  if (context.json || !context.out.empty()) {
    WEIR_TRY_STATUS(answer(context, checks_table(report.checks), daily_json(report)));
  } else {
    print_daily(report, workspace.zone);
  }
  print_ingest_notes(report.ingest);
  return context.strict && report.ingest.quarantined > 0 ? kRefused : kDone;
}

Result<int> checks(const Context& context, const CheckOptions& options) {
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto opened, engine::open_workspace(environment));
  const auto& [workspace, timelines] = opened;
  engine::TimeQuestion question;
  WEIR_TRY(question.as_of, moment_option(workspace.zone, options.as_of));
  WEIR_TRY(question.known_at, moment_option(workspace.zone, options.known_at));
  WEIR_TRY(const auto results, engine::run_checks(environment, workspace, timelines, question));
  if (options.list.empty()) {
    WEIR_TRY_STATUS(answer(context, checks_table(results)));
    return kDone;
  }
  std::vector<std::string> names;
  for (const auto& result : results) {
    names.push_back(result.name);
    if (result.name != options.list) continue;
    WEIR_TRY_STATUS(answer(context, rows_table(result)));
    return kDone;
  }
  return fail(Errc::usage, "no check is named '" + options.list + "'" + did_you_mean(options.list, names));
}

}  // namespace

void add_run(Verbs& verbs) {
  verbs.add("run", "the daily job: ingest, funnels, leaks, models, scores, checks",
            [](const Context& context) { return run(context); });
  const auto options = std::make_shared<CheckOptions>();
  CLI::App* verb = verbs.add("checks", "what in the data needs attention",
                             [options](const Context& context) { return checks(context, *options); });
  verb->add_option("--list", options->list, "what one check found, row by row");
  verb->add_option("--as-of", options->as_of, "the state at this date or instant");
  verb->add_option("--known-at", options->known_at, "the state as it was known at this date or instant");
}

}  // namespace weir::cli
