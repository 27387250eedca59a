// weir report weekly: what changed, leaks, the list to work.
#include <memory>

#include "cli/moment_option.h"
#include "cli/report_html.h"
#include "cli/verb.h"
#include "engine/applied.h"

namespace weir::cli {
namespace {

struct Options {
  std::string week, as_of, known_at;
};

// What can't be written is refused before anything is computed.
Status check_out(const std::string& out) {
  if (out.ends_with(".pdf"))
    return fail(Errc::usage,
                "weir writes no PDF; use --out weekly.html and print it to PDF in a browser: the page is "
                "laid out for paper");
  const bool known = out.empty() || out.back() == '/' || out.ends_with(".html") || out.ends_with(".csv") ||
                     out.ends_with(".json");
  if (!known)
    return fail(Errc::usage,
                "--out takes weekly.html, weekly.csv (the list to work), weekly.json, or a folder with a / "
                "at its end (one CSV per section)");
  return {};
}

Status write(const Context& context, const engine::WeeklyReport& report, const Zone& zone) {
  FileSystem& files = *context.files;
  if (context.out.ends_with(".html")) return files.write_durably(context.out, report_html(report, zone));
  if (context.out.ends_with(".json"))
    return files.write_durably(context.out, engine::weekly_json(report) + "\n");
  if (context.out.ends_with(".csv"))
    return files.write_durably(context.out, work_table(report, zone).to_csv());
  WEIR_TRY_STATUS(files.make_directories(context.out));
  for (const auto& section : report_sections(report, zone)) {
    WEIR_TRY_STATUS(
        files.write_durably(join_path(context.out, section.name + ".csv"), section.table.to_csv()));
  }
  return {};
}

Result<int> show_weekly(const Context& context, const Options& options) {
  WEIR_TRY_STATUS(check_out(context.out));
  engine::WeeklyQuestion question;
  if (!options.week.empty()) {
    WEIR_TRY(question.week, engine::parse_iso_week(options.week));
  }
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto opened, engine::open_workspace(environment));
  const auto& [workspace, timelines] = opened;
  WEIR_TRY(question.time.as_of, moment_option(workspace.zone, options.as_of));
  WEIR_TRY(question.time.known_at, moment_option(workspace.zone, options.known_at));
  WEIR_TRY(const auto report, engine::weekly_report(environment, workspace, timelines, question));
  if (!context.out.empty()) {
    WEIR_TRY_STATUS(write(context, report, workspace.zone));
  } else {
    print(context.json ? engine::weekly_json(report) + "\n" : report_summary(report, workspace.zone));
  }
  return kDone;
}

}  // namespace

// `weir report` is `weir report weekly`.
void add_report(Verbs& verbs) {
  const auto options = std::make_shared<Options>();
  const Action action = [options](const Context& context) { return show_weekly(context, *options); };
  CLI::App* report =
      verbs.add("report", "what changed in the last closed week, leaks, the list to work", action);
  CLI::App* weekly =
      verbs.add_to(report, "weekly", "what changed in the last closed week, leaks, the list to work", action);
  for (CLI::App* verb : {report, weekly}) {
    verb->get_option("--out")->description(
        "weekly.html, weekly.csv (the list to work), weekly.json, or DIR/ (one CSV per section)");
    verb->add_option("--week", options->week,
                     "this week, like 2026-W46 (default: the last one closed at the as-of)");
    verb->add_option("--as-of", options->as_of, "the state at this date or instant");
    verb->add_option("--known-at", options->known_at, "the state as it was known at this date or instant");
  }
}

}  // namespace weir::cli
