#include "timeline/row_columns.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace weir::timeline {

std::uint64_t null_of(std::uint32_t column) noexcept {
  if (column == kRowRetractedAt) return static_cast<std::uint64_t>(INT64_MAX);
  if (column == kRowAmount || column >= kRowFirstValue) return static_cast<std::uint64_t>(kNoAmount);
  return column >= kRowFirstKey ? std::uint64_t{kNoHandle} : 0;
}

RowColumns::RowColumns(std::uint32_t value_count) {
  for (std::uint32_t column = 0; column < kRowFirstValue + value_count; ++column)
    columns_.emplace_back(null_of(column));
}

void RowColumns::expect(std::size_t rows) {
  for (Varying& column : columns_) column.expect(rows);
}

void RowColumns::restart() noexcept {
  for (Varying& column : columns_) column.restart();
}

// Eleven bits at a time from the lowest on; a pass in which all are equal is left out.
void sort_by_upper_half(std::vector<std::uint64_t>& packed) {
  constexpr std::uint32_t kBits = 11;
  constexpr std::size_t kBuckets = std::size_t{1} << kBits;
  std::vector<std::uint64_t> other;
  for (std::uint32_t shift = 32; shift < 64; shift += kBits) {
    std::vector<std::size_t> next(kBuckets + 1, 0);
    for (const std::uint64_t item : packed) ++next[(item >> shift) % kBuckets + 1];
    if (std::find(next.begin(), next.end(), packed.size()) != next.end()) continue;
    std::partial_sum(next.begin(), next.end(), next.begin());
    other.resize(packed.size());
    for (const std::uint64_t item : packed) other[next[(item >> shift) % kBuckets]++] = item;
    packed.swap(other);
  }
}

namespace {

class TimeOrder {
 public:
  explicit TimeOrder(const RowColumns& rows) : rows_(rows), occurred_(rows[kRowOccurred]) {}

  std::vector<Row> rows() {
    std::vector<Row> order(rows_.size());
    if (order.empty()) return order;
    std::int64_t low = occurred_.signed_at(0);
    std::int64_t high = low;
    for (std::size_t row = 1; row < order.size(); ++row) {
      low = std::min(low, occurred_.signed_at(row));
      high = std::max(high, occurred_.signed_at(row));
    }
    const auto earliest = static_cast<std::uint64_t>(low);
    const std::uint64_t step = step_of(earliest);
    const std::uint64_t greatest = (static_cast<std::uint64_t>(high) - earliest) / step;
    // The 32 leading bits of the time decide first; what is equal in them is compared in full.
    const auto dropped =
        static_cast<std::uint32_t>(std::max<std::uint64_t>(32, std::bit_width(greatest)) - 32);
    std::vector<std::uint64_t> packed(order.size());
    for (Row row = 0; row < packed.size(); ++row)
      packed[row] = ((occurred_[row] - earliest) / step >> dropped) << 32U | row;
    sort_by_upper_half(packed);
    for (std::size_t begin = 0, end = 0; begin < packed.size(); begin = end) {
      const std::uint64_t time = packed[begin] >> 32U;
      for (end = begin; end < packed.size() && packed[end] >> 32U == time; ++end)
        order[end] = static_cast<Row>(packed[end]);
      if (end - begin > 1) sort_equal(order.data() + begin, order.data() + end, dropped == 0);
    }
    return order;
  }

 private:
  // Some step that all distances share: whole seconds, or else microseconds.
  [[nodiscard]] std::uint64_t step_of(std::uint64_t earliest) const noexcept {
    constexpr std::uint64_t kSecond = 1'000'000;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if ((occurred_[row] - earliest) % kSecond != 0) return 1;
    }
    return kSecond;
  }
  [[nodiscard]] bool before(Row a, Row b) const noexcept {
    for (std::uint32_t column = 0; column < kOrderingColumns; ++column) {
      const bool is_id = column == kRowIdHigh || column == kRowIdLow;
      const std::uint64_t left = rows_[column][a];
      const std::uint64_t right = rows_[column][b];
      if (left != right)
        return is_id ? left < right : static_cast<std::int64_t>(left) < static_cast<std::int64_t>(right);
    }
    return false;
  }
  void sort_equal(Row* begin, Row* end, bool one_time) {
    if (!one_time || end - begin < 32 || !rows_[kRowRank].is_constant() ||
        !rows_[kRowSequence].is_constant()) {
      std::sort(begin, end, [&](Row a, Row b) { return before(a, b); });
      return;
    }
    // Many events of one time and rank (of one day, say): by the ids' first halves, which lie together here.
    by_id_.clear();
    for (const Row* row = begin; row != end; ++row) by_id_.push_back({rows_[kRowIdHigh][*row], *row});
    std::sort(by_id_.begin(), by_id_.end(), [&](const ById& a, const ById& b) {
      return a.high != b.high ? a.high < b.high : before(a.row, b.row);
    });
    std::transform(by_id_.begin(), by_id_.end(), begin, [](const ById& item) { return item.row; });
  }

  struct ById {
    std::uint64_t high;
    Row row;
  };
  const RowColumns& rows_;
  const Varying& occurred_;
  std::vector<ById> by_id_;
};

}  // namespace

std::vector<Row> time_order(const RowColumns& rows) {
  return TimeOrder(rows).rows();
}

}  // namespace weir::timeline
