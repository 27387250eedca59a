// Any number of event rows into time order, in bounded memory: whenever a chunk of them has come, it is
// sorted and laid down column by column; in the end chunks are merged while they are read.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "timeline/column.h"
#include "timeline/row_columns.h"
#include "timeline/spool.h"

namespace weir::timeline {

// Rows that are held in memory at once: 60 bytes each, 20 more while they are sorted.
inline constexpr std::size_t kChunkRows = std::size_t{1} << 24U;

// Whether the values of a column may share a step worth finding.
[[nodiscard]] constexpr bool has_steps(std::uint32_t column) noexcept {
  return column == kRowOccurred || column == kRowKnownAfter || column == kRowRetractedAt ||
         column == kRowAmount || column >= kRowFirstValue;
}
// What finds the smallest coding of a column whose values are written as they are.
[[nodiscard]] CodingFinder finder_of(std::uint32_t column) noexcept;

// A handle before handles are sorted: a number within its kind.
struct PendingHandle {
  Kind kind{kLead};
  std::uint32_t number{0};
};

// A handle that a row names beside its keys.
struct AlsoNamed {
  PendingHandle handle;
  Row row{0};
};

// One column of a chunk, in the order of its rows.
struct LaidColumn {
  Spool spool;
  Varying::Form form{Varying::Form::one};
  std::uint64_t first{0};  // the value of the form `one`
  std::uint64_t null{0};
};

struct LaidChunk {
  std::size_t rows{0};
  std::vector<LaidColumn> columns;
  std::vector<AlsoNamed> also;  // by row
};

// Front to back over one column of a chunk. The chunk outlives it.
class LaidReader {
 public:
  LaidReader(const LaidColumn& column, std::size_t rows) : column_(&column), left_(rows) {}
  // Whether next() needs refill() first.
  [[nodiscard]] bool is_drained() const noexcept { return at_ == values_.size(); }
  [[nodiscard]] std::uint64_t next() noexcept { return values_[at_++]; }
  // Reads on. At the end there are no values.
  [[nodiscard]] Status refill();

 private:
  static constexpr std::size_t kBlock = 4096;
  const LaidColumn* column_;
  std::size_t left_;
  std::size_t at_{0};
  std::vector<std::uint64_t> values_;
  std::optional<SpoolReader> file_;
};

// Front to back over one column in time order. The rows outlive it.
class RowReader {
 public:
  // The next `count` values; as many must be left.
  [[nodiscard]] Status next(std::size_t count, std::vector<std::uint64_t>& values);

 private:
  friend class OrderedRows;
  std::size_t at_{0};
  const Varying* column_{nullptr};  // of rows in memory, in order of arrival
  const std::vector<Row>* order_{nullptr};
  const std::vector<std::uint8_t>* chunk_of_{nullptr};
  std::vector<LaidReader> chunks_;
};

class OrderedRows {
 public:
  // Without a place rows stay in memory, however many they are. The place outlives it.
  OrderedRows(std::uint32_t value_count, SpoolPlace* place, std::size_t chunk_rows = kChunkRows);

  // While rows come: push a value into each column of arriving(), name() what the row names besides, then
  // end_row(); when is_full(), lay_down() before the next one.
  void expect(std::size_t rows) { arriving_.expect(place_ == nullptr ? rows : std::min(rows, chunk_rows_)); }
  [[nodiscard]] RowColumns& arriving() noexcept { return arriving_; }
  void name(PendingHandle handle) { also_.push_back({handle, static_cast<Row>(arriving_.size() - 1)}); }
  void end_row() noexcept { ++size_; }
  [[nodiscard]] bool is_full() const noexcept { return place_ != nullptr && arriving_.size() >= chunk_rows_; }
  [[nodiscard]] Status lay_down();
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  // After the last row. From here on rows are numbered in time order.
  [[nodiscard]] Status order();
  // The smallest coding of a column whose values are written as they are.
  [[nodiscard]] Coding coding(std::uint32_t column) const { return finders_[column].coding(); }
  [[nodiscard]] Result<RowReader> reader(std::uint32_t column) const;
  // Gives the column's memory or files back.
  void drop(std::uint32_t column);
  // By row.
  [[nodiscard]] std::vector<AlsoNamed> take_also() { return std::move(also_); }

 private:
  static constexpr std::size_t kMostChunks = std::numeric_limits<std::uint8_t>::max() + std::size_t{1};
  [[nodiscard]] Status lay_column(const Varying& column, const std::vector<Row>& order, LaidChunk& chunk);
  void see_values();
  void place_also(const std::vector<Row>& order);
  [[nodiscard]] Status merge();

  SpoolPlace* place_;
  std::size_t chunk_rows_;
  std::size_t size_{0};
  RowColumns arriving_;
  std::vector<AlsoNamed> also_;  // of the arriving chunk; in the end of all rows
  std::vector<CodingFinder> finders_;
  std::vector<LaidChunk> chunks_;
  std::vector<Row> order_;              // of rows in memory
  std::vector<std::uint8_t> chunk_of_;  // per row in time order, when there are chunks
};

}  // namespace weir::timeline
