// The verb `quarantine`: what was held back and why, and reading it again after a fix.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/compiled_workspace.h"
#include "store/quarantine.h"

namespace weir::engine {

struct QuarantineQuestion {
  std::string source, clause;  // "" = any
  bool all{false};             // also those that were replayed or superseded
};

// Records of one source that broke one clause at one field; the first of them stands for all.
struct QuarantineGroup {
  std::string source, clause, field;
  std::int64_t records{0};
  store::QuarantineEntry first;
};

// Most records first. Empty when nothing was ever held back.
[[nodiscard]] Result<std::vector<QuarantineGroup>> quarantine_groups(const Environment& environment,
                                                                     const QuarantineQuestion& question);
[[nodiscard]] Result<std::vector<store::QuarantineEntry>> quarantine_records(
    const Environment& environment, const QuarantineQuestion& question);
// With its payload, decrypted.
[[nodiscard]] Result<store::QuarantinedRecord> quarantined_record(const Environment& environment,
                                                                  std::int64_t id);

struct ReplayReport {
  std::string source;
  std::int64_t records{0};  // = accepted + repeated + held
  std::int64_t accepted{0};
  std::int64_t repeated{0};  // in the log already
  std::int64_t held{0};      // still in quarantine
  std::vector<std::string> notes;
};

// Reads what is held back again under contract and mapping as they are now. What is accepted enters the log
// as if it had come with its file: the same record ids, the delivery and the row it had. `source` "" = all.
// Replaying again, and ingesting the file again, changes nothing.
[[nodiscard]] Result<std::vector<ReplayReport>> replay_quarantine(const Environment& environment,
                                                                  const CompiledWorkspace& workspace,
                                                                  const std::string& source);

}  // namespace weir::engine
