// Context tables apart from the timelines they were made from, and what names them: a chain of hashes with a
// link per closed day. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/context_tables.h"
#include "timeline/timeline_store.h"

namespace weir::features {

// Handles are numbers of one timeline file; texts are the same in all of them.
struct EntityName {
  timeline::Kind kind{timeline::kAccount};
  std::string text;
  friend auto operator<=>(const EntityName&, const EntityName&) = default;
};

// In `tables`, DayValue::entity is an index into `entities`.
struct KeptContext {
  ContextTables tables;
  std::vector<EntityName> entities;  // sorted
};

[[nodiscard]] KeptContext detach(const ContextTables& tables, const timeline::TimelineStore& store);
// Entities that the store does not have are left out: nobody can ask for them.
[[nodiscard]] ContextTables attach(KeptContext kept, const timeline::TimelineStore& store);

// Says how tables are made: another one when the same log is to give other tables. It goes into every
// version.
inline constexpr std::string_view kContextMethod = "weir context 1";
// Days after the newest event for which tables are made, so that points after the data find something.
inline constexpr std::int32_t kContextDaysAfter = 400;

// The version of no tables at all.
inline constexpr std::uint64_t kNoContext = 0;
// 12 hexadecimal digits.
[[nodiscard]] std::string version_text(std::uint64_t version);

// Per day from first_day on. A day's link is the hash of the day before's and of what the day adds: values of
// entities that change on it, its calendar factor, factors of cells that differ from the one above them, and
// parameters that hold from it on. So tables that were cut after a day have the versions of the whole ones up
// to it, and a cell that says nothing is as good as none.
[[nodiscard]] std::vector<std::uint64_t> day_versions(const KeptContext& kept);

}  // namespace weir::features
