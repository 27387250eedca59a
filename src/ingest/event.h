// Events and entity states as parts hold them, and their table definitions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "store/parquet_column.h"
#include "workspace/definitions.h"

namespace weir::ingest {

enum EventFlag : std::uint32_t {
  kDayPrecision = 1,    // occurred_at names a day
  kDayEnd = 2,          // ... and stands at its end
  kKnownAssumed = 4,    // known_at is occurred_at for want of better
  kChangeState = 8,     // not an event yet: one column's value in one revision; events of change are drawn from these
  kHasText = 16,        // free text of this event is in the vault
};

using KeyTexts = std::array<std::string, workspace::kEntityKinds>;  // by EntityKind; "" = not named

// One event of one revision of one record.
struct EventRow {
  EventId id;
  RecordId record;
  ContentHash content;
  std::optional<std::int64_t> revision_at;  // change or snapshot time; empty for logs and undated snapshots
  std::string rule;
  std::string type;
  std::optional<std::int64_t> occurred_at;  // empty only for a change state without `first`
  std::optional<std::int64_t> known_at;     // empty: the revision's
  std::uint32_t flags{0};
  std::int32_t rank{0};
  std::optional<std::int64_t> sequence;
  KeyTexts keys;
  std::string also;                         // further handles of the same entities: JSON array of "contact email:ab12..."
  std::string direction, channel;
  std::optional<Money> amount;
  std::string properties;                   // JSON object or ""
  std::int64_t delivery{0};
  std::int64_t row{0};
};

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
