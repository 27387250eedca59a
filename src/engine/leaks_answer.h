// The answer to `weir leaks`: where fewer move on than should, worst first; gaps apart; what the data could
// show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/evaluated_funnel.h"
#include "leaks/leak_detection.h"

namespace weir::engine {

struct LeaksQuestion {
  std::string funnel;  // "" = all
  TimeQuestion time;
  std::optional<std::int64_t> from, to;  // the period; default: the last 4 closed weeks
};

struct LeakAnswer {
  std::string id;  // stable over runs while funnel, kind, edge, segment and onset stay
  std::string kind, funnel, from, to, phase;
  std::vector<std::pair<std::string, std::string>> segment;
  std::int64_t since{0};
  std::int64_t counted_from{0},
      counted_to{0};  // the stretch that `observed` and `expected` count: half, one or two periods
  std::int64_t observed{0};
  double expected{0};
  double subjects_lost{0};
  std::optional<Money> value_at_stake;
  bool value_estimated{false};
  double chance_of_noise{1};
  std::vector<std::string> seen_also;
};

struct GapAnswer {
  std::string kind, funnel, from;
  std::vector<std::pair<std::string, std::string>> segment;
  double baseline_ratio{1};
  std::int64_t observed{0};
  double expected{0};
};

struct DetectableAnswer {
  std::string kind, funnel, from;
  bool enough_evidence{false};
  double expected{0};
  std::optional<double> edge_percent, segment_percent;
};

struct LeaksAnswer {
  funnel::AsOf as_of;
  std::int64_t period_from{0}, period_to{0};
  std::vector<LeakAnswer> leaks;  // worst first
  std::vector<GapAnswer> gaps;
  std::vector<DetectableAnswer> smallest_detectable;
  std::int64_t cells_scanned{0};
};

[[nodiscard]] Result<LeaksAnswer> answer_leaks(const Environment& environment,
                                               const CompiledWorkspace& workspace,
                                               const OpenTimelines& timelines, const LeaksQuestion& question);

// `{as_of, leaks: [...], gaps: [...], smallest_detectable: {...}}`: docs/formats.md.
[[nodiscard]] std::string leaks_json(const LeaksAnswer& answer);

}  // namespace weir::engine
