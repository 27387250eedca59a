#include "engine/point_file.h"

#include <algorithm>

#include "engine/evaluated_funnel.h"
#include "store/query_engine.h"

namespace weir::engine {

Result<GivenPoints> read_points(const Environment& environment, const CompiledWorkspace& workspace, const std::string& path) {
  if (!environment.files->exists(path)) return fail(Errc::usage, "there is no file " + path);
  const bool is_parquet = path.size() >= 8 && path.compare(path.size() - 8, 8, ".parquet") == 0;
  const std::string table = is_parquet ? "read_parquet(" + store::sql_quote(path) + ")"
                                       : "read_csv(" + store::sql_quote(path) + ", header = true, all_varchar = true)";
  WEIR_TRY(const auto engine, store::QueryEngine::open({}));
  const auto columns = engine->describe("SELECT * FROM " + table);
  if (!columns.has_value()) return fail(Errc::usage, path + " cannot be read: " + columns.error().message);
  store::ValueType time_type = store::ValueType::text;
  for (const char* name : {"subject", "as_of"}) {
    const auto at = std::find_if(columns->begin(), columns->end(), [&](const auto& column) { return column.name == name; });
    if (at == columns->end()) return fail(Errc::usage, path + " has no column '" + name + "'; it needs `subject` and `as_of`");
    if (std::string(name) == "as_of") time_type = at->type;
  }
  // Times of a Parquet file are instants already; text says a date or an instant.
  const std::string time = time_type == store::ValueType::timestamp ? "strftime(CAST(as_of AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%fZ')" : "CAST(as_of AS VARCHAR)";
  GivenPoints given;
  std::int64_t line = 1;
  const std::string unit = is_parquet ? "row " : "line ";
  WEIR_TRY_STATUS(engine->execute("SET TimeZone = 'UTC'"));
  WEIR_TRY_STATUS(engine->query("SELECT CAST(subject AS VARCHAR), " + time + " FROM " + table, [&](const store::QueryChunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      ++line;
      const std::string place = path + ": " + unit + std::to_string(is_parquet ? line - 1 : line) + ": ";
      if (chunk.is_null(0, row) || chunk.text(0, row).empty()) {
        given.refused.push_back(place + "it names no subject");
        continue;
      }
      if (chunk.is_null(1, row)) {
        given.refused.push_back(place + "it says no as_of");
        continue;
      }
      const auto at = parse_moment(workspace.zone, std::string(chunk.text(1, row)), {});
      if (!at.has_value()) {
        given.refused.push_back(place + at.error().message);
        continue;
      }
      given.points.push_back({std::string(chunk.text(0, row)), *at, line});
    }
    return {};
  }));
  return given;
}

}  // namespace weir::engine
