// The events that a drafted source gives. Private to the draft.
#pragma once

#include <string>
#include <vector>

#include "engine/draft_roles.h"

namespace weir::engine {

struct DraftEvent {
  std::string type;       // "deal.won"
  std::string type_from;  // instead: an expression
  std::string name;       // only with type_from
  const ColumnProfile* occurred_at{nullptr};
  bool day_end{false};
  std::string when;
  bool has_amount{false};
  std::string stage_property;  // the column that becomes the property `to`
  StageClass kind{StageClass::open};
  bool is_stage{false};  // enters a stage of a funnel (or wins, or loses)
  int order{0};          // of its stage
  std::string why;
};

// "deal" for opportunities, "lead", ...: how event types of a kind begin.
[[nodiscard]] std::string type_prefix(workspace::EntityKind kind);
[[nodiscard]] std::vector<std::string> values_of(const TableRole& role, StageClass kind);
// In funnel order. `subject`: whose events they are.
[[nodiscard]] std::vector<DraftEvent> draft_events(const TableRole& role);
// The kind of subject that a log's facts are about, lead or opportunity first.
[[nodiscard]] const Reference* subject_of_log(const TableRole& role);
// Rows that tell which lead became which opportunity.
[[nodiscard]] bool is_conversion_log(const TableRole& role);
// Whether the source turns changes of its stage column into events.
[[nodiscard]] bool has_stage_changes(const TableRole& role);

}  // namespace weir::engine
