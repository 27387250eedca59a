// The batch is a table function of the engine's C interface: it fills one chunk of rows after the other.
#include "store/batch_query.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "store/engine_handles.h"

namespace weir::store {
namespace {

constexpr const char* kFunction = "weir_batch";

// What the function reads; it lives as long as the engine does.
struct Feed {
  std::vector<ResultColumn> types;
  std::span<const BatchColumn> columns;
  std::size_t rows{0};
  std::size_t next{0};  // the row that the next chunk begins with
};

duckdb_type engine_type(ValueType type) noexcept {
  switch (type) {
    case ValueType::boolean:
      return DUCKDB_TYPE_BOOLEAN;
    case ValueType::integer:
      return DUCKDB_TYPE_BIGINT;
    case ValueType::number:
      return DUCKDB_TYPE_DOUBLE;
    case ValueType::date:
      return DUCKDB_TYPE_DATE;
    case ValueType::timestamp:
      return DUCKDB_TYPE_TIMESTAMP;
    case ValueType::text:
    case ValueType::uuid:
    case ValueType::other:
      break;
  }
  return DUCKDB_TYPE_VARCHAR;
}

Feed& feed_of(void* extra) noexcept {
  return *static_cast<Feed*>(extra);
}

void bind_batch(duckdb_bind_info info) {
  for (const ResultColumn& column : feed_of(duckdb.bind_get_extra_info(info)).types) {
    duckdb_logical_type type = duckdb.create_logical_type(engine_type(column.type));
    duckdb.bind_add_result_column(info, column.name.c_str(), type);
    duckdb.destroy_logical_type(&type);
  }
}

void begin_batch(duckdb_init_info info) {
  feed_of(duckdb.init_get_extra_info(info)).next = 0;
  duckdb.init_set_max_threads(info, 1);  // rows come in their order
}

template <typename T, typename From>
void fill(void* data, std::span<const From> from) noexcept {
  T* const to = static_cast<T*>(data);
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = static_cast<T>(from[i]);
}

// Short texts stand in the engine's own words, longer ones are pointed to.
void fill_texts(void* data, const BatchColumn& column, std::size_t first, std::size_t count) noexcept {
  constexpr std::uint32_t kInlined = sizeof(duckdb_string_t::value.inlined.inlined);
  auto* const to = static_cast<duckdb_string_t*>(data);
  for (std::size_t i = 0; i < count; ++i) {
    const char* const text = column.bytes.data() + column.offsets[first + i];
    const std::uint32_t size = column.offsets[first + i + 1] - column.offsets[first + i];
    duckdb_string_t value{};
    if (size <= kInlined) {
      value.value.inlined.length = size;
      if (size > 0) std::memcpy(value.value.inlined.inlined, text, size);
    } else {
      value.value.pointer.length = size;
      std::memcpy(value.value.pointer.prefix, text, sizeof value.value.pointer.prefix);
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the engine reads it only
      value.value.pointer.ptr = const_cast<char*>(text);
    }
    to[i] = value;
  }
}

void fill_column(duckdb_vector vector, ValueType type, const BatchColumn& column, std::size_t first,
                 std::size_t count) {
  void* const data = duckdb.vector_get_data(vector);
  const auto integers = [&] { return column.integers.subspan(first, count); };
  switch (type) {
    case ValueType::boolean:
      fill<bool>(data, integers());
      break;
    case ValueType::date:
      fill<std::int32_t>(data, integers());
      break;
    case ValueType::integer:
    case ValueType::timestamp:
      fill<std::int64_t>(data, integers());
      break;
    case ValueType::number:
      fill<double>(data, column.numbers.subspan(first, count));
      break;
    case ValueType::text:
    case ValueType::uuid:
    case ValueType::other:
      fill_texts(data, column, first, count);
  }
  const auto valid = column.valid.subspan(first, count);
  if (std::find(valid.begin(), valid.end(), std::uint8_t{0}) == valid.end()) return;
  duckdb.vector_ensure_validity_writable(vector);
  std::uint64_t* const validity = duckdb.vector_get_validity(vector);
  for (std::size_t i = 0; i < count; ++i) {
    if (valid[i] == 0) validity[i / 64] &= ~(std::uint64_t{1} << (i % 64));
  }
}

void give_rows(duckdb_function_info info, duckdb_data_chunk output) {
  Feed& feed = feed_of(duckdb.function_get_extra_info(info));
  const std::size_t count = std::min<std::size_t>(feed.rows - feed.next, duckdb.vector_size());
  for (std::size_t c = 0; c < feed.types.size(); ++c) {
    fill_column(duckdb.data_chunk_get_vector(output, c), feed.types[c].type, feed.columns[c], feed.next,
                count);
  }
  duckdb.data_chunk_set_size(output, count);
  feed.next += count;
}

}  // namespace

struct BatchQuery::Impl {
  Feed feed;  // outlives the engine, which points to it
  std::unique_ptr<QueryEngine> engine;
  std::optional<Prepared> prepared;

  Status register_feed(duckdb_connection connection) {
    duckdb_table_function function = duckdb.create_table_function();
    duckdb.table_function_set_name(function, kFunction);
    duckdb.table_function_set_extra_info(function, &feed, nullptr);
    duckdb.table_function_set_bind(function, bind_batch);
    duckdb.table_function_set_init(function, begin_batch);
    duckdb.table_function_set_function(function, give_rows);
    const duckdb_state state = duckdb.register_table_function(connection, function);
    duckdb.destroy_table_function(&function);
    if (state != DuckDBSuccess) return fail(Errc::internal, "the query engine does not take the batch");
    return {};
  }
};

BatchQuery::BatchQuery(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
BatchQuery::~BatchQuery() {
  impl_->prepared.reset();  // before the connection
}

Result<std::unique_ptr<BatchQuery>> BatchQuery::open(const EngineOptions& options,
                                                     const std::vector<ResultColumn>& columns,
                                                     const std::string& select) {
  auto impl = std::make_unique<Impl>();
  impl->feed.types = columns;
  WEIR_TRY(impl->engine, QueryEngine::open(options));
  WEIR_TRY_STATUS(impl->engine->start());
  WEIR_TRY_STATUS(impl->register_feed(impl->engine->impl_->connection));
  impl->prepared.emplace(impl->engine->impl_->connection, "SELECT " + select + " FROM " + kFunction + "()");
  if (!impl->prepared->good()) return engine_error(impl->prepared->error());
  return std::unique_ptr<BatchQuery>(new BatchQuery(std::move(impl)));
}

Status BatchQuery::run(std::span<const BatchColumn> columns, std::size_t rows, const ChunkVisitor& visit) {
  WEIR_CHECK(columns.size() == impl_->feed.types.size(), "a batch of other columns than the query's");
  impl_->feed.columns = columns;
  impl_->feed.rows = rows;
  impl_->feed.next = 0;
  return QueryEngine::run(*impl_->prepared, visit);
}

}  // namespace weir::store
