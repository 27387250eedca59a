// Makes the runs: per handle the rows that name it, with their times and signals beside them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "timeline/section_file.h"
#include "timeline/timeline_store.h"

namespace weir::timeline {

// A row that names a handle beside the key of its kind.
struct Named {
  Handle handle{0};
  Row row{0};
};

// In this order: times, signals, each kind, finish.
class RunWriter {
 public:
  RunWriter(SectionWriter& out, std::size_t handles) : out_(out) { offsets_.reserve(handles + 1); }

  // Both also write the rows' own columns. `order`: in time, the places in `occurred_at` and `signal`.
  [[nodiscard]] Status times(const std::vector<std::int64_t>& occurred_at, const std::vector<Row>& order);
  [[nodiscard]] Status signals(const std::vector<std::uint32_t>& signal, const std::vector<Row>& order,
                               std::size_t signal_count);
  // Handles [first, end). `keys`: per row in time order, or empty; `also` sorted by handle.
  void add_kind(Handle first, Handle end, const std::vector<Handle>& keys, std::span<const Named> also);
  [[nodiscard]] Status finish();

 private:
  SectionWriter& out_;
  Coding time_coding_;
  bool has_signals_{true};
  std::vector<std::uint32_t> time32_, signal_;  // per row
  std::vector<std::uint64_t> time64_;
  std::vector<std::uint64_t> offsets_{0};
  std::vector<Row> run_rows_;
};

}  // namespace weir::timeline
