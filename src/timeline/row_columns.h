// The numbers of event rows in order of arrival, column by column, and their order in time.
#pragma once

#include <cstdint>
#include <vector>

#include "timeline/timeline_store.h"
#include "timeline/varying.h"

namespace weir::timeline {

// What a row has. Keys, currencies and signals are numbers in order of appearance.
enum RowColumn : std::uint32_t {
  kRowOccurred,  // signed
  kRowRank,      // signed
  kRowSequence,  // signed
  kRowIdHigh,    // of the event
  kRowIdLow,
  kRowKnownAfter,  // known_at - occurred_at, modulo 2^64
  kRowRetractedAt,
  kRowSourceRow,
  kOrderingColumns,  // rows are ordered by the columns before this one, first things first
  kRowDelivery = kOrderingColumns,
  kRowSignal,
  kRowAmount,
  kRowCurrency,
  kRowFirstKey,
  kRowFirstValue = kRowFirstKey + kKinds,
};

// The value of a column that stands for "none".
[[nodiscard]] std::uint64_t null_of(std::uint32_t column) noexcept;

// About 60 bytes per row: columns whose values are all one take none.
class RowColumns {
 public:
  explicit RowColumns(std::uint32_t value_count);

  // Makes room for that many rows.
  void expect(std::size_t rows);
  [[nodiscard]] std::size_t size() const noexcept { return columns_[kRowOccurred].size(); }
  [[nodiscard]] std::uint32_t column_count() const noexcept {
    return static_cast<std::uint32_t>(columns_.size());
  }
  [[nodiscard]] Varying& operator[](std::uint32_t column) noexcept { return columns_[column]; }
  [[nodiscard]] const Varying& operator[](std::uint32_t column) const noexcept { return columns_[column]; }
  // A signed number.
  void push(std::uint32_t column, std::int64_t value) {
    columns_[column].push_back(static_cast<std::uint64_t>(value));
  }
  void push_unsigned(std::uint32_t column, std::uint64_t value) { columns_[column].push_back(value); }
  // Empty; keeps its memory for what comes next.
  void restart() noexcept;

 private:
  std::vector<Varying> columns_;
};

// Sorts by the upper 32 bits, keeping the order of what is equal in them.
void sort_by_upper_half(std::vector<std::uint64_t>& packed);

// The rows in time order: (occurred_at, rank, sequence, event id, known_at, ...).
[[nodiscard]] std::vector<Row> time_order(const RowColumns& rows);

}  // namespace weir::timeline
