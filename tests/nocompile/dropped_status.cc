// Nor does a dropped Status.
// expect: ignoring returned value of type
#include "base/result.h"

weir::Status write();

void caller() {
#ifdef MUST_NOT_COMPILE
  write();
#else
  [[maybe_unused]] const weir::Status written = write();
#endif
}
