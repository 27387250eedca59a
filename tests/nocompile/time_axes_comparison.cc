// "Before" across the two axes has to be spelled out.
// expect: no match for 'operator<'
#include "base/time.h"

bool in_time(weir::EventTime occurred_at, weir::KnownTime known_at) {
#ifdef MUST_NOT_COMPILE
  return occurred_at < known_at;
#else
  return weir::micros_of(occurred_at) < weir::micros_of(known_at);
#endif
}
