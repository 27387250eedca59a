// weir demo: a made-up company's exports, and the main job on them.
#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "cli/ingest_output.h"
#include "cli/leaks_output.h"
#include "cli/risk_output.h"
#include "cli/verb.h"
#include "demo/company.h"
#include "engine/applied.h"
#include "engine/funnel_answer.h"
#include "engine/landmark_rows.h"
#include "engine/score_answer.h"
#include "engine/train.h"

namespace weir::cli {
namespace {

constexpr std::size_t kLeadsToSave = 10;

struct Options {
  std::string size{"S"};
  std::uint64_t seed{1};
  bool no_serve{false};
};

void show_step(const std::string& text) {
  print("\n" + text + "\n");
}

double seconds_since(const Clock& clock, std::int64_t start) {
  return static_cast<double>(clock.steady_micros() - start) / static_cast<double>(kMicrosPerSecond);
}

Status show_funnels(const engine::Environment& environment, const engine::CompiledWorkspace& workspace,
                    const engine::OpenTimelines& timelines) {
  using Kind = ColumnKind;
  Table table({{"funnel"},
               {"stage"},
               {"entered", Kind::number},
               {"advanced", Kind::number},
               {"lost", Kind::number},
               {"dormant", Kind::number},
               {"back", Kind::number},
               {"open", Kind::number},
               {"window", Kind::text, Align::right},
               {"conversion", Kind::text, Align::right},
               {"won", Kind::money}});
  for (const auto& funnel : workspace.funnels) {
    engine::FunnelQuestion question;
    question.funnel = funnel.definition->name;
    WEIR_TRY(const auto result, engine::answer_funnel(environment, workspace, timelines, question));
    for (const auto& stage : result.table.stages) {
      const auto& c = stage.summary.conversion;
      const bool is_last = &stage == &result.table.stages.back();
      table.add_row(
          {Cell::text(funnel.definition->name), Cell::text(stage.stage), Cell::integer(c.entered),
           Cell::integer(c.advanced), Cell::integer(c.lost), Cell::integer(c.dormant), Cell::integer(c.back),
           Cell::integer(c.open), Cell::text(stage.window ? to_text(*stage.window) : "all"),
           Cell::text(fmt::format("{:.1f} % [{:.1f}, {:.1f}]", c.estimate * 100, c.band.low * 100,
                                  c.band.high * 100)),
           is_last ? Cell::maybe(result.table.won.money, [](Money money) { return Cell::money(money); })
                   : Cell::null()});
    }
  }
  print(table.to_text());
  return {};
}

// The first prediction, learned, judged, and the leads that it names.
Status show_risk(const engine::Environment& environment, const engine::CompiledWorkspace& workspace,
                 const engine::OpenTimelines& timelines) {
  show_step("Who will drop out next");
  engine::TrainQuestion training;
  training.name = engine::risks_of(workspace).front().name;
  WEIR_TRY(const auto trained, engine::train(environment, workspace, timelines, training));
  for (const auto& each : trained) {
    print(model_text(each.model, each.version));
    print(evaluation_table(each.model).to_text());
  }
  engine::ScoreQuestion question;
  question.name = training.name;
  WEIR_TRY(const auto scores, engine::score_subjects(environment, workspace, timelines, question));
  show_step("Ten leads to save today");
  print(to_save_today(scores, kLeadsToSave));
  return {};
}

Result<int> demo(const Context& context, const Options& options) {
  Context within = context;
  if (within.directory == ".") within.directory = "weir-demo";
  const std::int64_t start = context.clock->steady_micros();
  WEIR_TRY_STATUS(context.files->make_directories(within.directory));
  demo::DemoOptions company;
  company.seed = options.seed;
  company.size = options.size == "M" ? demo::DemoOptions::medium : demo::DemoOptions::small;
  WEIR_TRY(const auto summary, demo::write_demo_company(*context.files, within.directory, company));
  print(fmt::format(
      "A made-up company's exports are in {}: {} leads, {} deals, {} rows in {} files ({:.1f} s)\n",
      within.directory, summary.leads, summary.deals, summary.rows, summary.files,
      seconds_since(*context.clock, start)));
  const engine::Environment environment = within.environment();
  WEIR_TRY(const auto workspace,
           engine::load_workspace(environment, {.settle = true, .source = "", .file = ""}));
  WEIR_TRY_STATUS(engine::require_applied(environment, workspace));

  show_step("Taking them in");
  WEIR_TRY(const auto report, ingest_with_progress(within, workspace, {}));
  print(ingest_table(report).to_text());
  print(
      fmt::format("{} records broke their contract and are kept in quarantine: weir quarantine list -w {}\n",
                  report.quarantined, within.directory));
  WEIR_TRY(const auto timelines, engine::open_timelines(environment, workspace));

  show_step("The funnel");
  WEIR_TRY_STATUS(show_funnels(environment, workspace, timelines));

  show_step("Where it leaks");
  WEIR_TRY(const auto leaks, engine::answer_leaks(environment, workspace, timelines, {}));
  print(leaks_table(leaks, workspace.zone).to_text());
  print(leaks_remarks(leaks, workspace.zone));

  WEIR_TRY_STATUS(show_risk(environment, workspace, timelines));
  print(fmt::format(
      "\nDone in {:.1f} s. Go on with: weir funnel -w {} --by region; weir score -w {}; weir why LEAD -w "
      "{}\n",
      seconds_since(*context.clock, start), within.directory, within.directory, within.directory));
  if (!options.no_serve) print("The dashboard is not built yet; nothing is served.\n");
  return kDone;
}

}  // namespace

void add_demo(Verbs& verbs) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = verbs.add(
      "demo", "make a company's exports with planted leaks and run everything on them",
      [options](const Context& context) { return demo(context, *options); }, false);
  verb->add_option("--size", options->size, "S: about 14,000 leads; M: ten times that")
      ->check(CLI::IsMember({"S", "M"}));
  verb->add_option("--seed", options->seed, "another company");
  verb->add_flag("--no-serve", options->no_serve, "end when the answers are printed");
}

}  // namespace weir::cli
