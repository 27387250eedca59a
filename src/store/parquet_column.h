// One column of one row group: collected value by value, then encoded as pages.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/raw_array.h"

namespace weir::store {

enum class StoredType : std::uint8_t { boolean, small, integer, number, text, date, timestamp, uuid };

struct StoredColumn {
  std::string name;
  StoredType type{StoredType::text};
};
// Smaller files (zstd, where it saves something), or the least work.
enum class PageCodec : std::uint8_t { zstd, none };
// `event UUID, type VARCHAR, ...`: as the query engine reads them.
[[nodiscard]] std::string sql_columns(const std::vector<StoredColumn>& columns);

// What pages a column became, as the file's footer tells it.
struct ColumnPages {
  bool compressed{false};  // by zstd
  std::vector<int> encodings;
  std::int64_t value_count{0};  // with nulls
  std::int64_t null_count{0};
  std::uint64_t plain_bytes{0};                // with page headers, before compression
  std::uint64_t bytes{0};                      // as they stand in the file
  std::optional<std::uint64_t> dictionary_at;  // from the first of the column's bytes
  std::uint64_t data_at{0};
  std::optional<std::string> least, greatest;  // plain-encoded
};

// Texts that lie one behind the other: value i is bytes[offsets[i] .. offsets[i + 1]), and none where `valid`
// is 0; then it takes no bytes.
struct TextValues {
  std::string_view bytes;
  std::span<const std::uint32_t> offsets;
  std::span<const std::uint8_t> valid;
};

// Values of the column's type, in the order of the rows. Not thread-safe.
class ColumnBuffer {
 public:
  explicit ColumnBuffer(StoredType type, PageCodec codec = PageCodec::zstd) noexcept
      : type_(type), codec_(codec) {}
  void null() { present_.push_back(0); }
  void nulls(std::size_t count) { present_.fill(0, count); }
  // boolean as 0 or 1, small, integer, date, timestamp.
  void integer(std::int64_t value) {
    integers_.push_back(value);
    present_.push_back(1);
  }
  void integers(std::int64_t value, std::size_t count) {
    integers_.fill(value, count);
    present_.fill(1, count);
  }
  // `value_of(i)` of i < count; an optional one where it may be null.
  template <typename ValueOf>
  void integers_of(std::size_t count, ValueOf&& value_of) {
    std::int64_t* const to = integers_.grow(count);
    for (std::size_t i = 0; i < count; ++i) to[i] = value_of(i);
    present_.fill(1, count);
  }
  template <typename ValueOf>
  void integers_or_null(std::size_t count, ValueOf&& value_of) {
    const std::size_t before = integers_.size();
    std::int64_t* to = integers_.grow(count);
    std::uint8_t* const present = present_.grow(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::optional<std::int64_t> value = value_of(i);
      present[i] = value ? 1 : 0;
      *to = value.value_or(0);
      to += present[i];
    }
    integers_.shrink(before + static_cast<std::size_t>(to - (integers_.data() + before)));
  }
  void number(double value) {
    numbers_.push_back(value);
    present_.push_back(1);
  }
  // Numbers by their bits; NaN is null.
  void numbers_or_null(std::span<const std::uint64_t> bits);
  // Whole numbers as all values of a number column, to be filled in; the pages are those of the same numbers.
  [[nodiscard]] std::span<std::uint32_t> counts(std::size_t count);
  void text(std::string_view value) { text({}, value); }
  void text(std::string_view prefix, std::string_view value) {
    bytes_.append(prefix.data(), prefix.size());
    bytes_.append(value.data(), value.size());
    lengths_.push_back(static_cast<std::uint32_t>(prefix.size() + value.size()));
    present_.push_back(1);
  }
  void texts(std::string_view value, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) text({}, value);
  }
  void uuid(std::uint64_t high, std::uint64_t low) {
    put_uuid(bytes_.grow(kUuidBytes), high, low);
    present_.push_back(1);
  }
  // `id_of(i)` has the words `high` and `low`.
  template <typename IdOf>
  void uuids(std::size_t count, IdOf&& id_of) {
    char* to = bytes_.grow(count * kUuidBytes);
    for (std::size_t i = 0; i < count; ++i, to += kUuidBytes) put_uuid(to, id_of(i).high, id_of(i).low);
    present_.fill(1, count);
  }
  // What a column holds at `rows`, which ascend; null where `valid` is 0.
  void take_integers(std::span<const std::int64_t> values, std::span<const std::uint8_t> valid,
                     std::span<const std::uint32_t> rows);
  void take_numbers(std::span<const double> values, std::span<const std::uint8_t> valid,
                    std::span<const std::uint32_t> rows);
  enum class Empty : std::uint8_t { text, null };  // what a text without bytes is
  void take_texts(const TextValues& values, std::span<const std::uint32_t> rows, Empty empty);

