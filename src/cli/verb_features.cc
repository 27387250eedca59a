// weir features: what is known about subjects at points in time.
#include <iostream>
#include <memory>

#include "cli/features_output.h"
#include "cli/moment_option.h"
#include "cli/risk_output.h"
#include "cli/verb.h"
#include "engine/applied.h"
#include "engine/asked_points.h"
#include "engine/evaluated_funnel.h"
#include "engine/feature_rows.h"
#include "engine/file_features.h"
#include "engine/subject_names.h"
#include "funnel/subjects.h"
#include "workspace/parse.h"

namespace weir::cli {
namespace {

struct Options {
  engine::FileFeaturesQuestion file;
  std::string funnel, at, points, plan, context_version;
  bool catalogue{false};
  bool versions{false};
  bool strict{false};
};

struct Asked {
  std::vector<features::Point> points;
  TextList subjects;  // as they were asked for, one per point
  std::size_t refused{0};
};

// `--points FILE`: rows that name nobody are reported, the others go on.
Result<Asked> points_of_file(const engine::CompiledWorkspace& workspace, const engine::FeatureRows& rows,
                             const std::string& path) {
  WEIR_TRY(auto file, engine::read_points(workspace, path));
  const auto found = engine::SubjectNames(rows, file.size()).find(file.subjects);
  Asked asked;
  asked.points.reserve(file.size());
  for (std::size_t i = 0; i < file.size(); ++i) {
    if (found[i]) {
      asked.points.push_back({*found[i], file.as_of[i]});
      continue;
    }
    file.mistakes.emplace(file.row[i], path + ": row " + std::to_string(file.row[i]) + ": no " +
                                           to_text(rows.plan().funnel->definition->subject) + " is named '" +
                                           std::string(file.subjects[i]) + "'");
  }
  if (asked.points.size() == file.size()) {
    asked.subjects = std::move(file.subjects);
  } else {
    for (std::size_t i = 0; i < file.size(); ++i) {
      if (found[i]) asked.subjects.add(file.subjects[i]);
    }
  }
  for (const auto& [row, mistake] : file.mistakes) std::cerr << mistake << "\n";
  asked.refused = file.mistakes.size();
  return asked;
}

// All subjects that are open at the time, by name.
Asked open_subjects(const timeline::TimelineStore& store, std::span<const funnel::SubjectHandles> subjects,
                    const engine::FeatureRows& rows, std::int64_t at) {
  Asked asked;
  asked.points = rows.open_points(at);
  for (const auto& point : asked.points)
    asked.subjects.add(store.handle_text(subjects[point.subject].handle));
  return asked;
}

// Computes and writes the rows; what was refused is told.
Result<int> show_rows(const Context& context, const Options& options, const engine::FeatureRows& rows,
                      const Asked& asked) {
  for (const auto& point : asked.points) WEIR_TRY_STATUS(rows.check_context(point.at));
  if (context.out.ends_with(".parquet")) {
    WEIR_TRY_STATUS(write_features_parquet(context, rows, asked.points, asked.subjects, options.versions));
  } else {
    WEIR_TRY_STATUS(answer(context, features_table(rows, asked.points, asked.subjects, options.versions)));
  }
  if (asked.refused == 0) return kDone;
  std::cerr << asked.refused << (asked.refused == 1 ? " row is" : " rows are") << " not answered\n";
  return options.strict || asked.points.empty() ? kRefused : kDone;
}

Result<int> show_file_features(const Context& context, const CLI::App& verb, const Options& options) {
  for (const char* option : {"--funnel", "--at", "--plan", "--context"}) {
    if (verb.count(option) > 0)
      return fail(Errc::usage, std::string(option) + " needs a workspace; with --events there is none");
  }
  if (options.points.empty() && !options.catalogue)
    return fail(Errc::usage, "--events needs --points with the subjects and times that are asked for");
  engine::FileFeaturesQuestion question = options.file;
  if (question.declarations.empty())
    question.declarations = join_path(context.directory, std::string(workspace::kWorkspaceFile));
  WEIR_TRY(const auto features, engine::FileFeatures::open(context.environment(), question));
  if (options.catalogue) {
    WEIR_TRY_STATUS(answer(context, catalogue_table(features.rows().plan())));
    return kDone;
  }
  for (const auto& sentence : engine::left_out(features.file_rows(), "feature"))
    std::cerr << "note: " << sentence << "\n";
  WEIR_TRY(const Asked asked, points_of_file(features.workspace(), features.rows(), options.points));
  return show_rows(context, options, features.rows(), asked);
}

Status check_columns(const CLI::App& verb) {
  for (const char* option : {"--subject", "--time", "--type", "--amount", "--declare"}) {
    if (verb.count(option) > 0)
      return fail(Errc::usage, std::string(option) + " is for the events of a file; say --events");
  }
  return {};
}

Result<int> show_features(const Context& context, const CLI::App& verb, const Options& options) {
  if (!options.file.files.empty()) return show_file_features(context, verb, options);
  WEIR_TRY_STATUS(check_columns(verb));
  const engine::Environment environment = context.environment();
  WEIR_TRY(const auto opened, engine::open_workspace(environment, timeline::Reads::parts));
  const auto& [workspace, timelines] = opened;
  WEIR_TRY(const auto* funnel, engine::find_funnel(workspace, options.funnel));
  WEIR_TRY(auto plan, engine::plan_features(workspace, timelines, *funnel));
  if (options.catalogue) {
    WEIR_TRY_STATUS(answer(context, catalogue_table(plan)));
    return kDone;
  }
  const auto subjects =
      funnel::gather_subjects(*timelines.store, funnel::entity_links(*timelines.store, funnel::AsOf{}),
                              funnel->shape.subject, funnel::AsOf{});
  WEIR_TRY(const auto rows,
           engine::FeatureRows::open(environment, workspace, timelines, subjects, std::move(plan),
                                     {std::nullopt, options.context_version}));
  print_notes(rows.notes());
  if (!options.plan.empty()) {
    WEIR_TRY_STATUS(
        context.files->write_durably(options.plan, features::to_json(rows.plan_file(timelines)) + "\n"));
    return kDone;
  }
  Asked asked;
  if (!options.points.empty()) {
    WEIR_TRY(asked, points_of_file(workspace, rows, options.points));
  } else {
    engine::TimeQuestion question;
    WEIR_TRY(question.as_of, moment_option(workspace.zone, options.at));
    WEIR_TRY(const auto as_of, engine::resolve_as_of(workspace, timelines, question));
    asked = open_subjects(*timelines.store, subjects, rows, micros_of(as_of.as_of));
  }
  return show_rows(context, options, rows, asked);
}

}  // namespace

void add_features(Verbs& verbs) {
  const auto options = std::make_shared<Options>();
  const auto self = std::make_shared<const CLI::App*>(nullptr);
  CLI::App* verb =
      verbs.add("features", "what is known about subjects at a time: the rows that risk learns from",
                [options, self](const Context& context) { return show_features(context, **self, *options); });
  *self = verb;
  verb->add_option("--funnel", options->funnel, "which funnel (default: the only one)");
  auto* at = verb->add_option("--at", options->at,
                              "all subjects that are open at this date or instant (default: the as-of)");
  verb->add_option("--points", options->points, "a .csv or .parquet file with columns subject and as_of")
      ->excludes(at);
  verb->add_option(
          "--plan", options->plan,
          "instead: write all that computing them needs beside the timelines, for the Python package")
      ->type_name("FILE")
      ->excludes("--points")
      ->excludes(at);
  verb->add_option("--context", options->context_version,
                   "the version of kept context tables that a row names (default: what the data say now)");
  verb->add_flag("--versions", options->versions,
                 "also the versions of features and context that made each row");
  verb->add_flag("--catalogue", options->catalogue,
                 "the features themselves: name, group, type, version, description");
  verb->add_flag("--strict", options->strict, "rows that cannot be answered make the exit code 1");
  const auto of_file = [&](const char* name, std::string& value, const char* description, const char* type) {
    verb->add_option(name, value, description)->type_name(type)->group("Straight from a file");
  };
  ingest::EventColumnNames& columns = options->file.columns;
  of_file("--events", options->file.files,
          "ask the events of this .parquet, .csv or .jsonl file (or pattern) instead of a workspace", "FILE");
  of_file("--subject", columns.subject, "the column that says whose events they are", "COLUMN");
  of_file("--time", columns.time, "the column that says when (default: occurred_at)", "COLUMN");
  of_file("--type", columns.type, "the column that says what (default: type)", "COLUMN");
  of_file("--amount", columns.amount, "the column of amounts in major units", "COLUMN");
  of_file("--declare", options->file.declarations,
          "a file with a `features:` list (default: weir.yaml of the workspace's folder)", "FILE");
}

}  // namespace weir::cli
