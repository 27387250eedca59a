// Contracts that nobody wrote: drawn from every file of their source that was ever taken in, whichever came
// first.
#pragma once

#include <string>
#include <vector>

#include "engine/compiled_workspace.h"

namespace weir::engine {

// The contract of a source that declares none. Without `use.settle` the kept one, else what its files
// suggest. With it the values of files that were not counted yet are counted first, and what all counted ones
// suggest is the contract; `settled` receives what ingest() keeps of it. A kept contract without counts, of
// an earlier version, stays as it is.
[[nodiscard]] Result<contract::Contract> inferred_contract(const Environment& environment,
                                                           store::QueryEngine& engine,
                                                           const workspace::Source& source,
                                                           const std::vector<std::string>& files,
                                                           const ingest::ReadOptions& options,
                                                           const ContractUse& use, SettledContract& settled);

// What the settled contract reads otherwise than the kept one, a sentence each.
[[nodiscard]] std::vector<std::string> contract_changes(const ingest::SourcePlan& plan,
                                                        const SettledContract& settled);

// Writes counts and contract. Ended between the two, the next ingest counts nothing twice and writes the
// contract.
[[nodiscard]] Status keep_contract(const Environment& environment, const ingest::SourcePlan& plan,
                                   const SettledContract& settled);

}  // namespace weir::engine
