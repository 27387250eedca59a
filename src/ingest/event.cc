#include "ingest/event.h"

#include "store/parquet_column.h"

namespace weir::ingest {

using store::StoredType;

std::vector<store::StoredColumn> event_columns() {
  return {{"event", StoredType::uuid},
          {"record", StoredType::uuid},
          {"content", StoredType::uuid},
          {"revision_at", StoredType::timestamp},
          {"rule", StoredType::text},
          {"type", StoredType::text},
          {"occurred_at", StoredType::timestamp},
          {"known_at", StoredType::timestamp},
          {"flags", StoredType::small},
          {"rank", StoredType::small},
          {"sequence", StoredType::integer},
          {"lead", StoredType::text},
          {"opportunity", StoredType::text},
          {"contact", StoredType::text},
          {"account", StoredType::text},
          {"anonymous", StoredType::text},
          {"product", StoredType::text},
          {"campaign", StoredType::text},
          {"content_key", StoredType::text},
          {"owner", StoredType::text},
          {"also", StoredType::text},
          {"direction", StoredType::text},
          {"channel", StoredType::text},
          {"amount_minor", StoredType::integer},
          {"currency", StoredType::text},
          {"properties", StoredType::text},
          {"delivery", StoredType::small},
          {"row", StoredType::integer}};
}

std::vector<store::StoredColumn> entity_columns() {
  return {{"record", StoredType::uuid},           {"content", StoredType::uuid},
          {"revision_at", StoredType::timestamp}, {"kind", StoredType::text},
          {"handle", StoredType::text},           {"also", StoredType::text},
          {"relations", StoredType::text},        {"attributes", StoredType::text},
          {"delivery", StoredType::small},        {"row", StoredType::integer}};
}

}  // namespace weir::ingest
