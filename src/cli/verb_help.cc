// weir help: the verbs of every day; all of them with `weir help all`; one with `weir help VERB`.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "base/nearest_name.h"
#include "cli/verb.h"

namespace weir::cli {
namespace {

constexpr std::array kEveryDay =
    std::to_array<std::string_view>({"demo", "init", "check", "plan", "apply", "run", "report", "why"});

std::vector<const CLI::App*> verbs_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> names_of(const std::vector<const CLI::App*>& verbs) {
  std::vector<std::string> names;
  names.reserve(verbs.size());
  for (const CLI::App* verb : verbs) names.push_back(verb->get_name());
  return names;
}

std::string line_of(const CLI::App& verb) {
  return fmt::format("  {:<12}{}\n", verb.get_name(), verb.get_description());
}

Result<int> help(const CLI::App& app, const std::string& about) {
  std::string text = app.get_description() + "\n\n";
  if (about.empty()) {
    for (const std::string_view name : kEveryDay) text += line_of(*app.get_subcommand(std::string(name)));
    print(text + "\nAll verbs: weir help all. One of them: weir help VERB.\n");
    return kDone;
  }
  const auto verbs = verbs_of(app);
  if (about == "all") {
    for (const CLI::App* verb : verbs) text += line_of(*verb);
    print(text + "\nOne of them: weir help VERB.\n");
    return kDone;
  }
  const std::vector<std::string> names = names_of(verbs);
  const auto found = std::find(names.begin(), names.end(), about);
  if (found == names.end())
    return fail(Errc::usage, "there is no verb '" + about + "'" + did_you_mean(about, names));
  print(verbs[static_cast<std::size_t>(found - names.begin())]->help());
  return kDone;
}

}  // namespace

void add_help(Verbs& verbs, const CLI::App& app) {
  const auto about = std::make_shared<std::string>();
  CLI::App* verb = verbs.add(
      "help", "the verbs of every day; `help all` for all, `help VERB` for one",
      [about, &app](const Context&) { return help(app, *about); }, false);
  verb->add_option("about", *about, "all, or a verb");
}

std::string unknown_verb(const CLI::App& app, const std::string& word) {
  const std::vector<std::string> names = names_of(verbs_of(app));
  if (word.empty() || word.front() == '-' || std::find(names.begin(), names.end(), word) != names.end())
    return {};
  return "there is no verb '" + word + "'" + did_you_mean(word, names);
}

}  // namespace weir::cli
