#include "timeline/run_writer.h"

#include <algorithm>
#include <numeric>

#include "timeline/sections.h"

namespace weir::timeline {
namespace {

constexpr std::size_t kMostRanges = 128;
constexpr std::size_t kRangeMemory = std::size_t{1} << 20U;  // bytes of a range that wait in memory
constexpr std::size_t kBlock = std::size_t{1} << 16U;        // places that are written at once

}  // namespace

// A handle with many places is a range of its own.
template <typename Code>
RunWriter<Code>::RunWriter(SectionWriter& out, SpoolPlace& place, const std::vector<std::uint64_t>& counts)
    : out_(out), range_of_(counts.size()), times_(place, kRangeMemory), signals_(place, kRangeMemory) {
  const std::uint64_t all = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  const std::uint64_t most = std::max<std::uint64_t>(kBlock, all / (kMostRanges / 2) + 1);
  offsets_.reserve(counts.size() + 1);
  std::uint64_t in_range = 0;
  for (Handle handle = 0; handle < counts.size(); ++handle) {
    if (handle == 0 || (in_range > 0 && in_range + counts[handle] > most)) {
      if (handle > 0) first_.push_back(handle);
      ranges_.emplace_back(place, kRangeMemory);
      in_range = 0;
    }
    in_range += counts[handle];
    range_of_[handle] = static_cast<std::uint8_t>(ranges_.size() - 1);
    offsets_.push_back(offsets_.back() + counts[handle]);
  }
  first_.push_back(static_cast<Handle>(counts.size()));
}

template <typename Code>
Status RunWriter<Code>::finish(const Coding& times, std::size_t signal_count) {
  has_signals_ = signal_count <= kMostRunSignals;
  WEIR_TRY_STATUS(out_.add(kRunOffsets, bytes_of(offsets_), sizeof(std::uint64_t)));
  Coding rows;
  rows.width = sizeof(Row);
  WEIR_TRY_STATUS(out_.begin(kRunRows, rows));
  for (std::size_t range = 0; range < ranges_.size(); ++range) {
    WEIR_TRY_STATUS(ranges_[range].finish());
    WEIR_TRY_STATUS(first_[range] + 1 == first_[range + 1] ? write_one(range) : write_range(range));
    const Spool gone = std::move(ranges_[range]);
  }
  WEIR_TRY_STATUS(out_.end(offsets_.back()));
  WEIR_TRY_STATUS(copy(kRunTimes, times, times_));
  if (!has_signals_) return {};
  Coding numbers;
  numbers.width = sizeof(std::uint16_t);
  return copy(kRunSignals, numbers, signals_);
}

// Of one handle: its places are in order.
template <typename Code>
Status RunWriter<Code>::write_one(std::size_t range) {
  WEIR_TRY(auto from, SpoolReader::open(ranges_[range]));
  std::vector<Place<Code>> block;
  for (std::uint64_t left = ranges_[range].size() / sizeof(Place<Code>); left > 0; left -= block.size()) {
    block.resize(std::min<std::uint64_t>(left, kBlock));
    WEIR_TRY_STATUS(from.read(reinterpret_cast<char*>(block.data()), block.size() * sizeof(Place<Code>)));
    WEIR_TRY_STATUS(write_places(block));
  }
  return {};
}

// Of several: each place to where its handle's run has come, which keeps the order of rows.
template <typename Code>
Status RunWriter<Code>::write_range(std::size_t range) {
  const Handle first = first_[range];
  const std::uint64_t begin = offsets_[first];
  std::vector<std::uint32_t> next;
  for (Handle handle = first; handle < first_[range + 1]; ++handle)
    next.push_back(static_cast<std::uint32_t>(offsets_[handle] - begin));
  WEIR_TRY(auto from, SpoolReader::open(ranges_[range]));
  std::vector<Place<Code>> places(offsets_[first_[range + 1]] - begin);
  std::vector<Place<Code>> block;
  for (std::uint64_t left = places.size(); left > 0; left -= block.size()) {
    block.resize(std::min<std::uint64_t>(left, kBlock));
    WEIR_TRY_STATUS(from.read(reinterpret_cast<char*>(block.data()), block.size() * sizeof(Place<Code>)));
    for (const Place<Code>& place : block) places[next[place.handle - first]++] = place;
  }
  return write_places(places);
}

template <typename Code>
Status RunWriter<Code>::write_places(const std::vector<Place<Code>>& places) {
  std::vector<Row> rows;
  std::vector<Code> times;
  std::vector<std::uint16_t> signals;
  for (std::size_t at = 0; at < places.size(); at += kBlock) {
    const std::size_t count = std::min(kBlock, places.size() - at);
    rows.resize(count);
    times.resize(count);
    signals.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      rows[i] = places[at + i].row;
      times[i] = places[at + i].time;
      signals[i] = static_cast<std::uint16_t>(places[at + i].signal);
    }
    WEIR_TRY_STATUS(out_.append(bytes_of(rows)));
    WEIR_TRY_STATUS(times_.append(bytes_of(times)));
    if (has_signals_) WEIR_TRY_STATUS(signals_.append(bytes_of(signals)));
  }
  return {};
}

template <typename Code>
Status RunWriter<Code>::copy(std::uint32_t id, const Coding& coding, Spool& from) {
  WEIR_TRY_STATUS(from.finish());
  WEIR_TRY(auto reader, SpoolReader::open(from));
  WEIR_TRY_STATUS(out_.begin(id, coding));
  std::string block;
  for (std::uint64_t left = from.size(); left > 0; left -= block.size()) {
    block.resize(std::min<std::uint64_t>(left, kRangeMemory));
    WEIR_TRY_STATUS(reader.read(block.data(), block.size()));
    WEIR_TRY_STATUS(out_.append(block));
  }
  return out_.end(offsets_.back());
}

template class RunWriter<std::uint32_t>;
template class RunWriter<std::uint64_t>;

}  // namespace weir::timeline
