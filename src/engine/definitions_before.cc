#include "engine/definitions_before.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "workspace/parse.h"

namespace weir::engine {
namespace {

using Json = nlohmann::json;

// The files as they are, but for weir.yaml.
class WithWorkspaceFile final : public FileSystem {
 public:
  WithWorkspaceFile(FileSystem& files, std::string path, std::string text)
      : files_(files), path_(std::move(path)), text_(std::move(text)) {}

  Result<std::string> read_file(const std::string& path) override {
    return path == path_ || join_path(".", path) == path_ ? Result<std::string>(text_)
                                                          : files_.read_file(path);
  }
  Result<std::unique_ptr<InputFile>> open(const std::string& path) override { return files_.open(path); }
  Result<std::unique_ptr<MappedFile>> map(const std::string& path) override { return files_.map(path); }
  Result<std::unique_ptr<OutputFile>> create(const std::string& path, unsigned mode) override {
    return files_.create(path, mode);
  }
  Status rename(const std::string& from, const std::string& to) override { return files_.rename(from, to); }
  Status remove(const std::string& path) override { return files_.remove(path); }
  Status make_directories(const std::string& path) override { return files_.make_directories(path); }
  Status sync_file(const std::string& path) override { return files_.sync_file(path); }
  Status sync_directory(const std::string& path) override { return files_.sync_directory(path); }
  bool exists(const std::string& path) override { return files_.exists(path); }
  bool is_directory(const std::string& path) override { return files_.is_directory(path); }
  Result<std::uint64_t> size_of(const std::string& path) override { return files_.size_of(path); }
  Result<std::vector<std::string>> list(const std::string& path) override { return files_.list(path); }
  Result<std::vector<std::string>> glob(const std::string& pattern) override { return files_.glob(pattern); }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override { return files_.lock(path); }

 private:
  FileSystem& files_;
  std::string path_, text_;
};

// Normal forms keep every scalar as a text: what may have been a number or a truth is written without quotes,
// so that it can be either again. Sections that other rooms read are typed already.
enum class Scalars : std::uint8_t { texts, typed };

bool may_be_typed(const std::string& text) {
  if (text == "true" || text == "false") return true;
  const std::size_t first = !text.empty() && text.front() == '-' ? 1 : 0;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() > first &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(first), text.end(), is_digit);
}

std::string yaml_value(const Json& value, Scalars scalars) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return scalars == Scalars::texts && may_be_typed(text) ? text : value.dump();
  }
  if (value.is_array()) {
    std::string list;
    for (const auto& item : value) list += (list.empty() ? "" : ", ") + yaml_value(item, scalars);
    return "[" + list + "]";
  }
  if (value.is_object()) {
    std::string map;
    for (const auto& [key, item] : value.items())
      map += (map.empty() ? "" : ", ") + Json(key).dump() + ": " + yaml_value(item, scalars);
    return "{" + map + "}";
  }
  return value.dump();
}

}  // namespace

std::string yaml_of(const std::vector<store::Definition>& definitions) {
  std::string settings, rest, checks, risks;
  std::map<std::string, std::string> sections;  // of named things
  for (const auto& definition : definitions) {
    const Json form = Json::parse(definition.normal_form, nullptr, false);
    if (definition.kind == "contract" || form.is_discarded()) continue;
    if (definition.kind == "workspace") {
      for (const auto& [key, value] : form.items())
        settings += key + ": " + yaml_value(value, Scalars::texts) + "\n";
    } else if (definition.kind == "check") {
      checks += "  - " + yaml_value(form, Scalars::texts) + "\n";
    } else if (definition.kind == "risk") {
      risks += "  - " + yaml_value(form, Scalars::typed) + "\n";
    } else if (definition.kind == "source" || definition.kind == "signal" || definition.kind == "funnel") {
      sections[definition.kind + "s"] +=
          "  " + Json(definition.name).dump() + ": " + yaml_value(form, Scalars::texts) + "\n";
    } else {
      rest += definition.kind + ": " +
              yaml_value(form, definition.kind == "context" ? Scalars::texts : Scalars::typed) + "\n";
    }
  }
  std::string yaml = settings;
  for (const auto& [name, members] : sections) yaml += name + ":\n" + members;
  if (!checks.empty()) yaml += "checks:\n" + checks;
  if (!risks.empty()) yaml += "risk:\n" + risks;
  return yaml + rest;
}

Result<CompiledWorkspace> load_applied_workspace(const Environment& environment,
                                                 const std::vector<store::Definition>& applied) {
  WithWorkspaceFile files(*environment.files, join_path(environment.directory, workspace::kWorkspaceFile),
                          yaml_of(applied));
  Environment before = environment;
  before.files = &files;
  return load_workspace(before);
}

}  // namespace weir::engine
