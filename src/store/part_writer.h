// Writes rows of one kind and source as one immutable Parquet file after the other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/hash.h"
#include "store/manifest.h"
#include "store/parquet_writer.h"

namespace weir::store {

// Rows stay in the order in which they came. Memory: one row group, whose texts and pages are bounded.
class PartWriter {
 public:
  // `name` tells the unfinished file apart from those of other writers in the same state.
  PartWriter(FileSystem& files, std::string state, std::string name, std::vector<StoredColumn> columns);
  PartWriter(const PartWriter&) = delete;
  PartWriter& operator=(const PartWriter&) = delete;
  ~PartWriter();

  // Values go into the columns in any order; all have the same number of them at end_rows().
  [[nodiscard]] ColumnBuffer& column(std::size_t place) { return writer_->column(place); }
  // Writes a row group when enough was collected.
  [[nodiscard]] Status end_rows();
  // What two writers have written, but not yet hashed, at once: sooner done than by each of them alone.
  static void hash_both(PartWriter& one, PartWriter& other);
  [[nodiscard]] std::int64_t row_count() const noexcept;
  // Ends the file and starts anew. Durable when it returns; visible only once the manifest lists it. `part`
  // says kind, source and versions.
  [[nodiscard]] Result<Part> finish(Part part);

 private:
  void begin();
  [[nodiscard]] Status write_group();
  void see(std::string_view bytes);
  void hash_pending();
  FileSystem& files_;
  std::string folder_, temporary_;
  std::vector<StoredColumn> columns_;
  StreamHash hash_;
  std::string_view pending_;  // of the writer's last group: not yet in the hash
  bool waits_{false};         // the next bytes are to wait there
  std::unique_ptr<ParquetWriter> writer_;
};

// BLAKE2b-256 of a file's bytes and its size.
struct FileDigest {
  std::string hash;
  std::uint64_t bytes{0};
};
[[nodiscard]] Result<FileDigest> digest_file(FileSystem& files, const std::string& path);

}  // namespace weir::store
