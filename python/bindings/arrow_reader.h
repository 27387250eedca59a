// Reads what other programs export through the Arrow C interfaces: numbers and texts of a column, block by block. No Python here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arrow_abi.h"
#include "base/result.h"

namespace weir::python {

// Rows that are handed to a kernel at once: what is copied of a table stays this small.
inline constexpr std::size_t kBlockRows = 8192;

// A run of rows of one column. Views the batch, which must outlive it.
class ColumnBlock {
 public:
  ColumnBlock(const ArrowSchema& schema, const ArrowArray& array, std::int64_t first, std::size_t count) noexcept
      : schema_(&schema), array_(&array), first_(first), count_(count) {}

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] bool is_text() const noexcept;
  // Floats, integers and booleans; NaN for null. Fails on another type and on an infinite number.
  [[nodiscard]] Result<std::vector<double>> numbers() const;
  // Strings, plain or from a dictionary; empty optional for null. The views live as long as the batch.
  [[nodiscard]] Result<std::vector<std::optional<std::string_view>>> texts() const;
  // Timestamps with or without a zone, as UTC microseconds; empty for null.
  [[nodiscard]] Result<std::vector<std::optional<std::int64_t>>> instants() const;

 private:
  [[nodiscard]] std::string sentence(std::string_view expected) const;
  const ArrowSchema* schema_;
  const ArrowArray* array_;
  std::int64_t first_;    // place in the array's buffers
  std::size_t count_;
};

// Rows of a table that lie in one batch.
class TableBlock {
 public:
  TableBlock(const ArrowSchema& schema, const ArrowArray& batch, std::int64_t first, std::size_t count) noexcept
      : schema_(&schema), batch_(&batch), first_(first), count_(count) {}
  [[nodiscard]] std::size_t row_count() const noexcept { return count_; }
  [[nodiscard]] bool has_null_row() const noexcept;
  // Fails when there is none, with the nearest name, or when there are two of the name.
  [[nodiscard]] Result<ColumnBlock> column(std::string_view name) const;
  // What a stream of a single column holds.
  [[nodiscard]] ColumnBlock only_column() const noexcept { return {*schema_, *batch_, batch_->offset + first_, count_}; }

 private:
  const ArrowSchema* schema_;
  const ArrowArray* batch_;
  std::int64_t first_;
  std::size_t count_;
};

// A table or a column that is read once, front to back: a stream, or one array.
class ArrowInput {
 public:
  [[nodiscard]] static Result<ArrowInput> open(Owned<ArrowArrayStream> stream);
  [[nodiscard]] static ArrowInput of(Owned<ArrowSchema> schema, Owned<ArrowArray> array) noexcept;

  // Fails unless it is a table (a stream of structs), respectively a single column.
  [[nodiscard]] Status for_each_table_block(const std::function<Status(const TableBlock&)>& use);
  [[nodiscard]] Status for_each_column_block(const std::function<Status(const ColumnBlock&)>& use);

 private:
  ArrowInput() = default;
  [[nodiscard]] bool is_table() const noexcept;
  [[nodiscard]] Status for_each_block(const std::function<Status(const TableBlock&)>& use);
  [[nodiscard]] Result<bool> next();
  Owned<ArrowArrayStream> stream_;
  Owned<ArrowSchema> schema_;
  Owned<ArrowArray> batch_;
};

}  // namespace weir::python
