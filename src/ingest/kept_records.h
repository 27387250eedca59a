// Records that weir kept, read again through a contract: payloads of the quarantine, and stored records.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ingest/file_reader.h"

namespace weir::ingest {

struct KeptRecord {
  std::int64_t row{0};  // where it stood in its file
  std::int64_t line{0};
  std::string text;
};

enum class KeptForm : std::uint8_t {
  sent_csv,    // lines of a CSV file; `header` says what their cells are
  sent_json,   // JSON objects under the names of the file
  sent_named,  // JSON objects under normalised column names, values as sent
  normalised,  // JSON objects under normalised column names, values in ISO form
};

// As FileReader gives them, with the rows and lines of `records`.
struct ReadAgain {
  std::vector<contract::RecordBatch> batches;
  std::vector<contract::Rejected> rejected;
};

// Every record is in the result exactly once. `unique` holds within `records` only.
[[nodiscard]] Result<ReadAgain> read_again(store::QueryEngine& engine, const contract::Contract& contract,
                                           const ReadOptions& options, KeptForm form,
                                           const std::vector<std::string>& header,
                                           const std::vector<KeptRecord>& records);

// The delimiter that cuts most of the lines into as many cells as the header has; ',' when none does.
[[nodiscard]] char likely_delimiter(const std::vector<KeptRecord>& records, std::size_t columns);

}  // namespace weir::ingest
