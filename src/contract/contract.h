// A schema contract: the versioned promise about a source's fields (Open Data Contract Standard v3.1).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "contract/batch.h"

namespace weir::contract {

struct Field {
  std::string name;                 // normalised: `Deal Stage` is deal_stage
  std::string source_name;          // as it stands in the file: header cell, JSON path "properties.minutes"
  ColumnType type{ColumnType::text};
  bool required{false};
  bool unique{false};
  std::vector<std::string> allowed;         // enum; empty = any
  std::string pattern;                      // RE2-free ECMAScript regular expression; "" = any
  std::optional<double> minimum, maximum;
  std::string date_format;                  // "%m/%d/%Y" and the like; "" = ISO 8601
  PersonalClass personal{PersonalClass::none};
  std::string purpose;
  std::string description;
  Place place;
};

struct Contract {
  std::string id;
  std::string version;                      // of the document
  std::string source;
  std::vector<Field> fields;
  bool allow_unknown_columns{true};         // columns not in the contract are kept out and reported
  std::optional<Micros> freshness;          // newest occurred_at may be this old
  bool inferred{false};
  std::string normal_form;                  // canonical JSON; its hash is the contract's version
  [[nodiscard]] const Field* find(std::string_view name) const noexcept;
};

// Lower-case words joined by `_`; a keyword of SQL gets a trailing `_` (`from` -> `from_`); a leading digit gets `c_`.
[[nodiscard]] std::string normalised_name(std::string_view name);

}  // namespace weir::contract
