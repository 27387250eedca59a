// XGBoost's C functions, of a library that is loaded when the first model is fitted. Private to the room.
#pragma once

#include <xgboost/c_api.h>

#include "base/result.h"

// Those that the room and its tests call.
// clang-format off
#define WEIR_XGBOOST_FUNCTIONS(F)                                                                        \
  F(XGBGetLastError) F(XGBoosterBoostOneIter) F(XGBoosterCreate) F(XGBoosterFree)                        \
  F(XGBoosterPredictFromDMatrix) F(XGBoosterSaveModelToBuffer) F(XGBoosterSetParam)                      \
  F(XGBoosterUpdateOneIter) F(XGDMatrixCreateFromMat_omp) F(XGDMatrixFree) F(XGDMatrixSetFloatInfo)
// clang-format on

namespace weir::risk {

struct XgboostFunctions {
#define WEIR_XGBOOST_POINTER(name) \
  decltype(&::name) name{nullptr};              // NOLINT(bugprone-macro-parentheses): a declaration
  WEIR_XGBOOST_FUNCTIONS(WEIR_XGBOOST_POINTER)  // NOLINT(readability-identifier-naming): XGBoost's own names
#undef WEIR_XGBOOST_POINTER
};

// Set by load_xgboost().
extern XgboostFunctions xgboost;

// Once; thread-safe. Errc::io when the library is missing or another version.
[[nodiscard]] Status load_xgboost();

}  // namespace weir::risk
