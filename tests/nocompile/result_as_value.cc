// The value of a Result is taken knowingly, not by conversion.
// expect: cannot convert
#include "base/result.h"

weir::Result<int> count();

int caller() {
#ifdef MUST_NOT_COMPILE
  return count();
#else
  return count().value();
#endif
}
