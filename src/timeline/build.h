// Builds the timeline store from the parts of the manifest: revisions resolved, changes drawn, conditions
// evaluated, everything in time order. Derived: the same parts and conditions give the same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/hash.h"
#include "store/expression.h"
#include "store/manifest.h"
#include "timeline/timeline_store.h"
#include "workspace/definitions.h"

namespace weir::timeline {

// Kinds of handles are the workspace's kinds of entities, in their order.
[[nodiscard]] constexpr Kind kind_of(workspace::EntityKind kind) noexcept {
  return static_cast<Kind>(kind);
}
[[nodiscard]] std::optional<Kind> kind_named(std::string_view name) noexcept;

// What the builder has to know of a source.
struct SourceShape {
  std::string name;
  bool exact_changes{false};  // changed_at: a change happened at its revision's time, not just before it
  bool complete{false};       // a key missing from a later delivery is retracted there
  std::map<std::string, std::string> text_columns;  // event rule -> the column its free text stands in
};

struct BuildPlan {
  std::vector<SourceShape> sources;
  std::vector<std::string> touch_types;    // sorted
  std::vector<std::string> condition_sql;  // bound against event_schema(); bit i of the conditions
  std::vector<std::string> value_sql;      // bound likewise; value i in ten-thousandths
  store::TextFunctions text_functions;     // that the conditions and values call
  HashKey identity_key{};
  // How many persons' texts were erased so far; where no condition reads `text`, 0.
  std::int64_t erasures{0};
  // The personal fields of a record as the vault keeps them, a JSON object; empty when erased. Set when
  // conditions read `text`: it then exists in memory for the length of the build, and nowhere else.
  std::function<Result<std::optional<std::string>>(const RecordId&, const ContentHash&)> personal_fields;
};

// The canonical event columns that conditions read.
[[nodiscard]] const store::Schema& event_schema();

// What timelines are made from, beside the definitions: parts, and what else a build looks at. In lines.
[[nodiscard]] std::string origin_of(const store::Manifest& manifest, const BuildPlan& plan);

// Whether timelines under the manifest's name are those of the manifest: also when a complete source was
// delivered without any new row since. What was erased since is left to the next build.
[[nodiscard]] bool is_fresh(const TimelineStore& store, const store::Manifest& manifest,
                            const BuildPlan& plan);

// Writes the timelines of the manifest's parts to `path`.
[[nodiscard]] Status build_timelines(FileSystem& files, const std::string& state,
                                     const store::Manifest& manifest, const BuildPlan& plan,
                                     const std::string& path);

// The same bytes from the timelines at `base`, of the same definitions, and the parts that came since. False,
// and nothing is written, when that cannot be done or would not be cheaper: when a part of the base is gone,
// records of the base came again, or what came changes what becomes of others.
[[nodiscard]] Result<bool> extend_timelines(FileSystem& files, const std::string& state,
                                            const store::Manifest& manifest, const BuildPlan& plan,
                                            const std::string& base, const std::string& path);

}  // namespace weir::timeline
