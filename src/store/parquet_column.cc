#include "store/parquet_column.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/short_text.h"
#include "store/parquet_encoding.h"
#include "store/parquet_footer.h"

namespace weir::store {

using namespace parquet;

namespace {

constexpr std::size_t kMostDifferent = 8'192;  // values of a dictionary
constexpr std::size_t kLongestBound = 64;      // a longer text is no bound
constexpr std::size_t kWorthCompressing = 64;  // bytes
constexpr int kZstdLevel = 1;
constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ULL;

std::uint64_t hash_of(std::string_view text) noexcept {
  return quick_hash(text);
}
bool is_same(std::string_view a, std::string_view b) noexcept {
  return same_text(a, b);
}
bool is_same(std::int64_t a, std::int64_t b) noexcept {
  return a == b;
}

// A text of at most kShort bytes as two words: zeros behind its end, its length in the highest byte.
struct ShortText {
  std::uint64_t low{0}, high{0};
};
constexpr std::size_t kShort = 15;

std::uint64_t lowest_bytes(std::uint64_t word, std::size_t count) noexcept {
  return count >= 8 ? word : word & ((std::uint64_t{1} << (8 * count)) - 1);
}
// Texts in memory that ends at `end`.
ShortText short_text_of(std::string_view text, const char* end) noexcept {
  std::uint64_t words[2] = {};
  if (static_cast<std::size_t>(end - text.data()) >= sizeof words) {
    std::memcpy(words, text.data(), sizeof words);
  } else if (!text.empty()) {
    std::memcpy(words, text.data(), std::min(text.size(), sizeof words));
  }
  return {lowest_bytes(words[0], text.size()), lowest_bytes(words[1], text.size() > 8 ? text.size() - 8 : 0) |
                                                   (std::uint64_t{text.size()} << 56U)};
}
// The first eight bytes so that numbers compare as texts do.
std::uint64_t first_word(std::string_view text, const char* end) noexcept {
  std::uint64_t word = 0;
  if (end - text.data() >= 8) {
    std::memcpy(&word, text.data(), 8);
  } else if (!text.empty()) {
    std::memcpy(&word, text.data(), std::min<std::size_t>(text.size(), 8));
  }
  return __builtin_bswap64(lowest_bytes(word, text.size()));
}

bool is_same(const ShortText& a, const ShortText& b) noexcept {
  return a.low == b.low && a.high == b.high;
}
std::uint64_t hash_of(const ShortText& text) noexcept {
  const std::uint64_t hash = (text.low ^ (text.high * kMix)) * kMix;
  return hash ^ (hash >> 32U);
}

std::uint64_t hash_of(std::int64_t value) noexcept {
  const std::uint64_t hash = static_cast<std::uint64_t>(value) * kMix;
  return hash ^ (hash >> 32U);
}

// Gives different values the numbers 0, 1, ... in the order of their first sight, until there are too many.
template <typename Value>
class Numbering {
 public:
  Numbering() : slots_(4 * kMostDifferent, 0) {}
  // False when the value is one too many.
  bool place(const Value& value, std::uint32_t& number) {
    if (!values_.empty() && is_same(values_[last_], value)) {  // values often come in runs
      number = last_;
      return true;
    }
    std::size_t at = hash_of(value) & (slots_.size() - 1);
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
      number = slots_[at] - 1;
      if (!is_same(values_[number], value)) continue;
      last_ = number;
      return true;
    }
    if (values_.size() == kMostDifferent) return false;
    number = static_cast<std::uint32_t>(values_.size());
    values_.push_back(value);
    slots_[at] = number + 1;
    last_ = number;
    return true;
  }
  [[nodiscard]] const std::vector<Value>& values() const noexcept { return values_; }

