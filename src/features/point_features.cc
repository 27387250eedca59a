#include "features/point_features.h"

#include <algorithm>
#include <bit>
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

void CellRows::copy_columns(std::size_t row, std::size_t rows, std::size_t column, std::size_t count,
                            std::uint64_t* const* to) const noexcept {
  const std::uint64_t* from = cells.data() + row * width + column;
  for (std::size_t i = 0; i < rows; ++i, from += width) {
    for (std::size_t d = 0; d < count; ++d) to[d][i] = from[d];
  }
}

namespace {

template <typename Prepared>
void compute_range(const Prepared& prepared, std::span<const Asked> asked, CellRows& out,
                   PointState* states) {
  SubjectSweep sweep(prepared.plan);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (i == 0 || asked[i - 1].subject != asked[i].subject) sweep.gather(asked[i].subject);
    sweep.look(asked[i].at);
    if (states != nullptr) states[asked[i].row] = sweep.state();
    std::uint64_t* cells = out.cells.data() + asked[i].row * out.width;
    for (std::size_t d = 0; d < out.width; ++d) cells[d] = prepared.cell(sweep, d);
  }
}

}  // namespace

void FeatureKernel::compute_rows(std::span<const Point> points, unsigned threads, CellRows& out,
                                 PointState* states) const {
  out.row_count = points.size();
  out.width = prepared_->definitions.size();
  if (out.cells.size() < out.row_count * out.width) out.cells.resize(out.row_count * out.width);
  std::vector<Asked> asked;
  asked.reserve(points.size());
  for (std::uint32_t row = 0; row < points.size(); ++row)
    asked.push_back({points[row].subject, row, points[row].at});
  std::sort(asked.begin(), asked.end(), [](const Asked& a, const Asked& b) {
    return std::tie(a.subject, a.at, a.row) < std::tie(b.subject, b.at, b.row);
  });
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
  std::vector<std::uint64_t> tile(CellRows::kTile * points.size());
  std::uint64_t* to[CellRows::kTile];
  for (std::size_t d = 0; d < CellRows::kTile; ++d) to[d] = tile.data() + d * points.size();
  for (std::size_t d = 0; d < rows.width; ++d) {
    if (d % CellRows::kTile == 0)
      rows.copy_columns(0, points.size(), d, std::min(CellRows::kTile, rows.width - d), to);
    const std::span<const std::uint64_t> cells(to[d % CellRows::kTile], points.size());
    const Definition& definition = prepared_->definitions[d];
    FeatureColumn column;
    column.name = definition.name;
    column.group = definition.group;
    column.description = definition.description;
    column.version = definition.version;
    column.type = definition.type;
    column.monotone = definition.monotone;
    if (column.type == ColumnType::number) {
      column.numbers.reserve(points.size());
      for (const std::uint64_t cell : cells) column.numbers.push_back(std::bit_cast<double>(cell));
    } else {
      column.codes.reserve(points.size());
      for (const std::uint64_t cell : cells) column.codes.push_back(static_cast<std::uint32_t>(cell));
      column.levels = levels(d);
    }
    out.matrix.columns.push_back(std::move(column));
  }
  return out;
}

std::vector<PointState> states_at(const FeatureInput& input, std::span<const Point> points,
                                  unsigned threads) {
  return FeatureKernel(input, {}).compute(points, threads).states;
}

}  // namespace weir::features
