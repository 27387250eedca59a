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

// Observes records of any number of files. A type is inferred when at least 99 % of the values have it; for
// names of keys, postal codes and the like all must. Values that break an inferred type go to quarantine. A
// column without any value is text until one comes. The contract is a function of the records that were seen:
// their order, their split over files and the order of columns change nothing. Of more than 20,000 records, a
// sample by the hash of what they say decides. Not thread-safe.
class ContractInference {
 public:
  ContractInference(std::string source, InferOptions options);
  // For one file: `source_names` as in begin_file().
  ContractInference(std::string source, const std::vector<std::string>& source_names, InferOptions options);
  ContractInference(ContractInference&& other) noexcept;
  ~ContractInference();
  // The header of the file that is observed next, as written; normalised names tell which column is which.
  void begin_file(const std::vector<std::string>& source_names);
  // Column i of the batch is source_names[i].
  void observe(const RawBatch& raw);
  [[nodiscard]] std::int64_t observed() const noexcept;
  [[nodiscard]] bool has_columns() const noexcept;
  [[nodiscard]] Contract finish() const;

  // What was counted, as JSON without any value of a record, and going on from there. Fails on counts that
  // are damaged or were made under other options, and has seen nothing then.
  [[nodiscard]] std::string counts() const;
  [[nodiscard]] Status restore(const std::string& counts);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::contract
