// A record's id is never taken for an event's.
// expect: could not convert
#include "base/ids.h"

weir::EventId event_of(weir::RecordId record) {
#ifdef MUST_NOT_COMPILE
  return record;
#else
  return weir::EventId{record.high, record.low};
#endif
}
