#include "timeline/ordered_rows.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace weir::timeline {
namespace {

// Columns that are written as they are; of the others, ranks are.
bool is_plain(std::uint32_t column) noexcept {
  const bool is_key = column >= kRowFirstKey && column < kRowFirstValue;
  const bool is_id = column == kRowIdHigh || column == kRowIdLow;
  return !is_key && !is_id && column != kRowSignal && column != kRowCurrency;
}

}  // namespace

CodingFinder finder_of(std::uint32_t column) noexcept {
  const std::uint64_t null = column == kRowOccurred ? std::uint64_t{INT64_MAX} : null_of(column);
  return CodingFinder(null, column != kRowDelivery, has_steps(column));
}

Status LaidReader::refill() {
  at_ = 0;
  const std::size_t count = std::min(left_, kBlock);
  left_ -= count;
  values_.resize(count);
  if (column_->form == Varying::Form::one) {
    std::fill(values_.begin(), values_.end(), column_->first);
    return {};
  }
  if (!file_) {
    WEIR_TRY(SpoolReader opened, SpoolReader::open(column_->spool));
    file_.emplace(std::move(opened));
  }
  if (column_->form == Varying::Form::wide)
    return file_->read(reinterpret_cast<char*>(values_.data()), count * sizeof(std::uint64_t));
  std::array<std::uint32_t, kBlock> codes;
  WEIR_TRY_STATUS(file_->read(reinterpret_cast<char*>(codes.data()), count * sizeof(std::uint32_t)));
  const Varying coded(column_->null);
  for (std::size_t i = 0; i < count; ++i) values_[i] = coded.value_of(codes[i]);
  return {};
}

Status RowReader::next(std::size_t count, std::vector<std::uint64_t>& values) {
  values.resize(count);
  const std::size_t begin = std::exchange(at_, at_ + count);
  if (column_ != nullptr) {
    column_->gather(std::span(*order_).subspan(begin, count), values.data());
    return {};
  }
  for (std::size_t i = 0; i < count; ++i) {
    LaidReader& chunk = chunks_[(*chunk_of_)[begin + i]];
    if (chunk.is_drained()) WEIR_TRY_STATUS(chunk.refill());
    values[i] = chunk.next();
  }
  return {};
}

OrderedRows::OrderedRows(std::uint32_t value_count, SpoolPlace* place, std::size_t chunk_rows)
    : place_(place), chunk_rows_(chunk_rows), arriving_(value_count) {
  for (std::uint32_t column = 0; column < arriving_.column_count(); ++column)
    finders_.push_back(finder_of(column));
}

// Of a column with one value only that one is looked at.
void OrderedRows::see_values() {
  for (std::uint32_t column = 0; column < arriving_.column_count(); ++column) {
    if (!is_plain(column)) continue;
    const Varying& values = arriving_[column];
    const std::size_t seen = values.is_constant() ? std::min<std::size_t>(values.size(), 1) : values.size();
    for (std::size_t i = 0; i < seen; ++i) finders_[column].see(values[i]);
  }
}

// Rows of arrival become rows of the order.
void OrderedRows::place_also(const std::vector<Row>& order) {
  if (also_.empty()) return;
  std::vector<Row> places(order.size());
  for (Row row = 0; row < order.size(); ++row) places[order[row]] = row;
  for (AlsoNamed& also : also_) also.row = places[also.row];
  std::sort(also_.begin(), also_.end(), [](const AlsoNamed& a, const AlsoNamed& b) { return a.row < b.row; });
}

Status OrderedRows::lay_column(const Varying& column, const std::vector<Row>& order, LaidChunk& chunk) {
  constexpr std::size_t kBlock = 4096;
  constexpr std::size_t kMemory = std::size_t{1} << 18U;
  LaidColumn laid{Spool(*place_, kMemory), column.form(), order.empty() ? 0 : column[0], column.null()};
  std::array<std::uint64_t, kBlock> values;
  std::array<std::uint32_t, kBlock> codes;
  for (std::size_t at = 0; at < order.size() && !column.is_constant(); at += kBlock) {
    const std::size_t count = std::min(kBlock, order.size() - at);
    column.gather(std::span(order).subspan(at, count), values.data());
    if (column.form() == Varying::Form::wide) {
      WEIR_TRY_STATUS(
          laid.spool.append({reinterpret_cast<const char*>(values.data()), count * sizeof values[0]}));
      continue;
    }
    for (std::size_t i = 0; i < count; ++i) codes[i] = column.code_of(values[i]);
    WEIR_TRY_STATUS(
        laid.spool.append({reinterpret_cast<const char*>(codes.data()), count * sizeof codes[0]}));
  }
  WEIR_TRY_STATUS(laid.spool.finish());
  chunk.columns.push_back(std::move(laid));
  return {};
}

