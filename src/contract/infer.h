// A contract drawn from a sample of records: what the columns look like, never that they must be filled.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "contract/raw_batch.h"

namespace weir::contract {

struct InferOptions {
  bool infer_required{false};            // columns without any null in the sample become required
  std::vector<std::string> null_values;  // declared ones; the usual ones count as well
  std::string date_format;               // declared for the source: tried before all others
};

// Observes records in any number of batches. A type is inferred when at least 99 % of the values have it; for
// names of keys, postal codes and the like all must. Values that break an inferred type later go to
// quarantine. Not thread-safe.
class ContractInference {
 public:
  // `source_names`: the header as written; the normalised names are made from it.
  ContractInference(std::string source, const std::vector<std::string>& source_names, InferOptions options);
  ContractInference(const ContractInference&) = delete;
  ContractInference& operator=(const ContractInference&) = delete;
  ~ContractInference();
  // Column i of the batch is source_names[i]. `first_row`, `step`: only these rows of the batch count.
  void observe(const RawBatch& raw, std::size_t first_row = 0, std::size_t step = 1);
  [[nodiscard]] std::int64_t observed() const noexcept;
  [[nodiscard]] Contract finish() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::contract
