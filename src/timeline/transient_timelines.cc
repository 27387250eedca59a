#include "timeline/transient_timelines.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/large_pages.h"

namespace weir::timeline {

namespace {

constexpr std::size_t kTogether = 32;  // look-ups of subjects whose misses of the cache overlap
constexpr std::size_t kReadable = sizeof(std::uint64_t);  // behind a column's last code
constexpr std::uint64_t kNarrow = 0xFFFFFFFE;             // codes up to here take four bytes

// Only what is written takes memory.
template <typename T>
using Room = std::vector<T, LargeRoomAllocator<T>>;

template <typename Code>
void store_code(Room<char>& bytes, std::size_t place, Code code) noexcept {
  std::memcpy(bytes.data() + place * sizeof code, &code, sizeof code);
}

Coding coding_of(std::uint64_t base, std::uint64_t scale, bool is_narrow) {
  Coding coding;
  coding.base = base;
  coding.scale = scale;
  coding.width = is_narrow ? sizeof(std::uint32_t) : sizeof(std::uint64_t);
  return coding;
}

template <typename T>
Column<T> constant(T value, std::size_t rows) {
  Coding coding;
  coding.base = static_cast<std::uint64_t>(value);
  return Column<T>(nullptr, rows, coding);
}

}  // namespace

struct TransientTimelines::Memory {
  std::size_t rows{0};  // written so far
  bool has_narrow_times{true}, has_narrow_amounts{true};
  std::vector<std::uint64_t> offsets{0};  // per handle
  Room<Row> numbers;                      // of rows: each its own
  Room<char> times, signals, amounts;     // codes of columns
  std::vector<Room<char>> keys;
  TextIndex subjects;
  std::vector<std::uint8_t> handle_kinds;
  std::vector<std::uint64_t> handle_ends{0}, type_ends{0};
  std::string handle_texts, type_texts;
  std::vector<std::uint16_t> signal_types, signal_sources;
  std::vector<std::uint32_t> signal_flags;
  std::vector<std::uint64_t> signal_conditions;
  std::vector<std::uint64_t> no_text{0}, one_empty_text{0, 0};
};

TransientTimelines::TransientTimelines(std::vector<Kind> keys)
    : keys_(std::move(keys)), key_texts_(keys_.size()) {
  WEIR_CHECK(std::is_sorted(keys_.begin(), keys_.end()) && (keys_.empty() || keys_.front() != kLead),
             "kinds of keys out of order");
}

// What all times have in common decides how they are kept.
void TransientTimelines::take_times(std::span<const std::int64_t> times) {
  bool are_seconds = true;
  for (const std::int64_t at : times) {
    earliest_ = std::min(earliest_, at);
    latest_ = std::max(latest_, at);
    are_seconds = are_seconds && at % kSecond == 0;
  }
  if (!are_seconds) {
    const bool are_millis =
        std::all_of(times.begin(), times.end(), [](std::int64_t at) { return at % 1'000 == 0; });
    unit_ = std::min<std::int64_t>(unit_, are_millis ? 1'000 : 1);
  }
  const bool fit = times.empty() || (earliest_ >= 0 && latest_ / kSecond <= UINT32_MAX);
  if (are_seconds_ && !(are_seconds && fit)) widen_times();
}

void TransientTimelines::take_amount(std::int64_t amount) noexcept {
  has_amounts_ = true;
  least_amount_ = std::min(least_amount_, amount);
  greatest_amount_ = std::max(greatest_amount_, amount);
}

void TransientTimelines::widen_times() {
  for (Partition& partition : partitions_) {
    for (const std::uint32_t second : partition.seconds) partition.times.push_back(second * kSecond);
    partition.seconds = {};
  }
  are_seconds_ = false;
}

void TransientTimelines::number_subjects(std::span<const std::string_view> texts, std::uint32_t* numbers) {
  std::array<TextIndex::Slot, kTogether> looked;
  for (std::size_t begin = 0; begin < texts.size(); begin += kTogether) {
    const std::size_t end = std::min(texts.size(), begin + kTogether);
    for (std::size_t i = begin; i < end; ++i) looked[i - begin] = subjects_.look(texts[i]);
    for (std::size_t i = begin; i < end; ++i) numbers[i] = subjects_.add(looked[i - begin], texts[i]);
  }
  const std::size_t partitions = (subjects_.size() + (1U << kPartitionBits) - 1) >> kPartitionBits;
  while (partitions_.size() < partitions) partitions_.emplace_back().keys.resize(keys_.size());
}

void TransientTimelines::append(const TransientRows& rows, std::size_t row) {
  const std::uint32_t subject = rows.subjects[row];
  Partition& partition = partitions_[subject >> kPartitionBits];
  partition.tags.push_back(
      {static_cast<std::uint16_t>(subject & ((1U << kPartitionBits) - 1)), rows.signals[row]});
  const std::int64_t at = rows.occurred_at[row];
  if (are_seconds_) {
    partition.seconds.push_back(static_cast<std::uint32_t>(at / kSecond));
  } else {
    partition.times.push_back(at);
  }
  for (std::size_t key = 0; key < keys_.size(); ++key) partition.keys[key].push_back(rows.keys[key][row]);
  if (rows.amounts.empty() || rows.amounts[row] == kNoAmount) return;
  partition.amounts.push_back(rows.amounts[row]);
  take_amount(rows.amounts[row]);
}

bool TransientTimelines::add(const TransientRows& rows) {
  const std::size_t count = rows.subjects.size();
  if (count > kMostRows - row_count_) return false;
  take_times(rows.occurred_at);
  for (std::size_t row = 0; row < count; ++row) append(rows, row);
  row_count_ += count;
  return true;
}

// By subject, then (time, rank, arrival): `ordered_`, subject i from offsets_[i] to offsets_[i + 1].
void TransientTimelines::order(const Partition& partition, std::size_t subjects) {
  offsets_.assign(subjects + 1, 0);
  for (const Tag tag : partition.tags) ++offsets_[tag.subject + 1U];
  std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
  ordered_.resize(partition.tags.size());
  for (std::uint32_t place = 0; place < partition.tags.size(); ++place) {
    const Tag tag = partition.tags[place];
    ordered_[offsets_[tag.subject]++] = {time_of(partition, place), place, tag.signal};
  }
  std::rotate(offsets_.begin(), offsets_.end() - 1, offsets_.end());  // each stands at its subject's end now
  offsets_.front() = 0;
  const auto precedes = [&](const Ordered& a, const Ordered& b) {
    if (a.at != b.at) return a.at < b.at;
    if (ranks_[a.signal] != ranks_[b.signal]) return ranks_[a.signal] < ranks_[b.signal];
    return a.place < b.place;
  };
  for (std::size_t subject = 0; subject < subjects; ++subject) {
    const auto begin = ordered_.begin() + static_cast<std::ptrdiff_t>(offsets_[subject]);
    const auto end = ordered_.begin() + static_cast<std::ptrdiff_t>(offsets_[subject + 1]);
    if (!std::is_sorted(begin, end, precedes)) std::sort(begin, end, precedes);
  }
}

// `ordered_` behind what was written.
void TransientTimelines::write(const Partition& partition, Memory& memory) {
  const auto unit = static_cast<std::uint64_t>(unit_);
  std::size_t row = memory.rows;
  const auto write_times = [&](auto width) {
    for (const Ordered& event : ordered_) {
      const std::uint64_t distance =
          static_cast<std::uint64_t>(event.at) - static_cast<std::uint64_t>(earliest_);
      store_code(memory.times, row, static_cast<decltype(width)>(unit == 1 ? distance : distance / unit));
      store_code(memory.signals, row++, event.signal);
    }
  };
  memory.has_narrow_times ? write_times(std::uint32_t{0}) : write_times(std::uint64_t{0});
  for (std::size_t key = 0; key < keys_.size(); ++key) {
    row = memory.rows;
    // Numbers of values become handles behind those of subjects and of the kinds before.
    std::uint32_t first = static_cast<std::uint32_t>(subjects_.size());
    for (std::size_t before = 0; before < key; ++before)
      first += static_cast<std::uint32_t>(key_texts_[before].size());
    for (const Ordered& event : ordered_) {
      const std::uint32_t number = partition.keys[key][event.place];
      store_code(memory.keys[key], row++, number == kNoHandle ? kNoHandle : first + number);
    }
  }
  if (has_amounts_) write_amounts(partition, memory);
  memory.rows += ordered_.size();
}

// Amounts came in the order of the events that have one.
void TransientTimelines::write_amounts(const Partition& partition, Memory& memory) {
  amounts_.assign(partition.tags.size(), kNoAmount);
  std::size_t next = 0;
  for (std::size_t place = 0; place < amounts_.size(); ++place) {
    if (!is_amount_[partition.tags[place].signal]) continue;
    WEIR_CHECK(next < partition.amounts.size(), "a signal that says amount, and no amount");
    amounts_[place] = partition.amounts[next++];
  }
  std::size_t row = memory.rows;
  const auto least = static_cast<std::uint64_t>(least_amount_);
  const auto write_codes = [&](auto width) {
    for (const Ordered& event : ordered_) {
      const std::int64_t amount = amounts_[event.place];
      const std::uint64_t code =
          amount == kNoAmount ? ~std::uint64_t{0} : static_cast<std::uint64_t>(amount) - least;
      store_code(memory.amounts, row++, static_cast<decltype(width)>(code));
    }
  };
  memory.has_narrow_amounts ? write_codes(std::uint32_t{0}) : write_codes(std::uint64_t{0});
}

void TransientTimelines::number_handles(Memory& memory) {
  const auto add = [&](const TextIndex& texts, Kind kind) {
    for (std::uint32_t number = 0; number < texts.size(); ++number) {
      memory.handle_texts += texts.text(number);
      memory.handle_ends.push_back(memory.handle_texts.size());
    }
    memory.handle_kinds.resize(memory.handle_kinds.size() + texts.size(), kind);
  };
  add(subjects_, kLead);
  for (std::size_t key = 0; key < keys_.size(); ++key) add(key_texts_[key], keys_[key]);
  memory.offsets.resize(memory.handle_kinds.size() + 1, memory.offsets.back());  // keys have no runs
  memory.subjects = std::move(subjects_);
}

// Types stand sorted in a store.
void TransientTimelines::describe(std::span<const TransientSignal> signals,
                                  const std::vector<std::string>& types, Memory& memory) {
  std::vector<std::uint16_t> order(types.size());
  std::iota(order.begin(), order.end(), std::uint16_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return types[a] < types[b]; });
  std::vector<std::uint16_t> place_of(types.size());
  for (std::size_t place = 0; place < order.size(); ++place) {
    place_of[order[place]] = static_cast<std::uint16_t>(place);
    memory.type_texts += types[order[place]];
    memory.type_ends.push_back(memory.type_texts.size());
  }
  for (const TransientSignal& signal : signals) {
    memory.signal_types.push_back(place_of[signal.type]);
    memory.signal_flags.push_back(signal.flags | kRowNamesSubject);
  }
  memory.signal_sources.assign(signals.size(), 0);
  memory.signal_conditions.assign(signals.size(), 0);
}

void TransientTimelines::show(const std::shared_ptr<Memory>& memory, TimelineStore& store) const {
  const Memory& m = *memory;
  const std::size_t rows = m.rows;
  const auto epoch = static_cast<std::uint64_t>(rows == 0 ? 0 : earliest_);
  Runs& runs = store.runs_;
  runs.offsets = m.offsets;
  runs.rows = m.numbers;
  runs.signals = {reinterpret_cast<const std::uint16_t*>(m.signals.data()), rows};
  runs.codes32 = {reinterpret_cast<const std::uint32_t*>(m.times.data()), m.has_narrow_times ? rows : 0};
  runs.codes64 = {reinterpret_cast<const std::uint64_t*>(m.times.data()), m.has_narrow_times ? 0 : rows};
  runs.epoch = static_cast<std::int64_t>(epoch);
  runs.unit = unit_;
  store.signals_ = Signals(m.signal_types, m.signal_sources, m.signal_flags, m.signal_conditions, 1);

  Columns& columns = store.columns_;
  const Coding times = coding_of(epoch, static_cast<std::uint64_t>(unit_), m.has_narrow_times);
  columns.occurred_at = Column<std::int64_t>(m.times.data(), rows, times);
  columns.known_at = KnownColumn(columns.occurred_at, constant(known_after_, rows));
  columns.retracted_at = constant(INT64_MAX, rows);
  Coding signals;
  signals.width = sizeof(std::uint16_t);
  columns.signal = Column<std::uint32_t>(m.signals.data(), rows, signals);
  columns.type = {columns.signal, m.signal_types};
  columns.source = {columns.signal, m.signal_sources};
  columns.flags = {columns.signal, m.signal_flags};
  for (auto& key : columns.keys) key = constant(kNoHandle, rows);
  for (std::size_t key = 0; key < keys_.size(); ++key)
    columns.keys[keys_[key]] = Column<Handle>(m.keys[key].data(), rows, coding_of(0, 1, true));
  columns.amount_minor = constant(kNoAmount, rows);
  if (has_amounts_) {
    Coding amounts = coding_of(static_cast<std::uint64_t>(least_amount_), 1, m.has_narrow_amounts);
    amounts.has_null = 1;
    amounts.null = static_cast<std::uint64_t>(kNoAmount);
    columns.amount_minor = Column<std::int64_t>(m.amounts.data(), rows, amounts);
  }
  columns.currency = constant(std::uint16_t{0}, rows);

  store.handle_kinds_ = m.handle_kinds;
  store.handle_texts_ = {m.handle_ends, m.handle_texts};
  store.types_ = {m.type_ends, m.type_texts};
  store.sources_ = {m.one_empty_text, ""};
  store.currencies_ = store.attribute_names_ = store.attribute_values_ = {m.no_text, ""};
  store.has_columns_ = true;
  store.newest_ = newest_;
  store.subjects_ = &m.subjects;
  store.memory_ = memory;
}

std::unique_ptr<TimelineStore> TransientTimelines::finish(std::span<const TransientSignal> signals,
                                                          const std::vector<std::string>& types) {
  WEIR_CHECK(signals.size() <= kMostSignals, "more signals than can be numbered");
  const auto memory = std::make_shared<Memory>();
  for (const TransientSignal& signal : signals) {
    ranks_.push_back(signal.rank);
    is_amount_.push_back((signal.flags & kRowHasAmount) != 0);
  }
  const auto span_of = [](std::int64_t low, std::int64_t high) {
    return high < low ? 0 : static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  };
  memory->has_narrow_times = span_of(earliest_, latest_) / static_cast<std::uint64_t>(unit_) <= kNarrow;
  memory->has_narrow_amounts = span_of(least_amount_, greatest_amount_) < kNarrow;
  const auto room = [&](bool is_narrow) {
    return row_count_ * (is_narrow ? sizeof(std::uint32_t) : sizeof(std::uint64_t)) + kReadable;
  };
  memory->times.resize(room(memory->has_narrow_times));
  memory->signals.resize(row_count_ * sizeof(std::uint16_t) + kReadable);
  if (has_amounts_) memory->amounts.resize(room(memory->has_narrow_amounts));
  memory->keys.resize(keys_.size());
  for (auto& key : memory->keys) key.resize(room(true));
  memory->offsets.reserve(subjects_.size() + 1);
  std::size_t left = subjects_.size();
  for (Partition& partition : partitions_) {
    const std::size_t subjects = std::min(left, std::size_t{1} << kPartitionBits);
    left -= subjects;
    order(partition, subjects);
    const std::uint64_t before = memory->offsets.back();
    for (std::size_t subject = 1; subject <= subjects; ++subject)
      memory->offsets.push_back(before + offsets_[subject]);
    write(partition, *memory);
    partition = {};
  }
  memory->numbers.resize(row_count_);
  std::iota(memory->numbers.begin(), memory->numbers.end(), Row{0});
  number_handles(*memory);
  describe(signals, types, *memory);
  std::unique_ptr<TimelineStore> store(new TimelineStore());
  show(memory, *store);
  return store;
}

}  // namespace weir::timeline
