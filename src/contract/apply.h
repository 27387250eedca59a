// Raw records to typed records, or the clause they break.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/zone.h"
#include "contract/batch.h"
#include "contract/contract.h"
#include "contract/raw_batch.h"

namespace weir::contract {

// A longer text is not matched against a pattern but breaks it: matching costs (length x pattern).
inline constexpr std::size_t kMaxPatternText = 4096;

// Holds the contract's compiled clauses and, for `unique`, the values of all records that it has accepted.
// Not thread-safe.
class ContractChecker {
 public:
  // Fails on a pattern or date format that does not compile. `zone`: of date-times without an offset.
  // `null_values`: texts that mean null, quoted or not. Without any, unquoted NULL, null, \N, #N/A and N/A
  // are null in texts; in typed columns "-", "none", "nan", "na" and the like are null in any case.
  [[nodiscard]] static Result<std::unique_ptr<ContractChecker>> create(
      const Contract& contract, const Zone& zone, const std::vector<std::string>& null_values);
  // Says for each field of the contract which column of the raw batches holds it; -1: none, its values are
  // null. Without it, column i is field i.
  void bind(std::vector<int> column_of_field);

  // `out` becomes the records that hold, in order; the others are appended to `rejected`, each with the first
  // field (in the contract's order) that breaks a clause. Equal repeats of a unique value: the first one
  // stays.
  void apply(const RawBatch& raw, RecordBatch& out, std::vector<Rejected>& rejected);

  [[nodiscard]] const Contract& contract() const noexcept;

  ContractChecker(const ContractChecker&) = delete;
  ContractChecker& operator=(const ContractChecker&) = delete;
  ~ContractChecker();

 private:
  struct Impl;
  explicit ContractChecker(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

// The pattern as std::regex sees it, or what is wrong with it.
[[nodiscard]] Status check_pattern(const std::string& pattern);

// Whether an unquoted text usually means "no value" in a column of numbers, dates or booleans.
[[nodiscard]] bool is_usual_null(std::string_view text) noexcept;

}  // namespace weir::contract
