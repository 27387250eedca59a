// XES event logs (IEEE 1849-2016): one record per event, with the attributes of its trace.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "ingest/raw_reader.h"

namespace weir::ingest {

struct XesColumn {
  std::string key;   // "concept:name"; of a trace "case:concept:name"; "" = found by its name
  std::string name;  // normalised: case_concept_name
};

// An attribute is a column under its key, one of the trace with `case:` before it; an event's own attribute
// wins over one of its trace. Attributes within attributes are columns under both keys (`parent.child`) down
// to kMaxFlattenDepth; items of lists and containers, deeper attributes and attributes without a key are
// passed over, with a note. A key that stands twice counts with its last value; a float that is no number is
// absent. Attributes of the log, `global` defaults, classifiers and extensions say nothing about a single
// event and are passed over. An attribute of a trace holds for the events behind it: the standard puts it
// before all of them. Events outside of any trace have no `case:` columns.
//
// The file is streamed, packed or not; memory is bounded by a window of events or the longest one
// (kMaxRecordBytes). XML that is not well-formed, a document type or another root than `log` is an error with
// line and column, told after the events before it.
class XesReader final : public RawReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<XesReader>> open(FileSystem& files, const std::string& path,
                                                               std::vector<XesColumn> columns,
                                                               std::size_t block_bytes = kDefaultBlockBytes);
  ~XesReader() override;
  [[nodiscard]] const std::vector<std::string>& columns() const noexcept override;
  [[nodiscard]] Result<bool> next(contract::RawBatch& out, std::vector<contract::Rejected>& rejected,
                                  std::size_t max_rows) override;
  [[nodiscard]] std::uint64_t bytes_read() const noexcept override;
  [[nodiscard]] std::uint64_t bytes_total() const noexcept override;
  [[nodiscard]] std::vector<std::string> undeclared() const override;
  [[nodiscard]] std::vector<std::string> notes() const override;

 private:
  friend Result<std::vector<XesColumn>> discover_xes_columns(FileSystem&, const std::string&, std::uint64_t,
                                                             std::size_t);
  struct Impl;
  explicit XesReader(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

// The columns of all events within the first `max_bytes` of the file, in the order of appearance: a pass of
// its own, because every event may bring further ones.
[[nodiscard]] Result<std::vector<XesColumn>> discover_xes_columns(FileSystem& files, const std::string& path,
                                                                  std::uint64_t max_bytes,
                                                                  std::size_t block_bytes);

}  // namespace weir::ingest
