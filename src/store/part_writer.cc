#include "store/part_writer.h"

#include <utility>

#include "base/check.h"
#include "store/parquet_encoding.h"
#include "store/parquet_footer.h"

namespace weir::store {

namespace {

constexpr std::size_t kRowsPerGroup = 122'880;
constexpr std::size_t kTextPerGroup = std::size_t{64} << 20U;  // of one column: a page stays far below 2 GiB
constexpr std::string_view kMagic = "PAR1";

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

PartWriter::PartWriter(FileSystem& files, std::string state, std::string name, std::vector<StoredColumn> columns)
    : files_(files), folder_(join_path(state, "parts")), temporary_(join_path(folder_, "writing-" + name + ".tmp")), columns_(std::move(columns)) {
  for (const StoredColumn& column : columns_) buffers_.emplace_back(column.type);
}
PartWriter::~PartWriter() = default;

std::int64_t PartWriter::row_count() const noexcept { return rows_written_ + static_cast<std::int64_t>(buffers_.front().size()); }

Status PartWriter::end_rows() {
  bool full = buffers_.front().size() >= kRowsPerGroup;
  for (const ColumnBuffer& buffer : buffers_) {
    WEIR_CHECK(buffer.size() == buffers_.front().size(), "a row with too few values");
    full = full || buffer.text_bytes() >= kTextPerGroup;
  }
  return full ? write_group() : Status{};
}

Status PartWriter::write(std::string_view bytes) {
  hash_->add(bytes);
  bytes_ += bytes.size();
  return file_->append(bytes);
}

Status PartWriter::write_group() {
  if (file_ == nullptr) {
    WEIR_TRY_STATUS(files_.make_directories(folder_));
    WEIR_TRY(file_, files_.create(temporary_));
    hash_ = std::make_unique<StreamHash>();
    bytes_ = 0;
    WEIR_TRY_STATUS(write(kMagic));
  }
  parquet::RowGroup group;
  group.rows = static_cast<std::int64_t>(buffers_.front().size());
  group.begin = bytes_;
  for (ColumnBuffer& buffer : buffers_) {
    pages_.clear();
    group.columns.push_back(buffer.encode(pages_));
    WEIR_TRY_STATUS(write(pages_));
  }
  rows_written_ += group.rows;
  groups_.push_back(std::move(group));
  return {};
}

Result<Part> PartWriter::finish(Part part) {
  if (buffers_.front().size() > 0 || groups_.empty()) WEIR_TRY_STATUS(write_group());
  std::string end = parquet::footer(columns_, groups_);
  parquet::append_little_endian(end, end.size(), 4);
  end += kMagic;
  WEIR_TRY_STATUS(write(end));
  WEIR_TRY_STATUS(file_->sync());
  file_.reset();
  part.hash = hash_->finish_hex();
  part.bytes = bytes_;
  part.rows = rows_written_;
  part.file = "parts/" + part.source + "-" + to_text(part.kind) + "-" + part.hash.substr(0, 20) + ".parquet";
  WEIR_TRY_STATUS(files_.rename(temporary_, join_path(parent_path(folder_), part.file)));
  WEIR_TRY_STATUS(files_.sync_directory(folder_));
  rows_written_ = 0;
  groups_.clear();
  return part;
}

}  // namespace weir::store