 private:
  std::vector<std::uint32_t> slots_;  // number + 1; 0 is free
  std::vector<Value> values_;
  std::uint32_t last_{0};
};

// A list pays while its values come again and again.
bool pays(std::size_t different, std::size_t seen) noexcept {
  return seen < 1'024 || different * 2 < seen;
}

template <typename T>
std::string plain(T value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

// The least and the greatest of texts, in the order of their bytes.
class TextBounds {
 public:
  // The text stands in memory that ends at `end`.
  void add(std::string_view text, const char* end) {
    const std::uint64_t word = first_word(text, end);
    if (seen_ && word > least_word_ && word < greatest_word_) return;
    if (!seen_ || word < least_word_ || (word == least_word_ && text < least_)) {
      least_ = text;
      least_word_ = word;
    }
    if (!seen_ || word > greatest_word_ || (word == greatest_word_ && text > greatest_)) {
      greatest_ = text;
      greatest_word_ = word;
    }
    seen_ = true;
  }
  // None where one of the two is long.
  void tell(ColumnPages& pages) const {
    if (!seen_ || least_.size() > kLongestBound || greatest_.size() > kLongestBound) return;
    pages.least = std::string(least_);
    pages.greatest = std::string(greatest_);
  }

 private:
  bool seen_{false};
  std::string_view least_, greatest_;
  std::uint64_t least_word_{0}, greatest_word_{0};
};

// Of texts with their lengths in front.
TextBounds bounds_of(std::string_view dictionary) {
  TextBounds bounds;
  const char* const end = dictionary.data() + dictionary.size();
  while (!dictionary.empty()) {
    std::uint32_t size = 0;
    std::memcpy(&size, dictionary.data(), sizeof size);
    bounds.add(dictionary.substr(sizeof size, size), end);
    dictionary.remove_prefix(sizeof size + size);
  }
  return bounds;
}

// What encoding a column needs for a while; kept from one column to the next.
struct Scratch {
  ZSTD_CCtx* zstd = ZSTD_createCCtx();
  std::string page;
  std::vector<std::uint32_t> places;
  RawArray<char> packed_page, packed_dictionary;
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { ZSTD_freeCCtx(zstd); }
};

std::string_view compressed(Scratch& scratch, std::string_view page, RawArray<char>& packed) {
  const std::size_t bound = ZSTD_compressBound(page.size());
  packed.clear();
  char* const to = packed.grow(bound);
  const std::size_t size = ZSTD_compressCCtx(scratch.zstd, to, bound, page.data(), page.size(), kZstdLevel);
  WEIR_CHECK(ZSTD_isError(size) == 0, "zstd has room for all that it may give");
  return {to, size};
}

// Worth it when that saves a sixteenth.
bool is_worth(std::string_view packed, std::string_view page) noexcept {
  return packed.size() <= page.size() - page.size() / 16;
}

}  // namespace

std::string sql_columns(const std::vector<StoredColumn>& columns) {
  static constexpr const char* kNames[] = {"BOOLEAN", "INTEGER", "BIGINT",    "DOUBLE",
                                           "VARCHAR", "DATE",    "TIMESTAMP", "UUID"};
  std::string sql;
  for (const StoredColumn& column : columns) {
    sql +=
        (sql.empty() ? "\"" : ", \"") + column.name + "\" " + kNames[static_cast<std::size_t>(column.type)];
  }
  return sql;
}

void ColumnBuffer::numbers_or_null(std::span<const std::uint64_t> bits) {
  std::uint8_t* const present = present_.grow(bits.size());
  const std::size_t before = numbers_.size();
  double* to = numbers_.grow(bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i) {
    *to = std::bit_cast<double>(bits[i]);
    present[i] = std::isnan(*to) ? 0 : 1;
    to += present[i];
  }
  numbers_.shrink(before + static_cast<std::size_t>(to - (numbers_.data() + before)));
}

std::span<std::uint32_t> ColumnBuffer::counts(std::size_t count) {
  WEIR_CHECK(type_ == StoredType::number && present_.empty(), "counts beside other values of a column");
  present_.fill(1, count);
  return {counts_.grow(count), count};
}

namespace {

// Values at `rows` that are there, behind those that `out` has.
template <typename T>
void take_values(std::span<const T> values, std::span<const std::uint8_t> valid,
                 std::span<const std::uint32_t> rows, RawArray<T>& out, RawArray<std::uint8_t>& present) {
  std::uint8_t* const is_there = present.grow(rows.size());
  const std::size_t before = out.size();
  T* to = out.grow(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    is_there[i] = valid[rows[i]] != 0 ? 1 : 0;
    *to = values[rows[i]];
    to += is_there[i];
  }
  out.shrink(before + static_cast<std::size_t>(to - (out.data() + before)));
}

}  // namespace

void ColumnBuffer::take_integers(std::span<const std::int64_t> values, std::span<const std::uint8_t> valid,
                                 std::span<const std::uint32_t> rows) {
  take_values(values, valid, rows, integers_, present_);
}

void ColumnBuffer::take_numbers(std::span<const double> values, std::span<const std::uint8_t> valid,
                                std::span<const std::uint32_t> rows) {
  take_values(values, valid, rows, numbers_, present_);
}

// Rows that follow each other are copied at once.
void ColumnBuffer::take_texts(const TextValues& values, std::span<const std::uint32_t> rows, Empty empty) {
  std::uint8_t* present = present_.grow(rows.size());
  const std::size_t before = lengths_.size();
  std::uint32_t* length = lengths_.grow(rows.size());
  const std::uint32_t least = empty == Empty::null ? 1 : 0;
  for (std::size_t i = 0; i < rows.size();) {
    const std::uint32_t first = rows[i];
    while (++i < rows.size() && rows[i] == rows[i - 1] + 1) {
    }
    const std::uint32_t end = rows[i - 1] + 1;
    bytes_.append(values.bytes.data() + values.offsets[first], values.offsets[end] - values.offsets[first]);
    for (std::uint32_t row = first; row < end; ++row) {
      const std::uint32_t size = values.offsets[row + 1] - values.offsets[row];
      *present = values.valid[row] != 0 && size >= least ? 1 : 0;
      *length = size;
      length += *present++;
    }
  }
  lengths_.shrink(before + static_cast<std::size_t>(length - (lengths_.data() + before)));
}

// Definition levels with their length in front: 1 for a value, 0 for null.
std::string ColumnBuffer::levels(std::int64_t null_count) const {
  std::string runs;
  if (null_count == 0 || null_count == static_cast<std::int64_t>(present_.size())) {
    append_run(runs, null_count == 0 ? 1 : 0, present_.size(), 1);
  } else {
    append_levels(runs, present_.view());
  }
  std::string out;
  append_little_endian(out, runs.size(), 4);
  return out + runs;
}

void ColumnBuffer::find_bounds(std::span<const double> numbers, ColumnPages& pages) const {
  if (type_ == StoredType::number && !numbers.empty()) {
    double least = numbers.front();
    double greatest = least;
    bool is_nan = false;
    for (const double value : numbers) {
      least = value < least ? value : least;
      greatest = value > greatest ? value : greatest;
      is_nan = is_nan || std::isnan(value);
    }
    if (is_nan) return;
    // Readers may compare the two zeros either way.
    pages.least = plain(least == 0 ? -0.0 : least);
    pages.greatest = plain(greatest == 0 ? 0.0 : greatest);
  } else if (!integers_.empty() && type_ != StoredType::boolean) {
    std::int64_t least = integers_[0];
    std::int64_t greatest = least;
    for (const std::int64_t value : integers_) {
      least = std::min(least, value);
      greatest = std::max(greatest, value);
    }
    pages.least = is_small() ? plain(static_cast<std::int32_t>(least)) : plain(least);
    pages.greatest = is_small() ? plain(static_cast<std::int32_t>(greatest)) : plain(greatest);
  } else {
    TextBounds bounds;
    for_texts([&](std::string_view text) {
      bounds.add(text, bytes_.end());
      return true;
    });
    bounds.tell(pages);
  }
}

// From the list alone where it has what bounds need.
void ColumnBuffer::find_listed_bounds(const Listed& listed, ColumnPages& pages) const {
  if (type_ == StoredType::text) return bounds_of(listed.dictionary).tell(pages);
  std::vector<double> numbers;
  if (type_ == StoredType::number) {
    numbers.resize(listed.different);
    std::memcpy(numbers.data(), listed.dictionary.data(), listed.dictionary.size());
  }
  find_bounds(numbers, pages);
}

std::optional<ColumnBuffer::Listed> ColumnBuffer::list_values(std::vector<std::uint32_t>& places) const {
  if (!counts_.empty()) return list_counts(places);
  if (type_ == StoredType::text) return list_texts(places);
  if (type_ == StoredType::number) return list_numbers(places);
  return list_integers(places);
}

std::optional<ColumnBuffer::Listed> ColumnBuffer::list_texts(std::vector<std::uint32_t>& places) const {
  if (lengths_.empty()) return std::nullopt;
  if (*std::max_element(lengths_.begin(), lengths_.end()) <= kShort) return list_short_texts(places);
  Numbering<std::string_view> numbering;
  places.resize(lengths_.size());
  std::size_t seen = 0;
  const bool few = for_texts([&](std::string_view text) {
    const bool placed = numbering.place(text, places[seen]) && pays(numbering.values().size(), seen);
    ++seen;
    return placed;
  });
  if (!few) return std::nullopt;
  Listed listed{"", static_cast<std::uint32_t>(numbering.values().size())};
  if (!pays(listed.different, std::max<std::size_t>(seen, 1'024))) return std::nullopt;
  for (const std::string_view text : numbering.values()) {
    append_little_endian(listed.dictionary, text.size(), 4);
    listed.dictionary += text;
  }
  return listed;
}

// As list_texts, without a look at the bytes of those that came before.
std::optional<ColumnBuffer::Listed> ColumnBuffer::list_short_texts(std::vector<std::uint32_t>& places) const {
  Numbering<ShortText> numbering;
  places.resize(lengths_.size());
  std::uint32_t* place = places.data();
  std::size_t seen = 0;
  const bool few = for_texts([&](std::string_view text) {
    return numbering.place(short_text_of(text, bytes_.end()), *place++) &&
           pays(numbering.values().size(), seen++);
  });
  if (!few) return std::nullopt;
  Listed listed{"", static_cast<std::uint32_t>(numbering.values().size())};
  if (!pays(listed.different, std::max<std::size_t>(seen, 1'024))) return std::nullopt;
  for (const ShortText& text : numbering.values()) {
    const std::uint64_t words[] = {text.low, text.high};
    char bytes[sizeof words];
    std::memcpy(bytes, words, sizeof words);
    const std::size_t size = text.high >> 56U;
    append_little_endian(listed.dictionary, size, 4);
    listed.dictionary.append(bytes, size);
  }
  return listed;
}

std::optional<ColumnBuffer::Listed> ColumnBuffer::list_integers(std::vector<std::uint32_t>& places) const {
  if (integers_.empty() || type_ == StoredType::boolean) return std::nullopt;
  Numbering<std::int64_t> numbering;
  places.resize(integers_.size());
  for (std::size_t i = 0; i < integers_.size(); ++i) {
    if (!numbering.place(integers_[i], places[i]) || !pays(numbering.values().size(), i)) return std::nullopt;
  }
  Listed listed{"", static_cast<std::uint32_t>(numbering.values().size())};
  append_plain_integers(listed.dictionary, numbering.values());
  return listed;
}

// By their bits: the two zeros are different.
std::optional<ColumnBuffer::Listed> ColumnBuffer::list_numbers(std::vector<std::uint32_t>& places) const {
  if (numbers_.empty()) return std::nullopt;
  Numbering<std::int64_t> numbering;
  places.resize(numbers_.size());
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    if (!numbering.place(std::bit_cast<std::int64_t>(numbers_[i]), places[i]) ||
        !pays(numbering.values().size(), i))
      return std::nullopt;
  }
  Listed listed{"", static_cast<std::uint32_t>(numbering.values().size())};
  listed.dictionary.assign(reinterpret_cast<const char*>(numbering.values().data()),
                           numbering.values().size() * sizeof(std::int64_t));
  return listed;
}

// As list_numbers, with a table instead of hashes. Nothing also when one of them is great.
std::optional<ColumnBuffer::Listed> ColumnBuffer::list_counts(std::vector<std::uint32_t>& places) const {
  std::array<std::uint16_t, kMostDifferent> number_of{};  // its number + 1; 0: not seen yet
  std::vector<double> different;
  places.resize(counts_.size());
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const std::uint32_t count = counts_[i];
    if (count >= kMostDifferent) return std::nullopt;
    if (number_of[count] == 0) {
      different.push_back(count);
      number_of[count] = static_cast<std::uint16_t>(different.size());
    }
    places[i] = number_of[count] - 1U;
    if (!pays(different.size(), i)) return std::nullopt;
  }
  Listed listed{"", static_cast<std::uint32_t>(different.size())};
  listed.dictionary.assign(reinterpret_cast<const char*>(different.data()),
                           different.size() * sizeof(double));
  return listed;
}

void ColumnBuffer::append_plain_integers(std::string& page, std::span<const std::int64_t> values) const {
  if (!is_small()) {
    page.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::int64_t));
    return;
  }
  const std::size_t before = page.size();
  page.resize(before + values.size() * sizeof(std::int32_t));
  char* to = page.data() + before;
  for (const std::int64_t value : values) {
    const auto small = static_cast<std::int32_t>(value);
    std::memcpy(to, &small, sizeof small);
    to += sizeof small;
  }
}

int ColumnBuffer::append_values(std::string& page) const {
  static_assert(std::endian::native == std::endian::little);
  switch (type_) {
    case StoredType::boolean: {
      char byte = 0;
      for (std::size_t i = 0; i < integers_.size(); ++i) {
        byte = static_cast<char>(byte | static_cast<char>((integers_[i] != 0 ? 1 : 0) << (i % 8)));
        if (i % 8 != 7 && i + 1 != integers_.size()) continue;
        page += byte;
        byte = 0;
      }
      return kPlain;
    }
    case StoredType::number:
      page.append(reinterpret_cast<const char*>(numbers_.data()), numbers_.size() * sizeof(double));
      return kPlain;
    case StoredType::uuid:
      page.append(bytes_.data(), bytes_.size());
      return kPlain;
    case StoredType::text:
      append_delta(page, lengths_.view());
      page.append(bytes_.data(), bytes_.size());
      return kDeltaLengthByteArray;
    case StoredType::integer:
    case StoredType::timestamp:
      append_delta(page, integers_.view());
      return kDeltaBinaryPacked;
    case StoredType::small:
    case StoredType::date:
      append_plain_integers(page, integers_.view());
      return kPlain;
  }
  return kPlain;
}

// Hashes do not shrink and never come again: straight from here to there.
ColumnPages ColumnBuffer::encode_uuids(std::string& out, ColumnPages pages) const {
  const std::string levels_text = levels(pages.null_count);
  const std::size_t begin = out.size();
  const std::size_t size = levels_text.size() + bytes_.size();
  append_page_header(out, {.dictionary = false,
                           .plain_bytes = size,
                           .bytes = size,
                           .values = present_.size(),
                           .encoding = kPlain});
  out += levels_text;
  out.append(bytes_.data(), bytes_.size());
  pages.encodings = {kRle, kPlain};
  pages.bytes = out.size() - begin;
  pages.plain_bytes = pages.bytes;
  return pages;
}

ColumnPages ColumnBuffer::encode(std::string& out) {
  static thread_local Scratch scratch;
  ColumnPages pages;
  pages.value_count = static_cast<std::int64_t>(present_.size());
  pages.null_count = std::count(present_.begin(), present_.end(), std::uint8_t{0});
  if (type_ == StoredType::uuid) {
    pages = encode_uuids(out, std::move(pages));
    clear();
    return pages;
  }
  std::string& page = scratch.page;
  page = levels(pages.null_count);
  std::optional<Listed> listed = list_values(scratch.places);
  if (!listed && !counts_.empty()) {
    double* const numbers = numbers_.grow(counts_.size());
    std::copy(counts_.begin(), counts_.end(), numbers);
    counts_.clear();
    listed = list_values(scratch.places);
  }
  if (listed) {
    find_listed_bounds(*listed, pages);
  } else {
    find_bounds({numbers_.data(), numbers_.size()}, pages);
  }
  int encoding = kRleDictionary;
  if (listed) {
    const unsigned width = std::max(bit_width(listed->different - 1), 1U);
    page += static_cast<char>(width);
    append_hybrid(page, scratch.places, width);
  } else {
    encoding = append_values(page);
  }
  // Packed differences and places do not shrink; a column has one codec for all of its pages.
  const bool may_shrink = codec_ == PageCodec::zstd &&
                          (type_ == StoredType::number || type_ == StoredType::text || is_small()) &&
                          page.size() >= kWorthCompressing;
  std::string_view stored_page = page;
  std::string_view dictionary = listed ? std::string_view(listed->dictionary) : std::string_view();
  std::string_view stored_dictionary = dictionary;
  if (may_shrink && (!listed || dictionary.size() > 65'536)) {
    const std::string_view packed = compressed(scratch, page, scratch.packed_page);
    pages.compressed = is_worth(packed, page);
    if (pages.compressed) stored_page = packed;
  }
  if (pages.compressed && listed)
    stored_dictionary = compressed(scratch, dictionary, scratch.packed_dictionary);

  const std::size_t begin = out.size();
  if (listed) {
    pages.dictionary_at = 0;
    append_page_header(out, {.dictionary = true,
                             .plain_bytes = dictionary.size(),
                             .bytes = stored_dictionary.size(),
                             .values = listed->different,
                             .encoding = kPlain});
    pages.plain_bytes += out.size() - begin + dictionary.size();
    out += stored_dictionary;
    pages.encodings = {kPlain, kRle, kRleDictionary};
  } else {
    pages.encodings = {kRle, encoding};
  }
  pages.data_at = out.size() - begin;
  append_page_header(out, {.dictionary = false,
                           .plain_bytes = page.size(),
                           .bytes = stored_page.size(),
                           .values = present_.size(),
                           .encoding = encoding});
  pages.plain_bytes += out.size() - begin - pages.data_at + page.size();
  out += stored_page;
  pages.bytes = out.size() - begin;
  clear();
  return pages;
}

void ColumnBuffer::clear() noexcept {
  present_.clear();
  integers_.clear();
  numbers_.clear();
  counts_.clear();
  bytes_.clear();
  lengths_.clear();
}

}  // namespace weir::store
