#include "features/point_features.h"

#include <algorithm>
#include <bit>
#include <limits>
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

// Rows are found subject by subject and asked for in any order: written one by one into every column they would miss the
// cache each time, so some are collected first, row after row, and then written column by column.
class RowBlock {
 public:
  static constexpr std::size_t kRows = 256;

  explicit RowBlock(Computed& out) : out_(out), width_(out.matrix.columns.size()), cells_(kRows * width_) {}
  [[nodiscard]] std::uint64_t* next(std::uint32_t row) {
    if (count_ == kRows) flush();
    rows_[count_] = row;
    return cells_.data() + width_ * count_++;
  }
  void flush() {
    for (std::size_t d = 0; d < width_; ++d) {
      FeatureColumn& column = out_.matrix.columns[d];
      if (column.type == ColumnType::number) {
        for (std::size_t i = 0; i < count_; ++i) column.numbers[rows_[i]] = std::bit_cast<double>(cells_[i * width_ + d]);
      } else {
        for (std::size_t i = 0; i < count_; ++i) column.codes[rows_[i]] = static_cast<std::uint32_t>(cells_[i * width_ + d]);
      }
    }
    count_ = 0;
  }

 private:
  Computed& out_;
  std::size_t width_;
  std::vector<std::uint64_t> cells_;   // the bits of a number, or a code
  std::uint32_t rows_[kRows]{};
  std::size_t count_{0};
};

}  // namespace

FeatureKernel::FeatureKernel(const FeatureInput& input, std::span<const Definition> definitions)
    : prepared_(std::make_unique<Prepared>(input, definitions)) {}
FeatureKernel::~FeatureKernel() = default;

namespace {

template <typename Prepared>
void compute_range(const Prepared& prepared, std::span<const Asked> asked, Computed& out) {
  SubjectSweep sweep(prepared.plan);
  RowBlock block(out);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (i == 0 || asked[i - 1].subject != asked[i].subject) sweep.gather(asked[i].subject);
    sweep.look(asked[i].at);
    out.states[asked[i].row] = sweep.state();
    std::uint64_t* cells = block.next(asked[i].row);
    for (std::size_t d = 0; d < prepared.definitions.size(); ++d) {
      cells[d] = prepared.definitions[d].type == ColumnType::number ? std::bit_cast<std::uint64_t>(prepared.number(sweep, d)) : prepared.code(sweep, d);
    }
  }
  block.flush();
}

}  // namespace

Computed FeatureKernel::compute(std::span<const Point> points, unsigned threads) const {
  Computed out;
  out.matrix.row_count = points.size();
  out.states.resize(points.size());
  for (std::size_t d = 0; d < prepared_->definitions.size(); ++d) {
    const Definition& definition = prepared_->definitions[d];
    FeatureColumn column;
    column.name = definition.name;
    column.group = definition.group;
    column.description = definition.description;
    column.version = definition.version;
    column.type = definition.type;
    column.monotone = definition.monotone;
    if (column.type == ColumnType::number) {
      column.numbers.assign(points.size(), std::numeric_limits<double>::quiet_NaN());
    } else {
      column.codes.assign(points.size(), kNoLevel);
      column.levels = prepared_->compiled[d].levels;
    }
    out.matrix.columns.push_back(std::move(column));
  }
  std::vector<Asked> asked;
  asked.reserve(points.size());
  for (std::uint32_t row = 0; row < points.size(); ++row) asked.push_back({points[row].subject, row, points[row].at});
  std::sort(asked.begin(), asked.end(), [](const Asked& a, const Asked& b) { return std::tie(a.subject, a.at, a.row) < std::tie(b.subject, b.at, b.row); });
  // Each row is written by one thread alone, whatever the shares.
  const std::size_t shares = std::clamp<std::size_t>(threads, 1, std::max<std::size_t>(1, points.size() / 256));
  std::vector<std::jthread> workers;
  std::size_t begin = 0;
  for (std::size_t share = 1; share <= shares; ++share) {
    std::size_t end = asked.size() * share / shares;
    while (end > begin && end < asked.size() && asked[end].subject == asked[end - 1].subject) ++end;
    end = std::max(begin, end);
    const auto part = std::span<const Asked>(asked).subspan(begin, end - begin);
    if (share == shares) {
      compute_range(*prepared_, part, out);
    } else {
      workers.emplace_back([&, part] { compute_range(*prepared_, part, out); });
    }
    begin = end;
  }
  workers.clear();  // joins
  return out;
}

std::vector<PointState> states_at(const FeatureInput& input, std::span<const Point> points, unsigned threads) {
  return FeatureKernel(input, {}).compute(points, threads).states;
}

}  // namespace weir::features
