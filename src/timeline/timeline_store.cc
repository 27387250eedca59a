#include "timeline/timeline_store.h"

#include <algorithm>
#include <utility>

#include "timeline/section_file.h"
#include "timeline/sections.h"
#include "timeline/text_index.h"

namespace weir::timeline {

namespace {

bool is_proof(std::uint32_t section) noexcept {
  return section == kEvents || section == kDelivery || section == kSourceRow || section == kRank ||
         section == kSequence;
}

bool is_column(std::uint32_t section) noexcept {
  return (section >= kOccurred && section <= kCurrency) || section >= kFirstKey;
}

// What has a value per place.
bool is_run(std::uint32_t section) noexcept {
  return section == kRunRows || section == kRunTimes || section == kRunSignals;
}

// The bytes [begin, end) of a section, piece by piece: where memory is short, a piece is there until it is
// read.
Status check_bytes(const MappedFile& file, const SectionReader& sections, const SectionEntry& entry,
                   std::uint64_t begin, std::uint64_t end) {
  constexpr std::uint64_t kPiece = 64 * kBlockBytes;
  const std::string_view bytes = sections.bytes(entry);
  while (begin < end) {
    const std::uint64_t next = std::min(end, (begin / kPiece + 1) * kPiece);
    file.fetch(bytes.substr(begin, next - begin));
    WEIR_TRY_STATUS(sections.check(entry, begin, next));
    begin = next;
  }
  return {};
}

// Of the values [begin, end) alone.
Status check_values(const MappedFile& file, const SectionReader& sections, std::uint32_t section,
                    std::uint64_t begin, std::uint64_t end) {
  const SectionEntry* entry = sections.find(section);
  if (entry == nullptr) return {};
  return check_bytes(file, sections, *entry, begin * entry->coding.width, end * entry->coding.width);
}

}  // namespace

TimelineStore::TimelineStore() = default;
TimelineStore::~TimelineStore() = default;

// Takes the sections of a mapped file into the store's views, checking everything an index relies on.
class StoreReader {
 public:
  explicit StoreReader(const SectionReader& file) : file_(file) {}

  Status fill(TimelineStore& store, Reads reads) {
    store.has_proofs_ = reads == Reads::everything || reads == Reads::copy;
    store.on_demand_ = reads == Reads::on_demand;
    store.has_columns_ = !store.on_demand_;
    for (const SectionEntry& entry : file_.entries()) {
      const bool is_read = is_proof(entry.id)
                               ? store.has_proofs_
                               : store.has_columns_ || !(is_column(entry.id) || is_run(entry.id));
      if (!is_read) continue;
      WEIR_TRY_STATUS(check_bytes(*store.file_, file_, entry, 0, entry.bytes));
      if (reads == Reads::parts || reads == Reads::copy) store.file_->forget(file_.bytes(entry));
    }
    std::span<const Shape> shape;
    if (!raw(kShape, shape, 1)) return file_.damaged("has no shape");
    shape_ = shape.front();
    store.condition_words_ = static_cast<std::uint32_t>(shape_.condition_words);
    store.value_count_ = static_cast<std::uint32_t>(shape_.value_count);
    store.conflict_count_ = shape_.conflicts;
    if (const SectionEntry* origin = file_.find(kOrigin)) store.origin_ = file_.bytes(*origin);
    const bool good = signals(store) && columns(store) && proofs(store) && runs(store) && entities(store);
    if (!good) return file_.damaged("has columns of different lengths");
    return {};
  }

