// All that computing feature rows over a timeline store needs beside the store, as values: written by `weir
// features --plan`, read by programs that have no workspace. JSON both ways is exact. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "features/business_time.h"
#include "features/context_tables.h"
#include "features/definition.h"
#include "features/point_features.h"
#include "funnel/stage_machine.h"

namespace weir::features {

// An event whose amount in base money is not the amount it came with; kNoAmount: there is no rate for it.
struct ConvertedAmount {
  timeline::Row row{0};
  std::int64_t minor{timeline::kNoAmount};
};

struct PlanFile {
  std::string timelines;  // name of the file that indices mean; it follows from parts and definitions
  std::string funnel_name;
  std::string version;                  // of all definitions together
  std::vector<Definition> definitions;  // in the order of the columns
  funnel::FunnelShape funnel;
  std::vector<std::string> stage_names;  // in funnel order
  std::string zone;                      // "Europe/Berlin"
  BusinessCalendar calendar;
  std::int32_t first_day{0}, last_day{0};  // those that business time is worked out for beforehand
  Meanings meanings;
  double minor_per_major{100};
  std::vector<ConvertedAmount> amounts;  // sorted by row
  std::optional<ContextTables> context;
};

[[nodiscard]] std::string to_json(const PlanFile& plan);
// Fails with Errc::invalid_data on anything that to_json does not write.
[[nodiscard]] Result<PlanFile> plan_file_from_json(std::string_view text);
// Whether every index of the plan is one of the store. Fails with Errc::invalid_data.
[[nodiscard]] Status check_plan(const PlanFile& plan, const timeline::TimelineStore& store);

// What `to_json` keeps of the amounts of all rows (empty: amounts as they are), and back.
[[nodiscard]] std::vector<ConvertedAmount> converted_amounts(const timeline::TimelineStore& store,
                                                             std::span<const std::int64_t> base_amounts);
[[nodiscard]] std::vector<std::int64_t> base_amounts(const timeline::TimelineStore& store,
                                                     std::span<const ConvertedAmount> converted);

}  // namespace weir::features
