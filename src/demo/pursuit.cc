#include "demo/pursuit.h"

namespace weir::demo {

const PlantedLeak* leak_on(const Pursuit& pursuit, int day) {
  const int index = leak_of(pursuit.funnel, pursuit.stage, pursuit.traits);
  if (index < 0) return nullptr;
  const PlantedLeak& leak = planted_leaks()[static_cast<std::size_t>(index)];
  return day >= leak.onset ? &leak : nullptr;
}

}  // namespace weir::demo
