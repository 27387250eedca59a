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

// The first eight bytes so that numbers compare as texts do.
std::uint64_t first_word(std::string_view text) noexcept {
  std::uint64_t word = 0;
  char bytes[8] = {};
  if (!text.empty()) std::memcpy(bytes, text.data(), std::min<std::size_t>(text.size(), 8));
  std::memcpy(&word, bytes, 8);
  return __builtin_bswap64(word);
}

// The least and the greatest of texts, in the order of their bytes.
class TextBounds {
 public:
  void add(std::string_view text) {
    if (seen_ && same_text(text, before_)) return;
    const std::uint64_t word = first_word(text);
    if (!seen_ || word < least_word_ || (word == least_word_ && text < least_)) {
      least_ = text;
      least_word_ = word;
    }
    if (!seen_ || word > greatest_word_ || (word == greatest_word_ && text > greatest_)) {
      greatest_ = text;
      greatest_word_ = word;
    }
    before_ = text;
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
  std::string_view before_, least_, greatest_;
  std::uint64_t least_word_{0}, greatest_word_{0};
};

// Of texts with their lengths in front.
TextBounds bounds_of(std::string_view dictionary) {
  TextBounds bounds;
  while (!dictionary.empty()) {
    std::uint32_t size = 0;
    std::memcpy(&size, dictionary.data(), sizeof size);
    bounds.add(dictionary.substr(sizeof size, size));
    dictionary.remove_prefix(sizeof size + size);
  }
  return bounds;
}

// Compressed when that saves a sixteenth; false and as it was when not.
bool compress(std::string& page) {
  if (page.size() < kWorthCompressing) return false;
  static thread_local const struct Context {
    ZSTD_CCtx* zstd = ZSTD_createCCtx();
    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { ZSTD_freeCCtx(zstd); }
  } context;
  std::string packed(ZSTD_compressBound(page.size()), '\0');
  const std::size_t size =
      ZSTD_compressCCtx(context.zstd, packed.data(), packed.size(), page.data(), page.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0 || size > page.size() - page.size() / 16) return false;
  packed.resize(size);
  page.swap(packed);
  return true;
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

void ColumnBuffer::uuid(std::uint64_t high, std::uint64_t low) {
  char bytes[16];
  const std::uint64_t big_high = __builtin_bswap64(high);
  const std::uint64_t big_low = __builtin_bswap64(low);
  std::memcpy(bytes, &big_high, 8);
  std::memcpy(bytes + 8, &big_low, 8);
  bytes_.append(bytes, sizeof bytes);
  add_present(1);
}

void ColumnBuffer::nulls(std::size_t count) {
  if (present_.empty()) present_.assign(size_, 1);
  size_ += count;
  present_.resize(size_, 0);
}

void ColumnBuffer::numbers_or_null(std::span<const std::uint64_t> bits) {
  const std::size_t held = numbers_.size();
  numbers_.resize(held + bits.size());
  double* to = numbers_.data() + held;
  for (const std::uint64_t value : bits) {
    *to = std::bit_cast<double>(value);
    to += std::isnan(*to) ? 0 : 1;
  }
  numbers_.resize(static_cast<std::size_t>(to - numbers_.data()));
  if (numbers_.size() == held + bits.size()) return add_present(bits.size());
  if (present_.empty()) present_.assign(size_, 1);
  for (const std::uint64_t value : bits) present_.push_back(std::isnan(std::bit_cast<double>(value)) ? 0 : 1);
  size_ += bits.size();
}

std::span<std::uint32_t> ColumnBuffer::counts(std::size_t count) {
  WEIR_CHECK(type_ == StoredType::number && size_ == 0, "counts beside other values of a column");
  size_ = count;
  counts_.resize(count);
  return counts_;
}

// Definition levels with their length in front: 1 for a value, 0 for null.
std::string ColumnBuffer::levels(std::int64_t null_count) const {
  std::string runs;
  if (null_count == 0 || null_count == static_cast<std::int64_t>(size_)) {
    append_run(runs, null_count == 0 ? 1 : 0, size_, 1);
  } else {
    const std::vector<std::uint32_t> wide(present_.begin(), present_.end());
    append_hybrid(runs, wide, 1);
  }
  std::string out;
  append_little_endian(out, runs.size(), 4);
  return out + runs;
}

void ColumnBuffer::find_bounds(std::span<const double> numbers, std::span<const std::int64_t> integers,
                               ColumnPages& pages) const {
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
  } else if (!integers.empty() && type_ != StoredType::boolean) {
    const auto [least, greatest] = std::minmax_element(integers.begin(), integers.end());
    const bool small = type_ == StoredType::small || type_ == StoredType::date;
    pages.least = small ? plain(static_cast<std::int32_t>(*least)) : plain(*least);
    pages.greatest = small ? plain(static_cast<std::int32_t>(*greatest)) : plain(*greatest);
  } else {
    TextBounds bounds;
    for (std::size_t i = 0; i < ends_.size(); ++i) bounds.add(text_at(i));
    bounds.tell(pages);
  }
}

bool ColumnBuffer::find_texts(std::vector<std::uint32_t>& places, std::string& dictionary,
                              std::uint32_t& count) const {
  if (ends_.empty()) return false;
  Numbering<std::string_view> numbering;
  places.resize(ends_.size());
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    if (!numbering.place(text_at(i), places[i]) || !pays(numbering.values().size(), i)) return false;
  }
  count = static_cast<std::uint32_t>(numbering.values().size());
  if (!pays(count, std::max<std::size_t>(ends_.size(), 1'024))) return false;
  for (const std::string_view text : numbering.values()) {
    append_little_endian(dictionary, text.size(), 4);
    dictionary += text;
  }
  return true;
}

bool ColumnBuffer::find_integers(std::vector<std::uint32_t>& places,
                                 std::vector<std::int64_t>& dictionary) const {
  if (integers_.empty() || type_ == StoredType::boolean) return false;
  Numbering<std::int64_t> numbering;
  places.resize(integers_.size());
  for (std::size_t i = 0; i < integers_.size(); ++i) {
    if (!numbering.place(integers_[i], places[i]) || !pays(numbering.values().size(), i)) return false;
  }
  dictionary = numbering.values();
  return true;
}

// By their bits: the two zeros are different.
bool ColumnBuffer::find_numbers(std::vector<std::uint32_t>& places, std::vector<double>& dictionary) const {
  if (numbers_.empty()) return false;
  Numbering<std::int64_t> numbering;
  places.resize(numbers_.size());
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    if (!numbering.place(std::bit_cast<std::int64_t>(numbers_[i]), places[i]) ||
        !pays(numbering.values().size(), i))
      return false;
  }
  for (const std::int64_t bits : numbering.values()) dictionary.push_back(std::bit_cast<double>(bits));
  return true;
}

// As find_numbers, with a table instead of hashes. False also when one of them is great.
bool ColumnBuffer::find_counts(std::vector<std::uint32_t>& places, std::vector<double>& dictionary) const {
  std::array<std::uint16_t, kMostDifferent> number_of{};  // its number + 1; 0: not seen yet
  places.resize(counts_.size());
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const std::uint32_t count = counts_[i];
    if (count >= kMostDifferent) return false;
    if (number_of[count] == 0) {
      dictionary.push_back(count);
      number_of[count] = static_cast<std::uint16_t>(dictionary.size());
    }
    places[i] = number_of[count] - 1U;
    if (!pays(dictionary.size(), i)) return false;
  }
  return true;
}

void ColumnBuffer::append_integers(std::string& page, std::span<const std::int64_t> values) const {
  const bool small = type_ == StoredType::small || type_ == StoredType::date;
  if (!small) {
    page.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::int64_t));
    return;
  }
  for (const std::int64_t value : values) page += plain(static_cast<std::int32_t>(value));
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
      page += bytes_;
      return kPlain;
    case StoredType::text: {
      std::vector<std::int64_t> lengths(ends_.size());
      for (std::size_t i = 0; i < ends_.size(); ++i)
        lengths[i] = static_cast<std::int64_t>(ends_[i] - (i == 0 ? 0 : ends_[i - 1]));
      append_delta(page, lengths);
      page += bytes_;
      return kDeltaLengthByteArray;
    }
    case StoredType::integer:
    case StoredType::timestamp:
      append_delta(page, integers_);
      return kDeltaBinaryPacked;
    case StoredType::small:
    case StoredType::date:
      append_integers(page, integers_);
      return kPlain;
  }
  return kPlain;
}