  [[nodiscard]] StoredType type() const noexcept { return type_; }
  [[nodiscard]] std::size_t size() const noexcept { return present_.size(); }
  [[nodiscard]] std::size_t text_bytes() const noexcept { return bytes_.size(); }
  // Appends the pages to `out` and starts anew.
  ColumnPages encode(std::string& out);

 private:
  static constexpr std::size_t kUuidBytes = 16;
  static void put_uuid(char* to, std::uint64_t high, std::uint64_t low) noexcept {
    const std::uint64_t big_high = __builtin_bswap64(high);
    const std::uint64_t big_low = __builtin_bswap64(low);
    std::memcpy(to, &big_high, 8);
    std::memcpy(to + 8, &big_low, 8);
  }
  // Calls `each(text)` with every text, until it gives false.
  template <typename Each>
  bool for_texts(Each&& each) const {
    const char* at = bytes_.data();
    for (const std::uint32_t length : lengths_) {
      if (!each(std::string_view(at, length))) return false;
      at += length;
    }
    return true;
  }
  [[nodiscard]] bool is_small() const noexcept {
    return type_ == StoredType::small || type_ == StoredType::date;
  }
  // The values in a list of different ones, as a dictionary page has them, and the place of each.
  struct Listed {
    std::string dictionary;
    std::uint32_t different{0};
  };
  [[nodiscard]] std::string levels(std::int64_t null_count) const;
  // Of these numbers, else of the integers or texts.
  void find_bounds(std::span<const double> numbers, ColumnPages& pages) const;
  void find_listed_bounds(const Listed& listed, ColumnPages& pages) const;
  // Nothing when there are too many different values.
  [[nodiscard]] std::optional<Listed> list_values(std::vector<std::uint32_t>& places) const;
  [[nodiscard]] std::optional<Listed> list_texts(std::vector<std::uint32_t>& places) const;
  [[nodiscard]] std::optional<Listed> list_short_texts(std::vector<std::uint32_t>& places) const;
  [[nodiscard]] std::optional<Listed> list_integers(std::vector<std::uint32_t>& places) const;
  [[nodiscard]] std::optional<Listed> list_numbers(std::vector<std::uint32_t>& places) const;
  [[nodiscard]] std::optional<Listed> list_counts(std::vector<std::uint32_t>& places) const;
  // Values behind the levels, without a dictionary; gives the encoding.
  int append_values(std::string& page) const;
  void append_plain_integers(std::string& page, std::span<const std::int64_t> values) const;
  ColumnPages encode_uuids(std::string& out, ColumnPages pages) const;
  void clear() noexcept;

  StoredType type_;
  PageCodec codec_;
  RawArray<std::uint8_t> present_;   // per row: 1 or 0
  RawArray<std::int64_t> integers_;  // of those that are present, like all below
  RawArray<double> numbers_;
  RawArray<std::uint32_t> counts_;  // instead of numbers
  RawArray<char> bytes_;            // texts, or UUIDs of 16 bytes each
  RawArray<std::uint32_t> lengths_;
};

}  // namespace weir::store
