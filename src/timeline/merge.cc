#include "timeline/merge.h"

#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <tuple>
#include <vector>

#include "timeline/added_rows.h"
#include "timeline/entity_order.h"
#include "timeline/merged_numbers.h"
#include "timeline/ordered_rows.h"
#include "timeline/run_writer.h"
#include "timeline/section_file.h"
#include "timeline/section_merger.h"
#include "timeline/sections.h"

namespace weir::timeline {
namespace {

using Raw = Column<std::uint64_t>;

// A section of one of the files, as a column where it is none of ids; it is there, as the store was opened.
struct Stored {
  Stored(const TimelineStore& store, std::uint32_t id)
      : entry(*store.sections().find(id)),
        bytes(store.sections().bytes(entry)),
        values(entry.coding.width > sizeof(std::uint64_t) ? Raw()
                                                          : Raw(bytes.begin(), entry.count, entry.coding)) {}
  const SectionEntry& entry;
  std::string_view bytes;
  Raw values;

  [[nodiscard]] std::uint64_t code(std::size_t i) const noexcept {
    std::uint64_t code = 0;
    std::memcpy(&code, bytes.data() + i * entry.coding.width, sizeof code);
    return code & entry.coding.mask();
  }
  // The greatest code that is no null's.
  [[nodiscard]] std::uint64_t greatest_code() const noexcept {
    if (entry.coding.width == 0) return 0;
    const std::uint64_t null = entry.coding.has_null != 0 ? entry.coding.mask() : 0;
    std::uint64_t greatest = 0;
    for (std::size_t i = 0; i < entry.count; ++i) {
      const std::uint64_t found = code(i);
      if (found > greatest && (null == 0 || found != null)) greatest = found;
    }
    return greatest;
  }
};

// Whether the coding of the base's values would be found for the added ones, too. Of a column with one value
// and nulls a step is not known from its coding.
bool keeps_coding(std::uint32_t row_column, const Coding& coding, const Raw& added) noexcept {
  if (coding.width == 0) return false;
  if (has_steps(row_column) && coding.width == 1 && coding.has_null != 0 && coding.scale == 1) return false;
  const std::uint64_t most = coding.mask() - (coding.has_null != 0 ? 1 : 0);
  for (const std::uint64_t value : added) {
    if (coding.has_null != 0 && value == coding.null) continue;
    if (value == coding.null || static_cast<std::int64_t>(value) < static_cast<std::int64_t>(coding.base))
      return false;
    const std::uint64_t distance = value - coding.base;
    if (distance % coding.scale != 0 || distance / coding.scale > most) return false;
  }
  return true;
}

// The coding that a build of all values would find.
Coding coding_of_all(std::uint32_t row_column, const Stored& base, const Raw& added) {
  CodingFinder finder = finder_of(row_column);
  if (base.entry.count > 0) {
    if (keeps_coding(row_column, base.entry.coding, added)) return base.entry.coding;
    finder.see_coded(base.entry.coding, base.greatest_code());
  }
  for (const std::uint64_t value : added) finder.see(value);
  return finder.coding();
}

// Most columns have no steps, and a division takes longer than all else that is done with a value.
std::uint64_t quick_code(const Coding& coding, std::uint64_t value) noexcept {
  if (coding.scale != 1) return code_of(coding, value);
  return coding.has_null != 0 && value == coding.null ? coding.mask() : value - coding.base;
}

// Whether codes of the one are codes of the other. That no code of a value became that of the null is as the
// coding was found.
bool has_same_codes(const Coding& before, const Coding& after) noexcept {
  return before.base == after.base && before.scale == after.scale && before.width == after.width &&
         (before.has_null == 0 || (after.has_null != 0 && before.null == after.null));
}

class Merger {
 public:
  Merger(SectionWriter& out, const TimelineStore& base, const TimelineStore& added, std::string_view origin)
      : out_(out), merger_(out), base_(base), added_(added), origin_(origin), rows_(base, added) {}

  // Sections come in the order of a build.
  Status write() {
    WEIR_TRY_STATUS(handles());
    WEIR_TRY_STATUS(entities());
    WEIR_TRY_STATUS(signals());
    WEIR_TRY_STATUS(proofs());
    WEIR_TRY_STATUS(columns());
    WEIR_TRY_STATUS(keys());
    return runs();
  }

