// What the wrappers of the query engine share: owners of its handles, and its errors. Private to the room.
#pragma once

#include <string>

#include "store/duckdb_library.h"
#include "store/query_engine.h"

namespace weir::store {

[[nodiscard]] Failure engine_error(const char* message);

// Owns a duckdb_prepared_statement.
class Prepared {
 public:
  Prepared(duckdb_connection connection, const std::string& sql) noexcept
      : good_(duckdb.prepare(connection, sql.c_str(), &statement_) == DuckDBSuccess) {}
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared() { duckdb.destroy_prepare(&statement_); }
  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] duckdb_prepared_statement get() const noexcept { return statement_; }
  [[nodiscard]] const char* error() const noexcept { return duckdb.prepare_error(statement_); }

 private:
  duckdb_prepared_statement statement_{nullptr};
  bool good_;
};

class ResultOwner {
 public:
  ResultOwner() = default;
  ResultOwner(const ResultOwner&) = delete;
  ResultOwner& operator=(const ResultOwner&) = delete;
  ~ResultOwner() { duckdb.destroy_result(&result); }
  duckdb_result result{};
};

struct QueryEngine::Impl {
  EngineOptions options;
  duckdb_database database{nullptr};
  duckdb_connection connection{nullptr};  // nullptr: not started
};

}  // namespace weir::store
