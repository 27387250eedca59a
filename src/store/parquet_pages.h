// The pages of one column of a Parquet file, group by group, unpacked. Private to the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/raw_array.h"
#include "store/parquet_decoding.h"
#include "store/parquet_metadata.h"

namespace weir::store::parquet {

// Exactly so many bytes; false when they cannot be read.
[[nodiscard]] bool read_exactly(InputFile& file, std::uint64_t at, char* to, std::size_t size);

// A part of a file, front to back, read in pieces that are larger than what is asked for.
class FilePart {
 public:
  explicit FilePart(InputFile& file) noexcept : file_(file) {}
  void start(std::uint64_t begin, std::uint64_t bytes) noexcept;
  [[nodiscard]] std::uint64_t left() const noexcept { return end_ - at_; }
  // The next `bytes` of it, or all that are left; nothing when they cannot be read. They stay until the next
  // call.
  [[nodiscard]] std::optional<std::string_view> peek(std::size_t bytes);
  void pass(std::size_t bytes) noexcept { at_ += bytes; }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 18U;
  InputFile& file_;
  RawArray<char> piece_;
  std::uint64_t piece_at_{0};  // in the file
  std::uint64_t at_{0}, end_{0};
};

// False and nothing are failures: the bytes are damaged, or of an encoding that is not read here.
class PageReader {
 public:
  PageReader(InputFile& file, bool may_be_null) noexcept : part_(file), may_be_null_(may_be_null) {}
  void start(const Chunk& chunk);

  // On to the next page of values. `keep`: what values() gave stays until forget_kept().
  [[nodiscard]] bool next(bool keep);
  void forget_kept() noexcept { kept_.clear(); }
  // Of the page: rows that were not read, how values are encoded, and their bytes.
  [[nodiscard]] std::size_t rows_left() const noexcept { return rows_left_; }
  [[nodiscard]] int encoding() const noexcept { return encoding_; }
  [[nodiscard]] std::string_view values() const noexcept { return values_; }
  // Of the next `count` rows of the page: 1 or 0 into `valid` (nothing is written when the column has no
  // nulls), and how many have a value.
  [[nodiscard]] std::optional<std::size_t> read_rows(std::uint8_t* valid, std::size_t count) noexcept;

  // Of the group: plain values, all in one page before the others.
  struct Dictionary {
    std::string_view bytes;
    std::uint32_t values{0};
  };
  [[nodiscard]] const Dictionary& dictionary() const noexcept { return dictionary_; }

 private:
  [[nodiscard]] std::optional<PageHeader> read_header();
  [[nodiscard]] bool read_dictionary(const PageHeader& header);
  [[nodiscard]] bool read_page(const PageHeader& header);
  [[nodiscard]] bool split_page(const PageHeader& header);
  [[nodiscard]] bool unpack(std::string_view packed, std::size_t bytes, bool is_packed,
                            RawArray<char>& out) const;

  FilePart part_;
  bool may_be_null_;
  Codec codec_{Codec::none};
  Dictionary dictionary_;
  bool has_pages_{false};  // of values, in the group so far
  RawArray<char> dictionary_bytes_, page_;
  std::vector<RawArray<char>> kept_;
  std::size_t rows_left_{0};
  int encoding_{0};
  std::string_view values_;
  HybridReader levels_;
};

}  // namespace weir::store::parquet
