// One query over batch after batch of columns that stay where they are: there is no table of them, and texts
// are not copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/query_engine.h"

namespace weir::store {

// A column of a batch, with a value for each row; `valid` is 0 where it is null. By its type one of the
// others is in use: integers (integer, boolean as 0 or 1, date as days, timestamp), numbers, or offsets and
// bytes (text, UTF-8).
struct BatchColumn {
  std::span<const std::uint8_t> valid;
  std::span<const std::int64_t> integers;
  std::span<const double> numbers;
  std::span<const std::uint32_t> offsets;  // text i is bytes[offsets[i] .. offsets[i + 1])
  std::string_view bytes;
};

// Not thread-safe.
class BatchQuery {
 public:
  // `select`: what stands between SELECT and FROM, over `columns`; at least one of boolean to timestamp.
  [[nodiscard]] static Result<std::unique_ptr<BatchQuery>> open(const EngineOptions& options,
                                                                const std::vector<ResultColumn>& columns,
                                                                const std::string& select);
  ~BatchQuery();
  BatchQuery(const BatchQuery&) = delete;
  BatchQuery& operator=(const BatchQuery&) = delete;

  // One row of the result per row of the batch, in their order. `columns` are those of open().
  [[nodiscard]] Status run(std::span<const BatchColumn> columns, std::size_t rows, const ChunkVisitor& visit);

 private:
  struct Impl;
  explicit BatchQuery(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::store
