#include "cli/verb.h"

#include <cstdlib>
#include <iostream>

#include "cli/terminal.h"
#include "store/query_engine.h"

namespace weir::cli {
namespace {

// Parquet by way of CSV: DuckDB finds the types of a table that is small by nature.
Status write_parquet(const Context& context, const Table& table) {
  const std::string csv = context.out + ".csv.tmp";
  WEIR_TRY_STATUS(context.files->write_durably(csv, table.to_csv()));
  Status written = [&]() -> Status {
    WEIR_TRY(const auto engine, store::QueryEngine::open({}));
    return engine->execute("COPY (SELECT * FROM read_csv(" + store::sql_quote(csv) +
                           ", header = true, all_varchar = false)) TO " + store::sql_quote(context.out) +
                           " (FORMAT parquet)");
  }();
  WEIR_TRY_STATUS(context.files->remove(csv));
  return written;
}

}  // namespace

engine::Environment Context::environment() const {
  engine::Environment environment;
  environment.files = files;
  environment.clock = clock;
  environment.directory = directory;
  environment.state = state;
  if (const char* key = std::getenv("WEIR_KEY"); key != nullptr)
    environment.key = key;  // NOLINT(concurrency-mt-unsafe): nothing sets it here
  return environment;
}

CLI::App* Verbs::add(const std::string& name, const std::string& description, const Action& action,
                     bool answers) {
  return add_to(&app_, name, description, action, answers);
}

CLI::App* Verbs::add_to(CLI::App* parent, const std::string& name, const std::string& description,
                        const Action& action, bool answers) {
  CLI::App* verb = parent->add_subcommand(name, description);
  verb->add_option("-w,--workspace", context_.directory, "folder with weir.yaml")->type_name("DIR");
  verb->add_option("--state", context_.state, "folder of weir's own files (default: DIR/.weir)")
      ->type_name("DIR");
  if (answers) {
    verb->add_flag("--json", context_.json, "print JSON");
    verb->add_option("--out", context_.out, "write the answer to a file: .csv, .json or .parquet")
        ->type_name("FILE");
  }
  verb->callback([this, action] { chosen_ = action; });
  return verb;
}

void print(const std::string& text) {
  std::cout << text << std::flush;
}

Status answer(const Context& context, const Table& table, const std::string& json) {
  const std::string as_json = (json.empty() ? table.to_json() : json) + "\n";
  if (!context.out.empty()) {
    if (context.out.ends_with(".json")) return context.files->write_durably(context.out, as_json);
    if (context.out.ends_with(".csv")) return context.files->write_durably(context.out, table.to_csv());
    if (context.out.ends_with(".parquet")) return write_parquet(context, table);
    return fail(Errc::usage, "--out takes a file that ends in .csv, .json or .parquet");
  }
  if (context.json) {
    print(as_json);
  } else {
    print(table.to_text(is_terminal(Stream::output) ? std::optional(terminal_width(Stream::output))
                                                    : std::nullopt));
  }
  return {};
}

int exit_code(const Error& error) noexcept {
  return error.code == Errc::usage || error.code == Errc::configuration ? kUsage : kRefused;
}

}  // namespace weir::cli
