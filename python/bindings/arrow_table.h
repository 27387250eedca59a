// A table that weir made, as other programs take it through the Arrow C interfaces: the same memory, kept alive as long as
// anybody holds it. No Python here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow_abi.h"

namespace weir::python {

// Memory of a column with whoever owns it.
struct Buffer {
  std::shared_ptr<const void> owner;
  const void* data{nullptr};
};

// Takes the vector over, without a copy.
template <typename T>
[[nodiscard]] Buffer buffer_of(std::vector<T> values) {
  auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  const void* data = owner->data();
  return {std::move(owner), data};
}

// Column in the layout of its Arrow format; buffers[0] is the validity bitmap, empty without nulls.
struct TableColumn {
  std::string name;
  std::string format;                              // "g", "i", "b", "u", "tsu:UTC"
  std::int64_t length{0};
  std::int64_t null_count{0};
  std::vector<Buffer> buffers;
  std::shared_ptr<const TableColumn> dictionary;   // of a category: its levels
};

// NaN is null. Takes the numbers over.
[[nodiscard]] TableColumn number_column(std::string name, std::vector<double> numbers);
// 0 is null.
[[nodiscard]] TableColumn rating_column(std::string name, std::vector<std::int32_t> ratings);
[[nodiscard]] TableColumn flag_column(std::string name, const std::vector<bool>& flags);
[[nodiscard]] TableColumn text_column(std::string name, const std::vector<std::string>& texts);
[[nodiscard]] TableColumn instant_column(std::string name, std::vector<std::int64_t> micros);
// Codes into levels; features::kNoLevel is null. Takes the codes over.
[[nodiscard]] TableColumn category_column(std::string name, std::vector<std::uint32_t> codes, const std::vector<std::string>& levels);

class Table {
 public:
  Table(std::int64_t row_count, std::vector<TableColumn> columns) : row_count_(row_count), columns_(std::move(columns)) {}

  [[nodiscard]] std::int64_t row_count() const noexcept { return row_count_; }
  [[nodiscard]] const std::vector<TableColumn>& columns() const noexcept { return columns_; }
  // Each gives a struct that the caller must release; it may outlive this table.
  void export_schema(ArrowSchema* schema_out) const;
  void export_array(ArrowArray* array_out) const;
  void export_stream(ArrowArrayStream* stream_out) const;

 private:
  std::int64_t row_count_{0};
  std::vector<TableColumn> columns_;
};

}  // namespace weir::python
