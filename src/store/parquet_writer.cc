#include "store/parquet_writer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

namespace weir::store {
namespace {

// Numbers of the format's tables.
enum Physical : std::int32_t { kInt64 = 2, kDouble = 5, kByteArray = 6 };
enum Encoding : std::int32_t { kPlain = 0, kRle = 3, kRleDictionary = 8 };
enum Page : std::int32_t { kDataPage = 0, kDictionaryPage = 2 };
constexpr std::int32_t kOptional = 1;
constexpr std::int32_t kUtf8 = 0, kTimestampMicros = 10;   // converted types, for older readers
constexpr std::string_view kMagic = "PAR1";
// Beyond, a dictionary does not pay.
constexpr std::size_t kMostEntries = 4096;

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out.push_back(static_cast<char>(value | 0x80U));
  out.push_back(static_cast<char>(value));
}

template <typename T>
void put_raw(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

// Thrift's compact protocol, as much of it as the footer and page headers need.
class Thrift {
 public:
  explicit Thrift(std::string& out) : out_(out) {}
  void boolean(int id, bool value) { field(id, value ? 1 : 2); }
  void number(int id, std::int32_t value) { integer(id, 5, value); }
  void large(int id, std::int64_t value) { integer(id, 6, value); }
  void text(int id, std::string_view value) {
    field(id, 8);
    text_item(value);
  }
  void text_item(std::string_view value) {
    put_varint(out_, value.size());
    out_.append(value);
  }
  void number_item(std::int32_t value) { put_varint(out_, zigzag(value)); }
  enum Item : std::uint8_t { kNumbers = 5, kTexts = 8, kStructs = 12 };
  void list(int id, Item item, std::size_t size) {
    field(id, 9);
    if (size < 15) {
      out_.push_back(static_cast<char>((size << 4U) | item));
    } else {
      out_.push_back(static_cast<char>(0xF0U | item));
      put_varint(out_, size);
    }
  }
  // A struct as a field; one in a list begins without a field.
  void begin(int id) {
    field(id, 12);
    begin_item();
  }
  void begin_item() {
    outer_.push_back(last_);
    last_ = 0;
  }
  void end() {
    out_.push_back(0);
    last_ = outer_.back();
    outer_.pop_back();
  }

 private:
  static std::uint64_t zigzag(std::int64_t value) noexcept {
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
  }
  void field(int id, unsigned type) {
    out_.push_back(static_cast<char>((static_cast<unsigned>(id - last_) << 4U) | type));
    last_ = id;
  }
  void integer(int id, unsigned type, std::int64_t value) {
    field(id, type);
    put_varint(out_, zigzag(value));
  }
  std::string& out_;
  int last_{0};
  std::vector<int> outer_;
};

// Values of `width` bits one after the other, lowest bits first, in groups of 8.
void put_packed(std::string& out, std::span<const std::uint32_t> values, unsigned width) {
  const std::size_t groups = (values.size() + 7) / 8;
  put_varint(out, (groups << 1U) | 1U);
  const std::size_t end = out.size() + groups * width;
  std::uint64_t bits = 0;
  unsigned count = 0;
  for (const std::uint32_t value : values) {
    bits |= std::uint64_t{value} << count;
    count += width;
    if (count < 32) continue;
    put_raw(out, static_cast<std::uint32_t>(bits));
    bits >>= 32U;
    count -= 32;
  }
  for (; out.size() < end; bits >>= 8U) out.push_back(static_cast<char>(bits));
}

// A value is there (1) or null (0).
void put_presence(std::string& out, std::span<const std::uint32_t> present, std::size_t present_count) {
  std::string levels;
  if (present_count == present.size() || present_count == 0) {
    put_varint(levels, present.size() << 1U);
    levels.push_back(present_count == 0 ? '\0' : '\1');
  } else {
    put_packed(levels, present, 1);
  }
  put_raw(out, static_cast<std::uint32_t>(levels.size()));
  out += levels;
}

// Numbers each get the place of their first coming, by their bits.
class NumberDictionary {
 public:
  void clear() {
    entries.clear();
    slots_.assign(kSlots, 0);
  }
  // kNoPlace when there are too many.
  static constexpr std::uint32_t kNoPlace = 0xFFFFFFFF;
  std::uint32_t place_of(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    std::size_t at = (bits * 0x9E3779B97F4A7C15U) >> (64 - kSlotBits);
    for (; slots_[at] != 0; at = (at + 1) & (kSlots - 1)) {
      if (entries[slots_[at] - 1] == bits) return slots_[at] - 1;
    }
    if (entries.size() == kMostEntries) return kNoPlace;
    entries.push_back(bits);
    slots_[at] = static_cast<std::uint32_t>(entries.size());
    return slots_[at] - 1;
  }
  std::vector<std::uint64_t> entries;

 private:
  static constexpr unsigned kSlotBits = 14;
  static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
  std::vector<std::uint32_t> slots_;   // place + 1
};

struct Chunk {
  Physical type{kDouble};
  bool has_dictionary{false};
  std::int64_t begin{0};
  std::int64_t data{0};      // its data page
  std::int64_t bytes{0};
};
struct Group {
  std::int64_t rows{0};
  std::vector<Chunk> chunks;
};

unsigned bits_for(std::size_t entries) noexcept { return std::max(1U, static_cast<unsigned>(std::bit_width(entries - 1))); }

}  // namespace

struct ParquetWriter::State {
  FileSystem* files{nullptr};
  std::string path;
  std::vector<ParquetColumn> columns;
  std::unique_ptr<OutputFile> file;
  std::int64_t written{0};
  std::size_t column{0};
  std::vector<Group> groups;
  // Of the column at hand, kept for their memory.
  std::string dictionary, data, bytes;
  std::vector<std::uint32_t> present, places;
  NumberDictionary numbers;

