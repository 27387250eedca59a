#include "ingest/event_columns.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/nearest_name.h"

namespace weir::ingest {
namespace {

constexpr std::size_t kChunkRows = 2'048;

bool ends_with_any(const std::string& path, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

// The files as the query engine reads them; "" for an ending that says no format.
std::string relation_of(const std::vector<std::string>& paths) {
  std::string list;
  for (const auto& path : paths) list += (list.empty() ? "[" : ", ") + store::sql_quote(path);
  list += "]";
  const std::string& first = paths.front();
  if (ends_with_any(first, {".parquet"})) return "read_parquet(" + list + ")";
  if (ends_with_any(first, {".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz"}))
    return "read_csv(" + list + ", header = true)";
  if (ends_with_any(first, {".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"}))
    return "read_json(" + list + ", format = 'newline_delimited')";
  return "";
}

bool is_nested(const std::string& type) {
  return type.starts_with("STRUCT") || type.starts_with("MAP") || type.starts_with("UNION") ||
         type.ends_with("]") || type == "BLOB" || type == "BIT";
}

bool is_whole(const std::string& type) {
  return type.ends_with("INT") || type == "INTEGER" || type == "UINTEGER";
}

bool is_number(const std::string& type) {
  return is_whole(type) || type == "DOUBLE" || type == "FLOAT" || type.starts_with("DECIMAL");
}

}  // namespace

Result<EventColumns> EventColumns::open(FileSystem& files, store::QueryEngine& engine,
                                        const std::string& pattern, const EventColumnNames& names) {
  EventColumns columns(engine, pattern);
  WEIR_TRY(const auto paths, files.glob(pattern));
  if (paths.empty()) return fail(Errc::usage, "--events: there is no file '" + pattern + "'");
  columns.relation_ = relation_of(paths);
  if (columns.relation_.empty())
    return fail(Errc::usage,
                "--events takes files that end in .parquet, .csv, .tsv, .txt, .jsonl or .ndjson; '" +
                    paths.front() + "' does not");
  const Status described = engine.query(
      "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM " + columns.relation_ + ")",
      [&](const store::QueryChunk& chunk) -> Status {
        for (std::size_t row = 0; row < chunk.row_count(); ++row)
          columns.columns_.push_back({std::string(chunk.text(0, row)), std::string(chunk.text(1, row))});
        return {};
      });
  if (!described.has_value()) return columns.unreadable(described.error());
  WEIR_TRY_STATUS(columns.bind(names));
  return columns;
}

Failure EventColumns::unreadable(const Error& cause) const {
  const std::string why = cause.message.substr(0, std::min(cause.message.find('\n'), std::size_t{300}));
  return fail(Errc::invalid_data, "the events cannot be read: " + why, Place{pattern_, 0, 0});
}

Status EventColumns::bind(const EventColumnNames& names) {
  if (names.subject.empty())
    return fail(Errc::usage, "--events needs --subject with the column that says whose events they are");
  WEIR_TRY(const std::string subject, text_of("--subject", names.subject, true));
  WEIR_TRY(const std::string time, time_of(names.time));
  WEIR_TRY(const std::string type, text_of("--type", names.type, false));
  select_ = "SELECT " + subject + ", " + time + ", " + type;
  for (const auto& name : names.keys) {
    WEIR_TRY(const std::string key, text_of("--by, --hold", name, false));
    select_ += ", " + key;
  }
  keys_ = names.keys.size();
  has_amount_ = !names.amount.empty();
  if (has_amount_) {
    WEIR_TRY(const std::string amount, number_of(names.amount));
    select_ += ", " + amount;
  }
  select_ += " FROM " + relation_;
  return {};
}

Result<const EventColumns::Column*> EventColumns::find(const std::string& what,
                                                       const std::string& name) const {
  std::vector<std::string> known;
  for (const Column& column : columns_) {
    if (column.name == name) return &column;
    known.push_back(column.name);
  }
  std::string list;
  for (const auto& each : known) list += (list.empty() ? "" : ", ") + each;
  return fail(Errc::usage, what + ": the events have no column '" + name + "'; there are: " + list +
                               did_you_mean(name, known));
}

// `is_id`: fractions and times are no names of anybody.
Result<std::string> EventColumns::text_of(const std::string& what, const std::string& name,
                                          bool is_id) const {
  WEIR_TRY(const Column* column, find(what, name));
  const std::string sql = store::sql_name(name);
  if (column->type == "VARCHAR") return sql;
  const bool is_odd =
      is_nested(column->type) ||
      (is_id && !is_whole(column->type) && column->type != "UUID" && !column->type.starts_with("ENUM"));
  if (is_odd)
    return fail(Errc::usage, what + ": column '" + name + "' holds " + column->type +
                                 (is_id ? "; expected text, whole numbers or UUIDs" : "; expected text"));
  return sql + "::VARCHAR";
}

Result<std::string> EventColumns::time_of(const std::string& name) {
  WEIR_TRY(const Column* column, find("--time", name));
  const std::string sql = store::sql_name(name);
  const std::string& type = column->type;
  if (type == "TIMESTAMP" || type == "TIMESTAMP WITH TIME ZONE") return sql;
  if (type == "VARCHAR") return "nullif(" + sql + ", '')::TIMESTAMP";  // of a time with an offset in UTC
  are_days_ = type == "DATE";
  if (are_days_ || type.starts_with("TIMESTAMP")) return sql + "::TIMESTAMP";
  const std::string hint =
      is_number(type) ? ", which may be seconds or milliseconds; write them as timestamps" : "";
  return fail(Errc::usage,
              "--time: column '" + name + "' holds " + type + hint +
                  "; expected timestamps, with or without a time zone (then UTC), text of them, or dates");
}

Result<std::string> EventColumns::number_of(const std::string& name) const {
  WEIR_TRY(const Column* column, find("--amount", name));
  if (!is_number(column->type))
    return fail(Errc::usage, "--amount: column '" + name + "' holds " + column->type + "; expected numbers");
  return store::sql_name(name) + "::DOUBLE";
}

Status EventColumns::scan(const EventChunkVisitor& visit) const {
  std::vector<std::array<std::string_view, kChunkRows>> texts(2 + keys_);
  std::vector<std::int64_t> times(kChunkRows);
  std::vector<double> amounts(has_amount_ ? kChunkRows : 0);
  std::vector<std::uint32_t> codes(kChunkRows);  // each row has a text of its own
  std::iota(codes.begin(), codes.end(), 0U);
  EventChunk chunk;
  chunk.keys.resize(keys_);
  Status status;
  const Status read = engine_->query(select_, [&](const store::QueryChunk& rows) -> Status {
    const std::size_t count = rows.row_count();
    WEIR_CHECK(count <= kChunkRows, "a chunk of more rows than the query engine gives");
    const auto read_texts = [&](std::size_t column, std::size_t place) {
      rows.read_texts(column, texts[place].data());
      return EventTexts{std::span(codes).first(count), std::span(texts[place]).first(count), 0, 0};
    };
    chunk.subjects = read_texts(0, 0);
    chunk.types = read_texts(2, 1);
    for (std::size_t key = 0; key < keys_; ++key) chunk.keys[key] = read_texts(3 + key, 2 + key);
    rows.read_integers(1, times.data());
    for (std::size_t row = 0; row < count; ++row) {
      const bool is_infinite = times[row] == INT64_MAX || times[row] == -INT64_MAX;
      if (is_infinite || rows.is_null(1, row)) times[row] = kNoTime;
    }
    chunk.occurred_at = std::span(times).first(count);
    if (has_amount_) {
      rows.read_numbers(3 + keys_, amounts.data());
      for (std::size_t row = 0; row < count; ++row) {
        if (rows.is_null(3 + keys_, row)) amounts[row] = std::numeric_limits<double>::quiet_NaN();
      }
      chunk.amounts = std::span(amounts).first(count);
    }
    status = visit(chunk);
    return status;
  });
  if (!status.has_value()) return status;
  return read.has_value() ? Status{} : Status(unreadable(read.error()));
}

}  // namespace weir::ingest
