// DuckDB's C functions, of a library that is loaded when the query engine starts. Private to the room.
#pragma once

#include <duckdb.h>

#include "base/result.h"

// Those that the room calls, without their prefix.
// clang-format off
#define WEIR_DUCKDB_FUNCTIONS(F)                                                                         \
  F(append_data_chunk) F(appender_column_count) F(appender_column_type) F(appender_create)               \
  F(appender_destroy) F(appender_error) F(appender_flush) F(bind_add_result_column)                      \
  F(bind_get_extra_info) F(bind_varchar_length) F(close) F(column_count) F(column_logical_type)          \
  F(connect) F(create_config) F(create_data_chunk) F(create_logical_type) F(create_scalar_function)      \
  F(create_table_function) F(data_chunk_get_size) F(data_chunk_get_vector) F(data_chunk_reset)           \
  F(data_chunk_set_size) F(decimal_internal_type) F(decimal_scale) F(destroy_config)                     \
  F(destroy_data_chunk) F(destroy_logical_type) F(destroy_pending) F(destroy_prepare)                    \
  F(destroy_result) F(destroy_scalar_function) F(destroy_table_function) F(disconnect)                   \
  F(execute_pending) F(execute_prepared) F(fetch_chunk) F(free) F(function_get_extra_info)               \
  F(get_type_id) F(init_get_extra_info) F(init_set_max_threads) F(library_version) F(open_ext)           \
  F(pending_error) F(pending_prepared_streaming) F(prepare) F(prepare_error)                             \
  F(prepared_statement_column_count) F(prepared_statement_column_name)                                   \
  F(prepared_statement_column_type) F(query) F(register_scalar_function) F(register_table_function)      \
  F(result_error) F(scalar_function_add_parameter) F(scalar_function_get_extra_info)                     \
  F(scalar_function_set_extra_info) F(scalar_function_set_function) F(scalar_function_set_name)          \
  F(scalar_function_set_return_type) F(set_config) F(string_t_data) F(string_t_length)                   \
  F(table_function_set_bind) F(table_function_set_extra_info) F(table_function_set_function)             \
  F(table_function_set_init) F(table_function_set_name) F(validity_row_is_valid)                         \
  F(validity_set_row_invalid) F(vector_assign_string_element_len) F(vector_ensure_validity_writable)     \
  F(vector_get_data) F(vector_get_validity) F(vector_size)
// clang-format on

namespace weir::store {

struct DuckdbFunctions {
#define WEIR_DUCKDB_POINTER(name) \
  decltype(&::duckdb_##name) name{nullptr};  // NOLINT(bugprone-macro-parentheses): a declaration
  WEIR_DUCKDB_FUNCTIONS(WEIR_DUCKDB_POINTER)
#undef WEIR_DUCKDB_POINTER
};

// Set by load_duckdb().
extern DuckdbFunctions duckdb;

// Once; thread-safe. Errc::io when the library is missing or another version.
[[nodiscard]] Status load_duckdb();

}  // namespace weir::store
