#include "engine/asked_points.h"

#include <algorithm>

#include "base/nearest_name.h"
#include "engine/evaluated_funnel.h"
#include "store/query_engine.h"

namespace weir::engine {
namespace {

Result<std::string> relation_of(const std::string& path) {
  if (path.ends_with(".parquet")) return "read_parquet(" + store::sql_quote(path) + ")";
  if (path.ends_with(".csv"))
    return "read_csv(" + store::sql_quote(path) + ", header = true, all_varchar = true)";
  return fail(Errc::usage, "--points takes a file that ends in .csv or .parquet");
}

}  // namespace

Result<AskedPoints> read_points(const CompiledWorkspace& workspace, const std::string& path) {
  WEIR_TRY(const std::string relation, relation_of(path));
  WEIR_TRY(const auto engine, store::QueryEngine::open({}));
  const auto columns = engine->describe("SELECT * FROM " + relation);
  if (!columns.has_value()) {
    const std::string& why = columns.error().message;  // its first line; the rest is the query
    return fail(Errc::usage, "the points cannot be read: " + why.substr(0, why.find('\n')), Place{path});
  }
  std::vector<std::string> names;
  bool is_instant = false;
  for (const auto& column : *columns) {
    names.push_back(column.name);
    if (column.name == "as_of") is_instant = column.type == store::ValueType::timestamp;
  }
  for (const char* needed : {"subject", "as_of"}) {
    if (std::find(names.begin(), names.end(), needed) == names.end()) {
      return fail(Errc::usage,
                  "the points need a column '" + std::string(needed) + "'" + did_you_mean(needed, names),
                  Place{path});
    }
  }
  AskedPoints asked;
  std::int64_t row = 0;
  const auto refuse = [&](const std::string& why) {
    asked.mistakes.emplace(row, path + ": row " + std::to_string(row) + ": " + why);
  };
  const auto ask = [&](std::string_view subject, std::int64_t as_of) {
    asked.subjects.add(subject);
    asked.as_of.push_back(as_of);
    asked.row.push_back(row);
  };
  WEIR_TRY_STATUS(engine->query(
      "SELECT CAST(subject AS VARCHAR), " +
          std::string(is_instant ? "epoch_us(as_of)" : "CAST(as_of AS VARCHAR)") + " FROM " + relation,
      [&](const store::QueryChunk& chunk) -> Status {
        for (std::size_t i = 0; i < chunk.row_count(); ++i) {
          ++row;
          if (chunk.is_null(0, i) || chunk.text(0, i).empty()) {
            refuse("there is no subject");
          } else if (chunk.is_null(1, i)) {
            refuse("there is no as_of");
          } else if (is_instant) {
            ask(chunk.text(0, i), chunk.integer(1, i));
          } else if (const auto moment = parse_moment(workspace.zone, std::string(chunk.text(1, i)), {})) {
            ask(chunk.text(0, i), *moment);
          } else {
            refuse(moment.error().message);
          }
        }
        return {};
      }));
  return asked;
}

}  // namespace weir::engine