 private:
  bool signals(TimelineStore& store) {
    std::span<const std::uint64_t> conditions;
    const bool good = raw(kSignalTypes, signal_types_, shape_.signals) &&
                      raw(kSignalSources, signal_sources_, shape_.signals) &&
                      raw(kSignalFlags, signal_flags_, shape_.signals) &&
                      raw(kSignalConditions, conditions, shape_.signals * shape_.condition_words);
    if (good)
      store.signals_ =
          Signals(signal_types_, signal_sources_, signal_flags_, conditions, store.condition_words_);
    return good;
  }
  bool columns(TimelineStore& store) {
    Columns& c = store.columns_;
    Column<std::uint64_t> known;
    bool good = column(kOccurred, c.occurred_at) && column(kKnown, known) &&
                column(kRetracted, c.retracted_at) && column(kSignal, c.signal) &&
                column(kAmount, c.amount_minor) && column(kCurrency, c.currency);
    for (std::uint32_t kind = 0; kind < kKinds; ++kind) good = good && column(kFirstKey + kind, c.keys[kind]);
    c.values.resize(store.value_count_);
    for (std::uint32_t value = 0; value < store.value_count_; ++value)
      good = good && column(kFirstValue + value, c.values[value]);
    c.known_at = KnownColumn(c.occurred_at, known);
    c.type = SignalColumn<std::uint16_t>(c.signal, signal_types_);
    c.source = SignalColumn<std::uint16_t>(c.signal, signal_sources_);
    c.flags = SignalColumn<std::uint32_t>(c.signal, signal_flags_);
    return good;
  }
  bool proofs(TimelineStore& store) {
    Proofs& p = store.proofs_;
    return raw(kEvents, p.event, shape_.rows) && column(kDelivery, p.delivery) &&
           column(kSourceRow, p.source_row) && column(kRank, rank_) && column(kSequence, rank_);
  }
  bool runs(TimelineStore& store) {
    Runs& r = store.runs_;
    if (!raw(kRunOffsets, r.offsets, shape_.handles + 1) || r.offsets.front() != 0 ||
        !raw(kRunRows, r.rows, r.offsets.back()))
      return false;
    const SectionEntry* times = file_.find(kRunTimes);
    if (times == nullptr) return false;
    const bool narrow = times->coding.width == sizeof(std::uint32_t);
    if (!(narrow ? raw(kRunTimes, r.codes32, r.size()) : raw(kRunTimes, r.codes64, r.size()))) return false;
    r.epoch = static_cast<std::int64_t>(times->coding.base);
    r.unit = static_cast<std::int64_t>(times->coding.scale);
    return file_.find(kRunSignals) == nullptr || raw(kRunSignals, r.signals, r.size());
  }
  bool entities(TimelineStore& store) {
    return raw(kHandleKinds, store.handle_kinds_, shape_.handles) && raw(kLinks, store.links_) &&
           raw(kRelations, store.relations_) && raw(kAttributes, store.attributes_) &&
           texts(kHandleOffsets, store.handle_texts_) && texts(kTypeOffsets, store.types_) &&
           texts(kSourceOffsets, store.sources_) && texts(kCurrencyOffsets, store.currencies_) &&
           texts(kNameOffsets, store.attribute_names_) && texts(kValueOffsets, store.attribute_values_);
  }

  template <typename T>
  bool raw(std::uint32_t id, std::span<const T>& out) {
    const SectionEntry* entry = file_.find(id);
    if (entry == nullptr || entry->coding.width != sizeof(T)) return false;
    out = {reinterpret_cast<const T*>(file_.bytes(*entry).data()), entry->count};
    return true;
  }
  template <typename T>
  bool raw(std::uint32_t id, std::span<const T>& out, std::uint64_t count) {
    return raw(id, out) && out.size() == count;
  }
  template <typename T>
  bool column(std::uint32_t id, Column<T>& out) {
    const SectionEntry* entry = file_.find(id);
    if (entry == nullptr || entry->coding.width > 8 || entry->count != shape_.rows) return false;
    out = Column<T>(file_.bytes(*entry).begin(), entry->count, entry->coding);
    return true;
  }
  bool texts(std::uint32_t id, TimelineStore::Texts& out) {
    const SectionEntry* bytes = file_.find(id + 1);
    if (bytes == nullptr) return false;
    out.bytes = file_.bytes(*bytes);
    return raw(id, out.offsets) && !out.offsets.empty() && out.offsets.back() == out.bytes.size();
  }

