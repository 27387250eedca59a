// Any bytes as a Parquet file: no crash, and every value of what is read can be looked at.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "ingest/memory_files.h"
#include "store/parquet_file.h"
#include "store/parquet_metadata.h"

namespace {

using weir::store::ParquetFile;
using weir::store::ParquetIntegers;
using weir::store::ParquetKind;
using weir::store::ParquetNumbers;
using weir::store::ParquetTexts;

constexpr std::uint64_t kMostRows = 20'000;  // few bytes can stand for any number of them

std::uint64_t look_at(const ParquetTexts& column) {
  std::uint64_t sum = 0;
  for (const std::uint32_t code : column.codes()) {
    if (code == ParquetTexts::kNone) continue;
    WEIR_CHECK(code < column.values().size(), "a place outside the list");
    for (const char byte : column.values()[code]) sum += static_cast<unsigned char>(byte);
  }
  return sum;
}
std::uint64_t look_at(const ParquetIntegers& column) {
  std::uint64_t sum = 0;
  for (const std::int64_t value : column.values()) sum += static_cast<std::uint64_t>(value);
  return sum;
}
std::uint64_t look_at(const ParquetNumbers& column) {
  std::uint64_t sum = 0;
  for (const double value : column.values()) sum += value > 0 ? 1 : 0;
  return sum;
}

template <typename Column>
std::uint64_t read_all(const ParquetFile& file, std::size_t field, ParquetKind kind) {
  std::uint64_t sum = 0, rows = 0;
  Column column(file, {field, kind});
  for (std::size_t group = 0; group < file.group_count(); ++group) {
    if (!column.start(group)) return sum;
    for (std::uint64_t left = file.rows_of(group); left > 0 && rows < kMostRows;) {
      const std::uint64_t count = std::min<std::uint64_t>(left, 300);
      if (!column.read(static_cast<std::size_t>(count))) return sum;
      sum += look_at(column);
      left -= count;
      rows += count;
    }
  }
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weir::ingest::MemoryFiles files("a", std::string(reinterpret_cast<const char*>(data), size));
  const auto file = ParquetFile::open(files, "a");
  if (file == nullptr) return 0;
  std::uint64_t sum = 0;
  const auto& fields = file->metadata().fields;
  for (std::size_t field = 0; field < fields.size(); ++field) {
    const ParquetKind kind = fields[field].kind;
    if (kind == ParquetKind::text || kind == ParquetKind::whole)
      sum += read_all<ParquetTexts>(*file, field, kind);
    if (kind == ParquetKind::number || kind == ParquetKind::whole)
      sum += read_all<ParquetNumbers>(*file, field, kind);
    if (kind == ParquetKind::whole || kind == ParquetKind::instant || kind == ParquetKind::day)
      sum += read_all<ParquetIntegers>(*file, field, kind);
  }
  volatile const std::uint64_t all = sum;  // nothing of it is left out by the compiler
  static_cast<void>(all);
  return 0;
}
