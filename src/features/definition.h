// One feature: what a user (or `auto`) asks for as a Spec of words, and the same bound to a timeline store as
// a Definition. Catalogue of functions: docs/features.md. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "features/feature_matrix.h"
#include "timeline/timeline_store.h"

namespace weir::features {

enum class Function : std::uint8_t {
  count,
  sum,
  mean,
  min,
  max,
  last,      // of a signal, event type, `any`, `any_touch` (count) or of its value
  distinct,  // of an entity kind, `type` or `day`, over touches
  since,     // days since the latest
  velocity,  // log of touches in the window against the subject's own earlier pace
  gap_mean,
  gap_median,
  gap_max,
  gap_ratio,
  gap_break,  // cadence
  own_rate,   // events per day since the first
  reply_time,
  waiting,  // of `ours` or `theirs`: business hours
  stage_name,
  stage_age,
  stage_moves,
  stage_back_moves,
  stage_touches,
  owner_changes,
  next_step_missing,
  next_step_due,
  next_step_overdue,
  objections_open,
  attribute,  // of an entity: "account.sector", or its key: "product"
  account_open,
  account_touches,
  owner_open,
  calendar_factor,  // from context tables
  alive,            // likewise: the chance that it is still there, from its touches and everybody's calendar
};
inline constexpr int kFunctions = static_cast<int>(Function::alive) + 1;

// Which events of the subject's timeline: its own; and those of its contacts; and those of its account.
enum class Scope : std::uint8_t { own, contact, account };

// A feature in words: what is stored with a model and compiled again later.
struct Spec {
  Function function{Function::count};
  std::string of{};  // "reply", "any_touch", "email.replied", "account.sector", "ours"; "" where the function
                     // needs none
  Micros window{0};  // zero: ever
  Scope scope{Scope::contact};
  friend bool operator==(const Spec&, const Spec&) = default;
};

// "count", "gap_mean"; the words of the `features` section and of normal forms.
[[nodiscard]] std::string_view to_text(Function function) noexcept;
[[nodiscard]] std::optional<Function> function_named(std::string_view word) noexcept;
[[nodiscard]] std::string_view to_text(Scope scope) noexcept;
[[nodiscard]] std::optional<Scope> scope_named(std::string_view word) noexcept;

// Whether the function looks at events in a scope, or in a window.
[[nodiscard]] bool takes_scope(Function function) noexcept;
[[nodiscard]] bool takes_window(Function function) noexcept;

// "reply_count_30d", "engaged_since", "account_sector", "stage_age"; dots of event types and attributes
// become `_`; a scope other than `contact` comes last: "reply_count_30d_own".
[[nodiscard]] std::string name_of(const Spec& spec);
// {"function":"count","of":"reply","scope":"contact","window":"30d"}: sorted keys, nothing else.
[[nodiscard]] std::string normal_form(const Spec& spec);

// Which events a feature looks at.
struct Selector {
  enum class Kind : std::uint8_t {
    any,
    touch,
    type,
    condition,
    none
  };  // none: no event can match (a type never seen)
  Kind kind{Kind::any};
  std::uint32_t index{0};  // type: into the store's types; condition: its bit
  friend auto operator<=>(const Selector&, const Selector&) = default;
};

// Where a number comes from.
inline constexpr std::uint32_t kAmountValue = 0xFFFFFFFF;  // the event's amount in base money
// An entity's key instead of one of its attributes.
inline constexpr std::uint32_t kEntityKey = 0xFFFFFFFF;
// An attribute that no entity has.
inline constexpr std::uint32_t kUnknownAttribute = 0xFFFFFFFE;

// A Spec bound to a store.
struct Definition {
  Spec spec;
  std::string name;
  std::string group;        // business group of explanations: "replies", "stage age", "account.sector"
  std::string description;  // in business words
  std::string version;      // hash of the normal form and of what its words mean (the signal's SQL)
  ColumnType type{ColumnType::number};
  Monotone monotone{Monotone::free};
  Selector selector;
  std::uint32_t value{kAmountValue};        // index of a value of the store, or kAmountValue
  timeline::Kind kind{timeline::kAccount};  // attribute, distinct
  std::uint32_t attribute{kEntityKey};      // into the store's attribute names
};

}  // namespace weir::features
