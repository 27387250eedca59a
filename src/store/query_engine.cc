#include "store/query_engine.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "store/engine_handles.h"

namespace weir::store {
namespace {

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63U;

Errc code_of(const std::string& message) noexcept {
  const auto has = [&](const char* part) { return message.find(part) != std::string::npos; };
  if (has("No space left") || has("Could not write")) return Errc::disk_full;
  if (has("IO Error")) return Errc::io;
  return Errc::invalid_data;
}

ValueType value_type(duckdb_type type) noexcept {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return ValueType::boolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
      return ValueType::integer;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL:
      return ValueType::number;
    case DUCKDB_TYPE_VARCHAR:
      return ValueType::text;
    case DUCKDB_TYPE_DATE:
      return ValueType::date;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return ValueType::timestamp;
    case DUCKDB_TYPE_UUID:
      return ValueType::uuid;
    default:
      return ValueType::other;
  }
}

template <typename T>
T at(const void* data, std::size_t row) noexcept {
  return static_cast<const T*>(data)[row];
}

// The body of a scalar function over one chunk; `extra` is the TextFunction's `call`.
void call_text_function(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& call =
      *static_cast<const decltype(TextFunction::call)*>(duckdb.scalar_function_get_extra_info(info));
  const idx_t rows = duckdb.data_chunk_get_size(input);
  duckdb_vector texts = duckdb.data_chunk_get_vector(input, 0);
  auto* values = static_cast<duckdb_string_t*>(duckdb.vector_get_data(texts));
  std::uint64_t* validity = duckdb.vector_get_validity(texts);
  duckdb.vector_ensure_validity_writable(output);
  for (idx_t row = 0; row < rows; ++row) {
    std::optional<std::string> answer;
    if (validity == nullptr || duckdb.validity_row_is_valid(validity, row)) {
      answer = call({duckdb.string_t_data(&values[row]), duckdb.string_t_length(values[row])});
    }
    if (answer) {
      duckdb.vector_assign_string_element_len(output, row, answer->data(), answer->size());
    } else {
      duckdb.validity_set_row_invalid(duckdb.vector_get_validity(output), row);
    }
  }
}

std::int64_t saturated(duckdb_hugeint value) noexcept {
  if (value.upper == 0 && value.lower < kSignBit) return static_cast<std::int64_t>(value.lower);
  if (value.upper == -1 && value.lower >= kSignBit) return static_cast<std::int64_t>(value.lower);
  return value.upper < 0 ? std::numeric_limits<std::int64_t>::min()
                         : std::numeric_limits<std::int64_t>::max();
}

}  // namespace

Failure engine_error(const char* message) {
  std::string text = message == nullptr ? "the query engine failed without a message" : message;
  const Errc code = code_of(text);
  return fail(code, std::move(text));
}

const char* to_text(ValueType type) noexcept {
  switch (type) {
    case ValueType::boolean:
      return "boolean";
    case ValueType::integer:
      return "integer";
    case ValueType::number:
      return "number";
    case ValueType::text:
      return "text";
    case ValueType::date:
      return "date";
    case ValueType::timestamp:
      return "timestamp";
    case ValueType::uuid:
      return "uuid";
    case ValueType::other:
      return "other";
  }
  return "other";
}

bool QueryChunk::is_null(std::size_t column, std::size_t row) const noexcept {
  const std::uint64_t* validity = views_[column].validity;
  return validity != nullptr && ((validity[row / 64] >> (row % 64)) & 1U) == 0;
}

std::int64_t QueryChunk::integer(std::size_t column, std::size_t row) const noexcept {
  const View& view = views_[column];
  switch (view.type) {
    case DUCKDB_TYPE_BOOLEAN:
      return at<bool>(view.data, row) ? 1 : 0;
    case DUCKDB_TYPE_TINYINT:
      return at<std::int8_t>(view.data, row);
    case DUCKDB_TYPE_SMALLINT:
      return at<std::int16_t>(view.data, row);
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_DATE:
      return at<std::int32_t>(view.data, row);
    case DUCKDB_TYPE_UTINYINT:
      return at<std::uint8_t>(view.data, row);
    case DUCKDB_TYPE_USMALLINT:
      return at<std::uint16_t>(view.data, row);
    case DUCKDB_TYPE_UINTEGER:
      return at<std::uint32_t>(view.data, row);
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return at<std::int64_t>(view.data, row);
    case DUCKDB_TYPE_UBIGINT: {
      const auto value = at<std::uint64_t>(view.data, row);
      return value < kSignBit ? static_cast<std::int64_t>(value) : std::numeric_limits<std::int64_t>::max();
    }
    case DUCKDB_TYPE_HUGEINT:
      return saturated(at<duckdb_hugeint>(view.data, row));
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
      return std::llround(number(column, row));
    default:
      return 0;
  }
}

