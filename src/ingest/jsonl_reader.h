// JSON records: one object per line, or the elements of a top-level array.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "ingest/raw_reader.h"
#include "ingest/text_source.h"

namespace weir::ingest {

// Members of nested objects are columns of their own down to this depth; what lies deeper stays in the json
// column.
inline constexpr int kMaxFlattenDepth = 4;

struct JsonColumn {
  std::string path;     // "properties.minutes"; "" = found by its name
  std::string name;     // normalised: properties_minutes
  bool as_json{false};  // the value's JSON text instead of its plain text
};

// Objects only. A nested object gives its members (`properties.minutes`) and, under its own path, its JSON
// text; arrays are JSON text. A repeated key counts with its last value. Whole numbers beyond 64 bits stay as
// written. Broken lines, lone surrogates and nesting beyond 1,024 levels are rejected with their line. In an
// array that breaks off, the elements before are given, then an error.
class JsonlReader final : public RawReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<JsonlReader>> open(
      FileSystem& files, const std::string& path, const std::string& encoding,
      std::vector<JsonColumn> columns, std::size_t block_bytes = kDefaultBlockBytes);
  ~JsonlReader() override;
  [[nodiscard]] const std::vector<std::string>& columns() const noexcept override;
  [[nodiscard]] Result<bool> next(contract::RawBatch& out, std::vector<contract::Rejected>& rejected,
                                  std::size_t max_rows) override;
  [[nodiscard]] std::uint64_t bytes_read() const noexcept override;
  [[nodiscard]] std::uint64_t bytes_total() const noexcept override;
  [[nodiscard]] std::vector<std::string> undeclared() const override;
  [[nodiscard]] std::vector<std::string> notes() const override;

 private:
  friend Result<std::vector<JsonColumn>> discover_json_columns(FileSystem&, const std::string&,
                                                               const std::string&, std::int64_t, std::size_t);
  struct Impl;
  explicit JsonlReader(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

// The columns of the first `max_records` records, parents before members, in the order of appearance.
[[nodiscard]] Result<std::vector<JsonColumn>> discover_json_columns(FileSystem& files,
                                                                    const std::string& path,
                                                                    const std::string& encoding,
                                                                    std::int64_t max_records,
                                                                    std::size_t block_bytes);

}  // namespace weir::ingest
