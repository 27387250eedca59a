// A failure cannot be overlooked: a dropped Result does not compile.
// expect: ignoring returned value of type
#include "base/result.h"

weir::Result<int> count();

void caller() {
#ifdef MUST_NOT_COMPILE
  count();
#else
  [[maybe_unused]] const weir::Result<int> counted = count();
#endif
}
