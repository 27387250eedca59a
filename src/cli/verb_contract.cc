// weir contract: what files look like, whether a contract is well written, whether files keep it.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "base/nearest_name.h"
#include "cli/verb.h"
#include "contract/odcs.h"
#include "ingest/file_reader.h"

namespace weir::cli {
namespace {

constexpr std::size_t kFirstPlaces = 3;

struct Options {
  std::string source;
  std::string file;
  bool write{false};
};

struct Declared {
  engine::CompiledWorkspace workspace;
  std::size_t index{0};
  [[nodiscard]] const ingest::SourcePlan& plan() const { return workspace.sources[index]; }
  [[nodiscard]] const std::vector<std::string>& files() const { return workspace.source_files[index]; }
};

// A source of a workspace that may have mistakes elsewhere.
Result<Declared> declared_source(const Context& context, const std::string& name) {
  WEIR_TRY(auto workspace, engine::compile_workspace(context.environment()));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < workspace.sources.size(); ++i) {
    if (workspace.sources[i].source->name == name) return Declared{std::move(workspace), i};
    names.push_back(workspace.sources[i].source->name);
  }
  for (const auto& source : workspace.definitions->sources) {
    if (source.name != name) continue;
    for (const auto& diagnostic : workspace.diagnostics) std::cerr << to_text(diagnostic) << "\n";
    return fail(Errc::configuration, "the source '" + name + "' has no contract yet: see the mistakes above");
  }
  return fail(Errc::usage, "there is no source '" + name + "'" + did_you_mean(name, names));
}

// From all files, as a first ingest would; what is declared or kept does not count.
Result<contract::Contract> inferred_contract(const Context& context, const Declared& source,
                                             const std::string& file) {
  const std::vector<std::string> paths = file.empty() ? source.files() : std::vector<std::string>{file};
  if (paths.empty())
    return fail(Errc::not_found, "no file matches `read` of the source '" + source.plan().source->name + "'");
  WEIR_TRY(const auto engine, store::QueryEngine::open({}));
  return ingest::infer_files(*context.files, *engine, paths, source.plan().read, source.plan().source->name);
}

Result<int> infer(const Context& context, const Options& options) {
  WEIR_TRY(const auto source, declared_source(context, options.source));
  WEIR_TRY(const auto contract, inferred_contract(context, source, options.file));
  const std::string text = contract::write_odcs(contract);
  if (!options.write) {
    print(text);
    return kDone;
  }
  const std::string name = "contracts/" + options.source + ".yaml";
  const std::string path = join_path(context.directory, name);
  if (context.files->exists(path)) return fail(Errc::usage, path + " exists; remove it to write it anew");
  WEIR_TRY_STATUS(context.files->make_directories(parent_path(path)));
  WEIR_TRY_STATUS(context.files->write_durably(path, text));
  print("wrote " + path + "\n");
  if (source.plan().source->contract.empty())
    print("declare it under `" + options.source + ":` in weir.yaml: `contract: " + name + "`\n");
  return kDone;
}

struct LintTarget {
  std::string path;   // as opened
  std::string shown;  // in places
  std::string source;
};

// A file by its path, else the contract that a source declares, else all that sources declare.
Result<std::vector<LintTarget>> lint_targets(const Context& context, const std::string& named) {
  if (!named.empty() && context.files->exists(named)) return std::vector<LintTarget>{{named, named, ""}};
  if (named.ends_with(".yaml") || named.ends_with(".yml"))
    return fail(Errc::usage, named + " does not exist");
  WEIR_TRY(const auto workspace, engine::compile_workspace(context.environment()));
  std::vector<LintTarget> targets;
  std::vector<std::string> names;
  for (const auto& source : workspace.definitions->sources) {
    names.push_back(source.name);
    if (!named.empty() && source.name != named) continue;
    if (!source.contract.empty())
      targets.push_back({join_path(context.directory, source.contract), source.contract, source.name});
    if (!named.empty() && source.contract.empty()) {
      return fail(Errc::usage, "the source '" + named + "' declares no contract; `weir contract infer " +
                                   named + " --write` drafts one");
    }
  }
  const bool known = named.empty() || std::find(names.begin(), names.end(), named) != names.end();
  if (!known)
    return fail(Errc::usage,
                "there is neither a file nor a source '" + named + "'" + did_you_mean(named, names));
  return targets;
}

Result<int> lint(const Context& context, const Options& options) {
  WEIR_TRY(const auto targets, lint_targets(context, options.source));
  std::size_t errors = 0;
  for (const LintTarget& target : targets) {
    WEIR_TRY(const std::string text, context.files->read_file(target.path));
    const auto document = contract::read_odcs(text, target.shown, target.source);
    for (const auto& mistake : document.mistakes) {
      print(to_text(mistake) + "\n");
      errors += mistake.severity == workspace::Severity::error ? 1 : 0;
    }
    if (!workspace::has_errors(document.mistakes))
      print("good: " + target.shown + ", " + std::to_string(document.contract.fields.size()) + " fields\n");
  }
  if (targets.empty()) print("no source declares a contract\n");
  if (errors > 0) print(std::to_string(errors) + (errors == 1 ? " mistake\n" : " mistakes\n"));
  return errors > 0 ? kUsage : kDone;
}

struct Breach {
  std::int64_t count{0};
  std::string first;   // "deals.csv:7, deals.csv:12"
  std::string reason;  // of the first
};

struct Tested {
  std::int64_t rows{0};
  std::int64_t broken{0};
  std::map<std::pair<std::string, std::string>, Breach> breaches;  // by clause and field
};

void count_breaches(const std::string& file, const std::vector<contract::Rejected>& rejected,
                    std::map<std::pair<std::string, std::string>, Breach>& breaches) {
  for (const auto& each : rejected) {
    Breach& breach = breaches[{each.clause, each.field}];
    if (breach.count == 0) breach.reason = each.reason;
    if (static_cast<std::size_t>(breach.count) < kFirstPlaces) {
      breach.first += (breach.first.empty() ? "" : ", ") + file +
                      (each.line > 0 ? ":" + std::to_string(each.line) : " row " + std::to_string(each.row));
    }
    ++breach.count;
  }
}

Status test_file(const Context& context, store::QueryEngine& engine, const Declared& source,
                 const std::string& path, Tested& tested) {
  WEIR_TRY(const auto reader,
           ingest::open_file(*context.files, engine, path, source.plan().contract, source.plan().read));
  contract::RecordBatch batch;
  std::vector<contract::Rejected> rejected;
  for (;;) {
    WEIR_TRY(const bool more, reader->next(batch, rejected));
    tested.rows += static_cast<std::int64_t>(batch.row_count() + rejected.size());
    tested.broken += static_cast<std::int64_t>(rejected.size());
    count_breaches(file_name(path), rejected, tested.breaches);
    rejected.clear();
    if (!more) break;
  }
  const auto unknown = reader->unknown_columns();
  std::string names;
  for (const std::string& name : unknown) names += (names.empty() ? "" : ", ") + name;
  if (!names.empty())
    std::cerr << "note: " << file_name(path) << " has columns that the contract does not: " << names << "\n";
  for (const std::string& note : reader->notes())
    std::cerr << "note: " << file_name(path) << ": " << note << "\n";
  return {};
}

Result<int> test(const Context& context, const Options& options) {
  WEIR_TRY(const auto source, declared_source(context, options.source));
  const std::vector<std::string> paths =
      options.file.empty() ? source.files() : std::vector<std::string>{options.file};
  if (paths.empty())
    return fail(Errc::not_found, "no file matches `read` of the source '" + options.source + "'");
  WEIR_TRY(const auto engine, store::QueryEngine::open({}));
  Tested tested;
  for (const std::string& path : paths) WEIR_TRY_STATUS(test_file(context, *engine, source, path, tested));
  Table table({{"clause"}, {"field"}, {"records", ColumnKind::number}, {"first"}, {"reason"}});
  for (const auto& [what, breach] : tested.breaches) {
    table.add_row({Cell::text(what.first), what.second.empty() ? Cell::null() : Cell::text(what.second),
                   Cell::integer(breach.count), Cell::text(breach.first), Cell::text(breach.reason)});
  }
  if (table.row_count() > 0 || context.json || !context.out.empty()) WEIR_TRY_STATUS(answer(context, table));
  std::cerr << tested.rows << " records in " << paths.size() << (paths.size() == 1 ? " file, " : " files, ")
            << tested.broken << " break the contract\n";
  return tested.broken > 0 ? kRefused : kDone;
}

}  // namespace

