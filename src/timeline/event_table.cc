#include "timeline/event_table.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>

namespace weir::timeline {
namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) noexcept {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;
  return hash ^ hash >> 29U;
}

}  // namespace

bool SignalIndex::is(std::uint32_t signal, const Entry& entry,
                     const std::uint64_t* conditions) const noexcept {
  const Entry& known = entries_[signal];
  return known.type == entry.type && known.source == entry.source && known.flags == entry.flags &&
         std::equal(conditions, conditions + words_, this->conditions(signal));
}

std::uint32_t SignalIndex::add(const Entry& entry, const std::uint64_t* conditions) {
  std::uint64_t hash = mixed(mixed(entry.type, entry.source), entry.flags);
  for (std::uint32_t word = 0; word < words_; ++word) hash = mixed(hash, conditions[word]);
  for (auto [at, end] = numbers_.equal_range(hash); at != end; ++at) {
    if (is(at->second, entry, conditions)) return at->second;
  }
  const auto number = static_cast<std::uint32_t>(entries_.size());
  numbers_.emplace(hash, number);
  entries_.push_back(entry);
  conditions_.insert(conditions_.end(), conditions, conditions + words_);
  return number;
}

void EventTable::expect(std::size_t events) {
  occurred_at.reserve(events);
  ids.reserve(events);
  signal.reserve(events);
  known_after.expect(events);
  retracted_at.expect(events);
  rank.expect(events);
  sequence.expect(events);
  for (auto& kind : keys) kind.expect(events);
  amount_minor.expect(events);
  currency.expect(events);
  for (auto& value : values) value.expect(events);
  delivery.expect(events);
  source_row.expect(events);
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
  explicit TimeOrder(const EventTable& events) : e_(events) {}

  std::vector<Row> rows() {
    std::vector<Row> order(e_.size());
    if (order.empty()) return order;
    const auto [low, high] = std::minmax_element(e_.occurred_at.begin(), e_.occurred_at.end());
    const std::uint64_t earliest = static_cast<std::uint64_t>(*low);
    const std::uint64_t step = step_of(earliest);
    const std::uint64_t greatest = (static_cast<std::uint64_t>(*high) - earliest) / step;
    // The 32 leading bits of the time decide first; what is equal in them is compared in full.
    const auto dropped =
        static_cast<std::uint32_t>(std::max<std::uint64_t>(32, std::bit_width(greatest)) - 32);
    std::vector<std::uint64_t> packed(order.size());
    for (Row row = 0; row < packed.size(); ++row) {
      packed[row] =
          ((static_cast<std::uint64_t>(e_.occurred_at[row]) - earliest) / step >> dropped) << 32U | row;
    }
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
    const bool seconds = std::all_of(e_.occurred_at.begin(), e_.occurred_at.end(), [&](std::int64_t time) {
      return (static_cast<std::uint64_t>(time) - earliest) % kSecond == 0;
    });
    return seconds ? kSecond : 1;
  }
  [[nodiscard]] bool before(Row a, Row b) const noexcept {
    const auto key = [&](Row row) {
      return std::tuple(e_.occurred_at[row], e_.rank[row], e_.sequence[row], e_.ids[row], e_.known_after[row],
                        e_.retracted_at[row], e_.source_row[row]);
    };
    return key(a) < key(b);
  }
  void sort_equal(Row* begin, Row* end, bool one_time) {
    if (!one_time || end - begin < 32 || !e_.rank.is_constant() || !e_.sequence.is_constant()) {
      std::sort(begin, end, [&](Row a, Row b) { return before(a, b); });
      return;
    }
    // Many events of one time and rank (of one day, say): by the ids' first halves, which lie together here.
    by_id_.clear();
    for (const Row* row = begin; row != end; ++row) by_id_.push_back({e_.ids[*row].high, *row});
    std::sort(by_id_.begin(), by_id_.end(), [&](const ById& a, const ById& b) {
      return a.high != b.high ? a.high < b.high : before(a.row, b.row);
    });
    std::transform(by_id_.begin(), by_id_.end(), begin, [](const ById& item) { return item.row; });
  }

  struct ById {
    std::uint64_t high;
    Row row;
  };
  const EventTable& e_;
  std::vector<ById> by_id_;
};

}  // namespace

std::vector<Row> time_order(const EventTable& events) {
  return TimeOrder(events).rows();
}

}  // namespace weir::timeline
