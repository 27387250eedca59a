#include "store/parquet_writer.h"

#include <utility>

#include "base/check.h"
#include "store/parquet_encoding.h"
#include "store/parquet_footer.h"

namespace weir::store {

namespace {

constexpr std::string_view kMagic = "PAR1";

}  // namespace

ParquetWriter::ParquetWriter(FileSystem& files, std::string path, std::vector<StoredColumn> columns,
                             PageCodec codec, See see, Reader reader)
    : files_(files),
      path_(std::move(path)),
      columns_(std::move(columns)),
      see_(std::move(see)),
      reader_(reader) {
  for (const StoredColumn& column : columns_) buffers_.emplace_back(column.type, codec);
}
ParquetWriter::~ParquetWriter() = default;

Status ParquetWriter::open() {
  if (file_ != nullptr) return {};
  WEIR_TRY(file_, reader_ == Reader::later ? files_.create_for_later(path_) : files_.create(path_));
  return put(kMagic);
}

Status ParquetWriter::put(std::string_view bytes) {
  if (see_) see_(bytes);
  bytes_ += bytes.size();
  return file_->append(bytes);
}

Status ParquetWriter::write_group() {
  WEIR_TRY_STATUS(open());
  parquet::RowGroup group;
  group.rows = static_cast<std::int64_t>(buffers_.front().size());
  group.begin = bytes_;
  pages_.clear();
  for (ColumnBuffer& buffer : buffers_) {
    WEIR_CHECK(static_cast<std::int64_t>(buffer.size()) == group.rows,
               "columns of different lengths in a row group");
    group.columns.push_back(buffer.encode(pages_));
  }
  WEIR_TRY_STATUS(put(pages_));
  rows_ += group.rows;
  groups_.push_back(std::move(group));
  return {};
}

Status ParquetWriter::finish() {
  WEIR_TRY_STATUS(open());
  std::string end = parquet::footer(columns_, groups_);
  parquet::append_little_endian(end, end.size(), 4);
  end += kMagic;
  WEIR_TRY_STATUS(put(end));
  WEIR_TRY_STATUS(file_->sync());
  file_.reset();
  return {};
}

}  // namespace weir::store
