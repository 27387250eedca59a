// The values of a column's pages.
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/ascii.h"
#include "base/raw_array.h"
#include "store/parquet_decoding.h"
#include "store/parquet_file.h"
#include "store/parquet_metadata.h"
#include "store/parquet_pages.h"

namespace weir::store {
namespace {

using parquet::Field;
using parquet::HybridReader;
using parquet::kByteStreamSplit;
using parquet::kDeltaBinaryPacked;
using parquet::kDeltaLengthByteArray;
using parquet::kPlain;
using parquet::kPlainDictionary;
using parquet::kRleDictionary;
using parquet::PageReader;
using parquet::Physical;

constexpr std::size_t kLongestWhole = 20;  // digits and sign

bool is_utf8(std::string_view text) {
  return is_ascii(text) || simdjson::validate_utf8(text.data(), text.size());
}

std::size_t size_of(Physical physical) noexcept {
  return physical == Physical::int32 || physical == Physical::real ? 4 : 8;
}

// BYTE_STREAM_SPLIT: first the first bytes of all values, then their second ones, and so on.
void join_bytes(std::string_view split, std::size_t size, std::vector<char>& out) {
  const std::size_t count = split.size() / size;
  out.resize(count * size);
  for (std::size_t byte = 0; byte < size; ++byte) {
    const char* const from = split.data() + byte * count;
    for (std::size_t i = 0; i < count; ++i) out[i * size + byte] = from[i];
  }
}

// Values of a page, in their order: places in a dictionary, or plain ones.
struct PageValues {
  int encoding{kPlain};
  HybridReader places;
  std::string_view plain;  // what is left
  std::vector<char> joined;
  std::vector<std::int64_t> deltas;  // numbers, or lengths of texts
  std::size_t next_delta{0};

  [[nodiscard]] bool are_places() const noexcept {
    return encoding == kPlainDictionary || encoding == kRleDictionary;
  }
  [[nodiscard]] bool begin(const PageReader& pages, Physical physical) {
    encoding = pages.encoding();
    plain = pages.values();
    if (are_places()) {
      if (plain.empty()) {  // of a page that has only nulls
        places = {};
        return true;
      }
      places = HybridReader(plain.substr(1), static_cast<unsigned char>(plain.front()));
      return true;
    }
    if (encoding == kPlain) return true;
    if (encoding == kByteStreamSplit && physical != Physical::bytes) {
      join_bytes(plain, size_of(physical), joined);
      plain = {joined.data(), joined.size()};
      encoding = kPlain;
      return true;
    }
    const bool is_whole = physical == Physical::int32 || physical == Physical::int64;
    const bool is_known = (encoding == kDeltaBinaryPacked && is_whole) ||
                          (encoding == kDeltaLengthByteArray && physical == Physical::bytes);
    if (!is_known) return false;
    next_delta = 0;
    const auto taken = parquet::read_delta(plain, pages.rows_left(), deltas);
    if (!taken) return false;
    plain.remove_prefix(*taken);
    if (physical == Physical::int32) {  // differences of 32-bit numbers wrap around as such
      for (std::int64_t& delta : deltas) delta = static_cast<std::int32_t>(delta);
    }
    return true;
  }
  // `count` places below `size`.
  [[nodiscard]] bool read_places(std::uint32_t* out, std::size_t count, std::size_t size) noexcept {
    if (!places.read(out, count)) return false;
    std::uint32_t greatest = 0;
    for (std::size_t i = 0; i < count; ++i) greatest = std::max(greatest, out[i]);
    return count == 0 || greatest < size;
  }
  [[nodiscard]] std::span<const std::int64_t> take_deltas(std::size_t count) noexcept {
    if (count > deltas.size() - next_delta) return {};
    next_delta += count;
    return std::span(deltas).subspan(next_delta - count, count);
  }
  // The bytes of `count` values of `size` each; empty when there are fewer.
  [[nodiscard]] std::string_view take_plain(std::size_t count, std::size_t size) noexcept {
    if (count > plain.size() / size) return {};
    const std::string_view taken = plain.substr(0, count * size);
    plain.remove_prefix(taken.size());
    return taken;
  }
};

// From the values of those rows that have one to all rows, in place.
template <typename Value>
void spread(Value* rows, const std::uint8_t* valid, std::size_t count, std::size_t present,
            Value none) noexcept {
  for (std::size_t row = count; row > present;) {
    --row;
    rows[row] = valid[row] != 0 ? rows[--present] : none;
  }
}

// The rows of a column, from page to page. `Values` has begin_group(), begin_page(), take(out, count) for the
// next values, begin_rows() before those of a read, and shows_pages(): whether bytes of the page are shown.
template <typename Value, typename Values>
class Rows {
 public:
  Rows(const ParquetFile& file, ParquetFile::Column column, Value none)
      : file_(file),
        field_(file.metadata().fields[column.field]),
        pages_(file.file(), field_.may_be_null),
        none_(none),
        values_(field_) {}

