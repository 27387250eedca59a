// A workspace with everything bound: contracts per source, conditions as bits, funnels as shapes, all
// mistakes found.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/zone.h"
#include "funnel/stage_machine.h"
#include "ingest/ingest_source.h"
#include "store/expression.h"
#include "workspace/definitions.h"
#include "workspace/diagnostics.h"

namespace weir::engine {

// What every verb works with.
struct Environment {
  FileSystem* files{nullptr};
  const Clock* clock{nullptr};
  std::optional<std::string> key;  // WEIR_KEY
  std::string directory{"."};      // of weir.yaml
  std::string state;               // "" = DIR/.weir
  [[nodiscard]] std::string state_dir() const {
    return state.empty() ? join_path(directory, ".weir") : state;
  }
};

// `account.sector` in a segment: an entity of the subject and one of its attributes ("" = its key).
struct Reference {
  timeline::Kind kind{timeline::kAccount};
  std::string attribute;
  store::ValueType type{store::ValueType::text};
};

struct CompiledSegment {
  std::string name;
  std::vector<Reference> references;
  std::vector<std::string> columns;  // the reference as the expression's column: "account.sector"
  std::string sql;                   // over these columns
  bool plain{false};                 // just the one reference
};

// A signal as a bit of the timeline store, and its value's index (-1: the event's amount).
struct CompiledSignal {
  const workspace::Signal* definition{nullptr};
  std::uint32_t bit{funnel::kNoCondition};
  int value{-1};
};

struct CompiledFunnel {
  const workspace::Funnel* definition{nullptr};
  funnel::FunnelShape shape;
  std::vector<CompiledSegment> segments;
  int money_value{-1};  // index into value_sql; -1: the event's amount
};

// Contracts that nobody wrote: the kept ones hold, but files that are about to be taken in have a say first.
struct ContractUse {
  bool settle{false};
  std::string source;  // only of this one; "" = of all
  std::string file;    // instead of what the source declares
};

// What ingest keeps of a contract that was settled; empty when it was not.
struct SettledContract {
  std::string counts;
  std::optional<contract::Contract> before;
};

struct CompiledWorkspace {
  std::unique_ptr<workspace::Definitions> definitions;  // fixed in memory: plans point into it
  std::vector<workspace::Diagnostic> diagnostics;
  Zone zone{Zone::utc()};
  std::vector<ingest::SourcePlan> sources;
  std::vector<std::vector<std::string>> source_files;  // per source: paths, sorted
  std::vector<SettledContract> settled;                // per source
  std::vector<std::string> condition_sql;
  std::vector<std::string> value_sql;
  bool conditions_read_text{false};
  std::vector<std::string> touch_types;
  std::vector<CompiledSignal> signals;
  // Who speaks: from them to us, and from us to them, by direction, else by type.
  std::uint32_t inbound{funnel::kNoCondition};
  std::uint32_t outbound{funnel::kNoCondition};
  std::vector<CompiledFunnel> funnels;
  store::Schema entity_schema;  // references that segments may use
  std::string version;          // of everything that timelines depend on
};

// Reads, infers and binds. Fails only when there is nothing to check at all; mistakes are diagnostics.
// Identities need no key here: bindings do not depend on it.
[[nodiscard]] Result<CompiledWorkspace> compile_workspace(const Environment& environment,
                                                          const ContractUse& use = {});

// The same, and an error when there are mistakes: what all verbs but `check` want.
[[nodiscard]] Result<CompiledWorkspace> load_workspace(const Environment& environment,
                                                       const ContractUse& use = {});

// Stages in funnel order: as declared, or by their ranks. They point into the funnel.
[[nodiscard]] std::vector<const workspace::Stage*> ordered_stages(const workspace::Funnel& funnel);

// Where the contract that was inferred for a source is kept.
[[nodiscard]] std::string kept_contract_path(const Environment& environment, const std::string& source);

[[nodiscard]] ingest::MappingContext mapping_context(const CompiledWorkspace& workspace,
                                                     const HashKey& identity_key,
                                                     const HashKey& personal_key);

}  // namespace weir::engine
