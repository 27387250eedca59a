#include "base/clock.h"

namespace weir {

std::int64_t SystemClock::now_micros() const {
  return std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t SystemClock::steady_micros() const {
  return std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace weir