  const SectionReader& file_;
  Shape shape_;
  Column<std::int64_t> rank_;  // of which only the length is checked
  std::span<const std::uint16_t> signal_types_, signal_sources_;
  std::span<const std::uint32_t> signal_flags_;
};

Result<std::unique_ptr<TimelineStore>> TimelineStore::open(FileSystem& files, const std::string& path,
                                                           Reads reads) {
  std::unique_ptr<TimelineStore> store(new TimelineStore());
  WEIR_TRY(store->file_, files.map(path));
  WEIR_TRY(auto sections, SectionReader::open(store->file_->bytes(), path));
  store->sections_ = std::make_unique<const SectionReader>(std::move(sections));
  WEIR_TRY_STATUS(StoreReader(*store->sections_).fill(*store, reads));
  return store;
}

void TimelineStore::forget(const SectionEntry& section) const noexcept {
  file_->forget(sections_->bytes(section));
}

Handles TimelineStore::handles_of(Kind kind) const noexcept {
  const auto [first, last] = std::equal_range(handle_kinds_.begin(), handle_kinds_.end(), std::uint8_t{kind});
  return {static_cast<Handle>(first - handle_kinds_.begin()),
          static_cast<Handle>(last - handle_kinds_.begin())};
}

Status TimelineStore::need_runs(Kind kind) {
  if (!on_demand_) return {};
  const auto handles = handles_of(kind);
  const std::uint64_t begin = runs_.offsets[handles.first];
  const std::uint64_t end = runs_.offsets[handles.last];
  for (const std::uint32_t section : {kRunRows, kRunTimes, kRunSignals})
    WEIR_TRY_STATUS(check_values(*file_, *sections_, section, begin, end));
  return {};
}

Status TimelineStore::need_key(Kind kind) {
  if (has_columns_ || has_key_[kind]) return {};
  WEIR_TRY_STATUS(check_values(*file_, *sections_, std::uint32_t{kFirstKey} + kind, 0, row_count()));
  has_key_[kind] = true;
  return {};
}

bool TimelineStore::is_always_named(Kind kind) const noexcept {
  if (memory_ != nullptr) return false;
  const SectionEntry* entry = sections_->find(std::uint32_t{kFirstKey} + kind);
  return entry != nullptr && entry->coding.has_null == 0 && entry->coding.base != kNoHandle;
}

Status TimelineStore::need_columns() {
  if (has_columns_) return {};
  for (const SectionEntry& entry : sections_->entries()) {
    if (is_column(entry.id)) WEIR_TRY_STATUS(check_bytes(*file_, *sections_, entry, 0, entry.bytes));
  }
  has_columns_ = true;
  return {};
}

// From the end on, block by block.
Result<std::optional<std::int64_t>> TimelineStore::last_standing() const {
  if (memory_ != nullptr) return newest_;
  constexpr std::size_t kRows = std::size_t{1} << 16U;
  for (std::size_t end = row_count(); end > 0;) {
    const std::size_t begin = (end - 1) / kRows * kRows;
    for (const std::uint32_t section : {kOccurred, kRetracted})
      if (!has_columns_) WEIR_TRY_STATUS(check_values(*file_, *sections_, section, begin, end));
    while (end > begin) {
      if (columns_.retracted_at[--end] == INT64_MAX) return std::optional(columns_.occurred_at[end]);
    }
  }
  return std::optional<std::int64_t>{};
}

Handle TimelineStore::find_handle(Kind kind, std::string_view wanted) const noexcept {
  if (memory_ != nullptr) return kind == kLead ? subjects_->find(wanted) : kNoHandle;
  Handle low = 0;
  auto high = static_cast<Handle>(handle_count());
  while (low < high) {
    const Handle middle = low + (high - low) / 2;
    const auto order = std::pair(handle_kinds_[middle], handle_text(middle)) <=>
                       std::pair(static_cast<std::uint8_t>(kind), wanted);
    if (order == 0) return middle;
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return kNoHandle;
}

}  // namespace weir::timeline
