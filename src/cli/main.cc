// The program: one verb per file, verb_*.cc.
#include <iostream>
#include <memory>

#include "cli/verb.h"

namespace {

constexpr const char* kVersion = "0.1.0";

int run(int argc, char** argv) {
  using namespace weir;
  const auto files = posix_file_system();
  const SystemClock clock;
  cli::Context context;
  context.files = files.get();
  context.clock = &clock;
  CLI::App app{"weir: where the funnel leaks, since when, and how much it costs"};
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  cli::Verbs verbs(app, context);
  cli::add_demo(verbs);
  cli::add_check(verbs);
  cli::add_ingest(verbs);
  cli::add_funnel(verbs);
  cli::add_init(verbs);
  cli::add_contract(verbs);
  cli::add_leaks(verbs);
  cli::add_features(verbs);
  cli::add_quarantine(verbs);
  cli::add_events(verbs);
  cli::add_plan(verbs);
  cli::add_run(verbs);
  cli::add_score(verbs);
  cli::add_models(verbs);
  cli::add_report(verbs);
  cli::add_bench(verbs);
  cli::add_help(verbs, app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    const std::string unknown = argc > 1 ? cli::unknown_verb(app, argv[1]) : "";
    std::cerr << "weir: " << (unknown.empty() ? error.what() : unknown) << "\nTry `weir help`.\n";
    return cli::kUsage;
  }
  const auto code = verbs.chosen()(context);
  if (code.has_value()) return *code;
  std::cerr << to_text(code.error()) << "\n";
  return cli::exit_code(code.error());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "weir: " << error.what() << "\n";
    return weir::cli::kRefused;
  }
}
