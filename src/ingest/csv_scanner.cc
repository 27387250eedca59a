#include "ingest/csv_scanner.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace weir::ingest {
namespace {

using contract::Cell;
using contract::CellKind;

constexpr std::size_t kNone = std::string_view::npos;

Cell cell_of(std::string_view text, CellKind kind) noexcept {
  return {text.data(), static_cast<std::uint32_t>(text.size()), kind};
}

// Line ends inside quotes: LF, CRLF and CR count once each.
std::int64_t line_ends(std::string_view text) noexcept {
  std::int64_t count = std::count(text.begin(), text.end(), '\n');
  for (std::size_t at = text.find('\r'); at != kNone; at = text.find('\r', at + 1)) {
    if (at + 1 >= text.size() || text[at + 1] != '\n') ++count;
  }
  return count;
}

std::string_view without_doubled(std::string_view text, char quote, std::pmr::memory_resource& arena) {
  char* const begin = static_cast<char*>(arena.allocate(text.size(), 1));
  char* to = begin;
  for (std::size_t i = 0; i < text.size(); ++i) {
    *to++ = text[i];
    if (text[i] == quote) ++i;
  }
  return {begin, static_cast<std::size_t>(to - begin)};
}

}  // namespace

void CsvScanner::set_text(std::string_view text, bool is_last) noexcept {
  text_ = text;
  is_last_ = is_last;
  has_mask_ = false;
}

// Bit i: text[at + i] is the delimiter or ends a line.
std::uint64_t CsvScanner::special_mask(std::size_t at) const noexcept {
  std::array<char, 64> tail{};
  const char* bytes = text_.data() + at;
  const std::size_t left = text_.size() - at;
  if (left < tail.size()) {
    std::memcpy(tail.data(), bytes, left);
    bytes = tail.data();
  }
  std::uint64_t mask = 0;
#ifdef __SSE2__
  const __m128i delimiters = _mm_set1_epi8(dialect_.delimiter);
  const __m128i feeds = _mm_set1_epi8('\n');
  const __m128i returns = _mm_set1_epi8('\r');
  for (unsigned part = 0; part < 4; ++part) {
    __m128i chunk;
    std::memcpy(&chunk, bytes + part * 16, 16);
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(chunk, feeds), _mm_cmpeq_epi8(chunk, returns));
    const __m128i special = _mm_or_si128(_mm_cmpeq_epi8(chunk, delimiters), ends);
    mask |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(special))) << (part * 16);
  }
#else
  for (unsigned i = 0; i < 64; ++i) {
    const char c = bytes[i];
    mask |= std::uint64_t{c == dialect_.delimiter || c == '\n' || c == '\r'} << i;
  }
#endif
  return left < 64 ? mask & ((std::uint64_t{1} << left) - 1) : mask;
}

// Where the next delimiter or line end is, from text that the mask at hand does not show.
std::size_t CsvScanner::scan_special(std::size_t at) noexcept {
  for (std::size_t from = at; from < text_.size(); from = mask_begin_ + 64) {
    if (!has_mask_ || from - mask_begin_ >= 64) {
      mask_begin_ = from;
      mask_ = special_mask(from);
      has_mask_ = true;
    }
    const std::uint64_t rest = mask_ & (~std::uint64_t{0} << (from - mask_begin_));
    if (rest != 0) return mask_begin_ + static_cast<std::size_t>(std::countr_zero(rest));
  }
  return kNone;
}

inline std::size_t CsvScanner::next_special(std::size_t at) noexcept {
  const std::size_t offset = at - mask_begin_;
  if (has_mask_ && offset < 64) {
    const std::uint64_t rest = mask_ >> offset;
    if (rest != 0) return at + static_cast<std::size_t>(std::countr_zero(rest));
  }
  return scan_special(at);
}

CsvRecord& CsvScanner::end_line(std::size_t at, CsvRecord& record) const noexcept {
  const bool is_return = text_[at] == '\r';
  if (is_return && at + 1 == text_.size() && !is_last_) return record;  // a line feed may follow
  record.end = at + (is_return && at + 1 < text_.size() && text_[at + 1] == '\n' ? 2 : 1);
  record.outcome = CsvRecord::Outcome::complete;
  return record;
}

std::size_t CsvScanner::read_quoted(std::size_t at, CsvRecord& record, std::vector<Cell>& cells,
                                    std::pmr::memory_resource& arena) {
  const std::size_t begin = at + 1;
  bool has_doubled = false;
  for (std::size_t from = begin;;) {
    const std::size_t close = text_.find(dialect_.quote, from);
    if (close == kNone || (close + 1 == text_.size() && !is_last_)) {
      record.outcome = is_last_ ? CsvRecord::Outcome::open_quote : CsvRecord::Outcome::needs_more;
      record.quote_line = record.lines - 1;
      return kNone;
    }
    if (close + 1 < text_.size() && text_[close + 1] == dialect_.quote) {
      has_doubled = true;
      from = close + 2;
      continue;
    }
    const std::string_view content = text_.substr(begin, close - begin);
    record.lines += line_ends(content);
    cells.push_back(
        cell_of(has_doubled ? without_doubled(content, dialect_.quote, arena) : content, CellKind::quoted));
    return close + 1;
  }
}

CsvRecord CsvScanner::read_record(std::size_t at, std::vector<Cell>& cells,
                                  std::pmr::memory_resource& arena) {
  CsvRecord record;
  const std::size_t first = at;
  for (bool is_first = true;; is_first = false) {
    if (dialect_.skips_space && !is_first && at < text_.size() && text_[at] == ' ') ++at;
    if (at < text_.size() && text_[at] == dialect_.quote && dialect_.quote != '\0') {
      at = read_quoted(at, record, cells, arena);
      if (at == kNone) return record;
      const std::size_t stop = next_special(at);
      record.text_after_quote = record.text_after_quote || (stop == kNone ? text_.size() : stop) != at;
      at = stop;
    } else {
      const std::size_t begin = at;
      at = next_special(at);
      cells.push_back(cell_of(text_.substr(begin, at == kNone ? kNone : at - begin), CellKind::plain));
    }
    const bool at_end = at == kNone;
    if (at_end && !is_last_) return record;
    if (at_end || text_[at] != dialect_.delimiter) {
      record.size = (at_end ? text_.size() : at) - first;
      record.is_blank = record.size == 0;
      if (!at_end) return end_line(at, record);
      record.end = text_.size();
      record.outcome = CsvRecord::Outcome::complete;
      return record;
    }
    ++at;
  }
}

}  // namespace weir::ingest
