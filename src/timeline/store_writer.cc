#include "timeline/store_writer.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "timeline/entity_order.h"
#include "timeline/run_writer.h"
#include "timeline/section_file.h"
#include "timeline/sections.h"

namespace weir::timeline {
namespace {

class StoreWriter {
 public:
  StoreWriter(SectionWriter& out, SpoolPlace& place, EventTable&& events)
      : out_(out), place_(place), e_(std::move(events)), rows_(e_.rows.size()) {}

  Status write() {
    rank_handles();
    WEIR_TRY_STATUS(entities());
    WEIR_TRY_STATUS(signals());
    WEIR_TRY_STATUS(e_.rows.order());
    // What is big and not needed any more goes first.
    WEIR_TRY_STATUS(proofs());
    WEIR_TRY_STATUS(columns());
    WEIR_TRY_STATUS(keys());
    return runs();
  }

 private:
  // Handles are sorted by kind, then text.
  void rank_handles() {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      first_[kind + 1] = first_[kind] + static_cast<Handle>(e_.handles[kind].size());
      sorted_handles_[kind] = e_.handles[kind].sorted();
      ranks_[kind] = ranks_of(sorted_handles_[kind]);
    }
  }
  [[nodiscard]] Handle final_handle(const PendingHandle& handle) const noexcept {
    return first_[handle.kind] + ranks_[handle.kind][handle.number];
  }

  Status texts(std::uint32_t id, const TextIndex& index, const std::vector<std::uint32_t>& sorted) {
    std::vector<std::uint64_t> offsets{0};
    std::string bytes;
    append_texts(index, sorted, offsets, bytes);
    WEIR_TRY_STATUS(add_raw(out_, id, offsets));
    return out_.add(id + 1, bytes, 1);
  }
  static void append_texts(const TextIndex& index, const std::vector<std::uint32_t>& sorted,
                           std::vector<std::uint64_t>& offsets, std::string& bytes) {
    for (const std::uint32_t number : sorted) {
      bytes += index.text(number);
      offsets.push_back(bytes.size());
    }
  }

  Status entities() {
    std::vector<std::uint8_t> kinds;
    std::vector<std::uint64_t> offsets{0};
    std::string bytes;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      kinds.insert(kinds.end(), e_.handles[kind].size(), static_cast<std::uint8_t>(kind));
      append_texts(e_.handles[kind], sorted_handles_[kind], offsets, bytes);
      e_.handles[kind] = {};
      sorted_handles_[kind] = {};
    }
    WEIR_TRY_STATUS(add_raw(out_, kHandleKinds, kinds));
    WEIR_TRY_STATUS(add_raw(out_, kHandleOffsets, offsets));
    WEIR_TRY_STATUS(out_.add(kHandleBytes, bytes, 1));
    WEIR_TRY_STATUS(links());
    WEIR_TRY_STATUS(relations());
    return attributes();
  }
  // Of equal links the earliest stands.
  Status links() {
    std::vector<Link> links;
    for (const auto& link : std::exchange(e_.links, {})) {
      const auto [left, right] = std::minmax({final_handle(link.left), final_handle(link.right)});
      links.push_back({left, right, link.known_at});
    }
    std::sort(links.begin(), links.end(), comes_before<Link>);
    links.erase(std::unique(links.begin(), links.end(), is_same_link), links.end());
    return add_raw(out_, kLinks, links);
  }
  Status relations() {
    std::vector<Relation> relations;
    for (const auto& r : std::exchange(e_.relations, {}))
      relations.push_back({final_handle(r.from), final_handle(r.to), r.known_from, r.known_until});
    std::sort(relations.begin(), relations.end(), comes_before<Relation>);
    return add_raw(out_, kRelations, relations);
  }
  Status attributes() {
    const auto names = e_.attribute_names.sorted();
    const auto values = e_.attribute_values.sorted();
    WEIR_TRY_STATUS(texts(kNameOffsets, e_.attribute_names, names));
    WEIR_TRY_STATUS(texts(kValueOffsets, e_.attribute_values, values));
    const auto name_ranks = ranks_of(names);
    const auto value_ranks = ranks_of(values);
    std::vector<Attribute> attributes;
    for (const auto& a : std::exchange(e_.attributes, {})) {
      attributes.push_back(
          {final_handle(a.handle), name_ranks[a.name], value_ranks[a.value], 0, a.known_from, a.known_until});
    }
    std::sort(attributes.begin(), attributes.end(), comes_before<Attribute>);
    return add_raw(out_, kAttributes, attributes);
  }

