#include "timeline/store_writer.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <type_traits>
#include <utility>

#include "timeline/run_writer.h"
#include "timeline/section_file.h"
#include "timeline/sections.h"

namespace weir::timeline {
namespace {

template <typename T>
Status add_raw(SectionWriter& out, std::uint32_t id, const std::vector<T>& values) {
  return out.add(id, bytes_of(values), sizeof(T));
}

class StoreWriter {
 public:
  StoreWriter(SectionWriter& out, EventTable&& events) : out_(out), e_(std::move(events)), rows_(e_.size()) {}

  Status write() {
    rank_handles();
    WEIR_TRY_STATUS(entities());
    WEIR_TRY_STATUS(signals());
    order_ = time_order(e_);
    place_also();
    // What is big and not needed any more goes first.
    WEIR_TRY_STATUS(proofs());
    WEIR_TRY_STATUS(columns());
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
    std::sort(links.begin(), links.end(), [](const Link& a, const Link& b) {
      return std::tie(a.left, a.right, a.known_at) < std::tie(b.left, b.right, b.known_at);
    });
    const auto same = [](const Link& a, const Link& b) { return a.left == b.left && a.right == b.right; };
    links.erase(std::unique(links.begin(), links.end(), same), links.end());
    return add_raw(out_, kLinks, links);
  }
  Status relations() {
    std::vector<Relation> relations;
    for (const auto& r : std::exchange(e_.relations, {}))
      relations.push_back({final_handle(r.from), final_handle(r.to), r.known_from, r.known_until});
    std::sort(relations.begin(), relations.end(), [](const Relation& a, const Relation& b) {
      return std::tie(a.from, a.to, a.known_from, a.known_until) <
             std::tie(b.from, b.to, b.known_from, b.known_until);
    });
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
    std::sort(attributes.begin(), attributes.end(), [](const Attribute& a, const Attribute& b) {
      return std::tie(a.handle, a.name, a.known_from, a.known_until, a.value) <
             std::tie(b.handle, b.name, b.known_from, b.known_until, b.value);
    });
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
        {rows_, first_[kKinds], index.size(), words, e_.values.size(), e_.conflict_count}};
    return add_raw(out_, kShape, shape);
  }

  // Rows by their places in time, and what is named beside them in the order of these.
  void place_also() {
    if (e_.also.empty()) return;
    const std::vector<std::uint32_t> places = ranks_of(order_);
    for (const auto& also : std::exchange(e_.also, {}))
      also_.push_back({final_handle(also.handle), places[also.row]});
    std::sort(also_.begin(), also_.end(), [](const Named& a, const Named& b) {
      return std::tie(a.handle, a.row) < std::tie(b.handle, b.row);
    });
  }

  Status proofs() {
    WEIR_TRY_STATUS(out_.values<EventId>(kEvents, rows_, [&](std::size_t i) { return e_.ids[order_[i]]; }));
    e_.ids = {};
    WEIR_TRY_STATUS(varying(kDelivery, e_.delivery, false));
    return varying(kSourceRow, e_.source_row, false);
  }
  // Writes a column that came in order of arrival, and frees it.
  template <typename T>
  Status varying(std::uint32_t id, Varying<T>& column, bool with_scale) {
    CodingFinder finder(static_cast<std::uint64_t>(column.null()), std::is_signed_v<T>, with_scale);
    const std::size_t seen = column.is_constant() ? std::min<std::size_t>(rows_, 1) : rows_;
    for (std::size_t i = 0; i < seen; ++i) finder.see(static_cast<std::uint64_t>(column[i]));
    WEIR_TRY_STATUS(out_.column(id, finder.coding(), rows_, [&](std::size_t i) {
      return static_cast<std::uint64_t>(column[order_[i]]);
    }));
    column.clear();
    return {};
  }

  Status columns() {
    const auto currencies = e_.currencies.sorted();
    WEIR_TRY_STATUS(texts(kCurrencyOffsets, e_.currencies, currencies));
    const auto currency_ranks = ranks_of(currencies);
    Varying<std::uint32_t> currency(0);
    currency.expect(rows_);
    for (std::size_t i = 0; i < rows_; ++i) currency.push_back(currency_ranks[e_.currency[i]]);
    WEIR_TRY_STATUS(varying(kCurrency, currency, false));
    e_.currency.clear();
    WEIR_TRY_STATUS(varying(kAmount, e_.amount_minor, true));
    for (std::uint32_t i = 0; i < e_.values.size(); ++i)
      WEIR_TRY_STATUS(varying(kFirstValue + i, e_.values[i], true));
    WEIR_TRY_STATUS(varying(kKnown, e_.known_after, true));
    return varying(kRetracted, e_.retracted_at, true);
  }

  // Times, signals and keys in order of time, and the runs that are made of them.
  Status runs() {
    RunWriter runs(out_, static_cast<std::size_t>(first_[kKinds]));
    WEIR_TRY_STATUS(runs.times(e_.occurred_at, order_));
    e_.occurred_at = {};
    for (std::uint32_t& signal : e_.signal) signal = signal_ranks_[signal];
    WEIR_TRY_STATUS(runs.signals(e_.signal, order_, signal_ranks_.size()));
    e_.signal = {};
    auto also = also_.cbegin();
    for (std::uint32_t kind = 0; kind < kKinds; ++kind) {
      const auto also_begin = also;
      while (also != also_.cend() && also->handle < first_[kind + 1]) ++also;
      std::vector<Handle> keys;
      const Coding coding = keys_of(kind, keys);
      WEIR_TRY_STATUS(out_.column(kFirstKey + kind, coding, rows_,
                                  [&](std::size_t i) { return std::uint64_t{keys[i]}; }));
      runs.add_kind(first_[kind], first_[kind + 1], keys, {also_begin, also});
    }
    return runs.finish();
  }
  // The final handles of a kind in order of time; empty when no event names one.
  Coding keys_of(std::uint32_t kind, std::vector<Handle>& keys) {
    Varying<std::uint32_t>& numbers = e_.keys[kind];
    CodingFinder finder(kNoHandle, false, false);
    if (!numbers.is_constant() || (rows_ > 0 && numbers[0] != kNoHandle)) {
      keys.resize(rows_);
      for (std::size_t i = 0; i < rows_; ++i) {
        const std::uint32_t number = numbers[order_[i]];
        keys[i] = number == kNoHandle ? kNoHandle : final_handle({static_cast<Kind>(kind), number});
        finder.see(keys[i]);
      }
    }
    numbers.clear();
    return finder.coding();
  }

  SectionWriter& out_;
  EventTable e_;
  std::size_t rows_;
  std::array<Handle, kKinds + 1> first_{};  // of each kind
  std::array<std::vector<std::uint32_t>, kKinds> sorted_handles_, ranks_;
  std::vector<std::uint32_t> signal_ranks_;
  std::vector<Row> order_;   // in time: the row of arrival
  std::vector<Named> also_;  // by handle
};

}  // namespace

Status write_timelines(FileSystem& files, const std::string& path, EventTable&& events) {
  WEIR_TRY(auto out, SectionWriter::create(files, path));
  WEIR_TRY_STATUS(StoreWriter(out, std::move(events)).write());
  return out.finish();
}

}  // namespace weir::timeline
