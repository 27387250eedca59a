#include "store/part_writer.h"

#include <utility>

#include "base/check.h"

namespace weir::store {

namespace {

constexpr std::size_t kTextPerGroup = std::size_t{64} << 20U;  // of one column: a page stays far below 2 GiB

}  // namespace

Result<FileDigest> digest_file(FileSystem& files, const std::string& path) {
  constexpr std::size_t kBlock = std::size_t{1} << 18U;
  WEIR_TRY(const auto file, files.open(path));
  StreamHash hash;
  FileDigest digest;
  std::string block(kBlock, '\0');
  for (;;) {
    WEIR_TRY(const std::size_t count, file->read(block.data(), block.size()));
    if (count == 0) break;
    hash.add(std::string_view(block).substr(0, count));
    digest.bytes += count;
  }
  digest.hash = hash.finish_hex();
  return digest;
}

PartWriter::PartWriter(FileSystem& files, std::string state, std::string name,
                       std::vector<StoredColumn> columns)
    : files_(files),
      folder_(join_path(state, "parts")),
      temporary_(join_path(folder_, "writing-" + name + ".tmp")),
      columns_(std::move(columns)) {
  begin();
}
PartWriter::~PartWriter() = default;

void PartWriter::begin() {
  hash_ = StreamHash();
  const auto before = std::move(writer_);
  writer_ = std::make_unique<ParquetWriter>(
      files_, temporary_, columns_, PageCodec::zstd, [this](std::string_view bytes) { see(bytes); },
      ParquetWriter::Reader::later);
  if (before != nullptr) writer_->take_memory(*before);
}

void PartWriter::see(std::string_view bytes) {
  hash_pending();
  if (waits_) {
    pending_ = bytes;
  } else {
    hash_.add(bytes);
  }
}

void PartWriter::hash_pending() {
  hash_.add(pending_);
  pending_ = {};
}

void PartWriter::hash_both(PartWriter& one, PartWriter& other) {
  if (one.pending_.empty() || other.pending_.empty()) return;
  StreamHash::add_both(one.hash_, one.pending_, other.hash_, other.pending_);
  one.pending_ = other.pending_ = {};
}

// The bytes of the group before go into the hash first: their memory is used again.
Status PartWriter::write_group() {
  hash_pending();
  waits_ = true;
  const Status written = writer_->write_group();
  waits_ = false;
  return written;
}

std::int64_t PartWriter::row_count() const noexcept {
  return writer_->rows_written() + static_cast<std::int64_t>(writer_->columns().front().size());
}

Status PartWriter::end_rows() {
  const std::size_t rows = writer_->columns().front().size();
  bool full = rows >= ParquetWriter::kGroupRows;
  for (const ColumnBuffer& buffer : writer_->columns()) {
    WEIR_CHECK(buffer.size() == rows, "a row with too few values");
    full = full || buffer.text_bytes() >= kTextPerGroup;
  }
  if (!full) return {};
  WEIR_TRY_STATUS(files_.make_directories(folder_));
  return write_group();
}

Result<Part> PartWriter::finish(Part part) {
  WEIR_TRY_STATUS(files_.make_directories(folder_));
  if (writer_->columns().front().size() > 0 || writer_->rows_written() == 0) WEIR_TRY_STATUS(write_group());
  WEIR_TRY_STATUS(writer_->finish());
  part.hash = hash_.finish_hex();
  part.bytes = writer_->bytes_written();
  part.rows = writer_->rows_written();
  part.file = "parts/" + part.source + "-" + to_text(part.kind) + "-" + part.hash.substr(0, 20) + ".parquet";
  WEIR_TRY_STATUS(files_.rename(temporary_, join_path(parent_path(folder_), part.file)));
  WEIR_TRY_STATUS(files_.sync_directory(folder_));
  begin();
  return part;
}

}  // namespace weir::store