  Status put(std::string_view piece) {
    written += static_cast<std::int64_t>(piece.size());
    return file->append(piece);
  }
  void put_page(Page page, std::size_t values, Encoding encoding, std::string_view content) {
    Thrift header(bytes);
    header.begin_item();
    header.number(1, page);
    header.number(2, static_cast<std::int32_t>(content.size()));
    header.number(3, static_cast<std::int32_t>(content.size()));
    header.begin(page == kDataPage ? 5 : 7);
    header.number(1, static_cast<std::int32_t>(values));
    header.number(2, encoding);
    if (page == kDataPage) {
      header.number(3, kRle);
      header.number(4, kRle);
    }
    header.end();
    header.end();
    bytes += content;
  }
  // `data` has the presence levels; the values follow, or their places in `dictionary`.
  Status put_chunk(Physical type, std::size_t entries) {
    bytes.clear();
    Chunk chunk{type, entries > 0, written, written, 0};
    if (entries > 0) {
      put_page(kDictionaryPage, entries, kPlain, dictionary);
      chunk.data += static_cast<std::int64_t>(bytes.size());
      const unsigned width = bits_for(entries);
      data.push_back(static_cast<char>(width));
      put_packed(data, places, width);
    }
    put_page(kDataPage, present.size(), entries > 0 ? kRleDictionary : kPlain, data);
    chunk.bytes = static_cast<std::int64_t>(bytes.size());
    groups.back().chunks.push_back(chunk);
    ++column;
    return put(bytes);
  }
  void begin_column(ParquetType type, std::size_t rows) {
    WEIR_CHECK(column < columns.size() && columns[column].type == type && static_cast<std::int64_t>(rows) == groups.back().rows,
               "a Parquet column of another type or length");
    present.assign(rows, 1);
    places.clear();
    dictionary.clear();
    data.clear();
  }
  void put_footer(std::string& out) const;
  void put_schema(Thrift& thrift) const;
};

void ParquetWriter::State::put_schema(Thrift& thrift) const {
  thrift.list(2, Thrift::kStructs, columns.size() + 1);
  thrift.begin_item();
  thrift.text(4, "schema");
  thrift.number(5, static_cast<std::int32_t>(columns.size()));
  thrift.end();
  for (const ParquetColumn& item : columns) {
    thrift.begin_item();
    thrift.number(1, item.type == ParquetType::text ? kByteArray : item.type == ParquetType::timestamp ? kInt64 : kDouble);
    thrift.number(3, kOptional);
    thrift.text(4, item.name);
    if (item.type == ParquetType::text) {
      thrift.number(6, kUtf8);
      thrift.begin(10);
      thrift.begin(1);   // string
      thrift.end();
      thrift.end();
    } else if (item.type == ParquetType::timestamp) {
      thrift.number(6, kTimestampMicros);
      thrift.begin(10);
      thrift.begin(8);   // timestamp
      thrift.boolean(1, false);   // readers show it as it is, without a zone
      thrift.begin(2);
      thrift.begin(2);   // micros
      thrift.end();
      thrift.end();
      thrift.end();
      thrift.end();
    }
    thrift.end();
  }
}

void ParquetWriter::State::put_footer(std::string& out) const {
  Thrift thrift(out);
  std::int64_t rows = 0;
  for (const Group& group : groups) rows += group.rows;
  thrift.begin_item();
  thrift.number(1, 1);
  put_schema(thrift);
  thrift.large(3, rows);
  thrift.list(4, Thrift::kStructs, groups.size());
  for (const Group& group : groups) {
    std::int64_t size = 0;
    thrift.begin_item();
    thrift.list(1, Thrift::kStructs, group.chunks.size());
    for (std::size_t i = 0; i < group.chunks.size(); ++i) {
      const Chunk& chunk = group.chunks[i];
      size += chunk.bytes;
      thrift.begin_item();
      thrift.large(2, chunk.begin);
      thrift.begin(3);
      thrift.number(1, chunk.type);
      thrift.list(2, Thrift::kNumbers, 3);
      for (const Encoding encoding : {kPlain, kRle, kRleDictionary}) thrift.number_item(encoding);
      thrift.list(3, Thrift::kTexts, 1);
      thrift.text_item(columns[i].name);
      thrift.number(4, 0);   // not compressed
      thrift.large(5, group.rows);
      thrift.large(6, chunk.bytes);
      thrift.large(7, chunk.bytes);
      thrift.large(9, chunk.data);
      if (chunk.has_dictionary) thrift.large(11, chunk.begin);
      thrift.end();
      thrift.end();
    }
    thrift.large(2, size);
    thrift.large(3, group.rows);
    thrift.end();
  }
  thrift.text(6, "weir");
  thrift.end();
}

ParquetWriter::ParquetWriter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
ParquetWriter::~ParquetWriter() = default;

Result<std::unique_ptr<ParquetWriter>> ParquetWriter::create(FileSystem& files, const std::string& path, std::vector<ParquetColumn> columns) {
  auto state = std::make_unique<State>();
  state->files = &files;
  state->path = path;
  state->columns = std::move(columns);
  WEIR_TRY(state->file, files.create(path + ".tmp"));
  WEIR_TRY_STATUS(state->put(kMagic));
  return std::unique_ptr<ParquetWriter>(new ParquetWriter(std::move(state)));
}

void ParquetWriter::begin_group(std::size_t rows) {
  state_->groups.push_back({static_cast<std::int64_t>(rows), {}});
  state_->column = 0;
}

Status ParquetWriter::numbers(std::span<const double> values) {
  State& state = *state_;
  state.begin_column(ParquetType::number, values.size());
  state.numbers.clear();
  std::size_t count = 0;
  bool is_small = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      state.present[i] = 0;
      continue;
    }
    ++count;
    if (!is_small) continue;
    const std::uint32_t place = state.numbers.place_of(values[i]);
    is_small = place != NumberDictionary::kNoPlace;
    if (is_small) state.places.push_back(place);
  }
  put_presence(state.data, state.present, count);
  if (is_small && count > 0) {
    for (const std::uint64_t entry : state.numbers.entries) put_raw(state.dictionary, entry);
    return state.put_chunk(kDouble, state.numbers.entries.size());
  }
  const std::size_t begin = state.data.size();
  state.data.resize(begin + count * sizeof(double));
  char* out = state.data.data() + begin;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (state.present[i] == 0) continue;
    std::memcpy(out, &values[i], sizeof(double));
    out += sizeof(double);
  }
  return state.put_chunk(kDouble, 0);
}