 private:
  // Each text once, in order.
  template <typename TextOf>
  Status texts(std::uint32_t id, const MergedNumbers& numbers, const TextOf& text_of) {
    std::vector<std::uint64_t> offsets{0};
    offsets.reserve(numbers.size + 1);
    std::string bytes;
    const auto add = [&](std::string_view text) {
      bytes += text;
      offsets.push_back(bytes.size());
    };
    std::size_t at = 0;
    for (std::size_t i = 0; i < numbers.of_added.size(); ++i) {
      while (at < numbers.of_base.size() && numbers.of_base[at] < numbers.of_added[i])
        add(text_of(base_, at++));
      if (at < numbers.of_base.size() && numbers.of_base[at] == numbers.of_added[i]) ++at;
      add(text_of(added_, i));
    }
    while (at < numbers.of_base.size()) add(text_of(base_, at++));
    WEIR_TRY_STATUS(add_raw(out_, id, offsets));
    return out_.add(id + 1, bytes, 1);
  }
  template <typename TextOf>
  Status merge_texts(std::uint32_t id, std::size_t base, std::size_t added, MergedNumbers& numbers,
                     const TextOf& text_of) {
    numbers = merge_numbers(base, added, [&](std::size_t a, std::size_t b) {
      return text_of(base_, a).compare(text_of(added_, b));
    });
    return texts(id, numbers, text_of);
  }

  Status handles() {
    const auto text_of = [](const TimelineStore& store, std::size_t i) {
      return store.handle_text(static_cast<Handle>(i));
    };
    const auto kind_of = [](const TimelineStore& store, std::size_t i) {
      return store.handle_kind(static_cast<Handle>(i));
    };
    handles_ = merge_numbers(base_.handle_count(), added_.handle_count(), [&](std::size_t a, std::size_t b) {
      const int kinds = int{kind_of(base_, a)} - int{kind_of(added_, b)};
      return kinds != 0 ? kinds : text_of(base_, a).compare(text_of(added_, b));
    });
    std::vector<std::uint8_t> kinds(handles_.size);
    for (std::size_t i = 0; i < handles_.of_base.size(); ++i) kinds[handles_.of_base[i]] = kind_of(base_, i);
    for (std::size_t i = 0; i < handles_.of_added.size(); ++i)
      kinds[handles_.of_added[i]] = kind_of(added_, i);
    WEIR_TRY_STATUS(add_raw(out_, kHandleKinds, kinds));
    return texts(kHandleOffsets, handles_, text_of);
  }

  // Both lists are in order, and numbers of handles and texts keep theirs.
  template <typename T, typename Renumber>
  static std::vector<T> merged(std::span<const T> base, std::span<const T> added, const Renumber& renumber) {
    std::vector<T> all;
    all.reserve(base.size() + added.size());
    for (const T& item : base) all.push_back(renumber(item, true));
    for (const T& item : added) all.push_back(renumber(item, false));
    std::inplace_merge(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(base.size()), all.end(),
                       comes_before<T>);
    return all;
  }
  Status entities() {
    const auto handle = [&](Handle number, bool of_base) {
      return of_base ? handles_.of_base[number] : handles_.of_added[number];
    };
    auto links = merged(base_.links(), added_.links(), [&](const Link& link, bool of_base) {
      return Link{handle(link.left, of_base), handle(link.right, of_base), link.known_at};
    });
    links.erase(std::unique(links.begin(), links.end(), is_same_link), links.end());
    WEIR_TRY_STATUS(add_raw(out_, kLinks, links));
    WEIR_TRY_STATUS(add_raw(
        out_, kRelations, merged(base_.relations(), added_.relations(), [&](const Relation& r, bool of_base) {
          return Relation{handle(r.from, of_base), handle(r.to, of_base), r.known_from, r.known_until};
        })));
    MergedNumbers names, values;
    WEIR_TRY_STATUS(merge_texts(kNameOffsets, base_.attribute_name_count(), added_.attribute_name_count(),
                                names, [](const TimelineStore& store, std::size_t i) {
                                  return store.attribute_name(static_cast<std::uint32_t>(i));
                                }));
    WEIR_TRY_STATUS(merge_texts(kValueOffsets, base_.attribute_value_count(), added_.attribute_value_count(),
                                values, [](const TimelineStore& store, std::size_t i) {
                                  return store.attribute_value(static_cast<std::uint32_t>(i));
                                }));
    return add_raw(out_, kAttributes,
                   merged(base_.attributes(), added_.attributes(), [&](const Attribute& a, bool of_base) {
                     return Attribute{handle(a.handle, of_base),
                                      of_base ? names.of_base[a.name] : names.of_added[a.name],
                                      of_base ? values.of_base[a.value] : values.of_added[a.value],
                                      0,
                                      a.known_from,
                                      a.known_until};
                   }));
  }

