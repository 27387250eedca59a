#include "timeline/run_writer.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "timeline/sections.h"

namespace weir::timeline {
namespace {

constexpr std::size_t kMostRunSignals = std::size_t{1} << 16U;

}  // namespace

Status RunWriter::times(const std::vector<std::int64_t>& occurred_at, const std::vector<Row>& order) {
  CodingFinder finder(static_cast<std::uint64_t>(INT64_MAX), true, true);
  for (const std::int64_t time : occurred_at) finder.see(static_cast<std::uint64_t>(time));
  const Coding coding = finder.coding();
  time_coding_ = coding;
  time_coding_.has_null = 0;
  const bool narrow = coding.width <= sizeof(std::uint32_t);
  time_coding_.width = narrow ? sizeof(std::uint32_t) : sizeof(std::uint64_t);
  const auto code = [&](std::size_t i) {
    return (static_cast<std::uint64_t>(occurred_at[order[i]]) - coding.base) / coding.scale;
  };
  if (narrow) {
    time32_.resize(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) time32_[i] = static_cast<std::uint32_t>(code(i));
    return out_.codes(kOccurred, coding, order.size(),
                      [&](std::size_t i) { return std::uint64_t{time32_[i]}; });
  }
  time64_.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) time64_[i] = code(i);
  return out_.codes(kOccurred, coding, order.size(), [&](std::size_t i) { return time64_[i]; });
}

Status RunWriter::signals(const std::vector<std::uint32_t>& signal, const std::vector<Row>& order,
                          std::size_t signal_count) {
  has_signals_ = signal_count <= kMostRunSignals;
  signal_.resize(order.size());
  CodingFinder finder(std::numeric_limits<std::uint32_t>::max(), false, false);
  for (std::size_t i = 0; i < order.size(); ++i) {
    signal_[i] = signal[order[i]];
    finder.see(signal_[i]);
  }
  return out_.column(kSignal, finder.coding(), order.size(),
                     [&](std::size_t i) { return std::uint64_t{signal_[i]}; });
}

void RunWriter::add_kind(Handle first, Handle end, const std::vector<Handle>& keys,
                         std::span<const Named> also) {
  // Counted two places behind, so that filling moves each count to its own begin.
  std::vector<std::uint64_t> next(static_cast<std::size_t>(end - first) + 2, 0);
  for (const Handle key : keys) {
    if (key != kNoHandle) ++next[key - first + 2];
  }
  for (const Named& named : also) ++next[named.handle - first + 2];
  next[1] = run_rows_.size();
  std::partial_sum(next.begin() + 1, next.end(), next.begin() + 1);
  run_rows_.resize(next.back());
  offsets_.insert(offsets_.end(), next.begin() + 2, next.end());
  for (Row row = 0; row < keys.size(); ++row) {
    if (keys[row] != kNoHandle) run_rows_[next[keys[row] - first + 1]++] = row;
  }
  for (const Named& named : also) run_rows_[next[named.handle - first + 1]++] = named.row;
  for (std::size_t i = 0; i < also.size(); ++i) {
    if (i > 0 && also[i].handle == also[i - 1].handle) continue;
    const auto begin = run_rows_.begin();
    std::sort(begin + static_cast<std::ptrdiff_t>(offsets_[also[i].handle]),
              begin + static_cast<std::ptrdiff_t>(offsets_[also[i].handle + 1]));
  }
}

Status RunWriter::finish() {
  WEIR_TRY_STATUS(out_.add(kRunOffsets, bytes_of(offsets_), sizeof(std::uint64_t)));
  WEIR_TRY_STATUS(out_.add(kRunRows, bytes_of(run_rows_), sizeof(Row)));
  const bool narrow = time_coding_.width == sizeof(std::uint32_t);
  const std::size_t places = run_rows_.size();
  if (narrow) {
    WEIR_TRY_STATUS(out_.codes(kRunTimes, time_coding_, places,
                               [&](std::size_t place) { return std::uint64_t{time32_[run_rows_[place]]}; }));
  } else {
    WEIR_TRY_STATUS(out_.codes(kRunTimes, time_coding_, places,
                               [&](std::size_t place) { return time64_[run_rows_[place]]; }));
  }
  if (!has_signals_) return {};
  Coding numbers;
  numbers.width = sizeof(std::uint16_t);
  return out_.codes(kRunSignals, numbers, places,
                    [&](std::size_t place) { return std::uint64_t{signal_[run_rows_[place]]}; });
}

}  // namespace weir::timeline
