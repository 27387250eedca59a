#include "engine/compile_sources.h"

#include <algorithm>
#include <set>

#include "base/nearest_name.h"
#include "contract/odcs.h"
#include "engine/inferred_contract.h"

namespace weir::engine {

namespace {

ingest::ReadOptions read_options(const CompiledWorkspace& workspace, const workspace::Source& source) {
  ingest::ReadOptions options;
  options.format = source.format;
  options.csv = source.csv;
  options.zone = workspace.zone;
  if (!source.time_zone.empty()) {
    if (const auto zone = Zone::find(source.time_zone))
      options.zone = *zone;  // the parser has reported a wrong one
  }
  return options;
}

Result<std::vector<std::string>> files_of(const Environment& environment, const workspace::Source& source) {
  std::set<std::string> found;
  for (const std::string& pattern : source.read) {
    WEIR_TRY(const auto paths, environment.files->glob(join_path(environment.directory, pattern)));
    found.insert(paths.begin(), paths.end());
  }
  return std::vector<std::string>(found.begin(), found.end());
}

// Declared, else drawn from the files.
Result<contract::Contract> contract_of(const Environment& environment, const ContractUse& use,
                                       store::QueryEngine& engine, const workspace::Source& source,
                                       const std::vector<std::string>& files,
                                       const ingest::ReadOptions& options, CompiledWorkspace& workspace,
                                       SettledContract& settled) {
  if (!source.contract.empty()) {
    const std::string path = join_path(environment.directory, source.contract);
    const auto text = environment.files->read_file(path);
    if (!text.has_value())
      return fail(Errc::configuration, "the contract cannot be read: " + text.error().message,
                  source.contract_place);
    contract::ContractDocument document = contract::read_odcs(*text, source.contract, source.name);
    workspace.diagnostics.insert(workspace.diagnostics.end(), document.mistakes.begin(),
                                 document.mistakes.end());
    return std::move(document.contract);
  }
  const bool has_file = !files.empty() || (!use.file.empty() && use.source == source.name);
  if (!has_file && !environment.files->exists(kept_contract_path(environment, source.name))) {
    return fail(Errc::configuration,
                "no file matches `read` of the source '" + source.name + "', so its columns are unknown",
                source.read_place);
  }
  auto inferred = inferred_contract(environment, engine, source, files, options, use, settled);
  if (!inferred.has_value()) return fail(Errc::configuration, to_text(inferred.error()), source.read_place);
  return inferred;
}

void check_columns(CompiledWorkspace& workspace, const workspace::Source& source,
                   const contract::Contract& contract) {
  std::vector<std::string> known;
  for (const auto& field : contract.fields) known.push_back(field.name);
  const auto check = [&](const std::string& name, const Place& place) {
    if (name.empty() || contract.find(name) != nullptr) return;
    report(workspace,
           Error{Errc::configuration,
                 "the source '" + source.name + "' has no column '" + name + "'" + did_you_mean(name, known),
                 place});
  };
  for (const auto& name : source.key) check(name, source.key_place);
  check(source.changed_at, source.changed_at_place);
  check(source.snapshot_column, source.snapshot_place);
  check(source.sequence, source.sequence_place);
  for (const auto& change : source.changes) check(change.column, change.place);
}

// What a rule calls its text is free text, whatever its column looks like: it goes to the vault.
void class_texts(const workspace::Source& source, contract::Contract& contract) {
  bool changed = false;
  for (const auto& rule : source.events) {
    for (auto& field : contract.fields) {
      if (field.name != rule.text.sql || field.personal != contract::PersonalClass::none) continue;
      field.personal = contract::PersonalClass::free_text;
      changed = true;
    }
  }
  if (changed) contract::set_normal_form(contract);
}

// Attributes that segments may name: "account.sector", and every kind's key: "product".
void add_references(CompiledWorkspace& workspace, const workspace::Source& source,
                    const contract::Contract& contract, store::ExpressionBinder& binder) {
  for (const auto& entity : source.entities) {
    for (const auto& [name, expression] : entity.attributes) {
      const std::string reference = std::string(to_text(entity.kind)) + "." + name;
      const bool known =
          std::any_of(workspace.entity_schema.begin(), workspace.entity_schema.end(),
                      [&](const store::SchemaColumn& column) { return column.name == reference; });
      const auto bound = binder.bind(expression.sql, expression.place, ingest::schema_of(contract));
      if (known || !bound.has_value()) continue;
      const bool plain = bound->type == store::ValueType::number ||
                         bound->type == store::ValueType::integer || bound->type == store::ValueType::boolean;
      workspace.entity_schema.push_back({reference, plain ? bound->type : store::ValueType::text});
    }
  }
}

}  // namespace

void report(CompiledWorkspace& workspace, const Error& error) {
  workspace.diagnostics.push_back({error.place, error.message, workspace::Severity::error});
}

Status compile_sources(const Environment& environment, const ContractUse& use, store::QueryEngine& engine,
                       store::ExpressionBinder& binder, CompiledWorkspace& workspace) {
  const ingest::MappingContext context = mapping_context(workspace, {}, {});
  for (const workspace::Source& source : workspace.definitions->sources) {
    WEIR_TRY(auto files, files_of(environment, source));
    ingest::SourcePlan plan;
    plan.source = &source;
    plan.read = read_options(workspace, source);
    SettledContract settled;
    auto contract = contract_of(environment, use, engine, source, files, plan.read, workspace, settled);
    if (!contract.has_value()) {
      report(workspace, contract.error());
      continue;
    }
    plan.contract = *std::move(contract);
    class_texts(source, plan.contract);
    plan.contract_version = version_of(plan.contract.normal_form);
    const auto form = workspace.definitions->normal_forms.find("source/" + source.name);
    const std::string zone =
        plan.read.zone.name() + "/" + std::string(workspace.definitions->currency.code());
    plan.mapping_version =
        version_of((form == workspace.definitions->normal_forms.end() ? "" : form->second) + zone);
    check_columns(workspace, source, plan.contract);
    std::vector<Error> errors;
    static_cast<void>(ingest::Mapping::compile(source, plan.contract, binder, context, errors));
    for (const Error& error : errors) report(workspace, error);
    add_references(workspace, source, plan.contract, binder);
    workspace.sources.push_back(std::move(plan));
    workspace.source_files.push_back(std::move(files));
    workspace.settled.push_back(std::move(settled));
  }
  return {};
}

}  // namespace weir::engine