  Status signals() {
    MergedNumbers types, sources;
    WEIR_TRY_STATUS(merge_texts(
        kTypeOffsets, base_.type_count(), added_.type_count(), types,
        [](const TimelineStore& store, std::size_t i) { return store.type(static_cast<std::uint16_t>(i)); }));
    if (types.size > std::numeric_limits<std::uint16_t>::max())
      return fail(Errc::out_of_range, "more than 65,535 event types");
    WEIR_TRY_STATUS(merge_texts(kSourceOffsets, base_.source_count(), added_.source_count(), sources,
                                [](const TimelineStore& store, std::size_t i) {
                                  return store.source(static_cast<std::uint16_t>(i));
                                }));
    const Signals& base = base_.signals();
    const Signals& added = added_.signals();
    const auto key = [](const Signals& of, const std::vector<std::uint32_t>& t,
                        const std::vector<std::uint32_t>& s,
                        std::size_t i) { return std::tuple(t[of.type(i)], s[of.source(i)], of.flags(i)); };
    signals_ = merge_numbers(base.size(), added.size(), [&](std::size_t a, std::size_t b) {
      const auto left = key(base, types.of_base, sources.of_base, a);
      const auto right = key(added, types.of_added, sources.of_added, b);
      if (left != right) return left < right ? -1 : 1;
      const auto bits = base.conditions(a);
      const auto other = added.conditions(b);
      const auto [one, two] = std::mismatch(bits.begin(), bits.end(), other.begin());
      return one == bits.end() ? 0 : *one < *two ? -1 : 1;
    });
    const std::uint32_t words = base_.condition_words();
    std::vector<std::uint16_t> of_type(signals_.size), of_source(signals_.size);
    std::vector<std::uint32_t> flags(signals_.size);
    std::vector<std::uint64_t> conditions(signals_.size * words);
    const auto put = [&](const Signals& from, const std::vector<std::uint32_t>& t,
                         const std::vector<std::uint32_t>& s, const std::vector<std::uint32_t>& numbers) {
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        const std::size_t to = numbers[i];
        of_type[to] = static_cast<std::uint16_t>(t[from.type(i)]);
        of_source[to] = static_cast<std::uint16_t>(s[from.source(i)]);
        flags[to] = from.flags(i);
        const auto bits = from.conditions(i);
        std::copy(bits.begin(), bits.end(), conditions.begin() + static_cast<std::ptrdiff_t>(to * words));
      }
    };
    put(base, types.of_base, sources.of_base, signals_.of_base);
    put(added, types.of_added, sources.of_added, signals_.of_added);
    WEIR_TRY_STATUS(add_raw(out_, kSignalTypes, of_type));
    WEIR_TRY_STATUS(add_raw(out_, kSignalSources, of_source));
    WEIR_TRY_STATUS(add_raw(out_, kSignalFlags, flags));
    WEIR_TRY_STATUS(add_raw(out_, kSignalConditions, conditions));
    const std::vector<Shape> shape{{base_.row_count() + added_.row_count(), handles_.size, signals_.size,
                                    words, base_.value_count(),
                                    base_.conflict_count() + added_.conflict_count()}};
    WEIR_TRY_STATUS(add_raw(out_, kShape, shape));
    return out_.add(kOrigin, origin_, 1);
  }

  Status proofs() {
    const std::span<const EventId> ids = added_.proofs().event;
    const Stored base(base_, kEvents);
    WEIR_TRY_STATUS(merger_.write(
        kEvents, base.entry.coding, base.entry.count, base.bytes, rows_.places(), [](std::size_t, char*) {},
        [&](std::size_t i, char* to) { std::memcpy(to, &ids[i], sizeof(EventId)); }));
    base_.forget(base.entry);
    WEIR_TRY_STATUS(plain(kDelivery, kRowDelivery));
    WEIR_TRY_STATUS(plain(kSourceRow, kRowSourceRow));
    WEIR_TRY_STATUS(plain(kRank, kRowRank));
    return plain(kSequence, kRowSequence);
  }

