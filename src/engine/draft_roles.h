// What each export file of a set is: whose records, keyed how, and what its columns mean. Guesses with their
// reasons.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/draft_columns.h"
#include "engine/draft_words.h"
#include "workspace/definitions.h"

namespace weir::engine {

// A column that holds the key of some entity.
struct Reference {
  workspace::EntityKind kind{workspace::EntityKind::account};
  workspace::HandleScheme scheme{workspace::HandleScheme::id};
  std::string column;
  int table{-1};  // the file whose key it is; -1: none of them
  std::string why;
};

// A date that becomes an event.
struct DateUse {
  const ColumnProfile* column{nullptr};
  DateRole role{DateRole::step};
  std::string step;  // "engaged": of the event type and the stage
};

struct StageValue {
  std::string value;
  StageWord word;
};

struct TableRole {
  const TableProfile* profile{nullptr};
  std::string left_out;  // why no source is made of it; "" = one is
  std::string source;    // its name
  bool is_log{false};
  std::string kind_why;
  const ColumnProfile* key{nullptr};  // null for a log without one
  std::string key_why;
  std::optional<workspace::EntityKind> about;  // empty for a log
  std::string about_why;
  int outcome_of{-1};                 // the file of the same entities that this one tells the outcome of
  std::vector<Reference> references;  // at most one per kind, the key's own apart
  std::vector<DateUse> dates;         // in their order in time
  const ColumnProfile* changed{nullptr};
  bool has_history{false};  // a log tells the stages of these subjects
  const ColumnProfile* stage{nullptr};
  std::vector<StageValue> stages;  // in the order of a usual funnel
  const ColumnProfile* money{nullptr};
  const ColumnProfile* currency{nullptr};
  const ColumnProfile* event_type{nullptr};        // of a log
  const ColumnProfile* text{nullptr};              // of a log
  std::vector<const ColumnProfile*> attributes;    // of the entity
  [[nodiscard]] bool is_subject() const noexcept;  // leads or opportunities
  [[nodiscard]] bool has(StageClass kind) const noexcept;
};

// One role per table, in their order. The roles point into `tables`.
[[nodiscard]] std::vector<TableRole> guess_roles(std::span<const TableProfile> tables);

}  // namespace weir::engine
