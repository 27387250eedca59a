// The tables of control.db and the way from each older schema to the newest. Private to the room.
#pragma once

#include "store/sqlite.h"

namespace weir::store {

// Makes an empty database or an older one the newest; refuses what is not weir's and what a newer weir made.
[[nodiscard]] Status bring_schema_up_to_date(sqlite::Connection& connection);
// For readers: refuses anything but the newest.
[[nodiscard]] Status check_schema(sqlite::Connection& connection);

}  // namespace weir::store
