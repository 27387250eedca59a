// A table of events as it stands in files, read through the query engine without a contract or a mapping:
// which column says who, when and what.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "store/query_engine.h"

namespace weir::ingest {

// Names of columns as they stand in the files.
struct EventColumnNames {
  std::string subject;
  std::string time{"occurred_at"};
  std::string type{"type"};
  std::vector<std::string> keys;  // what else an event names
  std::string amount;             // "": none
};

inline constexpr std::int64_t kNoTime = INT64_MIN;
inline constexpr std::uint32_t kNoText = 0xFFFFFFFF;

// Texts by their places in a list of different ones, as a file may have them; or each row's own.
struct EventTexts {
  std::span<const std::uint32_t> codes;      // per row: a place in `values`, or kNoText
  std::span<const std::string_view> values;  // an empty one is none, too
  // So many first values are those of the chunk before, where that has as many and the same `list`.
  std::size_t lasting{0};
  std::uint64_t list{0};
};

// Some thousand rows, in the order of the files. Views live until the next chunk.
struct EventChunk {
  EventTexts subjects, types;
  std::vector<EventTexts> keys;
  std::span<const std::int64_t> occurred_at;  // UTC microseconds, kNoTime
  std::span<const double> amounts;            // NaN: none; empty when nobody asked for them
};
using EventChunkVisitor = std::function<Status(const EventChunk&)>;

class EventColumns {
 public:
  // `pattern`: a .parquet, .csv (.tsv, .txt) or .jsonl (.ndjson) file, or a pattern of such. The engine
  // outlives it. A column that is not there or is of a type that cannot be read is a usage error that names
  // it.
  [[nodiscard]] static Result<EventColumns> open(FileSystem& files, store::QueryEngine& engine,
                                                 const std::string& pattern, const EventColumnNames& names);

  // Whether times are dates, which name a day and no instant of it.
  [[nodiscard]] bool are_days() const noexcept { return are_days_; }
  // All rows, once per call.
  [[nodiscard]] Status scan(const EventChunkVisitor& visit) const;

 private:
  struct Column {
    std::string name, type;  // as the query engine says
  };
  EventColumns(store::QueryEngine& engine, std::string pattern) noexcept
      : engine_(&engine), pattern_(std::move(pattern)) {}
  [[nodiscard]] Status bind(const EventColumnNames& names);
  [[nodiscard]] Result<const Column*> find(const std::string& what, const std::string& name) const;
  [[nodiscard]] Result<std::string> text_of(const std::string& what, const std::string& name,
                                            bool is_id) const;
  [[nodiscard]] Result<std::string> time_of(const std::string& name);
  [[nodiscard]] Result<std::string> number_of(const std::string& name) const;
  [[nodiscard]] Failure unreadable(const Error& cause) const;

  store::QueryEngine* engine_;
  std::string pattern_;
  std::string relation_;  // SQL
  std::vector<Column> columns_;
  std::string select_;
  std::size_t keys_{0};
  bool has_amount_{false};
  bool are_days_{false};
};

}  // namespace weir::ingest
