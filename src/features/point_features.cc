#include "features/point_features.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <thread>
#include <tuple>

#include "features/prepared_kernel.h"

namespace weir::features {
namespace {

// A point with its row in the answer.
struct Asked {
  funnel::SubjectIndex subject{0};
  std::uint32_t row{0};
  std::int64_t at{0};
};

}  // namespace

FeatureKernel::FeatureKernel(const FeatureInput& input, std::span<const Definition> definitions)
    : prepared_(std::make_unique<Prepared>(input, definitions)) {}
FeatureKernel::~FeatureKernel() = default;

namespace {

// By subject, time and row. Subjects are dense, so many points are dealt out by them, and only those of one
// subject are compared.
std::vector<Asked> sorted(std::span<const Point> points, std::size_t subjects) {
  const auto is_earlier = [](const Asked& a, const Asked& b) {
    return std::tie(a.subject, a.at, a.row) < std::tie(b.subject, b.at, b.row);
  };
  std::vector<Asked> asked(points.size());
  const auto asked_of = [&](std::uint32_t row) { return Asked{points[row].subject, row, points[row].at}; };
  if (points.size() < subjects / 8) {
    for (std::uint32_t row = 0; row < points.size(); ++row) asked[row] = asked_of(row);
    std::sort(asked.begin(), asked.end(), is_earlier);
    return asked;
  }
  std::vector<std::uint32_t> next(subjects + 1, 0);
  for (const Point& point : points) ++next[point.subject + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  for (std::uint32_t row = 0; row < points.size(); ++row) asked[next[points[row].subject]++] = asked_of(row);
  for (std::size_t begin = 0, end = 0; begin < asked.size(); begin = end) {
    while (end < asked.size() && asked[end].subject == asked[begin].subject) ++end;
    if (end - begin > 1)
      std::sort(asked.begin() + static_cast<std::ptrdiff_t>(begin),
                asked.begin() + static_cast<std::ptrdiff_t>(end), is_earlier);
  }
  return asked;
}

// What the point will read and write, while others are computed: neither is where the last one's was.
constexpr std::size_t kAhead = 4;  // points

void fetch(const FeatureInput& input, const CountingPass& counting, std::span<const Asked> asked,
           std::size_t i, const CellRows& out) {
  if (i >= asked.size()) return;
  out.counts.fetch_row(asked[i].row);
  out.cells.fetch_row(asked[i].row);
  if (i == 0 || asked[i].subject != asked[i - 1].subject) counting.fetch(input.subjects[asked[i].subject]);
}

template <typename Prepared>
void compute_range(const Prepared& prepared, std::span<const Asked> asked, CellRows& out,
                   PointState* states) {
  SubjectSweep sweep(prepared.plan);
  std::optional<CountingPass> counting;
  if (prepared.counting && states == nullptr) counting.emplace(*prepared.counting);
  bool is_simple = false;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto& [subject, row, at] = asked[i];
    if (counting) fetch(prepared.input, *counting, asked, i + kAhead, out);
    if (i == 0 || asked[i - 1].subject != subject) {
      is_simple = counting && counting->begin(prepared.input.subjects[subject]);
      if (!is_simple) sweep.gather(subject);
    }
    if (is_simple) {
      counting->look(at);
      counting->write_counts(out.counts.row(row));
      counting->write_numbers(out.cells.row(row));
    } else {
      sweep.look(at);
      if (states != nullptr) states[row] = sweep.state();
      prepared.write_counts(sweep, out.counts.row(row));
      prepared.write_cells(sweep, out.cells.row(row));
    }
  }
}

template <typename Cell>
void make_room(CellGrid<Cell>& grid, const std::vector<std::size_t>& definitions, std::size_t rows) {
  grid.definitions = definitions;
  if (grid.cells.size() < rows * grid.width()) grid.cells.resize(rows * grid.width());
}

// Shows each column of the grid with its definition.
template <typename Cell, typename See>
void for_columns(const CellGrid<Cell>& grid, std::size_t rows, See&& see) {
  constexpr std::size_t kTile = CellGrid<Cell>::kTile;
  std::vector<Cell> tile(kTile * rows);
  Cell* to[kTile];
  for (std::size_t d = 0; d < kTile; ++d) to[d] = tile.data() + d * rows;
  for (std::size_t column = 0; column < grid.width(); ++column) {
    if (column % kTile == 0) grid.copy_columns(0, rows, column, std::min(kTile, grid.width() - column), to);
    see(grid.definitions[column], std::span<const Cell>(to[column % kTile], rows));
  }
}

}  // namespace

void FeatureKernel::compute_rows(std::span<const Point> points, unsigned threads, CellRows& out,
                                 PointState* states) const {
  out.row_count = points.size();
  make_room(out.counts, prepared_->counts, points.size());
  make_room(out.cells, prepared_->cells, points.size());
  const std::vector<Asked> asked = sorted(points, prepared_->input.subjects.size());
  // Each row is written by one thread alone, whatever the shares.
  const std::size_t shares =
      std::clamp<std::size_t>(threads, 1, std::max<std::size_t>(1, points.size() / 256));
  std::vector<std::jthread> workers;
  std::size_t begin = 0;
  for (std::size_t share = 1; share <= shares; ++share) {
    std::size_t end = asked.size() * share / shares;
    while (end > begin && end < asked.size() && asked[end].subject == asked[end - 1].subject) ++end;
    end = std::max(begin, end);
    const auto part = std::span<const Asked>(asked).subspan(begin, end - begin);
    if (share == shares) {
      compute_range(*prepared_, part, out, states);
    } else {
      workers.emplace_back([&, part] { compute_range(*prepared_, part, out, states); });
    }
    begin = end;
  }
}

void FeatureKernel::compute_cells(std::span<const Point> points, unsigned threads, CellRows& out) const {
  compute_rows(points, threads, out, nullptr);
}

const std::vector<std::string>& FeatureKernel::levels(std::size_t definition) const noexcept {
  return prepared_->compiled[definition].levels;
}

Computed FeatureKernel::compute(std::span<const Point> points, unsigned threads) const {
  Computed out;
  out.matrix.row_count = points.size();
  out.states.resize(points.size());
  CellRows rows;
  compute_rows(points, threads, rows, out.states.data());
  std::vector<FeatureColumn>& columns = out.matrix.columns;
  for (const Definition& definition : prepared_->definitions) {
    FeatureColumn& column = columns.emplace_back();
    column.name = definition.name;
    column.group = definition.group;
    column.description = definition.description;
    column.version = definition.version;
    column.type = definition.type;
    column.monotone = definition.monotone;
  }
  for_columns(rows.counts, points.size(), [&](std::size_t d, std::span<const std::uint32_t> cells) {
    columns[d].numbers.assign(cells.begin(), cells.end());
  });
  for_columns(rows.cells, points.size(), [&](std::size_t d, std::span<const std::uint64_t> cells) {
    if (columns[d].type == ColumnType::number) {
      columns[d].numbers.reserve(cells.size());
      for (const std::uint64_t cell : cells) columns[d].numbers.push_back(std::bit_cast<double>(cell));
    } else {
      columns[d].codes.reserve(cells.size());
      for (const std::uint64_t cell : cells) columns[d].codes.push_back(static_cast<std::uint32_t>(cell));
      columns[d].levels = levels(d);
    }
  });
  return out;
}

std::vector<PointState> states_at(const FeatureInput& input, std::span<const Point> points,
                                  unsigned threads) {
  return FeatureKernel(input, {}).compute(points, threads).states;
}

}  // namespace weir::features