void add_contract(Verbs& verbs) {
  const auto options = std::make_shared<Options>();
  CLI::App* group = verbs.add("contract", "schema contracts of sources: infer, lint, test", {}, false);
  group->callback({});  // a group: its parts act
  group->require_subcommand(1);
  CLI::App* inferring = verbs.add_to(
      group, "infer", "print the contract that the files of a source suggest",
      [options](const Context& context) { return infer(context, *options); }, false);
  inferring->add_option("source", options->source, "its name in weir.yaml")->required();
  inferring->add_option("--file", options->file, "look at this file instead")->type_name("FILE");
  inferring->add_flag("--write", options->write, "write contracts/SOURCE.yaml");
  CLI::App* linting = verbs.add_to(
      group, "lint", "all mistakes of a contract with their places",
      [options](const Context& context) { return lint(context, *options); }, false);
  linting->add_option("file", options->source,
                      "a contract file or a source; without it all that sources declare");
  CLI::App* testing = verbs.add_to(group, "test", "read files against the contract, storing nothing",
                                   [options](const Context& context) { return test(context, *options); });
  testing->add_option("source", options->source, "its name in weir.yaml")->required();
  testing->add_option("--file", options->file, "this file instead of what the source declares")
      ->type_name("FILE");
}

}  // namespace weir::cli