Status OrderedRows::lay_down() {
  if (chunks_.size() == kMostChunks)
    return fail(Errc::out_of_range, "more than 4 billion events in one workspace");
  see_values();
  const std::vector<Row> order = time_order(arriving_);
  place_also(order);
  LaidChunk chunk;
  chunk.rows = order.size();
  chunk.also = std::exchange(also_, {});
  for (std::uint32_t column = 0; column < arriving_.column_count(); ++column)
    WEIR_TRY_STATUS(lay_column(arriving_[column], order, chunk));
  chunks_.push_back(std::move(chunk));
  arriving_.restart();
  return {};
}

Status OrderedRows::order() {
  if (chunks_.empty()) {
    see_values();
    order_ = time_order(arriving_);
    place_also(order_);
    return {};
  }
  if (arriving_.size() > 0) WEIR_TRY_STATUS(lay_down());
  arriving_ = RowColumns(0);
  return merge();
}

namespace {

// A chunk's next row, by what rows are ordered by.
class Head {
 public:
  explicit Head(const LaidChunk& chunk) : left_(chunk.rows) {
    for (std::uint32_t column = 0; column < kOrderingColumns; ++column)
      readers_.emplace_back(chunk.columns[column], chunk.rows);
  }
  [[nodiscard]] bool is_done() const noexcept { return done_; }
  [[nodiscard]] Status advance() {
    done_ = left_ == 0;
    if (done_) return {};
    --left_;
    for (std::uint32_t column = 0; column < kOrderingColumns; ++column) {
      LaidReader& reader = readers_[column];
      if (reader.is_drained()) WEIR_TRY_STATUS(reader.refill());
      // Numbers below zero come before the others.
      const bool is_id = column == kRowIdHigh || column == kRowIdLow;
      key_[column] = reader.next() ^ (is_id ? 0 : std::uint64_t{1} << 63U);
    }
    return {};
  }
  [[nodiscard]] bool before(const Head& other) const noexcept { return key_ < other.key_; }

 private:
  std::size_t left_;
  bool done_{false};
  std::vector<LaidReader> readers_;
  std::array<std::uint64_t, kOrderingColumns> key_{};
};

}  // namespace

// A row is known by its chunk alone: within a chunk rows are in order already.
Status OrderedRows::merge() {
  std::vector<Head> heads;
  std::vector<std::uint8_t> heap;
  std::vector<Row> passed(chunks_.size(), 0);
  std::vector<std::size_t> also_passed(chunks_.size(), 0);
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    heads.emplace_back(chunks_[chunk]);
    WEIR_TRY_STATUS(heads.back().advance());
    if (!heads.back().is_done()) heap.push_back(static_cast<std::uint8_t>(chunk));
  }
  // Of rows that are equal the earlier chunk's comes first.
  const auto later = [&](std::uint8_t a, std::uint8_t b) {
    return heads[b].before(heads[a]) || (!heads[a].before(heads[b]) && b < a);
  };
  std::make_heap(heap.begin(), heap.end(), later);
  chunk_of_.reserve(size_);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    const std::uint8_t chunk = heap.back();
    heap.pop_back();
    const auto& also = chunks_[chunk].also;
    do {
      const Row row = passed[chunk]++;
      for (std::size_t& i = also_passed[chunk]; i < also.size() && also[i].row == row; ++i)
        also_.push_back({also[i].handle, static_cast<Row>(chunk_of_.size())});
      chunk_of_.push_back(chunk);
      WEIR_TRY_STATUS(heads[chunk].advance());
    } while (!heads[chunk].is_done() && (heap.empty() || !later(chunk, heap.front())));
    if (heads[chunk].is_done()) continue;
    heap.push_back(chunk);
    std::push_heap(heap.begin(), heap.end(), later);
  }
  for (LaidChunk& chunk : chunks_) chunk.also = {};
  return {};
}

Result<RowReader> OrderedRows::reader(std::uint32_t column) const {
  RowReader reader;
  if (chunks_.empty()) {
    reader.column_ = &arriving_[column];
    reader.order_ = &order_;
    return reader;
  }
  reader.chunk_of_ = &chunk_of_;
  for (const LaidChunk& chunk : chunks_) reader.chunks_.emplace_back(chunk.columns[column], chunk.rows);
  return reader;
}

void OrderedRows::drop(std::uint32_t column) {
  if (chunks_.empty()) {
    arriving_[column].clear();
    return;
  }
  for (LaidChunk& chunk : chunks_) {
    const Spool gone = std::move(chunk.columns[column].spool);
  }
}

}  // namespace weir::timeline
