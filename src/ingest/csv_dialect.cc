#include "ingest/csv_dialect.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory_resource>
#include <vector>

namespace weir::ingest {
namespace {

constexpr int kMaxSampleRecords = 200;

struct SampleShape {
  std::size_t records{0};
  std::size_t usual_cells{0};    // the most frequent number of cells
  std::size_t usual_records{0};  // how many records have it
  std::size_t header_cells{0};
  std::size_t later_cells{0};   // all but each record's first
  std::size_t spaced_cells{0};  // of these: begin with a space and go on
};

SampleShape shape_of(std::string_view sample, bool is_whole, const CsvDialect& dialect) {
  SampleShape shape;
  CsvScanner scanner(dialect);
  scanner.set_text(sample, is_whole);
  std::pmr::monotonic_buffer_resource arena;
  std::map<std::size_t, std::size_t> records_by_cells;
  std::vector<contract::Cell> cells;
  for (std::size_t at = 0; at < sample.size() && shape.records < kMaxSampleRecords;) {
    cells.clear();
    const CsvRecord record = scanner.read_record(at, cells, arena);
    if (record.outcome != CsvRecord::Outcome::complete) break;
    at = record.end;
    if (record.is_blank) continue;
    if (shape.records++ == 0) shape.header_cells = cells.size();
    ++records_by_cells[cells.size()];
    for (std::size_t i = 1; i < cells.size(); ++i) {
      if (cells[i].size == 0) continue;
      ++shape.later_cells;
      if (cells[i].kind == contract::CellKind::plain && cells[i].size > 1 && cells[i].text().front() == ' ')
        ++shape.spaced_cells;
    }
  }
  for (const auto& [count, records] : records_by_cells) {
    if (records < shape.usual_records) continue;
    shape.usual_cells = count;
    shape.usual_records = records;
  }
  return shape;
}

// Share of records that have the header's number of cells, if there is more than one cell.
double regularity(const SampleShape& shape) noexcept {
  if (shape.records == 0 || shape.header_cells < 2 || shape.usual_cells < 2) return 0;
  const double share = static_cast<double>(shape.usual_records) / static_cast<double>(shape.records);
  return shape.usual_cells == shape.header_cells ? share : share / 2;
}

}  // namespace

CsvDialect detect_dialect(std::string_view sample, bool is_whole, const workspace::CsvOptions& options) {
  CsvDialect best;
  best.quote = options.quote.value_or('"');
  best.delimiter = options.delimiter.value_or(',');
  SampleShape best_shape = shape_of(sample, is_whole, best);
  if (!options.delimiter) {
    for (const char delimiter : {';', '\t', '|'}) {
      const CsvDialect candidate{delimiter, best.quote, false};
      const SampleShape shape = shape_of(sample, is_whole, candidate);
      const double gain = regularity(shape) - regularity(best_shape);
      const bool more_cells = shape.header_cells > best_shape.header_cells;
      if (gain > 0.05 || (gain >= -0.05 && more_cells && regularity(shape) > 0)) {
        best = candidate;
        best_shape = shape;
      }
    }
  }
  best.skips_space =
      best_shape.later_cells > 0 && best_shape.spaced_cells * 20 >= best_shape.later_cells * 19;
  return best;
}

}  // namespace weir::ingest
