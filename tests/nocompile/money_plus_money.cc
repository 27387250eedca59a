// Money is added by add(), which refuses two currencies and overflow.
// expect: no match for 'operator\+'
#include "base/money.h"

weir::Money total(weir::Money left, weir::Money right) {
#ifdef MUST_NOT_COMPILE
  return left + right;
#else
  return weir::add(left, right).value();
#endif
}
