// Collects rows of one kind and source in memory and writes them as one immutable Parquet file.
#pragma once

#include <memory>
#include <string>

#include "base/file_system.h"
#include "store/manifest.h"
#include "store/query_engine.h"

namespace weir::store {

class PartWriter {
 public:
  // `table` is the name of a table to be made in `engine` with `columns` ("event UUID, type VARCHAR, ...").
  [[nodiscard]] static Result<std::unique_ptr<PartWriter>> create(QueryEngine& engine, FileSystem& files, std::string state,
                                                                  std::string table, const std::string& columns);
  [[nodiscard]] TableWriter& rows() noexcept { return *writer_; }
  void count_row() noexcept { ++row_count_; }
  [[nodiscard]] std::int64_t row_count() const noexcept { return row_count_; }
  // Writes what was collected, ordered by `order_by`, and starts anew. Durable when it returns; visible only once the
  // manifest lists it. `part` says kind, source and versions.
  [[nodiscard]] Result<Part> finish(Part part, const std::string& order_by);

 private:
  PartWriter(QueryEngine& engine, FileSystem& files, std::string state, std::string table) noexcept
      : engine_(engine), files_(files), state_(std::move(state)), table_(std::move(table)) {}
  [[nodiscard]] Status begin();
  QueryEngine& engine_;
  FileSystem& files_;
  std::string state_;
  std::string table_;
  std::unique_ptr<TableWriter> writer_;
  std::int64_t row_count_{0};
};

// BLAKE2b-256 of a file's bytes and its size.
struct FileDigest {
  std::string hash;
  std::uint64_t bytes{0};
};
[[nodiscard]] Result<FileDigest> digest_file(FileSystem& files, const std::string& path);

}  // namespace weir::store
