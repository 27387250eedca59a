#include "engine/landmark_rows.h"

#include <algorithm>
#include <limits>

#include "base/hash.h"
#include "base/nearest_name.h"

namespace weir::engine {

using workspace::Risk;
using workspace::RiskOutcome;

namespace {

constexpr std::string_view kOwnSource = "weir";  // the built-in source of weir's own acts
constexpr std::string_view kSend = "send";

risk::Outcome outcome_of(RiskOutcome outcome) {
  switch (outcome) {
    case RiskOutcome::lost:
      return risk::Outcome::lost;
    case RiskOutcome::advance:
      return risk::Outcome::advance;
    case RiskOutcome::won:
      return risk::Outcome::won;
    case RiskOutcome::dormant:
      return risk::Outcome::dormant;
  }
  return risk::Outcome::lost;
}

Risk default_risk(const workspace::Funnel& funnel, RiskOutcome outcome) {
  Risk risk;
  risk.funnel = funnel.name;
  risk.outcome = outcome;
  risk.horizon = Micros{30 * kMicrosPerDay};
  risk.name = workspace::risk_name(risk);
  return risk;
}

// "deals" and "deals/lost" name "deals/lost/30d", "deal" does not.
bool names_risk(const std::string& asked, const std::string& name) {
  return name == asked || name.starts_with(asked + "/");
}

}  // namespace

std::vector<Risk> risks_of(const CompiledWorkspace& workspace) {
  if (!workspace.definitions->risks.empty()) return workspace.definitions->risks;
  std::vector<Risk> risks;
  for (const auto& funnel : workspace.definitions->funnels) {
    if (!funnel.lost.empty()) risks.push_back(default_risk(funnel, RiskOutcome::lost));
    risks.push_back(default_risk(funnel, RiskOutcome::advance));
  }
  return risks;
}

Result<std::vector<Risk>> find_risks(const CompiledWorkspace& workspace, const std::string& name) {
  std::vector<Risk> found;
  std::vector<std::string> names;
  for (auto& risk : risks_of(workspace)) {
    names.push_back(risk.name);
    if (name.empty() || names_risk(name, risk.name)) found.push_back(std::move(risk));
  }
  if (!found.empty()) return found;
  if (names.empty())
    return fail(Errc::configuration, "the workspace declares no funnel, so there is nothing to predict");
  std::string list;
  for (const auto& known : names) list += (list.empty() ? "" : ", ") + known;
  return fail(Errc::usage, "nothing is predicted under the name '" + name + "'; there are: " + list +
                               did_you_mean(name, names));
}

risk::LandmarkRule landmark_rule(const Risk& risk, const EvaluatedFunnel& evaluated) {
  risk::LandmarkRule rule;
  rule.outcome = outcome_of(risk.outcome);
  rule.horizon = risk.horizon;
  rule.at_events = risk.at_events;
  rule.every = risk.every;
  rule.stage_count = evaluated.stages.size();
  return rule;
}

std::vector<std::optional<std::int64_t>> treated_times(const timeline::TimelineStore& store,
                                                       const EvaluatedFunnel& evaluated) {
  std::vector<std::optional<std::int64_t>> times(evaluated.handles.size());
  const auto& c = store.columns();
  for (std::size_t i = 0; i < times.size(); ++i) {
    for (const auto& own : evaluated.handles[i].own) {
      for (const timeline::Row row : store.run(own.handle)) {
        if (c.retracted_at[row] != INT64_MAX || store.source(c.source[row]) != kOwnSource ||
            store.type(c.type[row]) != kSend)
          continue;
        times[i] = std::min(times[i].value_or(INT64_MAX), c.occurred_at[row]);
      }
    }
  }
  return times;
}

namespace {

// Those that stood in a stage as known then, with their features.
LandmarkRows rows_of(const risk::Landmarks& landmarks, const EvaluatedFunnel& evaluated,
                     const FeatureRows& features, const std::string& stage) {
  LandmarkRows rows;
  rows.immature = landmarks.immature;
  rows.treated = landmarks.treated;
  std::vector<features::Point> points;
  points.reserve(landmarks.rows.size());
  for (const auto& landmark : landmarks.rows) points.push_back({landmark.subject, landmark.at});
  auto computed = features.compute(points);
  std::vector<std::uint32_t> kept;
  for (std::size_t i = 0; i < landmarks.rows.size(); ++i) {
    const auto& landmark = landmarks.rows[i];
    const auto& state = computed.states[i];
    if (!state.is_open() || state.stage == funnel::kNoStage) {
      ++rows.not_known_open;
      continue;
    }
    const std::string& name = evaluated.stages[state.stage]->name;
    if (!stage.empty() && name != stage) continue;
    kept.push_back(static_cast<std::uint32_t>(i));
    rows.at.push_back(landmark.at);
    rows.settled_at.push_back(landmark.settled_at);
    rows.subject.push_back(landmark.subject);
    rows.outcome.push_back(landmark.event ? 1 : 0);
    rows.stage.push_back(name);
    rows.days_in_stage.push_back(days_of(Micros{landmark.at - state.entered}));
    rows.days_since_touch.push_back(state.last_touch == INT64_MIN
                                        ? std::numeric_limits<double>::quiet_NaN()
                                        : days_of(Micros{landmark.at - state.last_touch}));
  }
  rows.matrix = kept.size() == points.size() ? std::move(computed.matrix)
                                             : features::select_rows(computed.matrix, kept);
  return rows;
}

risk::Landmarks all_landmarks(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                              const EvaluatedFunnel& evaluated, const Risk& risk, const funnel::AsOf& as_of) {
  return risk::make_landmarks(timelines.store.get(), evaluated.handles, evaluated.run,
                              landmark_rule(risk, evaluated), as_of.as_of, workspace.zone,
                              treated_times(*timelines.store, evaluated));
}

// Numbers of a training matrix (.8 GB); learning takes some three times as much beside it.
constexpr std::size_t kMostNumbers = 100'000'000;

// Of the subjects, those whose landmarks are about `most` in number: drawn by their text, so that the same
// are drawn again when others have come. Returns how many landmarks it left out.
std::size_t draw_subjects(risk::Landmarks& landmarks, std::size_t most, const timeline::TimelineStore& store,
                          const EvaluatedFunnel& evaluated) {
  const std::size_t all = landmarks.rows.size();
  if (all <= most) return 0;
  const double share = static_cast<double>(most) / static_cast<double>(all);
  const auto bound = static_cast<std::uint64_t>(share * 0x1p32);
  std::vector<bool> drawn(evaluated.handles.size());
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    constexpr std::uint64_t kSpread =
        0x9E3779B97F4A7C15;  // 2^64 over the golden ratio: neighbours fall apart
    drawn[i] = (crc32c(store.handle_text(evaluated.handles[i].handle)) * kSpread >> 32U) < bound;
  }
  std::erase_if(landmarks.rows, [&](const risk::Landmark& landmark) { return !drawn[landmark.subject]; });
  landmarks.rows.shrink_to_fit();
  return all - landmarks.rows.size();
}

}  // namespace