double QueryChunk::number(std::size_t column, std::size_t row) const noexcept {
  const View& view = views_[column];
  switch (view.type) {
    case DUCKDB_TYPE_FLOAT:
      return static_cast<double>(at<float>(view.data, row));
    case DUCKDB_TYPE_DOUBLE:
      return at<double>(view.data, row);
    case DUCKDB_TYPE_HUGEINT: {
      const auto value = at<duckdb_hugeint>(view.data, row);
      return (static_cast<double>(value.upper) * 0x1.0p64 + static_cast<double>(value.lower)) / view.scale;
    }
    default:
      return static_cast<double>(integer(column, row)) / view.scale;
  }
}

std::string_view QueryChunk::text(std::size_t column, std::size_t row) const noexcept {
  const View& view = views_[column];
  if (view.type != DUCKDB_TYPE_VARCHAR && view.type != DUCKDB_TYPE_BLOB) return {};
  auto* value = const_cast<duckdb_string_t*>(static_cast<const duckdb_string_t*>(view.data)) +
                row;  // NOLINT(cppcoreguidelines-pro-type-const-cast): the C API takes no const
  return {duckdb.string_t_data(value), duckdb.string_t_length(*value)};
}

void QueryChunk::read_valid(std::size_t column, std::uint8_t* out) const noexcept {
  const bool any_null = views_[column].validity != nullptr;
  for (std::size_t row = 0; row < row_count_; ++row) out[row] = any_null && is_null(column, row) ? 0 : 1;
}

void QueryChunk::read_integers(std::size_t column, std::int64_t* out) const noexcept {
  const View& view = views_[column];
  if (view.type == DUCKDB_TYPE_BIGINT || view.type == DUCKDB_TYPE_TIMESTAMP) {
    std::memcpy(out, view.data, row_count_ * sizeof(std::int64_t));
    return;
  }
  for (std::size_t row = 0; row < row_count_; ++row)
    out[row] = is_null(column, row) ? 0 : integer(column, row);
}

void QueryChunk::read_numbers(std::size_t column, double* out) const noexcept {
  for (std::size_t row = 0; row < row_count_; ++row)
    out[row] = is_null(column, row) ? 0 : number(column, row);
}

void QueryChunk::read_texts(std::size_t column, std::string_view* out) const noexcept {
  static_assert(sizeof(duckdb_string_t) == 16);
  const auto* texts = static_cast<const duckdb_string_t*>(views_[column].data);
  const bool any_null = views_[column].validity != nullptr;
  for (std::size_t row = 0; row < row_count_; ++row) {
    const auto& inlined = texts[row].value.inlined;
    // Short ones stand in place: what duckdb.string_t_data says, without a call each.
    const char* const bytes =
        inlined.length <= sizeof inlined.inlined ? inlined.inlined : texts[row].value.pointer.ptr;
    out[row] =
        any_null && is_null(column, row) ? std::string_view{} : std::string_view{bytes, inlined.length};
  }
}

std::pair<std::uint64_t, std::uint64_t> QueryChunk::uuid(std::size_t column, std::size_t row) const noexcept {
  const auto value = at<duckdb_hugeint>(views_[column].data, row);
  return {static_cast<std::uint64_t>(value.upper) ^ kSignBit, value.lower};
}

// --- TableWriter
// -----------------------------------------------------------------------------------------------------

// Fills data chunks column by column: an order of magnitude less per value than the row-wise appender
// functions.
struct TableWriter::Impl {
  struct Target {
    duckdb_vector vector{nullptr};
    void* data{nullptr};
    duckdb_type type{DUCKDB_TYPE_INVALID};
  };
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (chunk != nullptr) duckdb.destroy_data_chunk(&chunk);
    duckdb.appender_destroy(&appender);
  }
  void make_chunk();
  void begin_chunk();
  Status send();
  Target& next(duckdb_type type) noexcept {
    WEIR_CHECK(column < targets.size() && targets[column].type == type,
               "a value of another type than its column");
    return targets[column++];
  }

  duckdb_appender appender{nullptr};
  duckdb_data_chunk chunk{nullptr};
  std::vector<Target> targets;
  std::size_t column{0};
  idx_t row{0};
  Status status;
};

