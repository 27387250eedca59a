// A bare number becomes an id only when somebody says so.
// expect: could not convert
#include "base/ids.h"

using SubjectId = weir::Id<struct SubjectTag>;

SubjectId first() {
#ifdef MUST_NOT_COMPILE
  return 7;
#else
  return SubjectId{7};
#endif
}
