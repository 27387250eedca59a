// One column of one row group: collected value by value, then encoded as pages.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

// Values of the column's type, in the order of the rows. Not thread-safe.
class ColumnBuffer {
 public:
  explicit ColumnBuffer(StoredType type, PageCodec codec = PageCodec::zstd) noexcept
      : type_(type), codec_(codec) {}
  void null() { nulls(1); }
  void nulls(std::size_t count);
  // boolean as 0 or 1, small, integer, date, timestamp.
  void integer(std::int64_t value) {
    integers_.push_back(value);
    add_present(1);
  }
  void integers(std::int64_t value, std::size_t count) {
    integers_.resize(integers_.size() + count, value);
    add_present(count);
  }
  void number(double value) {
    numbers_.push_back(value);
    add_present(1);
  }
  // The bits of numbers; NaN is null.
  void numbers_or_null(std::span<const std::uint64_t> bits);
  // Room for a whole group's numbers, to be filled with counts before encode(): half of the memory, and the
  // same bytes in the file.
  [[nodiscard]] std::span<std::uint32_t> counts(std::size_t count);
  void text(std::string_view value) {
    bytes_.append(value);
    end_text();
  }
  void text(std::string_view prefix, std::string_view value) {
    bytes_.append(prefix).append(value);
    end_text();
  }
  void uuid(std::uint64_t high, std::uint64_t low);

  [[nodiscard]] StoredType type() const noexcept { return type_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t text_bytes() const noexcept { return bytes_.size(); }
  // Appends the pages to `out` and starts anew.
  ColumnPages encode(std::string& out);

 private:
  void add_present(std::size_t count) {
    size_ += count;
    if (!present_.empty()) present_.resize(size_, 1);
  }
  void end_text() {
    ends_.push_back(bytes_.size());
    add_present(1);
  }
  [[nodiscard]] std::string_view text_at(std::size_t i) const noexcept {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  [[nodiscard]] std::string levels(std::int64_t null_count) const;
  // Of these numbers or integers, else of the texts.
  void find_bounds(std::span<const double> numbers, std::span<const std::int64_t> integers,
                   ColumnPages& pages) const;
  // The place of each value in a list of different ones; false when there are too many of them.
  [[nodiscard]] bool find_texts(std::vector<std::uint32_t>& places, std::string& dictionary,
                                std::uint32_t& count) const;
  [[nodiscard]] bool find_integers(std::vector<std::uint32_t>& places,
                                   std::vector<std::int64_t>& dictionary) const;
  [[nodiscard]] bool find_numbers(std::vector<std::uint32_t>& places, std::vector<double>& dictionary) const;
  [[nodiscard]] bool find_counts(std::vector<std::uint32_t>& places, std::vector<double>& dictionary) const;
  // The values as a list of different ones and their places in it; `different` is 0 when there are too many
  // of them.
  struct Listed {
    std::uint32_t different{0};
    std::vector<std::uint32_t> places;
    std::string dictionary;
  };
  [[nodiscard]] Listed list_values(ColumnPages& pages);
  void compress_pages(bool listed, std::string& page, std::string& dictionary, ColumnPages& pages) const;
  void clear() noexcept;
  // Values behind the levels, without a dictionary; gives the encoding.
  int append_values(std::string& page) const;
  void append_integers(std::string& page, std::span<const std::int64_t> values) const;

  StoredType type_;
  PageCodec codec_;
  std::size_t size_{0};
  std::vector<std::uint8_t> present_;   // per row; empty: all are
  std::vector<std::int64_t> integers_;  // of those that are present, like all below
  std::vector<double> numbers_;
  std::vector<std::uint32_t> counts_;  // instead of numbers
  std::string bytes_;                  // texts, or UUIDs of 16 bytes each
  std::vector<std::size_t> ends_;
};

}  // namespace weir::store
