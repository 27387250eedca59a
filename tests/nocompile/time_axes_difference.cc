// When it happened and when it was known lie on two axes: there is no distance between them.
// expect: no match for 'operator-'
#include "base/time.h"

weir::Micros delay(weir::EventTime occurred_at, weir::KnownTime known_at) {
#ifdef MUST_NOT_COMPILE
  return known_at - occurred_at;
#else
  return weir::Micros{weir::micros_of(known_at) - weir::micros_of(occurred_at)};
#endif
}
