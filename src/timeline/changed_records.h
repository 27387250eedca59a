// Events of records with several revisions, and changes of columns: gathered and resolved record by record.
// Private to the build.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/query_engine.h"
#include "timeline/build.h"
#include "timeline/event_emitter.h"
#include "timeline/event_rows.h"
#include "timeline/record_revisions.h"

namespace weir::timeline {

// open(), add_source() of each source, finish(). Plan, reader and emitter outlive it; the engine must until
// finish().
class ChangedRecords {
 public:
  ChangedRecords(const BuildPlan& plan, const EventReader& reader, EventEmitter& emitter) noexcept
      : plan_(plan), reader_(reader), emitter_(emitter) {}

  [[nodiscard]] Status open(store::QueryEngine& engine);
  // `view`: canonical_view() of the source's events; `known`: of the same source.
  [[nodiscard]] Status add_source(const SourceShape& source, const RecordRevisions& known,
                                  const std::string& view);
  [[nodiscard]] Status finish();

 private:
  [[nodiscard]] Status resolve_record(const SourceShape& source, const RecordRevisions& known,
                                      const RecordId& record, std::vector<StoredEvent>& rows);
  void resolve_event(const SourceShape& source, const std::vector<Revision>& revisions,
                     const std::vector<const StoredEvent*>& rows);
  void draw_changes(const SourceShape& source, const RecordRevisions& known, const RecordId& record,
                    const std::vector<Revision>& revisions, const std::vector<const StoredEvent*>& rows);
  void write_change(const StoredEvent& state, const std::string& source, const EventId& id,
                    std::int64_t occurred_at, std::int64_t known_at, std::uint32_t flags,
                    const std::string& properties);

  const BuildPlan& plan_;
  const EventReader& reader_;
  EventEmitter& emitter_;
  store::QueryEngine* engine_{nullptr};
  std::unique_ptr<store::TableWriter> changes_;
  std::int64_t change_count_{0};
};

}  // namespace weir::timeline