  [[nodiscard]] bool start(std::size_t group) {
    const parquet::Chunk& chunk = file_.metadata().groups[group].columns[field_.column];
    if (!chunk.is_readable) return false;
    pages_.start(chunk);
    values_.begin_group();
    return true;
  }
  [[nodiscard]] bool read(std::size_t count) {
    rows_.clear();
    valid_.clear();
    Value* const rows = rows_.grow(count);
    std::uint8_t* const valid = valid_.grow(count);
    pages_.forget_kept();
    values_.begin_rows();
    for (std::size_t row = 0; row < count;) {
      if (pages_.rows_left() == 0 && !(pages_.next(values_.shows_pages()) && values_.begin_page(pages_)))
        return false;
      const std::size_t taken = std::min(count - row, pages_.rows_left());
      const auto present = pages_.read_rows(valid, taken);
      if (!present || !values_.take(rows + row, *present)) return false;
      spread(rows + row, valid, taken, *present, none_);
      row += taken;
    }
    return true;
  }
  [[nodiscard]] std::span<const Value> rows() const noexcept { return rows_.view(); }
  [[nodiscard]] const Values& values() const noexcept { return values_; }

 private:
  const ParquetFile& file_;
  const Field& field_;
  PageReader pages_;
  Value none_;
  Values values_;
  RawArray<Value> rows_;
  RawArray<std::uint8_t> valid_;
};

// `convert(value, out)` of a plain value; false when it has no counterpart.
template <typename Raw, typename Value, typename Convert>
bool convert_plain(std::string_view bytes, Value* out, Convert&& convert) {
  bool is_possible = true;
  for (std::size_t i = 0; i < bytes.size() / sizeof(Raw); ++i) {
    Raw raw{};
    std::memcpy(&raw, bytes.data() + i * sizeof raw, sizeof raw);
    is_possible = convert(raw, out[i]) && is_possible;
  }
  return is_possible;
}

// Numbers of any width as int64 (times the field's scale) or double.
template <typename Value>
class Scalars {
 public:
  explicit Scalars(const Field& field) : field_(field) {}
  void begin_group() noexcept { has_listed_ = false; }
  void begin_rows() const noexcept {}
  [[nodiscard]] static bool shows_pages() noexcept { return false; }

  [[nodiscard]] bool begin_page(const PageReader& pages) {
    if (!page_.begin(pages, field_.physical)) return false;
    if (!page_.are_places() || has_listed_) return true;
    has_listed_ = true;
    const PageReader::Dictionary& dictionary = pages.dictionary();
    if (dictionary.values > dictionary.bytes.size() / size_of(field_.physical)) return false;
    listed_.resize(dictionary.values);
    return convert(dictionary.bytes.substr(0, dictionary.values * size_of(field_.physical)), listed_.data());
  }

