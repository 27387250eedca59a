// Contracts as files: Open Data Contract Standard v3.1 (YAML).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "contract/contract.h"
#include "workspace/diagnostics.h"

namespace weir::contract {

struct ContractDocument {
  Contract contract;  // meaningful while there are no errors
  std::vector<workspace::Diagnostic>
      mistakes;  // errors, and warnings about what is not enforced here; sorted by place
};

// `file`: the name that places show. `source`: takes the schema object of that name when there are several.
// Fields of the standard that say nothing about records (servers, team, price ...) are allowed and passed
// over; unknown keys are errors.
[[nodiscard]] ContractDocument read_odcs(std::string_view text, const std::string& file,
                                         const std::string& source);

// The file's contract; fails with all its errors, one per line, at the place of the first.
[[nodiscard]] Result<Contract> load_odcs(FileSystem& files, const std::string& path,
                                         const std::string& source);

// Everything of the contract; read_odcs() of it gives the same fields. Same contract, same bytes.
[[nodiscard]] std::string write_odcs(const Contract& contract);

// "dd/MM/yyyy" (java.time, as the standard has it) as "%d/%m/%Y", and back; "" when it cannot be said.
[[nodiscard]] std::string format_from_java(std::string_view pattern);
[[nodiscard]] std::string format_to_java(std::string_view format);

}  // namespace weir::contract