LandmarkRows landmark_rows(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                           const EvaluatedFunnel& evaluated, const FeatureRows& features, const Risk& risk,
                           const funnel::AsOf& as_of) {
  risk::Landmarks landmarks = all_landmarks(workspace, timelines, evaluated, risk, as_of);
  const std::size_t columns = std::max<std::size_t>(features.plan().definitions.size(), 1);
  const std::size_t left_out = draw_subjects(landmarks, kMostNumbers / columns, *timelines.store, evaluated);
  LandmarkRows rows = rows_of(landmarks, evaluated, features, "");
  rows.left_out = left_out;
  return rows;
}

LandmarkRows newest_landmark_rows(const CompiledWorkspace& workspace, const OpenTimelines& timelines,
                                  const EvaluatedFunnel& evaluated, const FeatureRows& features,
                                  const Risk& risk, const funnel::AsOf& as_of, const std::string& stage,
                                  std::size_t limit) {
  risk::Landmarks landmarks = all_landmarks(workspace, timelines, evaluated, risk, as_of);
  std::vector<risk::Landmark> newest;
  std::vector<bool> seen(evaluated.handles.size());
  const auto& stays = evaluated.run.table.stays;
  for (auto at = landmarks.rows.rbegin(); at != landmarks.rows.rend() && newest.size() < limit; ++at) {
    if (seen[at->subject] || evaluated.stages[stays[at->stay].stage]->name != stage) continue;
    seen[at->subject] = true;
    newest.push_back(*at);
  }
  std::reverse(newest.begin(), newest.end());
  landmarks.rows = std::move(newest);
  return rows_of(landmarks, evaluated, features, stage);
}

}  // namespace weir::engine
