#include "engine/inferred_contract.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/json.h"
#include "contract/infer.h"
#include "contract/odcs.h"
#include "store/part_writer.h"

namespace weir::engine {
namespace {

using Json = nlohmann::json;

std::string counts_path(const Environment& environment, const std::string& source) {
  return join_path(environment.state_dir(), "contracts/" + source + ".counts.json");
}

// What was counted so far: the files by their hashes, and the sums over their values.
struct Counted {
  std::set<std::string> files;
  contract::ContractInference inference;
};

// Counts that cannot be gone on with (damaged, or made under another date_format) begin anew, over the files
// that are there.
Result<Counted> load_counts(const Environment& environment, const std::string& source,
                            const ingest::ReadOptions& options, bool& anew) {
  Counted counted{{}, contract::ContractInference(source, ingest::infer_options(options))};
  const std::string path = counts_path(environment, source);
  anew = !environment.files->exists(path);
  if (anew) return counted;
  WEIR_TRY(const std::string text, environment.files->read_file(path));
  const Json root = Json::parse(text, nullptr, false);
  const bool fits =
      root.is_object() && root.contains("files") && root.at("files").is_array() && root.contains("counts");
  if (!fits || !counted.inference.restore(root.at("counts").dump()).has_value()) {
    anew = true;
    return counted;
  }
  for (const Json& hash : root.at("files")) {
    if (hash.is_string()) counted.files.insert(hash.get<std::string>());
  }
  return counted;
}

std::string counts_text(const Counted& counted) {
  JsonWriter out(0);
  out.begin_object().key("files").begin_array();
  for (const std::string& hash : counted.files) out.value(hash);
  return out.end_array().key("counts").raw(counted.inference.counts()).end_object().text() + "\n";
}

std::string how(const contract::Field& field) {
  const std::string personal = field.personal == contract::PersonalClass::none
                                   ? ""
                                   : std::string(", personal (") + contract::to_text(field.personal) + ")";
  return contract::to_text(field.type) +
         (field.date_format.empty() ? "" : " of the form " + field.date_format) +
         (field.decimal_mark == 0 ? "" : std::string(" with the decimal mark ") + field.decimal_mark) +
         personal;
}

std::vector<std::string> changes_between(const contract::Contract& before, const contract::Contract& after) {
  std::vector<std::string> changes;
  for (const auto& field : after.fields) {
    const contract::Field* const old = before.find(field.name);
    if (old == nullptr) {
      changes.push_back("the column '" + field.name + "' of '" + after.source + "' is new: " + how(field));
    } else if (how(*old) != how(field)) {
      changes.push_back("the column '" + field.name + "' of '" + after.source + "' is read as " + how(field) +
                        " from now on, not as " + how(*old) +
                        ", as all of its files together suggest; what was taken in before was drawn again");
    }
  }
  return changes;
}

Result<contract::Contract> kept_contract(const Environment& environment, const std::string& source) {
  WEIR_TRY(auto contract,
           contract::load_odcs(*environment.files, kept_contract_path(environment, source), source));
  contract.inferred = true;
  return contract;
}

}  // namespace

Result<contract::Contract> inferred_contract(const Environment& environment, store::QueryEngine& engine,
                                             const workspace::Source& source,
                                             const std::vector<std::string>& files,
                                             const ingest::ReadOptions& options, const ContractUse& use,
                                             SettledContract& settled) {
  const bool is_kept = environment.files->exists(kept_contract_path(environment, source.name));
  const bool is_counted = environment.files->exists(counts_path(environment, source.name));
  const bool settles =
      use.settle && (use.source.empty() || use.source == source.name) && (is_counted || !is_kept);
  if (!settles && is_kept) return kept_contract(environment, source.name);
  if (!settles) return ingest::infer_files(*environment.files, engine, files, options, source.name);

  bool anew = false;
  std::optional<Counted> loaded;
  const auto load = [&]() -> Status {
    WEIR_TRY(Counted fresh, load_counts(environment, source.name, options, anew));
    loaded.emplace(std::move(fresh));
    return {};
  };
  WEIR_TRY_STATUS(load());
  bool grew = anew;
  std::vector<std::string> paths = use.file.empty() ? files : std::vector<std::string>{use.file};
  for (std::size_t i = 0; i < paths.size();) {
    WEIR_TRY(const auto digest, store::digest_file(*environment.files, paths[i]));
    if (!loaded->files.insert(digest.hash).second) {
      ++i;
      continue;
    }
    const Status observed =
        ingest::observe_file(*environment.files, engine, paths[i], options,
                             std::numeric_limits<std::uint64_t>::max(), loaded->inference);
    if (observed.has_value()) {
      grew = true;
      ++i;
      continue;
    }
    if (!is_kept) return fail(observed.error());
    // A damaged file beside columns that are known is told by the ingest that meets it; nothing of it counts
    // here.
    paths.erase(paths.begin() + static_cast<std::ptrdiff_t>(i));
    WEIR_TRY_STATUS(load());
    grew = anew;
    i = 0;
  }
  Counted& counted = *loaded;
  if (is_kept && (!grew || !counted.inference.has_columns())) return kept_contract(environment, source.name);
  if (!counted.inference.has_columns())
    return ingest::infer_files(*environment.files, engine, paths, options, source.name);  // says why
  contract::Contract contract = counted.inference.finish();
  settled.counts = counts_text(counted);
  if (is_kept) {
    WEIR_TRY(const auto before, kept_contract(environment, source.name));
    settled.before = before;
  }
  return contract;
}

std::vector<std::string> contract_changes(const ingest::SourcePlan& plan, const SettledContract& settled) {
  return settled.before ? changes_between(*settled.before, plan.contract) : std::vector<std::string>{};
}

Status keep_contract(const Environment& environment, const ingest::SourcePlan& plan,
                     const SettledContract& settled) {
  if (!plan.source->contract.empty()) return {};
  const std::string path = kept_contract_path(environment, plan.source->name);
  if (settled.counts.empty() && environment.files->exists(path)) return {};
  WEIR_TRY_STATUS(environment.files->make_directories(parent_path(path)));
  if (!settled.counts.empty())
    WEIR_TRY_STATUS(
        environment.files->write_durably(counts_path(environment, plan.source->name), settled.counts));
  return environment.files->write_durably(path, contract::write_odcs(plan.contract));
}

}  // namespace weir::engine
