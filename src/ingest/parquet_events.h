// Events of Parquet files, column by column as they stand, where that can be read without the query engine.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "ingest/event_columns.h"
#include "store/parquet_file.h"

namespace weir::ingest {

class ParquetEvents {
 public:
  // Nothing when some file or column is not for this reader; EventColumns then reads them, or says what is
  // wrong.
  [[nodiscard]] static std::optional<ParquetEvents> open(FileSystem& files, const std::string& pattern,
                                                         const EventColumnNames& names);

  [[nodiscard]] bool are_days() const noexcept { return are_days_; }
  // All rows, once per call; false when some part of a file is not for this reader after all. What `visit`
  // fails with.
  [[nodiscard]] Result<bool> scan(const EventChunkVisitor& visit) const;

 private:
  struct File {
    std::unique_ptr<store::ParquetFile> file;
    store::ParquetFile::Column subject, time, type;
    std::vector<store::ParquetFile::Column> keys;
    std::optional<store::ParquetFile::Column> amount;
  };
  class Columns;
  ParquetEvents() = default;
  [[nodiscard]] bool add(std::unique_ptr<store::ParquetFile> file, const EventColumnNames& names);

  std::vector<File> files_;
  bool are_days_{false};
};

}  // namespace weir::ingest
