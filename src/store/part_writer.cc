#include "store/part_writer.h"

#include <utility>

#include "base/hash.h"

namespace weir::store {

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

Result<std::unique_ptr<PartWriter>> PartWriter::create(QueryEngine& engine, FileSystem& files, std::string state,
                                                       std::string table, const std::string& columns) {
  WEIR_TRY_STATUS(engine.execute("CREATE OR REPLACE TABLE " + sql_name(table) + " (" + columns + ")"));
  std::unique_ptr<PartWriter> writer(new PartWriter(engine, files, std::move(state), std::move(table)));
  WEIR_TRY_STATUS(writer->begin());
  return writer;
}

Status PartWriter::begin() {
  WEIR_TRY(writer_, engine_.writer(table_));
  row_count_ = 0;
  return {};
}

Result<Part> PartWriter::finish(Part part, const std::string& order_by) {
  WEIR_TRY_STATUS(writer_->flush());
  writer_.reset();
  const std::string folder = join_path(state_, "parts");
  WEIR_TRY_STATUS(files_.make_directories(folder));
  const std::string temporary = join_path(folder, "writing-" + table_ + ".tmp");
  WEIR_TRY_STATUS(engine_.execute("COPY (SELECT * FROM " + sql_name(table_) + " ORDER BY " + order_by + ") TO " +
                                  sql_quote(temporary) + " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"));
  WEIR_TRY_STATUS(files_.sync_file(temporary));
  WEIR_TRY(const FileDigest digest, digest_file(files_, temporary));
  part.hash = digest.hash;
  part.bytes = digest.bytes;
  part.rows = row_count_;
  part.file = "parts/" + part.source + "-" + to_text(part.kind) + "-" + digest.hash.substr(0, 20) + ".parquet";
  WEIR_TRY_STATUS(files_.rename(temporary, join_path(state_, part.file)));
  WEIR_TRY_STATUS(files_.sync_directory(folder));
  WEIR_TRY_STATUS(engine_.execute("TRUNCATE " + sql_name(table_)));
  WEIR_TRY_STATUS(begin());
  return part;
}

}  // namespace weir::store
