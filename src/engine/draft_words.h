// What names of files, columns and stages say in the language of CRMs and marketing systems. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/definitions.h"

namespace weir::engine {

[[nodiscard]] std::vector<std::string> words_of(std::string_view normalised_name);

// `account_id`, `sales_agent`, `product`: whose key a column of this name holds.
[[nodiscard]] std::optional<workspace::EntityKind> kind_of_column(std::string_view name);
// `sales_pipeline`, `hubspot_contacts`: what the records of a file of this name describe.
[[nodiscard]] std::optional<workspace::EntityKind> kind_of_file(std::string_view stem);
// `id`, `deal_id`, `record_number`.
[[nodiscard]] bool names_identifier(std::string_view name);
// `events`, `email_activity`, `stage_history`: facts rather than things.
[[nodiscard]] bool names_facts(std::string_view stem);
// `event_type`, `activity`, `action`.
[[nodiscard]] bool names_event_type(std::string_view name);
// Tells an outcome afterwards (`lost_reason`): never an attribute, it would give the outcome away.
[[nodiscard]] bool names_outcome(std::string_view name);

enum class DateRole : std::uint8_t { created, step, closed, won, lost, changed, planned };
[[nodiscard]] DateRole date_role(std::string_view name);
// `engage_date` is "engaged", `proposal_sent_at` "proposal_sent".
[[nodiscard]] std::string step_of_date(std::string_view name);

// How much a name speaks for a column of stages or of money; 0 = not at all.
[[nodiscard]] int stage_column_rank(std::string_view name);
[[nodiscard]] int money_column_rank(std::string_view name);

enum class StageClass : std::uint8_t { open, won, lost };
struct StageWord {
  StageClass kind{StageClass::open};
  int order{0};       // place in a usual funnel, 0 to 100; meaningless for won and lost
  bool known{false};  // the words said so
};
[[nodiscard]] StageWord stage_word(std::string_view value);

// The usual event type of "Email Opened" is email.opened; "" when there is none.
[[nodiscard]] std::string usual_event_type(std::string_view value);

}  // namespace weir::engine