  static void put_code(std::uint64_t code, char* to) noexcept { std::memcpy(to, &code, sizeof code); }
  // A column in time order; `of_base` and `of_added` give a value's place in the new file. `same`: whether
  // the codes of the base stay as they are.
  template <typename OfBase, typename OfAdded>
  Status column(std::uint32_t id, const Coding& coding, bool same, const OfBase& of_base,
                const OfAdded& of_added) {
    const Stored base(base_, id);
    const Stored added(added_, id);
    WEIR_TRY_STATUS(merger_.write(
        id, coding, base.entry.count, same ? std::optional(base.bytes) : std::nullopt, rows_.places(),
        [&](std::size_t i, char* to) { put_code(quick_code(coding, of_base(base.values[i])), to); },
        [&](std::size_t i, char* to) { put_code(code_of(coding, of_added(added.values[i])), to); }));
    base_.forget(base.entry);
    return {};
  }
  // One whose values stay what they are.
  Status plain(std::uint32_t id, std::uint32_t row_column) {
    const Stored base(base_, id);
    const Coding coding = coding_of_all(row_column, base, Stored(added_, id).values);
    const auto same = [](std::uint64_t value) { return value; };
    return column(id, coding, has_same_codes(base.entry.coding, coding), same, same);
  }
  // One of numbers below `numbers.size`, all of which are in use.
  Status numbered(std::uint32_t id, std::uint64_t null, const MergedNumbers& numbers) {
    CodingFinder finder(null, false, false);
    for (std::size_t i = 0; i < numbers.size; ++i) finder.see(i);
    const Coding coding = finder.coding();
    const bool same = numbers.keeps_base() && has_same_codes(Stored(base_, id).entry.coding, coding);
    return column(
        id, coding, same, [&](std::uint64_t value) { return std::uint64_t{numbers.of_base[value]}; },
        [&](std::uint64_t value) { return std::uint64_t{numbers.of_added[value]}; });
  }

  Status columns() {
    MergedNumbers currencies;
    WEIR_TRY_STATUS(merge_texts(kCurrencyOffsets, base_.currency_count(), added_.currency_count(), currencies,
                                [](const TimelineStore& store, std::size_t i) {
                                  return store.currency(static_cast<std::uint16_t>(i));
                                }));
    WEIR_TRY_STATUS(numbered(kCurrency, 0, currencies));
    WEIR_TRY_STATUS(plain(kAmount, kRowAmount));
    for (std::uint32_t i = 0; i < base_.value_count(); ++i)
      WEIR_TRY_STATUS(plain(kFirstValue + i, kRowFirstValue + i));
    WEIR_TRY_STATUS(plain(kKnown, kRowKnownAfter));
    WEIR_TRY_STATUS(plain(kRetracted, kRowRetractedAt));
    WEIR_TRY_STATUS(plain(kOccurred, kRowOccurred));
    return numbered(kSignal, std::numeric_limits<std::uint32_t>::max(), signals_);
  }

  Status keys() {
    for (std::uint32_t kind = 0; kind < kKinds; ++kind) WEIR_TRY_STATUS(key(kFirstKey + kind));
    return {};
  }
  Status key(std::uint32_t id) {
    const Stored base(base_, id);
    const Stored added(added_, id);
    const auto renumber = [](const std::vector<std::uint32_t>& numbers, std::uint64_t handle) {
      return handle == kNoHandle ? handle : std::uint64_t{numbers[handle]};
    };
    const auto of_base = [&](std::uint64_t handle) { return renumber(handles_.of_base, handle); };
    const auto of_added = [&](std::uint64_t handle) { return renumber(handles_.of_added, handle); };
    CodingFinder finder(kNoHandle, false, false);
    const Coding& before = base.entry.coding;
    bool same = before.scale == 1;
    if (base.entry.count > 0) {
      const std::uint64_t last = before.base + base.greatest_code();
      finder.see(of_base(before.base));
      if (before.width > 0) finder.see(of_base(last));
      if (before.has_null != 0) finder.see(kNoHandle);
      // Handles that all move by the same number keep their codes.
      same = same && of_base(last) - of_base(before.base) == last - before.base;
    }
    for (std::size_t i = 0; i < added.entry.count; ++i) finder.see(of_added(added.values[i]));
    const Coding coding = finder.coding();
    Coding moved = before;
    moved.base = base.entry.count > 0 ? of_base(before.base) : before.base;
    return column(id, coding, same && has_same_codes(moved, coding), of_base, of_added);
  }

