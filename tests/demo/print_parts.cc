// Prints every value of Parquet parts as text, a row per line: what tests/demo/run.py searches for persons.
#include <cstdio>
#include <string>

#include "base/result.h"
#include "store/query_engine.h"

namespace {

using weir::store::QueryChunk;
using weir::store::QueryEngine;
using weir::store::sql_quote;

weir::Status print_rows(QueryEngine& engine, const std::string& path) {
  const std::string rows = "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet(" + sql_quote(path) + ")";
  WEIR_TRY(const auto columns, engine.describe(rows));
  return engine.query(rows, [&](const QueryChunk& chunk) {
    for (std::size_t row = 0; row < chunk.row_count(); ++row) {
      for (std::size_t column = 0; column < columns.size(); ++column) {
        if (chunk.is_null(column, row)) continue;
        const std::string_view text = chunk.text(column, row);
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fputc('\t', stdout);
      }
      std::fputc('\n', stdout);
    }
    return weir::Status{};
  });
}

}  // namespace

int main(int argc, char** argv) {
  const auto engine = QueryEngine::open({});
  if (!engine) {
    std::fprintf(stderr, "%s\n", to_text(engine.error()).c_str());
    return 1;
  }
  for (int i = 1; i < argc; ++i) {
    const weir::Status done = print_rows(**engine, argv[i]);
    if (done.has_value()) continue;
    std::fprintf(stderr, "%s: %s\n", argv[i], to_text(done.error()).c_str());
    return 1;
  }
  return 0;
}
