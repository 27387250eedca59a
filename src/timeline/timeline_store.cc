#include "timeline/timeline_store.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/hash.h"

// File: "WEIRTL" + format number (2 digits), section count (u64), then per section {id u64, offset u64, bytes u64,
// crc32c u64}, crc32c of all that (u64), then the sections, each aligned to 64 bytes. Little-endian.
namespace weir::timeline {
namespace {

constexpr std::string_view kMagic = "WEIRTL01";
constexpr std::size_t kAlign = 64;

enum Section : std::uint64_t {
  kShape, kOccurred, kKnown, kRetracted, kEventHigh, kEventLow, kFlags, kType, kSource, kConditions, kAmount, kCurrency, kValues,
  kDelivery, kSourceRow, kHandleKinds, kHandleOffsets, kHandleBytes, kRunOffsets, kRunRows, kLinks, kRelations, kAttributes,
  kTypeOffsets, kTypeBytes, kSourceOffsets, kSourceBytes, kCurrencyOffsets, kCurrencyBytes, kNameOffsets, kNameBytes,
  kValueOffsets, kValueBytes, kFirstKey, kSectionCount = kFirstKey + kKinds,
};

struct SectionEntry {
  std::uint64_t id{0};
  std::uint64_t offset{0};
  std::uint64_t bytes{0};
  std::uint64_t checksum{0};
};

struct Shape {
  std::uint64_t rows{0};
  std::uint64_t handles{0};
  std::uint64_t condition_words{1};
  std::uint64_t value_count{0};
  std::int64_t conflicts{0};
};

template <typename T>
std::string_view bytes_of(const std::vector<T>& values) noexcept {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// Offset-coded texts.
struct CodedTexts {
  std::vector<std::uint64_t> offsets{0};
  std::string bytes;
  explicit CodedTexts(const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
      bytes += text;
      offsets.push_back(bytes.size());
    }
  }
};

class StoreWriter {
 public:
  void add(std::uint64_t id, std::string_view bytes) { sections_.emplace_back(id, bytes); }

  Status write(FileSystem& files, const std::string& path) {
    const std::size_t header = kMagic.size() + 8 + sections_.size() * sizeof(SectionEntry) + 8;
    std::vector<SectionEntry> entries;
    std::uint64_t offset = aligned(header);
    for (const auto& [id, bytes] : sections_) {
      entries.push_back({id, offset, bytes.size(), crc32c(bytes)});
      offset = aligned(offset + bytes.size());
    }
    const std::vector<std::uint64_t> count{sections_.size()};
    std::string head(kMagic);
    head.append(bytes_of(count)).append(bytes_of(entries));
    const std::vector<std::uint64_t> checksum{crc32c(head)};
    head.append(bytes_of(checksum));

    const std::string temporary = path + ".tmp";
    {
      WEIR_TRY(const auto file, files.create(temporary));
      WEIR_TRY_STATUS(file->append(head));
      std::uint64_t at = head.size();
      for (std::size_t i = 0; i < sections_.size(); ++i) {
        WEIR_TRY_STATUS(file->append(std::string(entries[i].offset - at, '\0')));
        WEIR_TRY_STATUS(file->append(sections_[i].second));
        at = entries[i].offset + entries[i].bytes;
      }
      WEIR_TRY_STATUS(file->sync());
    }
    WEIR_TRY_STATUS(files.rename(temporary, path));
    return files.sync_directory(parent_path(path));
  }

 private:
  static std::uint64_t aligned(std::uint64_t offset) noexcept { return (offset + kAlign - 1) / kAlign * kAlign; }
  std::vector<std::pair<std::uint64_t, std::string_view>> sections_;
};

}  // namespace

Status write_timelines(FileSystem& files, const std::string& path, const TimelineData& data) {
  const CodedTexts handles(data.handle_texts), types(data.types), sources(data.sources), currencies(data.currencies);
  const CodedTexts names(data.attribute_names), values(data.attribute_values);
  const std::vector<Shape> shape{{data.occurred_at.size(), data.handle_kinds.size(), data.condition_words, data.value_count, data.conflict_count}};
  StoreWriter out;
  out.add(kShape, bytes_of(shape));
  out.add(kOccurred, bytes_of(data.occurred_at));
  out.add(kKnown, bytes_of(data.known_at));
  out.add(kRetracted, bytes_of(data.retracted_at));
  out.add(kEventHigh, bytes_of(data.event_high));
  out.add(kEventLow, bytes_of(data.event_low));
  out.add(kFlags, bytes_of(data.flags));
  out.add(kType, bytes_of(data.type));
  out.add(kSource, bytes_of(data.source));
  out.add(kConditions, bytes_of(data.conditions));
  out.add(kAmount, bytes_of(data.amount_minor));
  out.add(kCurrency, bytes_of(data.currency));
  out.add(kValues, bytes_of(data.values));
  out.add(kDelivery, bytes_of(data.delivery));
  out.add(kSourceRow, bytes_of(data.source_row));
  out.add(kHandleKinds, bytes_of(data.handle_kinds));
  out.add(kRunOffsets, bytes_of(data.run_offsets));
  out.add(kRunRows, bytes_of(data.run_rows));
  out.add(kLinks, bytes_of(data.links));
  out.add(kRelations, bytes_of(data.relations));
  out.add(kAttributes, bytes_of(data.attributes));
  const auto add_texts = [&](std::uint64_t id, const CodedTexts& texts) {
    out.add(id, bytes_of(texts.offsets));
    out.add(id + 1, texts.bytes);
  };
  add_texts(kHandleOffsets, handles);
  add_texts(kTypeOffsets, types);
  add_texts(kSourceOffsets, sources);
  add_texts(kCurrencyOffsets, currencies);
  add_texts(kNameOffsets, names);
  add_texts(kValueOffsets, values);
  for (std::size_t kind = 0; kind < kKinds; ++kind) out.add(kFirstKey + kind, bytes_of(data.keys[kind]));
  return out.write(files, path);
}

// Reads the sections of a mapped file into the store's spans, checking everything an index relies on.
class StoreReader {
 public:
  StoreReader(std::string_view bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}