  // Where the places of added runs stand among those of the base. A handle's places are in the order of rows.
  void place_runs() {
    const Runs& base = base_.runs();
    const Runs& added = added_.runs();
    std::vector<std::uint64_t> counts(handles_.size, 0);
    for (std::size_t handle = 0; handle < handles_.of_base.size(); ++handle)
      counts[handles_.of_base[handle]] += base.offsets[handle + 1] - base.offsets[handle];
    // The first handle of the base that is not before the added one; both grow.
    std::size_t next = 0;
    for (std::size_t handle = 0; handle < handles_.of_added.size(); ++handle) {
      const std::uint32_t number = handles_.of_added[handle];
      counts[number] += added.offsets[handle + 1] - added.offsets[handle];
      while (next < handles_.of_base.size() && handles_.of_base[next] < number) ++next;
      const bool in_both = next < handles_.of_base.size() && handles_.of_base[next] == number;
      auto begin = base.rows.begin() + static_cast<std::ptrdiff_t>(base.offsets[next]);
      const auto end =
          in_both ? base.rows.begin() + static_cast<std::ptrdiff_t>(base.offsets[next + 1]) : begin;
      for (std::uint64_t place = added.offsets[handle]; place < added.offsets[handle + 1]; ++place) {
        begin = std::lower_bound(begin, end, rows_.places()[added.rows[place]]);
        run_places_.push_back(static_cast<std::uint64_t>(begin - base.rows.begin()));
      }
    }
    run_offsets_.push_back(0);
    for (const std::uint64_t count : counts) run_offsets_.push_back(run_offsets_.back() + count);
  }

  Status runs() {
    place_runs();
    WEIR_TRY_STATUS(add_raw(out_, kRunOffsets, run_offsets_));
    const Stored rows(base_, kRunRows);
    const auto put_row = [](Row row, char* to) { std::memcpy(to, &row, sizeof row); };
    WEIR_TRY_STATUS(merger_.write(
        kRunRows, rows.entry.coding, rows.entry.count,
        rows_.are_last() ? std::optional(rows.bytes) : std::nullopt, run_places_,
        [&](std::size_t i, char* to) { put_row(rows_.moved(base_.runs().rows[i]), to); },
        [&](std::size_t i, char* to) { put_row(rows_.number(added_.runs().rows[i]), to); }));
    base_.forget(rows.entry);
    WEIR_TRY_STATUS(run_times());
    if (signals_.size > kMostRunSignals) return {};
    const Stored signals(base_, kRunSignals);
    const auto put_signal = [](std::uint32_t signal, char* to) {
      const auto number = static_cast<std::uint16_t>(signal);
      std::memcpy(to, &number, sizeof number);
    };
    return merger_.write(
        kRunSignals, signals.entry.coding, signals.entry.count,
        signals_.keeps_base() ? std::optional(signals.bytes) : std::nullopt, run_places_,
        [&](std::size_t i, char* to) { put_signal(signals_.of_base[base_.runs().signals[i]], to); },
        [&](std::size_t i, char* to) { put_signal(signals_.of_added[added_.runs().signals[i]], to); });
  }
  Status run_times() {
    const Coding occurred =
        coding_of_all(kRowOccurred, Stored(base_, kOccurred), Stored(added_, kOccurred).values);
    if (occurred.has_null != 0) return fail(Errc::out_of_range, "an event at the end of all times");
    const Coding coding = run_coding(occurred);
    const Stored base(base_, kRunTimes);
    const auto put = [&](std::int64_t time, char* to) {
      put_code((static_cast<std::uint64_t>(time) - coding.base) / coding.scale, to);
    };
    WEIR_TRY_STATUS(merger_.write(
        kRunTimes, coding, base.entry.count,
        has_same_codes(base.entry.coding, coding) ? std::optional(base.bytes) : std::nullopt, run_places_,
        [&](std::size_t i, char* to) { put(base_.runs().occurred_at(i), to); },
        [&](std::size_t i, char* to) { put(added_.runs().occurred_at(i), to); }));
    base_.forget(base.entry);
    return {};
  }

  SectionWriter& out_;
  SectionMerger merger_;
  const TimelineStore& base_;
  const TimelineStore& added_;
  std::string_view origin_;
  AddedRows rows_;
  MergedNumbers handles_, signals_;
  std::vector<std::uint64_t> run_offsets_;
  std::vector<std::uint64_t> run_places_;  // per added place: places of the base before it
};

}  // namespace

Status merge_timelines(FileSystem& files, const TimelineStore& base, const TimelineStore& added,
                       std::string_view origin, const std::string& path) {
  WEIR_CHECK(base.condition_words() == added.condition_words() && base.value_count() == added.value_count(),
             "timelines of different definitions are not merged");
  if (base.row_count() + added.row_count() >= std::numeric_limits<Row>::max())
    return fail(Errc::out_of_range, "more than 4 billion events in one workspace");
  WEIR_TRY(auto out, SectionWriter::create(files, path));
  WEIR_TRY_STATUS(Merger(out, base, added, origin).write());
  return out.finish();
}

}  // namespace weir::timeline
