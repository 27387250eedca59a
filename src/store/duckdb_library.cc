#include "store/duckdb_library.h"

#include <string>

#include "base/shared_library.h"

namespace weir::store {

DuckdbFunctions duckdb;

namespace {

Status load() {
  WEIR_TRY(const SharedLibrary library, SharedLibrary::load("libduckdb.so"));
  DuckdbFunctions found;
#define WEIR_DUCKDB_FIND(name) WEIR_TRY_STATUS(library.find("duckdb_" #name, found.name));
  WEIR_DUCKDB_FUNCTIONS(WEIR_DUCKDB_FIND)
#undef WEIR_DUCKDB_FIND
  const std::string version = found.library_version();
  if (version != WEIR_DUCKDB_VERSION) {
    return fail(Errc::io, "the library libduckdb.so is DuckDB " + version + "; weir is built for " +
                              WEIR_DUCKDB_VERSION);
  }
  duckdb = found;
  return {};
}

}  // namespace

Status load_duckdb() {
  static const Status loaded = load();
  return loaded;
}

}  // namespace weir::store
