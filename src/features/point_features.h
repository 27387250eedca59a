// Features of subjects at points in time, as known then: events with occurred_at < t and known_at < t, not
// taken back by then; links and relations likewise. So features at t are those of the log cut at t, whatever
// arrives later. Pure kernel. Rules per function: docs/features.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/large_pages.h"
#include "base/prefetch.h"
#include "base/zone.h"
#include "features/business_time.h"
#include "features/context_tables.h"
#include "features/definition.h"
#include "features/feature_matrix.h"
#include "funnel/stage_machine.h"
#include "identity/entity_links.h"
#include "timeline/timeline_store.h"

namespace weir::features {

struct Point {
  funnel::SubjectIndex subject{0};
  std::int64_t at{0};  // UTC microseconds
};

// Where the subject stood, as known at the point.
struct PointState {
  funnel::SubjectState state{funnel::SubjectState::none};
  funnel::StageIndex stage{funnel::kNoStage};  // kNoStage: in none (not yet, or between stages, or over)
  std::int64_t entered{0};                     // the open stay's entry
  std::int64_t last_touch{INT64_MIN};          // latest touch, own or via; INT64_MIN: none
  bool dormant{false};
  std::uint32_t event_count{0};  // visible events, own and via contacts and account
  std::uint32_t own_count{0};
  timeline::Row last_row{0xFFFFFFFF};  // the last own event; 0xFFFFFFFF: none
  timeline::Handle account{timeline::kNoHandle};
  timeline::Handle owner{timeline::kNoHandle};
  [[nodiscard]] bool is_open() const noexcept { return state == funnel::SubjectState::in_stage; }
};

// An attribute that groups subjects with a calendar in common.
struct CalendarAttribute {
  timeline::Kind kind{timeline::kAccount};
  std::uint32_t name{0};  // into the store's attribute names
};

// What the workspace's words mean in the store where a function needs several kinds of events at once.
struct Meanings {
  Selector inbound{Selector::Kind::none};  // from them to us
  Selector outbound{Selector::Kind::none};
  std::vector<Selector> objections, answers;  // raised; answered or resolved
  std::vector<Selector> steps;                // what plans a next step
  std::optional<CalendarAttribute> calendar_region, calendar_industry;
  std::optional<std::uint32_t>
      step_due;  // value of the store that says when: days since 1970; empty: occurred_at
};

// Everything outlives the computation.
struct FeatureInput {
  const timeline::TimelineStore* store{nullptr};
  const identity::EntityLinks* links{nullptr};
  std::span<const funnel::SubjectHandles> subjects;  // sorted by handle, as the points' indices mean them
  const funnel::FunnelShape* funnel{nullptr};
  std::span<const std::string> stage_names;  // in funnel order
  const Zone* zone{nullptr};
  const BusinessTime* business{nullptr};
  const Meanings* meanings{nullptr};
  std::span<const std::int64_t>
      base_amounts;  // per row: base minor units, kNoAmount without; empty: amounts as they are
  double minor_per_major{100};
  const ContextTables* context{nullptr};  // nullptr: features from context are null
};

struct Computed {
  FeatureMatrix matrix;            // one row per point, in the order of the points
  std::vector<PointState> states;  // likewise
};

// Columns of cells, row after row: what is written in any order of rows without missing the cache in every
// column.
template <typename Cell>
struct CellGrid {
  std::vector<std::size_t> definitions;               // of the columns
  std::vector<Cell, LargeRoomAllocator<Cell>> cells;  // rows * width(), or more

  static constexpr std::size_t kTile = 64 / sizeof(Cell);  // columns of a cache line
  [[nodiscard]] std::size_t width() const noexcept { return definitions.size(); }
  [[nodiscard]] Cell* row(std::size_t row) noexcept { return cells.data() + row * width(); }
  // Before it is written.
  void fetch_row(std::size_t row) const noexcept {
    const auto* const begin = reinterpret_cast<const char*>(cells.data() + row * width());
    for (std::size_t byte = 0; byte < width() * sizeof(Cell); byte += 64) prefetch(begin + byte);
  }
  // Columns [column, column + count) of rows [row, row + rows), count <= kTile; each to its own place, row by
  // row.
  void copy_columns(std::size_t row, std::size_t rows, std::size_t column, std::size_t count,
                    Cell* const* to) const noexcept {
    const Cell* from = cells.data() + row * width() + column;
    for (std::size_t i = 0; i < rows; ++i, from += width()) {
      for (std::size_t d = 0; d < count; ++d) to[d][i] = from[d];
    }
  }
};

// The same as grids, in the order of the points. Kept by the caller, so that blocks of points share its
// memory.
struct CellRows {
  std::size_t row_count{0};
  CellGrid<std::uint32_t> counts;  // of Function::count
  CellGrid<std::uint64_t> cells;   // of all others: a number's bits, or a level's code
};

// What was prepared for a set of definitions. Read-only after construction; thread-safe.
class FeatureKernel {
 public:
  FeatureKernel(const FeatureInput& input, std::span<const Definition> definitions);
  ~FeatureKernel();
  FeatureKernel(const FeatureKernel&) = delete;
  FeatureKernel& operator=(const FeatureKernel&) = delete;

  // Points in any order; each subject's rows are gathered once. The bits of a row depend on its point alone.
  // `threads`: subjects are shared out; results do not depend on it.
  [[nodiscard]] Computed compute(std::span<const Point> points, unsigned threads = 1) const;
  // The same without states, for which simple features of simple subjects take a shorter way.
  void compute_cells(std::span<const Point> points, unsigned threads, CellRows& out) const;
  // Of a category: what its codes stand for.
  [[nodiscard]] const std::vector<std::string>& levels(std::size_t definition) const noexcept;
  // The newest events that the feature counted or was drawn from at the point, newest first: proofs of a
  // reason.
  [[nodiscard]] std::vector<timeline::Row> evidence(std::size_t definition, const Point& point,
                                                    std::size_t limit) const;

 private:
  struct Prepared;
  void compute_rows(std::span<const Point> points, unsigned threads, CellRows& out, PointState* states) const;
  std::unique_ptr<const Prepared> prepared_;
};

// Only where the points' subjects stand.
[[nodiscard]] std::vector<PointState> states_at(const FeatureInput& input, std::span<const Point> points,
                                                unsigned threads = 1);

}  // namespace weir::features
