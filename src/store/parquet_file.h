// Columns of a Parquet file as they stand in it: the list of different texts once per group and each row's
// place in it, which a query engine would turn into a text per row. For flat columns of text, whole numbers,
// numbers, time stamps and days, plain, listed or as differences, not packed or by Snappy or Zstandard. What
// it cannot read, and what is damaged, it gives up on: the query engine then reads the file, or says why not.
// Format: github.com/apache/parquet-format.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"

namespace weir::store {

enum class ParquetKind : std::uint8_t { text, whole, number, instant, day, other };

namespace parquet {
struct Metadata;
}

// An open file; its columns must not outlive it.
class ParquetFile {
 public:
  // Nothing when it is not read here.
  [[nodiscard]] static std::unique_ptr<ParquetFile> open(FileSystem& files, const std::string& path);
  ~ParquetFile();
  ParquetFile(const ParquetFile&) = delete;
  ParquetFile& operator=(const ParquetFile&) = delete;

  struct Column {
    std::size_t field{0};
    ParquetKind kind{ParquetKind::other};
  };
  // Nothing when no column has the name, or when another has it, too, in other letters.
  [[nodiscard]] std::optional<Column> find(std::string_view name) const;
  [[nodiscard]] std::size_t group_count() const noexcept;
  [[nodiscard]] std::uint64_t rows_of(std::size_t group) const noexcept;
  [[nodiscard]] const parquet::Metadata& metadata() const noexcept { return *metadata_; }
  [[nodiscard]] InputFile& file() const noexcept { return *file_; }

 private:
  ParquetFile(std::unique_ptr<InputFile> file, parquet::Metadata metadata);
  std::unique_ptr<InputFile> file_;
  std::unique_ptr<parquet::Metadata> metadata_;
};

// Columns are read group by group: start() at one, then some of its rows at a time. False: given up. Not
// thread-safe; columns of one file may be read side by side.

// Of kind text, or whole numbers as text.
class ParquetTexts {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  ParquetTexts(const ParquetFile& file, ParquetFile::Column column);
  ParquetTexts(ParquetTexts&&) noexcept;
  ~ParquetTexts();
  [[nodiscard]] bool start(std::size_t group);
  [[nodiscard]] bool read(std::size_t count);
  // Per row that was read: a place in values(), or kNone.
  [[nodiscard]] std::span<const std::uint32_t> codes() const noexcept;
  // UTF-8. So many first ones stay the same until the next start(), the others until the next read().
  [[nodiscard]] std::span<const std::string_view> values() const noexcept;
  [[nodiscard]] std::size_t lasting() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <typename Value>
class ParquetScalars {
 public:
  static constexpr Value kNone = std::numeric_limits<Value>::has_quiet_NaN
                                     ? std::numeric_limits<Value>::quiet_NaN()
                                     : std::numeric_limits<Value>::min();
  ParquetScalars(const ParquetFile& file, ParquetFile::Column column);
  ParquetScalars(ParquetScalars&&) noexcept;
  ~ParquetScalars();
  [[nodiscard]] bool start(std::size_t group);
  [[nodiscard]] bool read(std::size_t count);
  [[nodiscard]] std::span<const Value> values() const noexcept;  // kNone where a row has none

 private:
  struct State;
  std::unique_ptr<State> state_;
};
// Of kind whole; of kind day and instant as microseconds since 1970.
using ParquetIntegers = ParquetScalars<std::int64_t>;
// Of kind number or whole; NaN: none.
using ParquetNumbers = ParquetScalars<double>;

}  // namespace weir::store
