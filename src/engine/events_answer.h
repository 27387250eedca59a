// The verb `events`: what stands in the log, as events that hold and as stored records.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "engine/timelines.h"

namespace weir::engine {

struct EventQuestion {
  std::string type;       // "" = any
  std::string subject;    // names an event by any of its keys; "" = any
  std::int64_t limit{0};  // 0 = all
};

struct ListedEvent {
  EventId id;
  std::string source, type;
  std::int64_t occurred_at{0}, known_at{0};
  bool known_assumed{false};
  std::string lead, opportunity, contact, account;
  std::optional<Money> amount;
  std::string file;  // where it came from
  std::int64_t row{0};
};

struct EventsAnswer {
  std::int64_t found{0};
  std::vector<ListedEvent> events;  // in time order, at most `limit`
};

// Events that hold now: those of superseded revisions are left out.
[[nodiscard]] Result<EventsAnswer> list_events(const CompiledWorkspace& workspace,
                                               const OpenTimelines& timelines, const EventQuestion& question);

// One event by its row in the timelines.
[[nodiscard]] ListedEvent event_in(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                                   timeline::Row row);

// One call per stored record, of all revisions: its key as given (parts of a composite key joined by '|'), or
// the record's hash where the source has no key. By source, delivery and row.
[[nodiscard]] Status each_record_id(const Environment& environment, const CompiledWorkspace& workspace,
                                    const std::function<void(std::string_view)>& visit);

}  // namespace weir::engine
