#include "risk/xgboost_library.h"

#include "base/shared_library.h"

namespace weir::risk {

XgboostFunctions xgboost;

namespace {

Status load() {
  WEIR_TRY(const SharedLibrary library, SharedLibrary::load("libxgboost.so.0"));
  XgboostFunctions found;
#define WEIR_XGBOOST_FIND(name) WEIR_TRY_STATUS(library.find(#name, found.name));
  WEIR_XGBOOST_FUNCTIONS(WEIR_XGBOOST_FIND)
#undef WEIR_XGBOOST_FIND
  xgboost = found;
  return {};
}

}  // namespace

Status load_xgboost() {
  static const Status loaded = load();
  return loaded;
}

}  // namespace weir::risk