void TableWriter::Impl::make_chunk() {
  const idx_t count = duckdb.appender_column_count(appender);
  std::vector<duckdb_logical_type> types;
  types.reserve(count);
  for (idx_t c = 0; c < count; ++c) types.push_back(duckdb.appender_column_type(appender, c));
  chunk = duckdb.create_data_chunk(types.data(), count);
  targets.resize(count);
  for (idx_t c = 0; c < count; ++c) {
    targets[c].type = duckdb.get_type_id(types[c]);
    duckdb.destroy_logical_type(&types[c]);
  }
  begin_chunk();
}

void TableWriter::Impl::begin_chunk() {
  duckdb.data_chunk_reset(chunk);
  for (idx_t c = 0; c < targets.size(); ++c) {
    targets[c].vector = duckdb.data_chunk_get_vector(chunk, c);
    targets[c].data = duckdb.vector_get_data(targets[c].vector);
    duckdb.vector_ensure_validity_writable(targets[c].vector);
  }
  row = 0;
}

Status TableWriter::Impl::send() {
  if (row == 0) return status;
  duckdb.data_chunk_set_size(chunk, row);
  const bool sent = duckdb.append_data_chunk(appender, chunk) == DuckDBSuccess;
  begin_chunk();
  if (!sent && status.has_value()) {
    const char* message = duckdb.appender_error(appender);
    status = fail(Errc::internal, message == nullptr ? "rows could not be appended" : message);
  }
  return status;
}

