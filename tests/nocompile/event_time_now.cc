// Event time comes from a record, never from this machine's clock.
// expect: cannot convert|could not convert|conversion from
#include <chrono>

#include "base/time.h"

weir::EventTime now_as_event() {
#ifdef MUST_NOT_COMPILE
  return std::chrono::time_point<std::chrono::system_clock, weir::Micros>{};
#else
  return weir::event_time(0);
#endif
}
