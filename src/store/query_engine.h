// DuckDB, in memory only: reads and writes parts, and evaluates what users write. No database file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::store {

enum class ValueType : std::uint8_t { boolean, integer, number, text, date, timestamp, uuid, other };
[[nodiscard]] const char* to_text(ValueType type) noexcept;

struct ResultColumn {
  std::string name;
  ValueType type{ValueType::other};
};

// Up to 2,048 rows of a result. Views live until the next chunk.
class QueryChunk {
 public:
  [[nodiscard]] std::size_t row_count() const noexcept { return row_count_; }
  [[nodiscard]] bool is_null(std::size_t column, std::size_t row) const noexcept;
  // boolean as 0 or 1, whole numbers, date as days, timestamp as UTC microseconds. Wider whole numbers
  // saturate.
  [[nodiscard]] std::int64_t integer(std::size_t column, std::size_t row) const noexcept;
  // number, whole numbers and decimals.
  [[nodiscard]] double number(std::size_t column, std::size_t row) const noexcept;
  [[nodiscard]] std::string_view text(std::size_t column, std::size_t row) const noexcept;
  // UUID as (high, low).
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> uuid(std::size_t column,
                                                             std::size_t row) const noexcept;
  // All rows of a column at once: 1 or 0 for null, and values as above; those of nulls mean nothing.
  void read_valid(std::size_t column, std::uint8_t* out) const noexcept;
  void read_integers(std::size_t column, std::int64_t* out) const noexcept;
  void read_numbers(std::size_t column, double* out) const noexcept;
  // Of a text column; empty for null.
  void read_texts(std::size_t column, std::string_view* out) const noexcept;

 private:
  friend class QueryEngine;
  struct View {
    const void* data{nullptr};
    const std::uint64_t* validity{nullptr};
    int type{0};      // duckdb_type; of a decimal its storage
    double scale{1};  // of a decimal
  };
  std::vector<View> views_;
  std::size_t row_count_{0};
};

using ChunkVisitor = std::function<Status(const QueryChunk&)>;

// Appends rows to a table. Values come in column order; end_row() after the last. Not thread-safe.
class TableWriter {
 public:
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;
  ~TableWriter();
  void null();
  void boolean(bool value);
  void integer(std::int64_t value);  // BIGINT
  void small(std::int32_t value);    // INTEGER
  void number(double value);
  void text(std::string_view value);
  void date(std::int32_t days);
  void timestamp(std::int64_t micros);
  void uuid(std::uint64_t high, std::uint64_t low);
  void end_row();
  // Makes the rows visible; errors of the rows before show here.
  [[nodiscard]] Status flush();

 private:
  friend class QueryEngine;
  struct Impl;
  explicit TableWriter(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

// A function of one text that expressions may call; null gives null. Pure, thread-safe, and it throws
// nothing.
struct TextFunction {
  std::string name;     // lower case
  std::string version;  // changes whenever the same text could give another answer
  std::function<std::optional<std::string>(std::string_view)> call;
};
using TextFunctions = std::vector<TextFunction>;

struct EngineOptions {
  bool sealed{false};  // no files, no network, configuration locked: for SQL that users write
  std::string memory_limit{"1GB"};
  int threads{2};
  std::string temporary_directory;  // where sorts spill; "" = they may not
  TextFunctions text_functions{};   // beside the engine's own
};

class Prepared;  // private to the room

// One connection. Not thread-safe; open one per thread. It starts with the first call that needs it, which
// takes some 30 ms: one that is never asked costs nothing.
class QueryEngine {
 public:
  [[nodiscard]] static Result<std::unique_ptr<QueryEngine>> open(const EngineOptions& options);
  QueryEngine(const QueryEngine&) = delete;
  QueryEngine& operator=(const QueryEngine&) = delete;
  ~QueryEngine();

  [[nodiscard]] Status execute(const std::string& sql);
  // Rows in the order of the query, chunk by chunk, not materialised.
  [[nodiscard]] Status query(const std::string& sql, const ChunkVisitor& visit);
  // The columns a query would give, without running it.
  [[nodiscard]] Result<std::vector<ResultColumn>> describe(const std::string& sql);
  // The one text value of a query with one text parameter.
  [[nodiscard]] Result<std::string> text_value(const std::string& sql, std::string_view parameter);
  [[nodiscard]] Result<std::unique_ptr<TableWriter>> writer(const std::string& table);
  // Makes it callable from here on.
  [[nodiscard]] Status register_text_function(const TextFunction& function);
  [[nodiscard]] static std::string version();

 private:
  friend class BatchQuery;
  struct Impl;
  [[nodiscard]] static Status run(const Prepared& prepared, const ChunkVisitor& visit);
  explicit QueryEngine(std::unique_ptr<Impl> impl) noexcept;
  [[nodiscard]] Status start();
  [[nodiscard]] Status configure();
  std::unique_ptr<Impl> impl_;
};

// 'it''s' - a SQL text literal.
[[nodiscard]] std::string sql_quote(std::string_view text);
// "a ""b""" - a SQL identifier.
[[nodiscard]] std::string sql_name(std::string_view name);

}  // namespace weir::store
