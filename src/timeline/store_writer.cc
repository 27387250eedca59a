#include "timeline/store_writer.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "timeline/section_file.h"
#include "timeline/sections.h"

namespace weir::timeline {
namespace {

template <typename T>
std::string_view bytes_of(const std::vector<T>& values) noexcept {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <typename T>
Status add_raw(SectionWriter& out, std::uint32_t id, const std::vector<T>& values) {
  return out.add(id, bytes_of(values), sizeof(T));
}

// Where texts begin and end, and their bytes.
Status add_texts(SectionWriter& out, std::uint32_t id, const std::vector<std::string>& texts) {
  std::vector<std::uint64_t> offsets{0};
  std::string bytes;
  for (const auto& text : texts) {
    bytes += text;
    offsets.push_back(bytes.size());
  }
  WEIR_TRY_STATUS(add_raw(out, id, offsets));
  return out.add(id + 1, bytes, 1);
}

template <typename Value>
Coding coding_of(std::size_t count, std::uint64_t null, bool is_signed, bool with_scale, const Value& value) {
  CodingFinder finder(null, is_signed, with_scale);
  for (std::size_t i = 0; i < count; ++i) finder.see(value(i));
  return finder.coding();
}

constexpr std::uint64_t kNoTime = static_cast<std::uint64_t>(INT64_MAX);

// The signals of all rows: their table, sorted, and each row's place in it.
class SignalTable {
 public:
  explicit SignalTable(const TimelineData& data) : data_(data) {
    of_row_.reserve(data.type.size());
    std::string key;
    for (std::size_t row = 0; row < data.type.size(); ++row) of_row_.push_back(number_of(row, key));
    sort();
  }

  [[nodiscard]] std::size_t size() const noexcept { return first_row_.size(); }
  [[nodiscard]] const std::vector<std::uint32_t>& of_row() const noexcept { return of_row_; }

  Status write(SectionWriter& out) const {
    std::vector<std::uint16_t> types, sources;
    std::vector<std::uint32_t> flags;
    std::vector<std::uint64_t> conditions;
    for (const std::size_t row : first_row_) {
      types.push_back(data_.type[row]);
      sources.push_back(data_.source[row]);
      flags.push_back(flags_of(row));
      conditions.insert(conditions.end(), words(row), words(row) + data_.condition_words);
    }
    WEIR_TRY_STATUS(add_raw(out, kSignalTypes, types));
    WEIR_TRY_STATUS(add_raw(out, kSignalSources, sources));
    WEIR_TRY_STATUS(add_raw(out, kSignalFlags, flags));
    return add_raw(out, kSignalConditions, conditions);
  }

 private:
  [[nodiscard]] const std::uint64_t* words(std::size_t row) const noexcept { return data_.conditions.data() + row * data_.condition_words; }
  [[nodiscard]] std::uint32_t flags_of(std::size_t row) const noexcept {
    std::uint32_t flags = data_.flags[row];
    if (data_.known_at[row] != data_.occurred_at[row]) flags |= kRowKnownApart;
    if (data_.retracted_at[row] != INT64_MAX) flags |= kRowRetracted;
    if (data_.amount_minor[row] != kNoAmount) flags |= kRowHasAmount;
    if (data_.keys[kLead][row] != kNoHandle || data_.keys[kOpportunity][row] != kNoHandle) flags |= kRowNamesSubject;
    if (data_.keys[kContact][row] != kNoHandle) flags |= kRowNamesContact;
    return flags;
  }
  std::uint32_t number_of(std::size_t row, std::string& key) {
    key.clear();
    const auto add = [&](const auto& value) { key.append(reinterpret_cast<const char*>(&value), sizeof value); };
    add(data_.type[row]);
    add(data_.source[row]);
    add(flags_of(row));
    key.append(reinterpret_cast<const char*>(words(row)), data_.condition_words * sizeof(std::uint64_t));
    const auto [at, is_new] = numbers_.try_emplace(key, static_cast<std::uint32_t>(first_row_.size()));
    if (is_new) first_row_.push_back(row);
    return at->second;
  }
  [[nodiscard]] bool before(std::size_t a, std::size_t b) const noexcept {
    if (data_.type[a] != data_.type[b]) return data_.type[a] < data_.type[b];
    if (data_.source[a] != data_.source[b]) return data_.source[a] < data_.source[b];
    if (flags_of(a) != flags_of(b)) return flags_of(a) < flags_of(b);
    return std::lexicographical_compare(words(a), words(a) + data_.condition_words, words(b), words(b) + data_.condition_words);
  }
  void sort() {
    std::vector<std::uint32_t> order(first_row_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return before(first_row_[a], first_row_[b]); });
    std::vector<std::uint32_t> place(order.size());
    std::vector<std::size_t> sorted;
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      place[order[i]] = i;
      sorted.push_back(first_row_[order[i]]);
    }
    first_row_.swap(sorted);
    for (std::uint32_t& signal : of_row_) signal = place[signal];
  }

  const TimelineData& data_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::size_t> first_row_;
  std::vector<std::uint32_t> of_row_;
};

class StoreWriter {
 public:
  StoreWriter(SectionWriter& out, const TimelineData& data) : out_(out), data_(data), rows_(data.occurred_at.size()), signals_(data) {}

