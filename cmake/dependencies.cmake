# Third parties, each with the version we have tested. apt gives one version per Debian release; DuckDB comes from
# package registries by scripts/setup, pinned by hash, into .deps/.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.40)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(fmt 9.1 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(simdjson 3.0 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(date 3.0 REQUIRED)

set(WEIR_DUCKDB_VERSION 1.5.6)
set(WEIR_DUCKDB_DIR ${CMAKE_SOURCE_DIR}/.deps/duckdb-${WEIR_DUCKDB_VERSION} CACHE PATH "duckdb.h and libduckdb.so")
if(NOT EXISTS ${WEIR_DUCKDB_DIR}/lib/libduckdb.so OR NOT EXISTS ${WEIR_DUCKDB_DIR}/include/duckdb.h)
  message(FATAL_ERROR "DuckDB ${WEIR_DUCKDB_VERSION} is missing in ${WEIR_DUCKDB_DIR}: run scripts/setup")
endif()
add_library(duckdb SHARED IMPORTED)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION ${WEIR_DUCKDB_DIR}/lib/libduckdb.so
  INTERFACE_INCLUDE_DIRECTORIES ${WEIR_DUCKDB_DIR}/include)

if(WEIR_TESTS)
  find_package(GTest 1.12 REQUIRED)
  find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
  add_library(rapidcheck STATIC IMPORTED)
  set_target_properties(rapidcheck PROPERTIES IMPORTED_LOCATION ${RAPIDCHECK_LIBRARY})
endif()

