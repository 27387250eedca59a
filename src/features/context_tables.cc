#include "features/context_tables.h"

#include <algorithm>
#include <utility>

#include "features/context_versions.h"

namespace weir::features {

const DayValue* ContextTables::find(const std::vector<DayValue>& table, timeline::Handle entity,
                                    std::int32_t day) noexcept {
  const auto after = std::upper_bound(
      table.begin(), table.end(), std::pair(entity, day),
      [](const auto& wanted, const DayValue& value) { return wanted < std::pair(value.entity, value.day); });
  if (after == table.begin() || std::prev(after)->entity != entity) return nullptr;
  return &*std::prev(after);
}

std::string ContextTables::version_at(std::int32_t day) const {
  if (day_versions.empty() || day < first_day) return version_text(kNoContext);
  const auto at = static_cast<std::size_t>(std::min(day, last_day) - first_day);
  return version_text(day_versions[at]);
}

}  // namespace weir::features