  // Numbers signals by (type, source, flags, conditions) and writes their table.
  Status signals() {
    const SignalIndex& index = e_.signals;
    const auto types = e_.types.sorted();
    const auto sources = e_.sources.sorted();
    WEIR_TRY_STATUS(texts(kTypeOffsets, e_.types, types));
    WEIR_TRY_STATUS(texts(kSourceOffsets, e_.sources, sources));
    const auto type_ranks = ranks_of(types);
    const auto source_ranks = ranks_of(sources);
    const std::uint32_t words = index.condition_words();
    std::vector<std::uint32_t> order(index.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const auto key = [&](std::uint32_t signal) {
        const SignalIndex::Entry& entry = index.entry(signal);
        return std::tuple(type_ranks[entry.type], source_ranks[entry.source], entry.flags);
      };
      if (key(a) != key(b)) return key(a) < key(b);
      return std::lexicographical_compare(index.conditions(a), index.conditions(a) + words,
                                          index.conditions(b), index.conditions(b) + words);
    });
    signal_ranks_ = ranks_of(order);
    std::vector<std::uint16_t> of_type, of_source;
    std::vector<std::uint32_t> flags;
    std::vector<std::uint64_t> conditions;
    for (const std::uint32_t signal : order) {
      of_type.push_back(static_cast<std::uint16_t>(type_ranks[index.entry(signal).type]));
      of_source.push_back(static_cast<std::uint16_t>(source_ranks[index.entry(signal).source]));
      flags.push_back(index.entry(signal).flags);
      conditions.insert(conditions.end(), index.conditions(signal), index.conditions(signal) + words);
    }
    WEIR_TRY_STATUS(add_raw(out_, kSignalTypes, of_type));
    WEIR_TRY_STATUS(add_raw(out_, kSignalSources, of_source));
    WEIR_TRY_STATUS(add_raw(out_, kSignalFlags, flags));
    WEIR_TRY_STATUS(add_raw(out_, kSignalConditions, conditions));
    const std::vector<Shape> shape{
        {rows_, first_[kKinds], index.size(), words, e_.values, e_.conflict_count}};
    WEIR_TRY_STATUS(add_raw(out_, kShape, shape));
    return out_.add(kOrigin, e_.origin, 1);
  }

  Status proofs() {
    WEIR_TRY_STATUS(event_ids());
    WEIR_TRY_STATUS(plain(kDelivery, kRowDelivery));
    WEIR_TRY_STATUS(plain(kSourceRow, kRowSourceRow));
    WEIR_TRY_STATUS(plain(kRank, kRowRank));
    return plain(kSequence, kRowSequence);
  }
  Status event_ids() {
    WEIR_TRY(RowReader high, e_.rows.reader(kRowIdHigh));
    WEIR_TRY(RowReader low, e_.rows.reader(kRowIdLow));
    Coding coding;
    coding.width = sizeof(EventId);
    WEIR_TRY_STATUS(out_.begin(kEvents, coding));
    std::vector<std::uint64_t> highs, lows;
    std::vector<EventId> block;
    for (std::size_t at = 0; at < rows_; at += block.size()) {
      block.resize(std::min(kBlock, rows_ - at));
      WEIR_TRY_STATUS(high.next(block.size(), highs));
      WEIR_TRY_STATUS(low.next(block.size(), lows));
      for (std::size_t i = 0; i < block.size(); ++i) block[i] = EventId{highs[i], lows[i]};
      WEIR_TRY_STATUS(out_.append(bytes_of(block)));
    }
    e_.rows.drop(kRowIdHigh);
    e_.rows.drop(kRowIdLow);
    return out_.end(rows_);
  }
  // Writes a column in time order. `translate` makes what the file has of what came.
  template <typename Translate>
  Status column(std::uint32_t id, std::uint32_t from, const Coding& coding, const Translate& translate) {
    if (coding.width == 0)
      return out_.column(id, coding, rows_, [](std::size_t) { return std::uint64_t{0}; });
    WEIR_TRY(RowReader reader, e_.rows.reader(from));
    WEIR_TRY_STATUS(out_.begin(id, coding));
    std::vector<std::uint64_t> values;
    for (std::size_t at = 0; at < rows_; at += values.size()) {
      WEIR_TRY_STATUS(reader.next(std::min(kBlock, rows_ - at), values));
      WEIR_TRY_STATUS(out_.append_codes(
          coding, values.size(), [&](std::size_t i) { return code_of(coding, translate(values[i])); }));
    }
    return out_.end(rows_);
  }
  // The same of a column whose values stand in the file as they came, and frees it.
  Status plain(std::uint32_t id, std::uint32_t from) {
    WEIR_TRY_STATUS(column(id, from, e_.rows.coding(from), [](std::uint64_t value) { return value; }));
    e_.rows.drop(from);
    return {};
  }

  Status columns() {
    const auto currencies = e_.currencies.sorted();
    WEIR_TRY_STATUS(texts(kCurrencyOffsets, e_.currencies, currencies));
    const auto ranks = ranks_of(currencies);
    CodingFinder finder(0, false, false);
    for (const std::uint32_t rank : ranks) finder.see(rank);
    WEIR_TRY_STATUS(column(kCurrency, kRowCurrency, finder.coding(),
                           [&](std::uint64_t currency) { return std::uint64_t{ranks[currency]}; }));
    e_.rows.drop(kRowCurrency);
    WEIR_TRY_STATUS(plain(kAmount, kRowAmount));
    for (std::uint32_t i = 0; i < e_.values; ++i) WEIR_TRY_STATUS(plain(kFirstValue + i, kRowFirstValue + i));
    WEIR_TRY_STATUS(plain(kKnown, kRowKnownAfter));
    WEIR_TRY_STATUS(plain(kRetracted, kRowRetractedAt));
    WEIR_TRY_STATUS(column(kOccurred, kRowOccurred, e_.rows.coding(kRowOccurred),
                           [](std::uint64_t time) { return time; }));
    CodingFinder signals(std::numeric_limits<std::uint32_t>::max(), false, false);
    for (const std::uint32_t rank : signal_ranks_) signals.see(rank);
    return column(kSignal, kRowSignal, signals.coding(),
                  [&](std::uint64_t signal) { return std::uint64_t{signal_ranks_[signal]}; });
  }

  // How many rows name each handle; and the keys of rows.
  Status keys() {
    places_.assign(first_[kKinds], 0);
    for (std::uint32_t kind = 0; kind < kKinds; ++kind) {
      const auto uses = std::exchange(e_.uses[kind], {});
      CodingFinder finder(kNoHandle, false, false);
      std::uint64_t named = 0;
      for (std::uint32_t number = 0; number < uses.size(); ++number) {
        const Handle handle = final_handle({static_cast<Kind>(kind), number});
        named += places_[handle] = uses[number];
        if (uses[number] > 0) finder.see(handle);
      }
      if (named < rows_) finder.see(kNoHandle);
      is_named_[kind] = named > 0;
      WEIR_TRY_STATUS(column(kFirstKey + kind, kRowFirstKey + kind, finder.coding(),
                             [&](std::uint64_t number) { return std::uint64_t{key_of(kind, number)}; }));
    }
    return {};
  }
  [[nodiscard]] Handle key_of(std::uint32_t kind, std::uint64_t number) const noexcept {
    return number == kNoHandle ? kNoHandle : first_[kind] + ranks_[kind][number];
  }

  // What kernels sweep: row, time and signal of each row that names a handle, handle by handle.
  Status runs() {
    const Coding times = run_coding(e_.rows.coding(kRowOccurred));
    const bool narrow = times.width == sizeof(std::uint32_t);
    return narrow ? runs_of<std::uint32_t>(times) : runs_of<std::uint64_t>(times);
  }
  template <typename Code>
  Status runs_of(const Coding& times) {
    std::vector<AlsoNamed> also = e_.rows.take_also();
    for (const AlsoNamed& named : also) ++places_[final_handle(named.handle)];
    RunWriter<Code> runs(out_, place_, places_);
    WEIR_TRY(RowReader time, e_.rows.reader(kRowOccurred));
    WEIR_TRY(RowReader signal, e_.rows.reader(kRowSignal));
    std::vector<std::uint32_t> kinds;
    std::vector<RowReader> keys;
    for (std::uint32_t kind = 0; kind < kKinds; ++kind) {
      if (!is_named_[kind]) continue;
      kinds.push_back(kind);
      WEIR_TRY(RowReader reader, e_.rows.reader(kRowFirstKey + kind));
      keys.push_back(std::move(reader));
    }
    std::vector<std::uint64_t> at, signals;
    std::vector<std::vector<std::uint64_t>> numbers(kinds.size());
    std::size_t next_also = 0;
    for (std::size_t begin = 0; begin < rows_; begin += at.size()) {
      const std::size_t count = std::min(kBlock, rows_ - begin);
      WEIR_TRY_STATUS(time.next(count, at));
      WEIR_TRY_STATUS(signal.next(count, signals));
      for (std::size_t k = 0; k < kinds.size(); ++k) WEIR_TRY_STATUS(keys[k].next(count, numbers[k]));
      for (std::size_t i = 0; i < count; ++i) {
        Place<Code> place{static_cast<Code>((at[i] - times.base) / times.scale), kNoHandle,
                          static_cast<Row>(begin + i), signal_ranks_[signals[i]]};
        for (std::size_t k = 0; k < kinds.size(); ++k) {
          place.handle = key_of(kinds[k], numbers[k][i]);
          if (place.handle != kNoHandle) WEIR_TRY_STATUS(runs.add(place));
        }
        for (; next_also < also.size() && also[next_also].row == place.row; ++next_also) {
          place.handle = final_handle(also[next_also].handle);
          WEIR_TRY_STATUS(runs.add(place));
        }
      }
    }
    e_.rows.drop(kRowOccurred);
    e_.rows.drop(kRowSignal);
    for (const std::uint32_t kind : kinds) e_.rows.drop(kRowFirstKey + kind);
    return runs.finish(times, signal_ranks_.size());
  }

  static constexpr std::size_t kBlock = std::size_t{1} << 14U;  // rows that are read and written at once
  SectionWriter& out_;
  SpoolPlace& place_;
  EventTable e_;
  std::size_t rows_;
  std::array<Handle, kKinds + 1> first_{};  // of each kind
  std::array<std::vector<std::uint32_t>, kKinds> sorted_handles_, ranks_;
  std::vector<std::uint32_t> signal_ranks_;
  std::vector<std::uint64_t> places_;    // per handle: rows that name it
  std::array<bool, kKinds> is_named_{};  // by any row's key
};

}  // namespace

Status write_timelines(FileSystem& files, const std::string& path, SpoolPlace& place, EventTable&& events) {
  WEIR_TRY(auto out, SectionWriter::create(files, path));
  WEIR_TRY_STATUS(StoreWriter(out, place, std::move(events)).write());
  return out.finish();
}

}  // namespace weir::timeline
