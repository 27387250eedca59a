// One funnel run over the timelines at an as-of: stays with their segments, subjects with their money.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/compiled_workspace.h"
#include "engine/rates.h"
#include "engine/timelines.h"
#include "funnel/stage_machine.h"
#include "identity/entity_links.h"

namespace weir::engine {

inline constexpr std::uint16_t kUnknownSegment = 0xFFFF;

// The values of one segment, sorted; a stay's code is an index into them.
struct SegmentColumn {
  std::string name;
  std::vector<std::string> values;
  std::vector<std::uint16_t> codes;  // per stay; kUnknownSegment: not known at its entry
};

struct EvaluatedFunnel {
  const CompiledFunnel* compiled{nullptr};
  std::vector<const workspace::Stage*> stages;  // in funnel order
  std::shared_ptr<const identity::EntityLinks>
      links;  // as known at the as-of; shared by all funnels of a command
  std::vector<funnel::SubjectHandles> handles;
  funnel::FunnelRun run;
  std::vector<SegmentColumn> segments;
  std::vector<std::optional<std::int64_t>> amounts;    // per subject, base minor units: the last known
  std::vector<std::optional<std::int64_t>> won_money;  // per subject that won, base minor units
  std::int64_t amounts_without_rate{0};
};

// What a question says about time; empty: the workspace's and everything known.
struct TimeQuestion {
  std::optional<std::int64_t> as_of;
  std::optional<std::int64_t> known_at;
};

// `--as-of`, else `--known-at`, else `as_of:` of the workspace, else the newest event rounded up to the day.
[[nodiscard]] Result<funnel::AsOf> resolve_as_of(const CompiledWorkspace& workspace,
                                                 const OpenTimelines& timelines,
                                                 const TimeQuestion& question);

// The same without a workspace's `as_of:`.
[[nodiscard]] Result<funnel::AsOf> resolve_as_of(const Zone& zone, const timeline::TimelineStore& store,
                                                 const TimeQuestion& question);

// "2026-03-01" (its first instant in the workspace's zone) or an instant.
[[nodiscard]] Result<std::int64_t> parse_moment(const Zone& zone, const std::string& text,
                                                const Place& place);

// By name; "" takes the only one, or fails and names them.
[[nodiscard]] Result<const CompiledFunnel*> find_funnel(const CompiledWorkspace& workspace,
                                                        const std::string& name);

// The links between keys that are known at the as-of: the same for every funnel.
[[nodiscard]] std::shared_ptr<const identity::EntityLinks> links_at(const OpenTimelines& timelines,
                                                                    const funnel::AsOf& as_of);

// `links` are those of the as-of.
[[nodiscard]] Result<EvaluatedFunnel> evaluate_funnel(const Environment& environment,
                                                      const CompiledWorkspace& workspace,
                                                      const OpenTimelines& timelines,
                                                      const CompiledFunnel& funnel, const funnel::AsOf& as_of,
                                                      std::shared_ptr<const identity::EntityLinks> links);

}  // namespace weir::engine