TableWriter::TableWriter(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
TableWriter::~TableWriter() = default;

void TableWriter::null() {
  auto& target = impl_->targets[impl_->column++];
  duckdb.validity_set_row_invalid(duckdb.vector_get_validity(target.vector), impl_->row);
}
void TableWriter::boolean(bool value) {
  static_cast<bool*>(impl_->next(DUCKDB_TYPE_BOOLEAN).data)[impl_->row] = value;
}
void TableWriter::integer(std::int64_t value) {
  static_cast<std::int64_t*>(impl_->next(DUCKDB_TYPE_BIGINT).data)[impl_->row] = value;
}
void TableWriter::small(std::int32_t value) {
  static_cast<std::int32_t*>(impl_->next(DUCKDB_TYPE_INTEGER).data)[impl_->row] = value;
}
void TableWriter::number(double value) {
  static_cast<double*>(impl_->next(DUCKDB_TYPE_DOUBLE).data)[impl_->row] = value;
}
void TableWriter::text(std::string_view value) {
  duckdb.vector_assign_string_element_len(impl_->next(DUCKDB_TYPE_VARCHAR).vector, impl_->row,
                                          value.data() == nullptr ? "" : value.data(), value.size());
}
void TableWriter::date(std::int32_t days) {
  static_cast<std::int32_t*>(impl_->next(DUCKDB_TYPE_DATE).data)[impl_->row] = days;
}
void TableWriter::timestamp(std::int64_t micros) {
  static_cast<std::int64_t*>(impl_->next(DUCKDB_TYPE_TIMESTAMP).data)[impl_->row] = micros;
}
void TableWriter::uuid(std::uint64_t high, std::uint64_t low) {
  static_cast<duckdb_hugeint*>(impl_->next(DUCKDB_TYPE_UUID).data)[impl_->row] = {
      low, static_cast<std::int64_t>(high ^ kSignBit)};
}

void TableWriter::end_row() {
  WEIR_CHECK(impl_->column == impl_->targets.size(), "a row with too few values");
  impl_->column = 0;
  if (++impl_->row == duckdb.vector_size()) static_cast<void>(impl_->send());  // kept in status until flush()
}

Status TableWriter::flush() {
  WEIR_TRY_STATUS(impl_->send());
  if (duckdb.appender_flush(impl_->appender) == DuckDBSuccess) return {};
  const char* message = duckdb.appender_error(impl_->appender);
  return fail(Errc::internal, message == nullptr ? "rows could not be appended" : message);
}

// --- QueryEngine
// -----------------------------------------------------------------------------------------------------

QueryEngine::QueryEngine(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
QueryEngine::~QueryEngine() {
  if (impl_->database == nullptr) return;
  duckdb.disconnect(&impl_->connection);
  duckdb.close(&impl_->database);
}

std::string QueryEngine::version() {
  return WEIR_DUCKDB_VERSION;
}

Result<std::unique_ptr<QueryEngine>> QueryEngine::open(const EngineOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  return std::unique_ptr<QueryEngine>(new QueryEngine(std::move(impl)));
}

Status QueryEngine::start() {
  if (impl_->connection != nullptr) return {};
  WEIR_TRY_STATUS(load_duckdb());
  const EngineOptions& options = impl_->options;
  duckdb_config config = nullptr;
  if (duckdb.create_config(&config) != DuckDBSuccess)
    return fail(Errc::internal, "the query engine gave no configuration");
  const auto set = [&](const char* name, const std::string& value) {
    duckdb.set_config(config, name, value.c_str());
  };
  set("memory_limit", options.memory_limit);
  set("threads", std::to_string(options.threads));
  set("temp_directory", options.temporary_directory);
  set("autoinstall_known_extensions", "false");
  set("autoload_known_extensions", "false");
  char* message = nullptr;
  const duckdb_state state = duckdb.open_ext(nullptr, &impl_->database, config, &message);
  duckdb.destroy_config(&config);
  if (state != DuckDBSuccess) {
    const std::string text = message == nullptr ? "" : message;
    duckdb.free(message);
    return fail(Errc::internal, "the query engine does not start: " + text);
  }
  const bool connected = duckdb.connect(impl_->database, &impl_->connection) == DuckDBSuccess;
  Status configured =
      connected ? configure() : Status(fail(Errc::internal, "the query engine takes no connection"));
  if (configured.has_value()) return {};
  duckdb.disconnect(&impl_->connection);
  duckdb.close(&impl_->database);
  return configured;
}

// A connection that is just open, before anybody's SQL runs.
Status QueryEngine::configure() {
  WEIR_TRY_STATUS(execute("SET TimeZone = 'UTC'"));
  for (const TextFunction& function : impl_->options.text_functions)
    WEIR_TRY_STATUS(register_text_function(function));
  if (!impl_->options.sealed) return {};
  WEIR_TRY_STATUS(execute("SET enable_external_access = false"));
  return execute("SET lock_configuration = true");
}

Status QueryEngine::register_text_function(const TextFunction& function) {
  WEIR_TRY_STATUS(start());
  duckdb_scalar_function registered = duckdb.create_scalar_function();
  duckdb_logical_type text = duckdb.create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb.scalar_function_set_name(registered, function.name.c_str());
  duckdb.scalar_function_add_parameter(registered, text);
  duckdb.scalar_function_set_return_type(registered, text);
  duckdb.destroy_logical_type(&text);
  using Call = decltype(TextFunction::call);
  auto kept = std::make_unique<Call>(function.call);
  duckdb.scalar_function_set_extra_info(registered, kept.release(),
                                        [](void* extra) { delete static_cast<Call*>(extra); });
  duckdb.scalar_function_set_function(registered, call_text_function);
  const duckdb_state state = duckdb.register_scalar_function(impl_->connection, registered);
  duckdb.destroy_scalar_function(&registered);
  if (state != DuckDBSuccess)
    return fail(Errc::internal, "the query engine does not take the function '" + function.name + "'");
  return {};
}

Status QueryEngine::execute(const std::string& sql) {
  WEIR_TRY_STATUS(start());
  ResultOwner owner;
  if (duckdb.query(impl_->connection, sql.c_str(), &owner.result) != DuckDBSuccess) {
    return engine_error(duckdb.result_error(&owner.result));
  }
  return {};
}

Status QueryEngine::query(const std::string& sql, const ChunkVisitor& visit) {
  WEIR_TRY_STATUS(start());
  const Prepared prepared(impl_->connection, sql);
  return run(prepared, visit);
}

Status QueryEngine::run(const Prepared& prepared, const ChunkVisitor& visit) {
  if (!prepared.good()) return engine_error(prepared.error());
  duckdb_pending_result pending = nullptr;
  if (duckdb.pending_prepared_streaming(prepared.get(), &pending) != DuckDBSuccess) {
    const Failure failure = engine_error(duckdb.pending_error(pending));
    duckdb.destroy_pending(&pending);
    return failure;
  }
  ResultOwner owner;
  const duckdb_state state = duckdb.execute_pending(pending, &owner.result);
  duckdb.destroy_pending(&pending);
  if (state != DuckDBSuccess) return engine_error(duckdb.result_error(&owner.result));

  QueryChunk view;
  const idx_t columns = duckdb.column_count(&owner.result);
  view.views_.resize(columns);
  for (idx_t c = 0; c < columns; ++c) {
    duckdb_logical_type logical = duckdb.column_logical_type(&owner.result, c);
    duckdb_type type = duckdb.get_type_id(logical);
    if (type == DUCKDB_TYPE_DECIMAL) {
      view.views_[c].scale = std::pow(10.0, static_cast<double>(duckdb.decimal_scale(logical)));
      type = duckdb.decimal_internal_type(logical);
    }
    view.views_[c].type = static_cast<int>(type);
    duckdb.destroy_logical_type(&logical);
  }
  for (;;) {
    duckdb_data_chunk chunk = duckdb.fetch_chunk(owner.result);
    if (chunk == nullptr) break;
    view.row_count_ = duckdb.data_chunk_get_size(chunk);
    for (idx_t c = 0; c < columns; ++c) {
      duckdb_vector vector = duckdb.data_chunk_get_vector(chunk, c);
      view.views_[c].data = duckdb.vector_get_data(vector);
      view.views_[c].validity = duckdb.vector_get_validity(vector);
    }
    Status status = view.row_count_ == 0 ? Status{} : visit(view);
    duckdb.destroy_data_chunk(&chunk);
    if (!status.has_value()) return status;
  }
  const char* message = duckdb.result_error(&owner.result);
  if (message != nullptr && *message != '\0') return engine_error(message);
  return {};
}

Result<std::vector<ResultColumn>> QueryEngine::describe(const std::string& sql) {
  WEIR_TRY_STATUS(start());
  const Prepared prepared(impl_->connection, sql);
  if (!prepared.good()) return engine_error(prepared.error());
  std::vector<ResultColumn> columns;
  for (idx_t c = 0; c < duckdb.prepared_statement_column_count(prepared.get()); ++c) {
    const char* name = duckdb.prepared_statement_column_name(prepared.get(), c);
    columns.push_back(
        {name == nullptr ? "" : name, value_type(duckdb.prepared_statement_column_type(prepared.get(), c))});
    duckdb.free(const_cast<char*>(
        name));  // NOLINT(cppcoreguidelines-pro-type-const-cast): the C API hands out ownership as const
  }
  return columns;
}

Result<std::string> QueryEngine::text_value(const std::string& sql, std::string_view parameter) {
  WEIR_TRY_STATUS(start());
  const Prepared prepared(impl_->connection, sql);
  if (!prepared.good()) return engine_error(prepared.error());
  if (duckdb.bind_varchar_length(prepared.get(), 1, parameter.data(), parameter.size()) != DuckDBSuccess) {
    return fail(Errc::invalid_data, "the text cannot be handed to the query engine; is it UTF-8?");
  }
  ResultOwner owner;
  if (duckdb.execute_prepared(prepared.get(), &owner.result) != DuckDBSuccess) {
    return engine_error(duckdb.result_error(&owner.result));
  }
  duckdb_data_chunk chunk = duckdb.fetch_chunk(owner.result);
  if (chunk == nullptr || duckdb.data_chunk_get_size(chunk) == 0) {
    if (chunk != nullptr) duckdb.destroy_data_chunk(&chunk);
    return fail(Errc::not_found, "the query gave no row");
  }
  auto* value = static_cast<duckdb_string_t*>(duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk, 0)));
  std::string text(duckdb.string_t_data(value), duckdb.string_t_length(*value));
  duckdb.destroy_data_chunk(&chunk);
  return text;
}

Result<std::unique_ptr<TableWriter>> QueryEngine::writer(const std::string& table) {
  WEIR_TRY_STATUS(start());
  auto impl = std::make_unique<TableWriter::Impl>();
  if (duckdb.appender_create(impl_->connection, nullptr, table.c_str(), &impl->appender) != DuckDBSuccess) {
    const char* message = duckdb.appender_error(impl->appender);
    return fail(Errc::internal, message == nullptr ? "no appender" : message);
  }
  impl->make_chunk();
  return std::unique_ptr<TableWriter>(new TableWriter(std::move(impl)));
}

std::string sql_quote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string sql_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace weir::store
