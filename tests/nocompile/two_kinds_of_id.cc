// An account's id is never taken for a subject's.
// expect: no match for 'operator=='
#include "base/ids.h"

using SubjectId = weir::Id<struct SubjectTag>;
using AccountId = weir::Id<struct AccountTag>;

bool same(SubjectId subject, AccountId account) {
#ifdef MUST_NOT_COMPILE
  return subject == account;
#else
  return subject == SubjectId{account.value};
#endif
}
