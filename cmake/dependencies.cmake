# Third parties, each with the version we have tested. apt gives one version per Debian release; DuckDB comes from
# package registries by scripts/setup, pinned by hash, into .deps/.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(date 3.0 REQUIRED)
if(WEIR_PYTHON_MODULE)
  return()  # the pure rooms need no more
endif()
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.40)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(fmt 9.1 REQUIRED)
find_package(simdjson 3.0 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(ZLIB 1.2 REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.4)
find_package(Snappy 1.1 REQUIRED)
find_package(EXPAT 2.5 REQUIRED)  # older ones do not bound the growth of entities
# Debian's XGBoost is a C library to us: its own CMake package asks for more than that.
find_path(XGBOOST_INCLUDE_DIR xgboost/c_api.h REQUIRED)
find_library(XGBOOST_LIBRARY xgboost REQUIRED)
file(STRINGS ${XGBOOST_INCLUDE_DIR}/xgboost/version_config.h XGBOOST_VERSION_LINES REGEX "define XGBOOST_VER_(MAJOR|MINOR)")
string(REGEX REPLACE "[^0-9]*([0-9]+)[^0-9]+([0-9]+).*" "\\1.\\2" XGBOOST_VERSION "${XGBOOST_VERSION_LINES}")
if(NOT XGBOOST_VERSION VERSION_EQUAL 1.7)
  message(FATAL_ERROR "weir is tested with XGBoost 1.7, and this is ${XGBOOST_VERSION}")
endif()
# XGBoost and DuckDB are not linked: the commands that need them load them (base/shared_library.h).
add_library(xgboost INTERFACE IMPORTED)
target_include_directories(xgboost INTERFACE ${XGBOOST_INCLUDE_DIR})

set(WEIR_DUCKDB_VERSION 1.5.6)
set(WEIR_DUCKDB_DIR ${CMAKE_SOURCE_DIR}/.deps/duckdb-${WEIR_DUCKDB_VERSION} CACHE PATH "duckdb.h and libduckdb.so")
if(NOT EXISTS ${WEIR_DUCKDB_DIR}/lib/libduckdb.so OR NOT EXISTS ${WEIR_DUCKDB_DIR}/include/duckdb.h)
  message(FATAL_ERROR "DuckDB ${WEIR_DUCKDB_VERSION} is missing in ${WEIR_DUCKDB_DIR}: run scripts/setup")
endif()
add_library(duckdb INTERFACE IMPORTED)
target_include_directories(duckdb INTERFACE ${WEIR_DUCKDB_DIR}/include)
target_compile_definitions(duckdb INTERFACE WEIR_DUCKDB_VERSION="v${WEIR_DUCKDB_VERSION}")

if(WEIR_TESTS)
  find_package(GTest 1.12 REQUIRED)
  find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
  add_library(rapidcheck STATIC IMPORTED)
  set_target_properties(rapidcheck PROPERTIES IMPORTED_LOCATION ${RAPIDCHECK_LIBRARY})
endif()

