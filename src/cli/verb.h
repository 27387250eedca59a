// What every verb of the command line shares: where the workspace is, how answers leave, how failures end.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "cli/table.h"
#include "engine/compiled_workspace.h"

namespace weir::cli {

// Exit codes: 0 done, 1 the data or the state says no, 2 usage or configuration error.
inline constexpr int kDone = 0;
inline constexpr int kRefused = 1;
inline constexpr int kUsage = 2;

struct Context {
  FileSystem* files{nullptr};
  const Clock* clock{nullptr};
  std::string directory{"."};
  std::string state;
  bool json{false};
  std::string out;     // --out FILE: by its ending csv, json or parquet
  bool strict{false};  // quarantined rows make the exit code 1
  [[nodiscard]] engine::Environment environment() const;
};

// What a verb runs; its result is the exit code.
using Action = std::function<Result<int>(const Context&)>;

// Registers a verb with --workspace, --state, and --json and --out where it answers with a table.
class Verbs {
 public:
  explicit Verbs(CLI::App& app, Context& context) : app_(app), context_(context) {}
  CLI::App* add(const std::string& name, const std::string& description, const Action& action,
                bool answers = true);
  CLI::App* add_to(CLI::App* parent, const std::string& name, const std::string& description,
                   const Action& action, bool answers = true);
  [[nodiscard]] const Action& chosen() const noexcept { return chosen_; }

 private:
  CLI::App& app_;
  Context& context_;
  Action chosen_;
};

// Prints text to standard output.
void print(const std::string& text);
// A table to the terminal, JSON with --json, or a file with --out. `json` replaces the table's own JSON when
// not empty.
[[nodiscard]] Status answer(const Context& context, const Table& table, const std::string& json = "");
// 2 for usage and configuration, else 1.
[[nodiscard]] int exit_code(const Error& error) noexcept;

// One per file verb_*.cc.
void add_check(Verbs& verbs);
void add_ingest(Verbs& verbs);
void add_funnel(Verbs& verbs);
void add_leaks(Verbs& verbs);
void add_features(Verbs& verbs);
void add_events(Verbs& verbs);
void add_quarantine(Verbs& verbs);
void add_contract(Verbs& verbs);
void add_plan(Verbs& verbs);
void add_run(Verbs& verbs);
void add_init(Verbs& verbs);
void add_demo(Verbs& verbs);
void add_score(Verbs& verbs);
void add_models(Verbs& verbs);
void add_report(Verbs& verbs);
void add_bench(Verbs& verbs);
// `app` is asked for its verbs when the verb runs.
void add_help(Verbs& verbs, const CLI::App& app);
// One sentence when the word is no verb, with the nearest one; else "".
[[nodiscard]] std::string unknown_verb(const CLI::App& app, const std::string& word);

}  // namespace weir::cli