  Status read_directory() {
    if (bytes_.size() < kMagic.size() + 8 || bytes_.substr(0, kMagic.size()) != kMagic) return damaged("is no timeline file of this version");
    std::uint64_t count = 0;
    std::memcpy(&count, bytes_.data() + kMagic.size(), 8);
    const std::size_t head = kMagic.size() + 8 + count * sizeof(SectionEntry);
    if (count > 1000 || bytes_.size() < head + 8) return damaged("is cut short");
    std::uint64_t checksum = 0;
    std::memcpy(&checksum, bytes_.data() + head, 8);
    if (checksum != crc32c(bytes_.substr(0, head))) return damaged("has a damaged directory");
    for (std::uint64_t i = 0; i < count; ++i) {
      SectionEntry entry;
      std::memcpy(&entry, bytes_.data() + kMagic.size() + 8 + i * sizeof(SectionEntry), sizeof entry);
      if (entry.id >= kSectionCount || entry.offset > bytes_.size() || entry.bytes > bytes_.size() - entry.offset) return damaged("is cut short");
      const std::string_view section = bytes_.substr(entry.offset, entry.bytes);
      if (crc32c(section) != entry.checksum) return damaged("has a damaged column (section " + std::to_string(entry.id) + ")");
      sections_[entry.id] = section;
    }
    return {};
  }

  Status fill(TimelineStore& store) {
    if (sections_[kShape].size() != sizeof(Shape)) return damaged("has no shape");
    Shape shape;
    std::memcpy(&shape, sections_[kShape].data(), sizeof shape);
    store.condition_words_ = static_cast<std::uint32_t>(shape.condition_words);
    store.value_count_ = static_cast<std::uint32_t>(shape.value_count);
    store.conflict_count_ = shape.conflicts;
    const std::uint64_t rows = shape.rows;
    Columns& c = store.columns_;
    bool good = take(kOccurred, rows, c.occurred_at) && take(kKnown, rows, c.known_at) && take(kRetracted, rows, c.retracted_at) &&
                take(kEventHigh, rows, c.event_high) && take(kEventLow, rows, c.event_low) && take(kFlags, rows, c.flags) &&
                take(kType, rows, c.type) && take(kSource, rows, c.source) && take(kConditions, rows * shape.condition_words, c.conditions) &&
                take(kAmount, rows, c.amount_minor) && take(kCurrency, rows, c.currency) && take(kValues, rows * shape.value_count, c.values) &&
                take(kDelivery, rows, c.delivery) && take(kSourceRow, rows, c.source_row) &&
                take(kHandleKinds, shape.handles, store.handle_kinds_) && take(kRunOffsets, shape.handles + 1, store.run_offsets_) &&
                take_all(kRunRows, store.run_rows_) && take_all(kLinks, store.links_) && take_all(kRelations, store.relations_) &&
                take_all(kAttributes, store.attributes_);
    for (std::size_t kind = 0; kind < kKinds; ++kind) good = good && take(kFirstKey + kind, rows, c.keys[kind]);
    good = good && texts(kHandleOffsets, store.handle_texts_) && texts(kTypeOffsets, store.types_) && texts(kSourceOffsets, store.sources_) &&
           texts(kCurrencyOffsets, store.currencies_) && texts(kNameOffsets, store.attribute_names_) && texts(kValueOffsets, store.attribute_values_);
    if (!good) return damaged("has columns of different lengths");
    return {};
  }

 private:
  Failure damaged(const std::string& what) const {
    return fail(Errc::damaged, "the timeline file " + what + "; it is derived and will be built again", Place{path_});
  }
  template <typename T>
  bool take_all(std::uint64_t id, std::span<const T>& out) {
    if (sections_[id].size() % sizeof(T) != 0) return false;
    out = {reinterpret_cast<const T*>(sections_[id].data()), sections_[id].size() / sizeof(T)};
    return true;
  }
  template <typename T>
  bool take(std::uint64_t id, std::uint64_t count, std::span<const T>& out) {
    return take_all(id, out) && out.size() == count;
  }
  bool texts(std::uint64_t id, TimelineStore::Texts& out) {
    out.bytes = sections_[id + 1];
    return take_all(id, out.offsets) && !out.offsets.empty() && out.offsets.back() == out.bytes.size();
  }
  std::string_view bytes_;
  std::string path_;
  std::array<std::string_view, kSectionCount> sections_{};
};

Result<std::unique_ptr<TimelineStore>> TimelineStore::open(FileSystem& files, const std::string& path) {
  std::unique_ptr<TimelineStore> store(new TimelineStore());
  WEIR_TRY(store->file_, files.map(path));
  StoreReader reader(store->file_->bytes(), path);
  WEIR_TRY_STATUS(reader.read_directory());
  WEIR_TRY_STATUS(reader.fill(*store));
  return store;
}

Handle TimelineStore::find_handle(Kind kind, std::string_view wanted) const noexcept {
  Handle low = 0;
  auto high = static_cast<Handle>(handle_count());
  while (low < high) {
    const Handle middle = low + (high - low) / 2;
    const auto order = std::pair(handle_kinds_[middle], handle_text(middle)) <=> std::pair(static_cast<std::uint8_t>(kind), wanted);
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
