// Draws the events and entities of a source again, under the contract and mapping as they are now.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/compiled_workspace.h"
#include "store/manifest.h"
#include "store/vault.h"

namespace weir::engine {

// Whether what the log holds of this source was drawn under another contract or mapping.
[[nodiscard]] bool is_stale(const ingest::SourcePlan& plan, const store::Manifest& manifest);

struct Rederived {
  std::vector<store::Part> parts;           // in place of all of the source's
  std::vector<store::Delivery> deliveries;  // likewise, with the ids they had
  std::set<std::string> read_again;         // hashes of deliveries whose files were still there
  std::vector<std::string> notes;
};

// The columns whose values stood in the vault, not in the stored records, when the source's parts were
// written.
[[nodiscard]] Result<std::set<std::string>> personal_columns_before(const Environment& environment,
                                                                    const std::string& source);

// From the original files where `paths` still holds them, byte for byte; else from stored records and the
// vault. New parts are written to within.state; stored ones are read from `environment`'s state folder.
// `vault` may be null when nothing was ever sealed.
[[nodiscard]] Result<Rederived> rederive_source(
    ingest::IngestEnvironment& within, const Environment& environment, const ingest::SourcePlan& plan,
    const std::vector<std::string>& paths, const store::Manifest& manifest,
    const std::set<std::string>& personal_before, store::Vault* vault, ingest::RecordSink& sink);

}  // namespace weir::engine