  [[nodiscard]] bool take(Value* out, std::size_t count) {
    if (page_.are_places()) {
      places_.clear();
      std::uint32_t* const places = places_.grow(count);
      if (!page_.read_places(places, count, listed_.size())) return false;
      for (std::size_t i = 0; i < count; ++i) out[i] = listed_[places[i]];
      return true;
    }
    if (page_.encoding == kPlain) {
      const std::string_view bytes = page_.take_plain(count, size_of(field_.physical));
      return bytes.size() == count * size_of(field_.physical) && convert(bytes, out);
    }
    const auto deltas = page_.take_deltas(count);
    if (deltas.size() != count) return false;
    bool is_possible = true;
    for (std::size_t i = 0; i < count; ++i) is_possible = scale(deltas[i], out[i]) && is_possible;
    return is_possible;
  }

 private:
  [[nodiscard]] bool scale(std::int64_t raw, Value& out) const noexcept {
    if constexpr (std::is_same_v<Value, double>) {
      out = static_cast<double>(raw);
      return true;
    } else {
      return !__builtin_mul_overflow(raw, field_.scale, &out);
    }
  }
  [[nodiscard]] bool convert(std::string_view bytes, Value* out) const {
    const auto whole = [&](auto raw, Value& to) { return scale(raw, to); };
    if (field_.physical == Physical::int32) return convert_plain<std::int32_t>(bytes, out, whole);
    if (field_.physical == Physical::int64) return convert_plain<std::int64_t>(bytes, out, whole);
    if constexpr (std::is_same_v<Value, double>) {
      const auto fraction = [](auto raw, double& to) {
        to = raw;
        return true;
      };
      if (field_.physical == Physical::real) return convert_plain<float>(bytes, out, fraction);
      return convert_plain<double>(bytes, out, fraction);
    } else {
      return false;
    }
  }

  const Field& field_;
  PageValues page_;
  std::vector<Value> listed_;
  bool has_listed_{false};
  RawArray<std::uint32_t> places_;
};

// Texts by places in a list: first the group's dictionary, then what pages have without one.
class Texts {
 public:
  explicit Texts(const Field& field) : field_(field) {}
  [[nodiscard]] std::span<const std::string_view> list() const noexcept { return list_; }
  [[nodiscard]] std::size_t lasting() const noexcept { return lasting_; }

  void begin_group() {
    list_.clear();
    numerals_.clear();
    lasting_ = 0;
    has_dictionary_ = false;
  }
  void begin_rows() {
    list_.resize(lasting_);
    numerals_.resize(std::min<std::size_t>(numerals_.size(), has_dictionary_ ? 1 : 0));
  }
  [[nodiscard]] bool shows_pages() const noexcept { return list_.size() > lasting_; }

  [[nodiscard]] bool begin_page(const PageReader& pages) {
    if (!page_.begin(pages, field_.physical)) return false;
    if (!page_.are_places() || has_dictionary_) return true;
    if (!list_.empty()) return false;  // places may not follow texts: they are the list's first ones
    has_dictionary_ = true;
    const PageReader::Dictionary& dictionary = pages.dictionary();
    std::string_view bytes = dictionary.bytes;
    if (!list_plain(bytes, dictionary.values)) return false;
    lasting_ = list_.size();
    return true;
  }

  [[nodiscard]] bool take(std::uint32_t* out, std::size_t count) {
    if (page_.are_places()) return page_.read_places(out, count, lasting_);
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::uint32_t>(list_.size() + i);
    if (page_.encoding == kPlain) return list_plain(page_.plain, count);
    const auto deltas = page_.take_deltas(count);
    if (deltas.size() != count) return false;
    return page_.encoding == kDeltaLengthByteArray ? list_lengths(deltas) : list_whole(deltas);
  }

