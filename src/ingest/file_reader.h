// The seam to every kind of file: typed batches that hold their contract, and the records that do not.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "base/zone.h"
#include "contract/batch.h"
#include "contract/contract.h"
#include "contract/infer.h"
#include "store/query_engine.h"
#include "workspace/definitions.h"

namespace weir::ingest {

struct ReadOptions {
  workspace::FileFormat format{workspace::FileFormat::automatic};  // automatic: by the file's name
  workspace::CsvOptions csv;
  std::size_t batch_rows{16'384};
  Zone zone{Zone::utc()};      // of date-times without an offset
  std::size_t block_bytes{0};  // how much is read at once; 0: the default. Changes no result
};

class FileReader {
 public:
  FileReader() = default;
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  virtual ~FileReader() = default;

  // The next records: `out` (replaced) holds at most batch_rows of them, maybe none; those that break the
  // contract are appended to `rejected`. False at the end of the file, with both as if nothing was read.
  // After an error (a file that is damaged further on) everything before it has been given.
  [[nodiscard]] virtual Result<bool> next(contract::RecordBatch& out,
                                          std::vector<contract::Rejected>& rejected) = 0;
  [[nodiscard]] virtual std::uint64_t bytes_read() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_total() const = 0;
  // Normalised names in the file that the contract does not have (for JSON lines and XES: seen so far), in
  // the file's order.
  [[nodiscard]] virtual std::vector<std::string> unknown_columns() const = 0;
  // Remarks for the user, such as a guessed encoding.
  [[nodiscard]] virtual std::vector<std::string> notes() const = 0;
};

// Fails when columns that the contract requires are missing; other missing columns are null in every record.
// Where the contract allows no unknown columns, such a file is an error: at once, for JSON when the reader
// comes to one. A file without any bytes has no records. A unique field is unique within the file.
[[nodiscard]] Result<std::unique_ptr<FileReader>> open_file(FileSystem& files, store::QueryEngine& engine,
                                                            const std::string& path,
                                                            const contract::Contract& contract,
                                                            const ReadOptions& options);

struct Header {
  std::vector<std::string> source_names;  // as they stand in the file; JSON paths as properties.minutes, XES
                                          // keys as case:concept:name
  std::vector<std::string> names;         // normalised, unique
};
[[nodiscard]] Result<Header> read_header(FileSystem& files, store::QueryEngine& engine,
                                         const std::string& path, const ReadOptions& options);

// Goes on with an inference over the first `most_bytes` of a file. A file without a byte has no columns.
[[nodiscard]] Status observe_file(FileSystem& files, store::QueryEngine& engine, const std::string& path,
                                  const ReadOptions& options, std::uint64_t most_bytes,
                                  contract::ContractInference& inference);
[[nodiscard]] contract::InferOptions infer_options(const ReadOptions& options);

// What all of the files together suggest, up to kInferenceBytes of each; fails when none has columns.
inline constexpr std::uint64_t kInferenceBytes = std::uint64_t{256} << 20;
[[nodiscard]] Result<contract::Contract> infer_files(FileSystem& files, store::QueryEngine& engine,
                                                     const std::vector<std::string>& paths,
                                                     const ReadOptions& options,
                                                     const std::string& source_name);
[[nodiscard]] Result<contract::Contract> infer_file(FileSystem& files, store::QueryEngine& engine,
                                                    const std::string& path, const ReadOptions& options,
                                                    const std::string& source_name);

// By the name's end: .csv .tsv .txt, .jsonl .ndjson .json, .xes, each also with .gz, and .parquet; fails on
// others.
[[nodiscard]] Result<workspace::FileFormat> format_of(const std::string& path,
                                                      workspace::FileFormat declared);

}  // namespace weir::ingest
