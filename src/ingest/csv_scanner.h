// Finds the cells of one CSV record after the other in text that is at hand (RFC 4180 with its usual
// relatives).
#pragma once

#include <cstdint>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "contract/raw_batch.h"

namespace weir::ingest {

struct CsvDialect {
  char delimiter{','};
  char quote{'"'};
  bool skips_space{false};  // one space after each delimiter belongs to the format: `a, "b"`
};

struct CsvRecord {
  enum class Outcome : std::uint8_t {
    complete,
    needs_more,  // the text ends before the record does, and more may follow
    open_quote,  // the text ends inside quotes, and nothing follows
  };
  Outcome outcome{Outcome::needs_more};
  bool is_blank{false};          // an empty line
  bool text_after_quote{false};  // `"ab"c`
  std::size_t end{0};            // where the next record begins
  std::size_t size{0};           // of the record without its line end
  std::int64_t lines{1};         // physical lines that it covers
  std::int64_t quote_line{0};    // for open_quote: lines from the record's first to that of the quote
};

// Sets `text` once per block; then reads forward. Cells point into the text, or into the arena when doubled
// quotes had to be undone. Line ends: LF, CRLF, CR.
class CsvScanner {
 public:
  explicit CsvScanner(const CsvDialect& dialect) noexcept : dialect_(dialect) {}
  void set_text(std::string_view text, bool is_last) noexcept;
  // Appends the cells of the record that begins at `at` < text.size().
  [[nodiscard]] CsvRecord read_record(std::size_t at, std::vector<contract::Cell>& cells,
                                      std::pmr::memory_resource& arena);

 private:
  [[nodiscard]] std::size_t next_special(std::size_t at) noexcept;
  [[nodiscard]] std::size_t scan_special(std::size_t at) noexcept;
  [[nodiscard]] std::uint64_t special_mask(std::size_t at) const noexcept;
  // Past the closing quote, or npos.
  [[nodiscard]] std::size_t read_quoted(std::size_t at, CsvRecord& record, std::vector<contract::Cell>& cells,
                                        std::pmr::memory_resource& arena);
  [[nodiscard]] CsvRecord& end_line(std::size_t at, CsvRecord& record) const noexcept;

  CsvDialect dialect_;
  std::string_view text_;
  bool is_last_{false};
  std::size_t mask_begin_{0};
  std::uint64_t mask_{0};
  bool has_mask_{false};
};

}  // namespace weir::ingest