Status ParquetWriter::timestamps(std::span<const std::int64_t> values) {
  state_->begin_column(ParquetType::timestamp, values.size());
  put_presence(state_->data, state_->present, values.size());
  state_->data.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return state_->put_chunk(kInt64, 0);
}

Status ParquetWriter::texts(std::span<const std::string_view> values) {
  state_->begin_column(ParquetType::text, values.size());
  put_presence(state_->data, state_->present, values.size());
  for (const std::string_view value : values) {
    put_raw(state_->data, static_cast<std::uint32_t>(value.size()));
    state_->data.append(value);
  }
  return state_->put_chunk(kByteArray, 0);
}

Status ParquetWriter::codes(std::span<const std::uint32_t> codes, std::span<const std::string> levels) {
  State& state = *state_;
  state.begin_column(ParquetType::text, codes.size());
  std::vector<std::uint32_t> place_of(levels.size(), kNoCode);   // only levels that the group has
  std::uint32_t entries = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] == kNoCode) {
      state.present[i] = 0;
      continue;
    }
    std::uint32_t& place = place_of[codes[i]];
    if (place == kNoCode) {
      place = entries++;
      put_raw(state.dictionary, static_cast<std::uint32_t>(levels[codes[i]].size()));
      state.dictionary += levels[codes[i]];
    }
    state.places.push_back(place);
  }
  put_presence(state.data, state.present, state.places.size());
  return state.put_chunk(kByteArray, entries);
}

void ParquetWriter::end_group() { WEIR_CHECK(state_->column == state_->columns.size(), "a Parquet group lacks columns"); }

Status ParquetWriter::finish() {
  State& state = *state_;
  std::string footer;
  state.put_footer(footer);
  put_raw(footer, static_cast<std::uint32_t>(footer.size()));
  footer += kMagic;
  WEIR_TRY_STATUS(state.put(footer));
  WEIR_TRY_STATUS(state.file->sync());
  state.file.reset();
  WEIR_TRY_STATUS(state.files->rename(state.path + ".tmp", state.path));
  return state.files->sync_directory(parent_path(state.path));
}

}  // namespace weir::store