ColumnBuffer::Listed ColumnBuffer::list_values(ColumnPages& pages) {
  Listed found;
  std::vector<double> numbers;
  std::vector<std::int64_t> integers;
  bool listed = false;
  if (type_ == StoredType::text) {
    listed = find_texts(found.places, found.dictionary, found.different);
    if (listed) bounds_of(found.dictionary).tell(pages);
  } else if (type_ == StoredType::number) {
    listed = !counts_.empty() && find_counts(found.places, numbers);
    if (!listed) {
      numbers_.insert(numbers_.end(), counts_.begin(), counts_.end());
      numbers.clear();
      listed = find_numbers(found.places, numbers);
    }
    found.different = static_cast<std::uint32_t>(numbers.size());
    found.dictionary.assign(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double));
  } else if (type_ != StoredType::uuid) {
    listed = find_integers(found.places, integers);
    found.different = static_cast<std::uint32_t>(integers.size());
    append_integers(found.dictionary, integers);
  }
  if (!listed) {
    found = {};
    find_bounds(numbers_, integers_, pages);
  } else if (type_ != StoredType::text) {
    find_bounds(numbers, integers, pages);
  }
  return found;
}

// Hashes do not shrink, nor do packed differences and places; a column has one codec for all of its pages.
void ColumnBuffer::compress_pages(bool listed, std::string& page, std::string& dictionary,
                                  ColumnPages& pages) const {
  const bool may_shrink =
      codec_ == PageCodec::zstd && (type_ == StoredType::number || type_ == StoredType::text ||
                                    type_ == StoredType::date || type_ == StoredType::small);
  if (may_shrink && (!listed || dictionary.size() > 65'536)) pages.compressed = compress(page);
  if (!pages.compressed || !listed || compress(dictionary)) return;
  std::string packed(ZSTD_compressBound(dictionary.size()), '\0');
  packed.resize(
      ZSTD_compress(packed.data(), packed.size(), dictionary.data(), dictionary.size(), kZstdLevel));
  dictionary.swap(packed);
}

void ColumnBuffer::clear() noexcept {
  size_ = 0;
  present_.clear();
  integers_.clear();
  numbers_.clear();
  counts_.clear();
  bytes_.clear();
  ends_.clear();
}

ColumnPages ColumnBuffer::encode(std::string& out) {
  ColumnPages pages;
  pages.value_count = static_cast<std::int64_t>(size_);
  pages.null_count = std::count(present_.begin(), present_.end(), std::uint8_t{0});
  std::string page = levels(pages.null_count);
  auto [different, places, dictionary] = list_values(pages);
  const bool listed = different > 0;
  int encoding = kRleDictionary;
  if (listed) {
    const unsigned width = std::max(bit_width(different - 1), 1U);
    page += static_cast<char>(width);
    append_hybrid(page, places, width);
  } else {
    encoding = append_values(page);
  }
  const std::size_t page_size = page.size();
  const std::size_t dictionary_size = dictionary.size();
  compress_pages(listed, page, dictionary, pages);

  const std::size_t begin = out.size();
  if (listed) {
    pages.dictionary_at = 0;
    append_page_header(out, {.dictionary = true,
                             .plain_bytes = dictionary_size,
                             .bytes = dictionary.size(),
                             .values = different,
                             .encoding = kPlain});
    pages.plain_bytes += out.size() - begin + dictionary_size;
    out += dictionary;
    pages.encodings = {kPlain, kRle, kRleDictionary};
  } else {
    pages.encodings = {kRle, encoding};
  }
  pages.data_at = out.size() - begin;
  append_page_header(out, {.dictionary = false,
                           .plain_bytes = page_size,
                           .bytes = page.size(),
                           .values = size_,
                           .encoding = encoding});
  pages.plain_bytes += out.size() - begin - pages.data_at + page_size;
  out += page;
  pages.bytes = out.size() - begin;
  clear();
  return pages;
}

}  // namespace weir::store
