// Events straight from files, as timelines in memory: no workspace, nothing taken in, nothing kept.
// Rules: docs/funnel-steps.md, "Straight from a file".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "ingest/event_columns.h"
#include "timeline/timeline_store.h"

namespace weir::engine {

// Rows that say nobody, no time or no type are in no answer; of one that lacks several the first counts.
struct FileRows {
  std::int64_t read{0};
  std::int64_t without_subject{0}, without_time{0}, without_type{0};
};
// A sentence for each kind of them that there is: "2 of 9 rows have no time and are in no count"; `what`:
// "count".
[[nodiscard]] std::vector<std::string> left_out(const FileRows& rows, const std::string& what);

struct FileEventsQuestion {
  std::string files;  // a path or a pattern
  ingest::EventColumnNames columns;
  // Of one instant, events of these types stand in this order, behind those of others.
  std::vector<std::string> ranked_types;
  // Whether events of other types are asked for.
  bool all_types{false};
  // Types that count as engagement.
  std::vector<std::string> touch_types;
  std::int64_t minor_per_major{100};  // of amounts
};

struct FileEvents {
  std::unique_ptr<timeline::TimelineStore> store;            // subjects are leads
  std::vector<std::pair<std::string, timeline::Kind>> keys;  // where each key's column is found in the store
  FileRows rows;
  bool some_keys_missing{false};  // some kept row lacks the first key
};

// At most two keys.
[[nodiscard]] Result<FileEvents> read_file_events(FileSystem& files, const FileEventsQuestion& question);

}  // namespace weir::engine