  Status write() {
    const std::vector<Shape> shape{
        {rows_, data_.handle_kinds.size(), signals_.size(), data_.condition_words, data_.value_count, data_.conflict_count}};
    WEIR_TRY_STATUS(add_raw(out_, kShape, shape));
    WEIR_TRY_STATUS(signals_.write(out_));
    WEIR_TRY_STATUS(runs());
    WEIR_TRY_STATUS(columns());
    WEIR_TRY_STATUS(entities());
    return proofs();
  }

 private:
  template <typename T>
  Status column(std::uint32_t id, const std::vector<T>& values, T null, bool with_scale) {
    const auto value = [&](std::size_t i) { return static_cast<std::uint64_t>(values[i]); };
    return out_.column(id, coding_of(rows_, static_cast<std::uint64_t>(null), std::is_signed_v<T>, with_scale, value), rows_, value);
  }

  Status runs() {
    WEIR_TRY_STATUS(add_raw(out_, kRunOffsets, data_.run_offsets));
    WEIR_TRY_STATUS(add_raw(out_, kRunRows, data_.run_rows));
    const auto time = [&](std::size_t place) { return static_cast<std::uint64_t>(data_.occurred_at[data_.run_rows[place]]); };
    Coding times = coding_of(rows_, kNoTime, true, true, [&](std::size_t row) { return static_cast<std::uint64_t>(data_.occurred_at[row]); });
    times.width = times.width <= sizeof(std::uint32_t) ? sizeof(std::uint32_t) : sizeof(std::uint64_t);
    times.has_null = 0;
    WEIR_TRY_STATUS(out_.column(kRunTimes, times, data_.run_rows.size(), time));
    if (signals_.size() > std::size_t{1} << 16U) return {};
    Coding numbers;
    numbers.width = sizeof(std::uint16_t);
    return out_.column(kRunSignals, numbers, data_.run_rows.size(), [&](std::size_t place) { return std::uint64_t{signals_.of_row()[data_.run_rows[place]]}; });
  }

  Status columns() {
    WEIR_TRY_STATUS(column(kOccurred, data_.occurred_at, INT64_MAX, true));
    const auto difference = [&](std::size_t row) {
      return static_cast<std::uint64_t>(data_.known_at[row]) - static_cast<std::uint64_t>(data_.occurred_at[row]);
    };
    WEIR_TRY_STATUS(out_.column(kKnown, coding_of(rows_, kNoTime, true, true, difference), rows_, difference));
    WEIR_TRY_STATUS(column(kRetracted, data_.retracted_at, INT64_MAX, true));
    WEIR_TRY_STATUS(column(kSignal, signals_.of_row(), std::numeric_limits<std::uint32_t>::max(), false));
    for (std::uint32_t kind = 0; kind < kKinds; ++kind) WEIR_TRY_STATUS(column(kFirstKey + kind, data_.keys[kind], kNoHandle, false));
    WEIR_TRY_STATUS(column(kAmount, data_.amount_minor, kNoAmount, true));
    WEIR_TRY_STATUS(column(kCurrency, data_.currency, std::numeric_limits<std::uint16_t>::max(), false));
    for (std::uint32_t index = 0; index < data_.value_count; ++index) {
      const auto value = [&](std::size_t row) { return static_cast<std::uint64_t>(data_.values[row * data_.value_count + index]); };
      const Coding coding = coding_of(rows_, static_cast<std::uint64_t>(kNoAmount), true, true, value);
      WEIR_TRY_STATUS(out_.column(kFirstValue + index, coding, rows_, value));
    }
    return {};
  }

  Status entities() {
    WEIR_TRY_STATUS(add_raw(out_, kHandleKinds, data_.handle_kinds));
    WEIR_TRY_STATUS(add_raw(out_, kLinks, data_.links));
    WEIR_TRY_STATUS(add_raw(out_, kRelations, data_.relations));
    WEIR_TRY_STATUS(add_raw(out_, kAttributes, data_.attributes));
    WEIR_TRY_STATUS(add_texts(out_, kHandleOffsets, data_.handle_texts));
    WEIR_TRY_STATUS(add_texts(out_, kTypeOffsets, data_.types));
    WEIR_TRY_STATUS(add_texts(out_, kSourceOffsets, data_.sources));
    WEIR_TRY_STATUS(add_texts(out_, kCurrencyOffsets, data_.currencies));
    WEIR_TRY_STATUS(add_texts(out_, kNameOffsets, data_.attribute_names));
    return add_texts(out_, kValueOffsets, data_.attribute_values);
  }

  Status proofs() {
    WEIR_TRY_STATUS(add_raw(out_, kEventHigh, data_.event_high));
    WEIR_TRY_STATUS(add_raw(out_, kEventLow, data_.event_low));
    WEIR_TRY_STATUS(column(kDelivery, data_.delivery, std::numeric_limits<std::uint32_t>::max(), false));
    return column(kSourceRow, data_.source_row, INT64_MAX, false);
  }

  SectionWriter& out_;
  const TimelineData& data_;
  std::size_t rows_;
  SignalTable signals_;
};

}  // namespace

Status write_timelines(FileSystem& files, const std::string& path, const TimelineData& data) {
  WEIR_TRY(auto out, SectionWriter::create(files, path));
  WEIR_TRY_STATUS(StoreWriter(out, data).write());
  return out.finish();
}

}  // namespace weir::timeline
