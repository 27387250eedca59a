// A schema contract: the versioned promise about a source's fields (Open Data Contract Standard v3.1).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "contract/batch.h"

namespace weir::contract {

struct Field {
  std::string name;         // normalised: `Deal Stage` is deal_stage
  std::string source_name;  // as it stands in the file: header cell, JSON path "properties.minutes"
  ColumnType type{ColumnType::text};
  bool required{false};
  bool unique{false};
  std::vector<std::string> allowed;  // enum; empty = any
  std::string pattern;               // RE2-free ECMAScript regular expression; "" = any
  std::optional<double> minimum, maximum;
  std::optional<std::size_t> min_length, max_length;  // characters (code points) of a text
  std::string date_format;  // "%m/%d/%Y" and the like, "epoch_s", "epoch_ms"; "" = ISO 8601
  char decimal_mark{0};     // '.' or ','; 0: a number such as "1,234" is ambiguous and a breach
  PersonalClass personal{PersonalClass::none};
  std::string purpose;
  std::string description;
  std::string guess;  // what inference decided without proof; "" = nothing
  Place place;
};

struct Contract {
  std::string id;
  std::string version;  // of the document
  std::string source;
  std::vector<Field> fields;
  bool allow_unknown_columns{
      true};  // others are kept out and reported; false: a file that has some is refused
  std::optional<Micros> freshness;  // newest occurred_at may be this old
  bool inferred{false};
  std::string normal_form;  // canonical JSON; its hash is the contract's version
  [[nodiscard]] const Field* find(std::string_view name) const noexcept;
};

// Canonical JSON of everything in the contract that decides about records; sets and returns `normal_form`.
const std::string& set_normal_form(Contract& contract);

// Lower-case words joined by `_`, split at separators and at camelCase (`CloseDate` -> close_date); a keyword
// of SQL gets a trailing `_` (`from` -> `from_`); a leading digit gets `c_`; "" when nothing of the name is
// left.
[[nodiscard]] std::string normalised_name(std::string_view name);

// Normalised names of a header, made unique: a repeated name gets `_2`, `_3` ..., a blank cell is
// `column_<position>`.
[[nodiscard]] std::vector<std::string> normalised_names(const std::vector<std::string>& header);

}  // namespace weir::contract