 private:
  [[nodiscard]] bool add(std::string_view text) {
    list_.push_back(text);
    return is_utf8(text);
  }
  // The next `count` plain values.
  [[nodiscard]] bool list_plain(std::string_view& bytes, std::size_t count) {
    if (field_.physical != Physical::bytes) return list_plain_whole(bytes, count);
    for (; count > 0; --count) {
      std::uint32_t size = 0;
      if (bytes.size() < sizeof size) return false;
      std::memcpy(&size, bytes.data(), sizeof size);
      bytes.remove_prefix(sizeof size);
      if (size > bytes.size() || !add(bytes.substr(0, size))) return false;
      bytes.remove_prefix(size);
    }
    return true;
  }
  [[nodiscard]] bool list_lengths(std::span<const std::int64_t> lengths) {
    for (const std::int64_t length : lengths) {
      if (length < 0 || static_cast<std::uint64_t>(length) > page_.plain.size()) return false;
      if (!add(page_.plain.substr(0, static_cast<std::size_t>(length)))) return false;
      page_.plain.remove_prefix(static_cast<std::size_t>(length));
    }
    return true;
  }
  [[nodiscard]] bool list_plain_whole(std::string_view& bytes, std::size_t count) {
    const std::size_t size = size_of(field_.physical);
    if (count > bytes.size() / size) return false;
    wholes_.resize(count);
    const auto keep = [](auto raw, std::int64_t& to) {
      to = raw;
      return true;
    };
    const std::string_view taken = bytes.substr(0, count * size);
    bytes.remove_prefix(taken.size());
    const bool is_possible = field_.physical == Physical::int32
                                 ? convert_plain<std::int32_t>(taken, wholes_.data(), keep)
                                 : convert_plain<std::int64_t>(taken, wholes_.data(), keep);
    return is_possible && list_whole(wholes_);
  }
  [[nodiscard]] bool list_whole(std::span<const std::int64_t> values) {
    std::vector<char>& numerals = numerals_.emplace_back(values.size() * kLongestWhole);
    char* at = numerals.data();
    for (const std::int64_t value : values) {
      char* const end = std::to_chars(at, at + kLongestWhole, value).ptr;
      list_.emplace_back(at, static_cast<std::size_t>(end - at));
      at += kLongestWhole;
    }
    return true;
  }

  const Field& field_;
  PageValues page_;
  std::vector<std::string_view> list_;
  std::size_t lasting_{0};
  bool has_dictionary_{false};
  std::vector<std::vector<char>> numerals_;  // of whole numbers: the dictionary's first
  std::vector<std::int64_t> wholes_;
};

}  // namespace

struct ParquetTexts::State : Rows<std::uint32_t, Texts> {
  using Rows::Rows;
};
template <typename Value>
struct ParquetScalars<Value>::State : Rows<Value, Scalars<Value>> {
  using Rows<Value, Scalars<Value>>::Rows;
};

ParquetTexts::ParquetTexts(const ParquetFile& file, ParquetFile::Column column)
    : state_(std::make_unique<State>(file, column, kNone)) {}
ParquetTexts::ParquetTexts(ParquetTexts&&) noexcept = default;
ParquetTexts::~ParquetTexts() = default;
bool ParquetTexts::start(std::size_t group) {
  return state_->start(group);
}
bool ParquetTexts::read(std::size_t count) {
  return state_->read(count);
}
std::span<const std::uint32_t> ParquetTexts::codes() const noexcept {
  return state_->rows();
}
std::span<const std::string_view> ParquetTexts::values() const noexcept {
  return state_->values().list();
}
std::size_t ParquetTexts::lasting() const noexcept {
  return state_->values().lasting();
}

template <typename Value>
ParquetScalars<Value>::ParquetScalars(const ParquetFile& file, ParquetFile::Column column)
    : state_(std::make_unique<State>(file, column, kNone)) {}
template <typename Value>
ParquetScalars<Value>::ParquetScalars(ParquetScalars&&) noexcept = default;
template <typename Value>
ParquetScalars<Value>::~ParquetScalars() = default;
template <typename Value>
bool ParquetScalars<Value>::start(std::size_t group) {
  return state_->start(group);
}
template <typename Value>
bool ParquetScalars<Value>::read(std::size_t count) {
  return state_->read(count);
}
template <typename Value>
std::span<const Value> ParquetScalars<Value>::values() const noexcept {
  return state_->rows();
}
template class ParquetScalars<std::int64_t>;
template class ParquetScalars<double>;

}  // namespace weir::store
