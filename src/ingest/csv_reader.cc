#include "ingest/csv_reader.h"

#include <algorithm>
#include <span>
#include <utility>

#include "ingest/csv_dialect.h"

namespace weir::ingest {

using contract::Cell;
using contract::RawBatch;
using contract::Rejected;

Result<std::unique_ptr<CsvReader>> CsvReader::open(FileSystem& files, const std::string& path,
                                                   const workspace::CsvOptions& options,
                                                   std::size_t block_bytes) {
  WEIR_TRY(auto source, TextSource::open(files, path, options.encoding, true, block_bytes));
  auto reader = std::unique_ptr<CsvReader>(new CsvReader(path, std::move(source)));
  while (!reader->ended_ && reader->text_.size() < kDialectSampleBytes) {
    const Status filled = reader->refill();
    if (!filled && reader->text_.empty()) return fail(filled.error());
    if (!filled) break;
  }
  const std::string_view sample = std::string_view(reader->text_).substr(0, kDialectSampleBytes);
  reader->dialect_ = detect_dialect(sample, reader->ended_ && sample.size() == reader->text_.size(), options);
  reader->scanner_ = CsvScanner(reader->dialect_);
  reader->scanner_.set_text(reader->text_, reader->ended_);
  WEIR_TRY_STATUS(reader->read_header());
  return reader;
}

Status CsvReader::refill() {
  text_.erase(0, at_);
  at_ = 0;
  const std::size_t before = text_.size();
  while (!ended_ && text_.size() < 2 * before + 1) {
    const auto more = source_->read(text_);
    if (!more && text_.size() == before) return fail(more.error());
    if (!more) break;  // told again when all that came before is used up
    ended_ = !*more;
  }
  has_zero_ = text_.find('\0') != std::string::npos;
  scanner_.set_text(text_, ended_);
  return {};
}

Status CsvReader::read_header() {
  std::vector<Cell> cells;
  while (at_ < text_.size() || !ended_) {
    cells.clear();
    arena_.release();
    CsvRecord record;
    if (at_ < text_.size()) record = scanner_.read_record(at_, cells, arena_);
    if (record.outcome == CsvRecord::Outcome::open_quote) return open_quote(record);
    if (record.outcome == CsvRecord::Outcome::needs_more) {
      if (text_.size() - at_ > kMaxRecordBytes) return too_long();
      WEIR_TRY_STATUS(refill());
      continue;
    }
    at_ = record.end;
    line_ += record.lines;
    if (record.is_blank) continue;
    if (cells.size() > kMaxColumns) {
      return fail(Errc::invalid_data,
                  path_ + " has " + std::to_string(cells.size()) + " columns; the limit is " +
                      std::to_string(kMaxColumns),
                  Place{path_, 1, 0});
    }
    for (const Cell& cell : cells) header_.emplace_back(cell.text());
    return {};
  }
  return {};
}

Result<bool> CsvReader::next(RawBatch& out, std::vector<Rejected>& rejected, std::size_t max_rows) {
  out.clear();
  out.column_count = header_.size();
  arena_.release();
  if (failure_) return fail(*failure_);
  const std::size_t rejected_before = rejected.size();
  // Blocks without any record are passed over; one that ends within a record is filled up only while it holds
  // none that was taken, because cells point into it.
  while (out.row_count() < max_rows) {
    if (at_ == text_.size() && ended_) break;
    const std::size_t first_cell = out.cells.size();
    CsvRecord record;
    if (at_ < text_.size()) record = scanner_.read_record(at_, out.cells, arena_);
    if (record.outcome == CsvRecord::Outcome::complete && record.size <= kMaxRecordBytes) {
      if (record.is_blank) {
        out.cells.resize(first_cell);
      } else {
        take(record, out, rejected, first_cell);
      }
      at_ = record.end;
      line_ += record.lines;
      continue;
    }
    out.cells.resize(first_cell);
    if (text_.size() - at_ > kMaxRecordBytes) {
      failure_ = too_long().error;
    } else if (record.outcome == CsvRecord::Outcome::open_quote) {
      failure_ = open_quote(record).error;
    } else if (out.row_count() == 0) {
      const Status filled = refill();
      if (filled) continue;
      failure_ = filled.error();
    }
    break;
  }
  out.text = text_;
  if (failure_ && out.row_count() == 0 && rejected.size() == rejected_before) return fail(*failure_);
  return out.row_count() > 0 || rejected.size() > rejected_before;
}

void CsvReader::take(const CsvRecord& record, RawBatch& out, std::vector<Rejected>& rejected,
                     std::size_t first_cell) {
  ++row_;
  const std::string_view raw = std::string_view(text_).substr(at_, record.size);
  const auto cells = std::span<const Cell>(out.cells).subspan(first_cell);
  const bool long_cell =
      raw.size() > kMaxCellBytes &&
      std::any_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.size > kMaxCellBytes; });
  const bool zero = has_zero_ && raw.find('\0') != std::string_view::npos;
  if (cells.size() == header_.size() && !record.text_after_quote && !long_cell && !zero) [[likely]] {
    out.rows.push_back(row_);
    out.lines.push_back(line_);
    out.payloads.push_back(raw);
    return;
  }
  rejected.push_back({row_, line_, "", fault_of(record, raw, cells), "parse", std::string(raw)});
  out.cells.resize(first_cell);
}

std::string CsvReader::fault_of(const CsvRecord& record, std::string_view raw,
                                std::span<const Cell> cells) const {
  const std::string where = "line " + std::to_string(line_);
  if (record.text_after_quote) return where + " has text after a closing quote";
  if (cells.size() != header_.size()) {
    return where + " has " + std::to_string(cells.size()) + (cells.size() == 1 ? " cell" : " cells") +
           " where the header has " + std::to_string(header_.size());
  }
  if (raw.find('\0') != std::string_view::npos) return where + " holds a zero byte";
  return where + " has a cell longer than " + std::to_string(kMaxCellBytes) + " bytes";
}

Failure CsvReader::open_quote(const CsvRecord& record) const {
  const std::int64_t line = line_ + record.quote_line;
  return fail(Errc::invalid_data,
              "the quote that opens in line " + std::to_string(line) + " of " + path_ + " is never closed",
              Place{path_, static_cast<int>(line), 0});
}

Failure CsvReader::too_long() const {
  return fail(Errc::invalid_data,
              "the record that begins in line " + std::to_string(line_) + " of " + path_ +
                  " is longer than " + std::to_string(kMaxRecordBytes) + " bytes; a quote may not be closed",
              Place{path_, static_cast<int>(line_), 0});
}

std::vector<std::string> CsvReader::notes() const {
  std::vector<std::string> notes;
  if (source_->encoding() != Encoding::utf_8)
    notes.push_back(std::string("read as ") + to_text(source_->encoding()));
  if (source_->repaired_bytes() > 0) {
    notes.push_back(std::to_string(source_->repaired_bytes()) +
                    " bytes that are no UTF-8 were read as windows-1252");
  }
  return notes;
}

}  // namespace weir::ingest
