// Takes the files of one source in: records, events and entities into parts, broken records into quarantine.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "contract/contract.h"
#include "ingest/file_reader.h"
#include "ingest/mapping.h"
#include "store/manifest.h"
#include "store/query_engine.h"
#include "workspace/definitions.h"

namespace weir::ingest {

struct IngestEnvironment {
  FileSystem& files;
  store::QueryEngine& engine;  // with access to the state folder
  store::ExpressionBinder& binder;
  std::string state;  // folder
  MappingContext context;
};

// What leaves the shared columns: personal fields to the vault, broken records to quarantine.
class RecordSink {
 public:
  RecordSink() = default;
  RecordSink(const RecordSink&) = delete;
  RecordSink& operator=(const RecordSink&) = delete;
  virtual ~RecordSink() = default;
  // `handle`: whose key seals it. `fields`: JSON object of column -> value as sent.
  [[nodiscard]] virtual Status personal(const std::string& handle, const RecordId& record,
                                        const ContentHash& content, const std::string& fields) = 0;
  [[nodiscard]] virtual Status rejected(const store::Delivery& delivery,
                                        const contract::Rejected& record) = 0;
};

struct SourcePlan {
  const workspace::Source* source{nullptr};
  contract::Contract contract;
  ReadOptions read;
  std::string contract_version;
  std::string mapping_version;
};

// One file to be taken in. `taken_at`: from its name or the command line; empty when neither says.
struct InputFile {
  std::string path;
  std::optional<std::int64_t> taken_at;
};

struct SourceOutcome {
  std::vector<store::Part> parts;           // new ones, not yet in the manifest
  std::vector<store::Delivery> deliveries;  // new ones
  std::int64_t skipped_files{0};            // taken in before, byte for byte
  std::vector<std::string> notes;           // for the user: unknown columns, guessed encodings
};

// `progress(bytes done of all files, rows so far)` is called now and then.
using Progress = std::function<void(std::uint64_t, std::int64_t)>;

[[nodiscard]] Result<SourceOutcome> ingest_source(IngestEnvironment& environment, const SourcePlan& plan,
                                                  const std::vector<InputFile>& files,
                                                  const store::Manifest& manifest, RecordSink& sink,
                                                  const Progress& progress);

}  // namespace weir::ingest
