// Events and entity states as parts hold them, and their table definitions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "workspace/definitions.h"

namespace weir::store {
struct StoredColumn;
}

namespace weir::ingest {

enum EventFlag : std::uint32_t {
  kDayPrecision = 1,  // occurred_at names a day
  kDayEnd = 2,        // ... and stands at its end
  kKnownAssumed = 4,  // known_at is occurred_at for want of better
  kChangeState =
      8,  // not an event yet: one column's value in one revision; events of change are drawn from these
  kHasText = 16,  // free text of this event is in the vault
};

using KeyTexts = std::array<std::string, workspace::kEntityKinds>;  // by EntityKind; "" = not named

// One entity as one revision of one record shows it.
struct EntityRow {
  RecordId record;
  ContentHash content;
  std::optional<std::int64_t> revision_at;
  workspace::EntityKind kind{workspace::EntityKind::account};
  std::string handle;
  std::string also;        // as above
  std::string relations;   // JSON object: {"account": "A1"}
  std::string attributes;  // JSON object
  std::int64_t delivery{0};
  std::int64_t row{0};
};

// Columns of the Parquet tables, in the order in which they are written. Kept in docs/formats.md.
[[nodiscard]] std::vector<store::StoredColumn> event_columns();
[[nodiscard]] std::vector<store::StoredColumn> entity_columns();

}  // namespace weir::ingest
