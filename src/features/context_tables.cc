#include "features/context_tables.h"

#include <algorithm>
#include <utility>

namespace weir::features {

const DayValue* ContextTables::find(const std::vector<DayValue>& table, timeline::Handle entity,
                                    std::int32_t day) noexcept {
  const auto after = std::upper_bound(
      table.begin(), table.end(), std::pair(entity, day),
      [](const auto& wanted, const DayValue& value) { return wanted < std::pair(value.entity, value.day); });
  if (after == table.begin() || std::prev(after)->entity != entity) return nullptr;
  return &*std::prev(after);
}

}  // namespace weir::features
